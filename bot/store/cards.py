"""Cards: messages that are edited in place, each with what it should show and what it shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Integer, and_, bindparam, case, func, or_, select, update

from bot.store.base import Id, table_of
from bot.store.queues import CardRow
from bot.store.session import Repository, Unit
from bot.store.tables import Person


@dataclass(frozen=True)
class Shown:
    """What became of a claimed card: the version that the chat now shows, or why not.

    Without a message id the known one stays (a tap may have told it meanwhile), unless `lost` says that it is gone.
    """

    id: int
    version: int
    message_id: int | None
    due_at: datetime
    state: str = "live"
    why: str | None = None
    lost: bool = False


# Asked every second and after every message, so built once: to build a statement costs more than to run it [measured].
_DUE = and_(
    CardRow.shown < CardRow.wanted,
    CardRow.state == "live",
    CardRow.due_at <= bindparam("now"),
    CardRow.epoch.is_(None),
    CardRow.lane.in_(bindparam("lanes", expanding=True)),
)
_ANY_DUE = select(CardRow.id).where(_DUE).limit(1)
_CLAIM = (
    select(CardRow, Person)
    .join(Person, Person.id == CardRow.about_id)
    .where(_DUE)
    .order_by(CardRow.lane, CardRow.due_at)
    .limit(bindparam("most", type_=Integer))
)
_CLAIM_BESIDE_OTHERS = _CLAIM.with_for_update(of=CardRow, skip_locked=True)
_INSERT = table_of(CardRow).insert()
# A tap came meanwhile from a newer message than the one that was sent or edited: that one is still to be edited.
_ADOPTED_NEWER = CardRow.message_id > func.coalesce(bindparam("message", type_=Id), CardRow.message_id)
_SETTLE = (
    update(CardRow)
    .where(CardRow.id == bindparam("row"), CardRow.epoch == bindparam("holder"))
    .values(
        shown=case((_ADOPTED_NEWER, CardRow.shown), else_=bindparam("version")),
        message_id=case(
            (bindparam("lost", type_=Boolean), None),
            (_ADOPTED_NEWER, CardRow.message_id),
            else_=func.coalesce(bindparam("message", type_=Id), CardRow.message_id),
        ),
        due_at=bindparam("moment"),
        state=bindparam("to"),
        why=bindparam("reason"),
        epoch=None,
    )
)


class Cards(Repository):
    """One row a chat, purpose and subject."""

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._known: dict[tuple[str, int], list[CardRow]] = {}
        self.has_pending = False  # whether a card changed in this unit of work

    async def load(self, keys: Collection[tuple[str, int]]) -> None:
        """Read the cards of these purposes and subjects in one statement, so that `find` needs none."""
        wanted = set(keys) - self._known.keys()
        if wanted:
            self._known.update({key: [] for key in wanted})
            query = select(CardRow).where(CardRow.subject_id.in_({subject for _, subject in wanted}))
            for card in await self.session.scalars(query.order_by(CardRow.id)):
                known = self._known.setdefault((card.purpose, card.subject_id), [])
                if card not in known:
                    known.append(card)

    async def find(self, purpose: str, subject_id: int, chat_id: int | None = None) -> CardRow | None:
        """The card of this purpose and subject (in this chat; else the only one there is)."""
        await self.load([(purpose, subject_id)])
        cards = self._known[purpose, subject_id]
        return next((card for card in cards if chat_id is None or card.chat_id == chat_id), None)

    async def newest(self, subject_id: int) -> CardRow | None:
        """The latest card of a subject, whatever its purpose."""
        query = select(CardRow).where(CardRow.subject_id == subject_id).order_by(CardRow.id.desc()).limit(1)
        return (await self.session.scalars(query)).first()

    async def show(
        self,
        chat_id: int,
        about: Person,
        purpose: str,
        subject_id: int,
        body: Mapping[str, Any],
        lane: int,
        now: datetime,
    ) -> CardRow:
        """Let the card show this; it is sent if it never was, else edited."""
        self.has_pending = True
        sealed = self.unit.sealer(about).seal("cards.body", dict(body))
        card = await self.find(purpose, subject_id, chat_id)
        if card is None:
            card = CardRow(
                id=self.unit.ids.new(),
                chat_id=chat_id,
                about_id=about.id,
                purpose=purpose,
                subject_id=subject_id,
                lane=lane,
                wanted=1,
                shown=0,
                body=sealed,
                state="live",
                due_at=now,
                tries=0,
            )
            self.session.add(card)
            self._known[purpose, subject_id].append(card)
        else:
            card.wanted += 1
            card.body, card.lane, card.due_at, card.state = sealed, lane, now, "live"
        return card

    def withdraw(self, card: CardRow) -> bool:
        """Show nothing of a card that never went out; False when it went out, or may have."""
        if card.message_id is not None or card.tries > 0:
            return False
        card.state = "gone"
        return True

    async def prompt_many(self, rows: list[dict[str, Any]]) -> None:
        """Insert cards for prompts in bulk; their text is rendered when they are claimed."""
        if rows:
            await self.unit.insert(_INSERT, rows)

    def adopt(self, card: CardRow, message_id: int) -> None:
        """A tap came from this message: if it is a newer copy than the one we know, edit that from now on.

        Two copies exist when Telegram's reply to a send was lost. A smaller id is an older message of ours.
        """
        if (card.message_id is None and card.tries > 0) or (card.message_id or message_id) < message_id:
            card.message_id = message_id
            card.wanted += 1  # not "shown less": another copy may be writing down what it has shown just now

    def show_again(self, card: CardRow, message_id: int) -> None:
        """A tap on something that is over came from this message, so that is what it still shows: mend it.

        A copy of the leader's that was killed or froze may arrive late, below the message that we know, and a late
        edit may undo a newer one.
        """
        if card.message_id is not None and card.message_id <= message_id:
            card.message_id = message_id
            card.wanted += 1

    async def claim(
        self, now: datetime, epoch: int, most: int, lanes: Collection[int], parked: Collection[int]
    ) -> list[tuple[CardRow, Person]]:
        """Take the cards that show less than they should, most urgent first."""
        query = _CLAIM if self.unit.is_sqlite else _CLAIM_BESIDE_OTHERS
        if parked:
            query = query.where(CardRow.chat_id.not_in(parked))
        found = await self.session.execute(query, {"now": now, "lanes": list(lanes), "most": most})
        rows = [(row[0], row[1]) for row in found]
        if rows:
            await self.session.execute(
                update(CardRow)
                .where(CardRow.id.in_([card.id for card, _ in rows]))
                .values(epoch=epoch, tries=CardRow.tries + 1),
                execution_options={"synchronize_session": False},
            )
        return rows

    def body(self, about: Person, card: CardRow) -> dict[str, Any] | None:
        """What the card should show; None when that is decided at the last moment. Raises Unreadable."""
        body: dict[str, Any] | None = self.unit.open(about, "cards.body", card.body)
        return body

    async def settle(self, shown: Iterable[Shown], epoch: int) -> None:
        """Write what the chats now show; a card that a newer epoch holds is left alone."""
        rows = [
            {
                "row": s.id,
                "version": s.version,
                "message": s.message_id,
                "lost": s.lost,
                "moment": s.due_at,
                "to": s.state,
                "reason": s.why,
                "holder": epoch,
            }
            for s in shown
        ]
        if rows:
            connection = await self.unit.connection()
            await connection.execute(_SETTLE, rows)

    async def free(self, epoch: int, but: Collection[int]) -> None:
        """Give back what was claimed under our own epoch, other than these cards: it never left."""
        await self.session.execute(
            update(CardRow).where(CardRow.epoch == epoch, CardRow.id.not_in(but)).values(epoch=None),
            execution_options={"synchronize_session": False},
        )

    async def recover(self, epoch: int) -> None:
        """Free the claims of processes that are gone."""
        lost = or_(CardRow.epoch < epoch, CardRow.epoch > epoch)
        await self.session.execute(
            update(CardRow).where(CardRow.shown < CardRow.wanted, lost).values(epoch=None),
            execution_options={"synchronize_session": False},
        )

    async def drop_about(self, about_id: int) -> None:
        """Show nothing more about a person."""
        await self.session.execute(
            update(CardRow).where(CardRow.about_id == about_id).values(state="gone"),
            execution_options={"synchronize_session": False},
        )

    async def any_due(self, now: datetime, lanes: Collection[int]) -> bool:
        """Whether a card of these lanes waits to be claimed."""
        return await self.session.scalar(_ANY_DUE, {"now": now, "lanes": list(lanes)}) is not None

    async def no_later(self, now: datetime, by: timedelta, lanes: Collection[int]) -> None:
        """What was shown while the clock was ahead `by` so much is due now."""
        ahead = and_(CardRow.due_at > now, CardRow.due_at <= now + by, CardRow.lane.in_(lanes))
        await self.session.execute(
            update(CardRow).where(CardRow.shown < CardRow.wanted, CardRow.state == "live", ahead).values(due_at=now),
            execution_options={"synchronize_session": False},
        )

    async def next_due(self) -> datetime | None:
        """When the next card that is behind is due."""
        query = select(func.min(CardRow.due_at)).where(CardRow.shown < CardRow.wanted, CardRow.state == "live")
        return await self.session.scalar(query)

    async def depth(self) -> dict[int, tuple[int, datetime]]:
        """How many cards wait in each lane, and since when the oldest is due."""
        query = (
            select(CardRow.lane, func.count(), func.min(CardRow.due_at))
            .where(CardRow.shown < CardRow.wanted, CardRow.state == "live")
            .group_by(CardRow.lane)
        )
        return {lane: (count, oldest) for lane, count, oldest in await self.session.execute(query)}
