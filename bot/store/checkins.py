"""Check-ins, their answers and what the rules found in them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update

from bot.store.base import table_of
from bot.store.session import Repository, Unit
from bot.store.tables import Answer, Checkin, Finding, Person

UNDER_WAY = ("prompted", "open")


class Checkins(Repository):
    """One row a check-in, one an answer, one a finding."""

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._past: dict[int, tuple[datetime, list[Checkin]]] = {}  # what `load_past` read, and from when on

    async def get(self, checkin_id: int) -> Checkin | None:
        """A check-in by its id."""
        return await self.row(Checkin, checkin_id)

    async def load(self, ids: Collection[int]) -> None:
        """Read these check-ins in one statement, so that `get` needs none."""
        if ids:
            await self.session.scalars(select(Checkin).where(Checkin.id.in_(set(ids))))

    async def patients_of(self, ids: Collection[int]) -> list[int]:
        """Whose check-ins these are, without reading them: a row is read once its patient is held."""
        query = select(Checkin.patient_id).where(Checkin.id.in_(set(ids)))
        return list(await self.session.scalars(query)) if ids else []

    async def free_slots_after(self, patient_id: int, day: date) -> tuple[date, int] | None:
        """Let what was asked for later days count as asked for in between; the newest day and slot that remain."""
        of_patient = select(Checkin).where(Checkin.patient_id == patient_id, Checkin.slot.is_not(None))
        for checkin in await self.session.scalars(of_patient.where(Checkin.local_day > day)):
            checkin.slot = None
        query = of_patient.where(Checkin.local_day <= day).order_by(Checkin.local_day.desc(), Checkin.slot.desc())
        newest = (await self.session.scalars(query.limit(1))).first()
        return (newest.local_day, newest.slot or 0) if newest is not None else None

    async def under_way(self, patient_id: int, reporter_id: int | None = None) -> Checkin | None:
        """The newest check-in that waits for answers of the patient (or of this caregiver)."""
        await self.session.flush()  # the last answer may wait in this same unit of work, or a check-in just opened
        query = select(Checkin).where(Checkin.patient_id == patient_id, Checkin.state.in_(UNDER_WAY))
        query = query.where(
            Checkin.reporter_id.is_(None) if reporter_id is None else Checkin.reporter_id == reporter_id
        )
        return (await self.session.scalars(query.order_by(Checkin.id.desc()).limit(1))).first()

    async def load_past(self, patient_ids: Collection[int], since: datetime) -> None:
        """Read these patients' check-ins in one statement, so that `past` needs none from that moment on.

        For units of work that only look, such as delivery: one that opens check-ins would not see its own.
        """
        query = select(Checkin).where(Checkin.patient_id.in_(set(patient_ids)), Checkin.opened_at >= since)
        self._past.update({patient: (since, []) for patient in patient_ids})
        for checkin in await self.session.scalars(query.order_by(Checkin.opened_at, Checkin.id)):
            self._past[checkin.patient_id][1].append(checkin)

    async def past(self, patient_id: int, since: datetime) -> list[Checkin]:
        """The check-ins opened since a moment, oldest first, whoever answered them."""
        read_from, read = self._past.get(patient_id, (None, []))
        if read_from is not None and read_from <= since:
            return [checkin for checkin in read if checkin.opened_at >= since]
        query = select(Checkin).where(Checkin.patient_id == patient_id, Checkin.opened_at >= since)
        return list(await self.session.scalars(query.order_by(Checkin.opened_at, Checkin.id)))

    async def latest(self, patient_id: int) -> Checkin | None:
        """The newest check-in in whatever state."""
        query = select(Checkin).where(Checkin.patient_id == patient_id).order_by(Checkin.id.desc()).limit(1)
        return (await self.session.scalars(query)).first()

    def add(self, checkin: Checkin) -> Checkin:
        """Keep a new check-in."""
        self.session.add(checkin)
        self.unit.counts["checkins"] += 1
        return checkin

    async def open_slots(self, rows: list[dict[str, Any]]) -> set[int]:
        """Insert check-ins for due slots in bulk; a slot that exists is left alone. Returns the ids that are new."""
        if not rows:
            return set()
        columns = rows[0].keys() & table_of(Checkin).columns.keys()
        of_table = [{name: row[name] for name in columns} for row in rows]
        await self.unit.add_new(Checkin, of_table, "patient_id", "local_day", "slot")
        made = await self.session.scalars(select(Checkin.id).where(Checkin.id.in_([row["id"] for row in rows])))
        new = set(made)
        self.unit.counts["checkins"] += len(new)
        return new

    async def replace_older(self, patient_ids: Collection[int], newer: Collection[int]) -> list[tuple[int, int]]:
        """End the patients' own unanswered check-ins other than the newer ones; returns (check-in, patient) pairs."""
        await self.session.flush()  # as above
        query = select(Checkin.id, Checkin.patient_id).where(
            Checkin.patient_id.in_(set(patient_ids)),
            Checkin.state.in_(UNDER_WAY),
            Checkin.reporter_id.is_(None),
            Checkin.id.not_in(set(newer)),
        )
        older = [(row[0], row[1]) for row in await self.session.execute(query)]
        if older:
            await self.session.execute(
                update(Checkin).where(Checkin.id.in_([i for i, _ in older])).values(state="replaced"),
                execution_options={"synchronize_session": "fetch"},
            )
        return older

    def sitting(self, person: Person, checkin: Checkin) -> dict[str, Any]:
        """The sitting as JSON: answers, ticks under way, what was known when it opened."""
        return self.unit.open(person, "checkins.sitting", checkin.sitting) or {}

    def set_sitting(self, person: Person, checkin: Checkin, sitting: dict[str, Any]) -> None:
        """Keep the sitting."""
        checkin.sitting = self.unit.seal(person, "checkins.sitting", sitting)

    def answered(self, person: Person, checkin: Checkin, question: str, value: object, now: datetime) -> None:
        """Keep one answer as it was given."""
        sealed = self.unit.sealer(person).seal("answers.value", value)
        self.unit.counts["answers"] += 1
        self.session.add(
            Answer(
                id=self.unit.ids.new(),
                checkin_id=checkin.id,
                patient_id=checkin.patient_id,
                reporter_id=checkin.reporter_id,
                question=question,
                value=sealed,
                given_at=now,
            )
        )

    async def answers(self, person: Person, checkin_id: int) -> list[tuple[str, object, datetime]]:
        """Every answer ever given in a check-in, in order, corrections included."""
        rows = await self.session.scalars(select(Answer).where(Answer.checkin_id == checkin_id).order_by(Answer.id))
        return [(row.question, self.unit.open(person, "answers.value", row.value), row.given_at) for row in rows]

    def found(self, person: Person, checkin: Checkin, urgency: str, detail: object, now: datetime) -> None:
        """Keep what the rules concluded."""
        sealer = self.unit.sealer(person)
        self.session.add(
            Finding(
                id=self.unit.ids.new(),
                checkin_id=checkin.id,
                patient_id=checkin.patient_id,
                urgency=sealer.seal("findings.urgency", urgency),
                detail=sealer.seal("findings.detail", detail),
                protocol_version=checkin.protocol_version,
                found_at=now,
            )
        )

    async def last_finding(self, person: Person, checkin_id: int) -> tuple[str, Any] | None:
        """The newest conclusion of a check-in: urgency and detail."""
        query = select(Finding).where(Finding.checkin_id == checkin_id).order_by(Finding.id.desc()).limit(1)
        row = (await self.session.scalars(query)).first()
        if row is None:
            return None
        urgency: str = self.unit.open(person, "findings.urgency", row.urgency)
        return urgency, self.unit.open(person, "findings.detail", row.detail)
