"""What the watchdog reads. Nothing here opens what is sealed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import and_, case, func, or_, select, text

from bot.domain.watch import Waiting
from bot.store.ids import EPOCH_MS, RANDOM_BITS
from bot.store.queues import PENDING, CardRow, DueMoment, InboxRow, OutboxRow
from bot.store.session import MOST_IN_ONE_STATEMENT, Repository
from bot.store.tables import Alert


@dataclass(frozen=True)
class OpenAlert:
    """An open alert without what it is about."""

    id: int
    state: str
    owner_id: int | None
    raised_at: datetime


@dataclass(frozen=True)
class Step:
    """A due moment about an alert."""

    subject_id: int
    due_at: datetime
    tries: int


class Watch(Repository):
    """Counts and ages. Only the watchdog asks these, so it makes its own from a unit of work."""

    async def open_alerts(self) -> list[OpenAlert]:
        """Every open alert, the oldest first."""
        query = select(Alert.id, Alert.state, Alert.owner_id, Alert.raised_at).where(Alert.state != "closed")
        return [OpenAlert(*row) for row in await self.session.execute(query.order_by(Alert.raised_at))]

    async def steps(self, kinds: Collection[str], alert_ids: Collection[int]) -> list[Step]:
        """The due moments of these kinds about these alerts."""
        ids, found = sorted(alert_ids), list[Step]()
        for start in range(0, len(ids), MOST_IN_ONE_STATEMENT):
            # Both columns of the key are named, so that millions of other moments are not read.
            query = select(DueMoment.subject_id, DueMoment.due_at, DueMoment.tries).where(
                DueMoment.kind.in_(sorted(kinds)), DueMoment.subject_id.in_(ids[start : start + MOST_IN_ONE_STATEMENT])
            )
            found += [Step(*row) for row in await self.session.execute(query)]
        return found

    async def outbox(self) -> dict[int, Waiting]:
        """What waits in each lane, and since when.

        A row that is tried again has a new due moment each time, so those count from when they were made.
        """
        failed = or_(OutboxRow.tries > 1, and_(OutboxRow.tries > 0, OutboxRow.state == "ready"))
        query = (
            select(OutboxRow.lane, func.count(), func.min(OutboxRow.due_at), func.min(case((failed, OutboxRow.id))))
            .where(text(f"outbox.{PENDING}"))
            .group_by(OutboxRow.lane)
        )
        return {
            lane: Waiting(count, due_at if first is None else min(due_at, made_at(first)))
            for lane, count, due_at, first in await self.session.execute(query)
        }

    async def cards(self) -> dict[int, Waiting]:
        """How many cards of each lane show less than they should, and since when."""
        query = (
            select(CardRow.lane, func.count(), func.min(CardRow.due_at))
            .where(CardRow.shown < CardRow.wanted, CardRow.state == "live")
            .group_by(CardRow.lane)
        )
        return {lane: Waiting(count, since) for lane, count, since in await self.session.execute(query)}

    async def parked(self) -> tuple[int, int | None]:
        """How many updates are parked, and the newest of them."""
        query = select(func.count(), func.max(InboxRow.update_id)).where(InboxRow.state == "parked")
        count, newest = (await self.session.execute(query)).one()
        return count, newest

    async def failing_moments(self, tries: int, but: Collection[str]) -> int:
        """How many moments failed so often, other than those of these kinds."""
        query = (
            select(func.count())
            .select_from(DueMoment)
            .where(DueMoment.tries > 0, DueMoment.tries >= tries, DueMoment.kind.not_in(sorted(but)))
        )
        return int(await self.session.scalar(query) or 0)

    async def said_at(self, keys: Collection[str]) -> datetime | None:
        """When the newest of these outbox rows was due; None when there is none."""
        return await self.session.scalar(select(func.max(OutboxRow.due_at)).where(OutboxRow.key.in_(keys)))


def made_at(row_id: int) -> datetime:
    """When a row was made, as its id tells (`bot.store.ids`)."""
    return datetime.fromtimestamp((EPOCH_MS + (row_id >> RANDOM_BITS)) / 1000, UTC)
