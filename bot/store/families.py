"""Families: who cares for whom, and the invitations by which they came in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from bot.store.session import Repository
from bot.store.tables import CareLink, Invitation, WrongGuess


class Families(Repository):
    """Care links and invitations."""

    async def of_patient(self, patient_id: int, states: Collection[str] = ("active",)) -> list[CareLink]:
        """The patient's caregivers in the order in which they are called."""
        query = select(CareLink).where(CareLink.patient_id == patient_id, CareLink.state.in_(states))
        return list(await self.session.scalars(query.order_by(CareLink.line, CareLink.position, CareLink.id)))

    async def people_of(self, patient_id: int) -> list[CareLink]:
        """The same without groups: what is no alert is told to persons only."""
        return [link for link in await self.of_patient(patient_id) if not link.is_group]

    async def of_patients(self, ids: Collection[int]) -> list[CareLink]:
        """The active links of several patients."""
        query = select(CareLink).where(CareLink.patient_id.in_(set(ids)), CareLink.state == "active")
        return list(await self.session.scalars(query.order_by(CareLink.line, CareLink.position, CareLink.id)))

    async def of_caregiver(self, caregiver_id: int, states: Collection[str] = ("active",)) -> list[CareLink]:
        """Everybody this person cares for."""
        query = select(CareLink).where(CareLink.caregiver_id == caregiver_id, CareLink.state.in_(states))
        return list(await self.session.scalars(query.order_by(CareLink.id)))

    async def between(self, patient_id: int, caregiver_id: int) -> CareLink | None:
        """The link between two people, in whatever state."""
        query = select(CareLink).where(CareLink.patient_id == patient_id, CareLink.caregiver_id == caregiver_id)
        return (await self.session.scalars(query)).one_or_none()

    async def get(self, link_id: int) -> CareLink | None:
        """A link by its id."""
        return await self.row(CareLink, link_id)

    async def reread(self, link: CareLink) -> CareLink:
        """The link as it is now: read again once the patient's row is held, since another copy may have changed it."""
        await self.session.flush()
        await self.session.refresh(link)
        return link

    def link(self, patient_id: int, caregiver_id: int, now: datetime, is_group: bool = False) -> CareLink:
        """A link that waits for the patient's yes."""
        link = CareLink(
            id=self.unit.ids.new(),
            patient_id=patient_id,
            caregiver_id=caregiver_id,
            state="pending",
            line=1,
            position=0,
            sees="alerts",
            all_findings=False,
            is_group=is_group,
            created_at=now,
        )
        self.session.add(link)
        return link

    def invite(self, patient_id: int, token_hash: bytes, now: datetime, lifetime: timedelta) -> Invitation:
        """Keep an invitation by the SHA-256 of its token."""
        invitation = Invitation(
            id=self.unit.ids.new(),
            patient_id=patient_id,
            token_hash=token_hash,
            created_at=now,
            expires_at=now + lifetime,
        )
        self.session.add(invitation)
        return invitation

    async def invitation(self, token_hash: bytes) -> Invitation | None:
        """The invitation with this token, in whatever state."""
        return (await self.session.scalars(select(Invitation).where(Invitation.token_hash == token_hash))).one_or_none()

    async def get_invitation(self, invitation_id: int) -> Invitation | None:
        """An invitation by its id."""
        return await self.row(Invitation, invitation_id)

    async def open_invitations(self, patient_id: int, now: datetime) -> list[Invitation]:
        """The invitations of a patient that somebody could still use."""
        query = select(Invitation).where(
            Invitation.patient_id == patient_id,
            Invitation.used_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > now,
        )
        return list(await self.session.scalars(query.order_by(Invitation.id)))

    async def use(self, invitation: Invitation, person_id: int, now: datetime) -> bool:
        """Take the invitation, once: False when somebody was quicker, or it is over."""
        taken = await self.session.execute(
            update(Invitation)
            .where(
                Invitation.id == invitation.id,
                Invitation.used_at.is_(None),
                Invitation.revoked_at.is_(None),
                Invitation.expires_at > now,
            )
            .values(used_at=now, used_by=person_id)
        )
        return bool(taken.rowcount == 1)  # type: ignore[attr-defined]

    async def revoke(self, invitation: Invitation, now: datetime) -> bool:
        """Take the invitation back: False when somebody has opened it already, or it was taken back before."""
        taken_back = await self.session.execute(
            update(Invitation)
            .where(Invitation.id == invitation.id, Invitation.used_at.is_(None), Invitation.revoked_at.is_(None))
            .values(revoked_at=now)
        )
        return bool(taken_back.rowcount == 1)  # type: ignore[attr-defined]

    def guessed_wrong(self, person_id: int, now: datetime) -> None:
        """Count an invitation that does not exist."""
        self.session.add(WrongGuess(id=self.unit.ids.new(), person_id=person_id, guessed_at=now))

    async def wrong_guesses(self, person_id: int, since: datetime) -> int:
        """How often this person guessed wrong since a moment."""
        query = select(func.count()).where(WrongGuess.person_id == person_id, WrongGuess.guessed_at > since)
        return int(await self.session.scalar(query.select_from(WrongGuess)) or 0)
