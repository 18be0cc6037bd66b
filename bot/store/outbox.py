"""The outbox: what we will say, saved in the same commit as what we learned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, and_, bindparam, case, func, or_, select, text, update

from bot.store.base import Moment
from bot.store.queues import PENDING, OutboxRow
from bot.store.session import Repository, Unit
from bot.store.tables import Person
from bot.store.vault import Unreadable

# What a claim that died with its process means: a nudge is dropped, everything else is sent again. There is no
# exactly-once in Telegram (docs/decisions), and hearing an alert twice is better than never.
DROPPED_WHEN_LOST = ("nudge",)
FIRST_LANE = 0
# Rows of one chat in hand at once, alerts aside: a chat takes one message a second.
MOST_OF_A_CHAT = 3


@dataclass(frozen=True)
class Parcel:
    """A claimed outbox row, opened: what to do, for which chat. No body: it cannot be opened any more."""

    id: int
    chat_id: int
    about_id: int
    lane: int
    kind: str
    body: dict[str, Any] | None
    alert_id: int | None
    tries: int


@dataclass(frozen=True)
class Outcome:
    """What became of a claimed row: its new state, and when to try again if it is ready again."""

    id: int
    state: str
    at: datetime
    message_id: int | None = None
    why: str | None = None


_PENDING = text(f"outbox.{PENDING}")
# Asked every second and after every message, so built once: to build a statement costs more than to run it [measured].
_DUE = and_(
    _PENDING,
    OutboxRow.state == "ready",
    OutboxRow.due_at <= bindparam("now"),
    OutboxRow.lane.in_(bindparam("lanes", expanding=True)),
)
_ANY_DUE = select(OutboxRow.id).where(_DUE).limit(1)
_CLAIM = (
    select(OutboxRow, Person)
    .join(Person, Person.id == OutboxRow.about_id)
    .where(_DUE)
    .order_by(OutboxRow.lane, OutboxRow.due_at, OutboxRow.id)
    .limit(bindparam("most", type_=Integer))
)
_CLAIM_BESIDE_OTHERS = _CLAIM.with_for_update(of=OutboxRow, skip_locked=True)
_SETTLE = (
    update(OutboxRow)
    .where(OutboxRow.id == bindparam("row"), OutboxRow.state == "sending", OutboxRow.epoch == bindparam("holder"))
    .values(
        state=bindparam("to"),
        message_id=bindparam("message"),
        why=bindparam("reason"),
        # A row that is ready again waits until then; for any other state it is when it was settled.
        due_at=case(
            (bindparam("to", type_=String) == "ready", bindparam("moment", type_=Moment)),
            else_=OutboxRow.due_at,
        ),
        sent_at=case((bindparam("to", type_=String) == "sent", bindparam("moment", type_=Moment)), else_=None),
    )
)


class Outbox(Repository):
    """Rows in lanes; lane 0 (alerts and advice) first, always."""

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._pending: list[dict[str, Any]] = []

    def put(
        self,
        chat_id: int,
        about: Person,
        kind: str,
        body: Mapping[str, Any],
        lane: int,
        due_at: datetime,
        key: str | None = None,
        alert_id: int | None = None,
    ) -> None:
        """Say something, once: a row with the same key as an earlier one is ignored. Sealed under `about`."""
        self._pending.append(
            {
                "id": self.unit.ids.new(),
                "key": key,
                "chat_id": chat_id,
                "about_id": about.id,
                "lane": lane,
                "kind": kind,
                "body": self.unit.sealer(about).seal("outbox.body", dict(body)),
                "alert_id": alert_id,
                "due_at": due_at,
                "state": "ready",
                "tries": 0,
            }
        )

    @property
    def has_pending(self) -> bool:
        """Whether something will be written."""
        return bool(self._pending)

    async def flush(self) -> None:
        """Write what was put, in one statement."""
        if self._pending:
            await self.unit.add_new(OutboxRow, self._pending, "key")
            self._pending = []

    async def claim(
        self,
        now: datetime,
        epoch: int,
        most: int,
        lanes: Collection[int],
        parked: Collection[int] = (),
        crowded: Collection[int] = (),
    ) -> list[Parcel]:
        """Take the most urgent rows that are due, leaving out chats that Telegram asked us to spare.

        Of a chat that is crowded only alerts are taken, and of any other chat only so much: a hundred replies to
        one person must not keep everybody else's waiting.
        """
        query = _CLAIM if self.unit.is_sqlite else _CLAIM_BESIDE_OTHERS
        if parked:
            query = query.where(OutboxRow.chat_id.not_in(parked))
        if crowded:
            query = query.where(or_(OutboxRow.lane == FIRST_LANE, OutboxRow.chat_id.not_in(crowded)))
        found = await self.session.execute(query, {"now": now, "lanes": list(lanes), "most": most})
        rows = _not_too_many([(row[0], row[1]) for row in found])
        if not rows:
            return []
        await self.session.execute(
            update(OutboxRow)
            .where(OutboxRow.id.in_([row.id for row, _ in rows]), OutboxRow.state == "ready")
            .values(state="sending", epoch=epoch, tries=OutboxRow.tries + 1),
            execution_options={"synchronize_session": False},
        )
        return [
            Parcel(
                row.id,
                row.chat_id,
                row.about_id,
                row.lane,
                row.kind,
                self._body(person, row),
                row.alert_id,
                row.tries + 1,
            )
            for row, person in rows
        ]

    def _body(self, person: Person, row: OutboxRow) -> dict[str, Any] | None:
        try:
            body: dict[str, Any] | None = self.unit.open(person, "outbox.body", row.body)
        except Unreadable:
            return None  # the person was erased meanwhile
        return body

    async def free(self, epoch: int, but: Collection[int]) -> None:
        """Give back what was claimed under our own epoch, other than these rows: it never left."""
        await self.session.execute(
            update(OutboxRow)
            .where(_PENDING, OutboxRow.state == "sending", OutboxRow.epoch == epoch, OutboxRow.id.not_in(but))
            .values(state="ready"),
            execution_options={"synchronize_session": False},
        )

    async def settle(self, outcomes: Iterable[Outcome], epoch: int) -> None:
        """Write what became of claimed rows; a row that a newer epoch holds is left alone."""
        rows = [
            {
                "row": o.id,
                "to": o.state,
                "moment": o.at,
                "message": o.message_id,
                "reason": o.why,
                "holder": epoch,
            }
            for o in outcomes
        ]
        if rows:
            connection = await self.unit.connection()
            await connection.execute(_SETTLE, rows)

    async def recover(self, epoch: int) -> None:
        """Free the claims of processes that are gone: nudges are dropped, the rest is sent again."""
        lost = and_(_PENDING, OutboxRow.state == "sending", or_(OutboxRow.epoch.is_(None), OutboxRow.epoch < epoch))
        for condition, state in (
            (OutboxRow.kind.in_(DROPPED_WHEN_LOST), "dropped"),
            (OutboxRow.kind.not_in(DROPPED_WHEN_LOST), "ready"),
        ):
            await self.session.execute(
                update(OutboxRow).where(lost, condition).values(state=state),
                execution_options={"synchronize_session": False},
            )

    async def drop(self, alert_id: int, keys_like: str) -> None:
        """Take back what has not been sent for an alert, by the beginning of its key."""
        await self._take_back(OutboxRow.alert_id == alert_id, OutboxRow.key.startswith(keys_like, autoescape=True))

    async def take_back(self, chat_id: int, about_id: int) -> None:
        """Take back what has not been sent to a chat about a person: whoever is there may not know it any more."""
        await self._take_back(OutboxRow.chat_id == chat_id, OutboxRow.about_id == about_id)

    async def unsay(self, chat_id: int, kinds: Collection[str]) -> None:
        """Take back what has not been sent to a chat, of these kinds, whomever it is about."""
        await self._take_back(OutboxRow.chat_id == chat_id, OutboxRow.kind.in_(kinds))

    async def drop_about(self, about_id: int) -> None:
        """Take back everything about a person that has not been sent, what was put a moment ago included."""
        self._pending = [row for row in self._pending if row["about_id"] != about_id]
        await self._take_back(OutboxRow.about_id == about_id)

    async def _take_back(self, *which: ColumnElement[bool]) -> None:
        await self.flush()
        await self.session.execute(
            update(OutboxRow).where(_PENDING, OutboxRow.state == "ready", *which).values(state="dropped"),
            execution_options={"synchronize_session": False},
        )

    async def of_alert(self, alert_id: int) -> list[OutboxRow]:
        """Everything that was or will be said about an alert, in order."""
        query = select(OutboxRow).where(OutboxRow.alert_id == alert_id).order_by(OutboxRow.id)
        return list(await self.session.scalars(query))

    async def any_due(self, now: datetime, lanes: Collection[int]) -> bool:
        """Whether a row of these lanes waits to be claimed."""
        return await self.session.scalar(_ANY_DUE, {"now": now, "lanes": list(lanes)}) is not None

    async def no_later(self, now: datetime, by: timedelta, lanes: Collection[int]) -> None:
        """What was put while the clock was ahead `by` so much is due now."""
        ahead = and_(OutboxRow.due_at > now, OutboxRow.due_at <= now + by, OutboxRow.lane.in_(lanes))
        await self.session.execute(
            update(OutboxRow).where(_PENDING, OutboxRow.state == "ready", ahead).values(due_at=now),
            execution_options={"synchronize_session": False},
        )

    async def readdress(self, chat_id: int, moved_to: int) -> None:
        """A group became a supergroup: what waits for it goes to its new id."""
        await self.session.execute(
            update(OutboxRow).where(_PENDING, OutboxRow.chat_id == chat_id).values(chat_id=moved_to),
            execution_options={"synchronize_session": False},
        )

    async def depth(self) -> dict[int, tuple[int, datetime]]:
        """How many rows wait in each lane, and since when the oldest is due."""
        query = (
            select(OutboxRow.lane, func.count(), func.min(OutboxRow.due_at)).where(_PENDING).group_by(OutboxRow.lane)
        )
        return {lane: (count, oldest) for lane, count, oldest in await self.session.execute(query)}

    async def next_due(self) -> datetime | None:
        """When the next row that waits is due."""
        ready = select(func.min(OutboxRow.due_at)).where(_PENDING, OutboxRow.state == "ready")
        return await self.session.scalar(ready)


def _not_too_many(rows: Sequence[tuple[OutboxRow, Person]]) -> list[tuple[OutboxRow, Person]]:
    seen: Counter[int] = Counter()
    kept = []
    for row, person in rows:
        if row.lane != FIRST_LANE:
            seen[row.chat_id] += 1
        if seen[row.chat_id] <= MOST_OF_A_CHAT or row.lane == FIRST_LANE:
            kept.append((row, person))
    return kept
