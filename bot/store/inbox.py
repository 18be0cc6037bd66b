"""The inbox: what Telegram told us, kept before we say that we have it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import array

from bot.store.queues import InboxRow
from bot.store.session import Repository


@dataclass(frozen=True)
class Kept:
    """A waiting update: its sender's chat and, sealed, the JSON that Telegram sent."""

    update_id: int
    sender: int
    sealed: bytes
    tries: int


_WAITING = select(InboxRow.update_id, InboxRow.sender, InboxRow.raw, InboxRow.tries).where(InboxRow.state == "waiting")


_SENDERS = (
    select(InboxRow.sender)
    .where(InboxRow.state == "waiting")
    .order_by(InboxRow.id)
    .limit(bindparam("most", type_=Integer))
)


class Inbox(Repository):
    """Updates by their id, so that one that comes twice is kept once."""

    async def keep(self, updates: Sequence[tuple[int, int, object]], now: datetime) -> None:
        """Keep updates as (update_id, sender, JSON) in one statement; known ids are ignored."""
        if not updates:
            return
        rows = [
            {
                "update_id": update_id,
                "id": self.unit.ids.new(),
                "sender": sender,
                "raw": self.unit.vault.seal_raw(raw),
                "received_at": now,
                "state": "waiting",
                "tries": 0,
            }
            for update_id, sender, raw in updates
        ]
        await self.unit.add_new(InboxRow, rows)
        self.unit.counts["updates"] += sum(update_id >= 0 for update_id, _, _ in updates)  # below: our own

    async def waiting(self, most_people: int, most_rows: int) -> dict[int, list[Kept]]:
        """The oldest waiting updates of at most so many senders, each sender's in the order of update_id.

        Senders that another copy of the bot works on are left to it; the others are held until the commit.
        """
        return await self._oldest(most_people, most_rows, self._hold)

    async def peek(self, most_people: int, most_rows: int) -> dict[int, list[Kept]]:
        """The same without holding anybody: for going through a failed round one by one."""
        return await self._oldest(most_people, most_rows, self._everybody)

    async def _oldest(
        self, most_people: int, most_rows: int, choose: Callable[[Sequence[int]], Awaitable[set[int]]]
    ) -> dict[int, list[Kept]]:
        found: dict[int, list[Kept]] = {}
        for senders in await self._turns(most_people, most_rows):
            query = _WAITING.where(InboxRow.sender.in_(await choose(senders))).order_by(InboxRow.id).limit(most_rows)
            found |= _by_sender(await self.session.execute(query))
        return found

    async def _everybody(self, senders: Sequence[int]) -> set[int]:
        return set(senders)

    async def _turns(self, most_people: int, most_rows: int) -> list[list[int]]:
        """Whose turn it is: those who have waited longest and, when they fill the round alone, those behind them.

        A hundred messages of one person must not keep another's answer waiting.
        """
        oldest = list(await self.session.scalars(_SENDERS, {"most": most_rows}))
        if not oldest:
            return []
        first = list(dict.fromkeys(oldest))[:most_people]
        if len(oldest) < most_rows or len(first) == most_people:
            return [first]
        behind = await self.session.scalars(_SENDERS.where(InboxRow.sender.not_in(first)), {"most": most_rows})
        return [first, list(dict.fromkeys(behind))[: most_people - len(first)]]

    async def take(self, kept: Kept) -> Kept | None:
        """One update, its sender held until the commit; None when another copy holds them or has worked on it."""
        if not await self._hold([kept.sender]):
            return None
        row = (await self.session.execute(_WAITING.where(InboxRow.update_id == kept.update_id))).one_or_none()
        return _kept(row) if row is not None else None

    def read(self, kept: Kept) -> Any:
        """The JSON that Telegram sent. Raises Unreadable: then this one update is to blame, and no other."""
        return self.unit.vault.open_raw(kept.sealed)

    async def _hold(self, senders: Sequence[int]) -> set[int]:
        if self.unit.is_sqlite or not senders:
            return set(senders)
        candidates = select(func.unnest(array(sorted(senders))).label("sender")).subquery()
        query = select(candidates.c.sender).where(func.pg_try_advisory_xact_lock(candidates.c.sender))
        return set(await self.session.scalars(query))

    async def done(self, update_ids: Collection[int]) -> None:
        """Mark updates as worked on, and blank what they said."""
        await self._mark(update_ids, state="done", raw=None)

    async def failed(self, kept: Kept, most_tries: int) -> bool:
        """Count a failure; True when the update is now parked for an operator."""
        parked = kept.tries + 1 >= most_tries
        await self._mark([kept.update_id], tries=kept.tries + 1, state="parked" if parked else "waiting")
        return parked

    async def _mark(self, update_ids: Collection[int], **values: object) -> None:
        # Only what waits: a commit whose answer was lost may have been one, and what is done stays done.
        await self.session.execute(
            update(InboxRow).where(InboxRow.update_id.in_(update_ids), InboxRow.state == "waiting").values(**values),
            execution_options={"synchronize_session": False},
        )

    async def count(self, state: str) -> int:
        """How many updates are in a state."""
        query = select(func.count()).select_from(InboxRow).where(InboxRow.state == state)
        return int(await self.session.scalar(query) or 0)


def _kept(row: Any) -> Kept:
    update_id, sender, sealed, tries = row
    return Kept(update_id, sender, sealed or b"", tries)


def _by_sender(rows: Iterable[Any]) -> dict[int, list[Kept]]:
    by_sender: dict[int, list[Kept]] = {}
    for kept in map(_kept, rows):
        by_sender.setdefault(kept.sender, []).append(kept)
    return {sender: sorted(found, key=lambda kept: kept.update_id) for sender, found in by_sender.items()}
