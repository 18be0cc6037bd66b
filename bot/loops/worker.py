"""The worker: inbox rows become answers, alerts and messages, up to 50 people in one commit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.chat.incoming import read_update
from bot.clock import Clock
from bot.domain.incoming import Incoming, InGroup, Tap
from bot.loops.pulse import Hints
from bot.store.database import Store
from bot.store.inbox import Kept
from bot.store.unit import Tx

log = structlog.get_logger()

PEOPLE_A_ROUND = 50
ROWS_A_ROUND = 200
MOST_TRIES = 5
# Seconds after which the worker looks without a hint: updates kept by another copy, or parked tries.
LOOK_AGAIN = 1.0

Toasts = dict[str, str | None]


@dataclass(frozen=True)
class Handlers:
    """What the worker calls: one to read what a round needs in few statements, one to act on one update."""

    prepare: Callable[[Tx, Sequence[Incoming]], Awaitable[None]]
    handle: Callable[[Tx, Incoming, datetime], Awaitable[str | None]]


class Worker:
    """Rounds of one transaction. A person whose action raises is rolled back and run alone."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        handlers: Handlers,
        hints: Hints,
        answer_taps: Callable[[Toasts], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._handlers = handlers
        self._hints = hints
        self._answer_taps = answer_taps
        self.on_parked: Callable[[int], Awaitable[None]] | None = None

    async def once(self) -> float:
        """Work on what waits; returns seconds until the next look."""
        return 0 if await self.round() else LOOK_AGAIN

    async def round(self) -> int:
        """One round; returns how many updates were worked on."""
        try:
            count, toasts = await self._together()
        except Exception as error:
            if await self._store.is_away(error):
                raise
            log.warning("round.split", error=type(error).__name__)
            log.debug("round.failed", exc_info=True)
            count, toasts = await self._one_by_one()
        if count:
            self._answer_taps(toasts)
            self._hints.outbox.set()
            self._hints.moments.set()
        return count

    async def _together(self) -> tuple[int, Toasts]:
        async with self._store.begin() as tx:
            return await self._work(tx, await tx.inbox.waiting(PEOPLE_A_ROUND, ROWS_A_ROUND))

    async def _work(self, tx: Tx, waiting: Mapping[int, Sequence[Kept]]) -> tuple[int, Toasts]:
        kept = [row for rows in waiting.values() for row in rows]
        if not kept:
            return 0, {}
        now = self._clock.now()
        incoming = [update for row in kept if (update := read_update(tx.inbox.read(row))) is not None]
        await self._handlers.prepare(tx, incoming)
        toasts: Toasts = {}
        for update in incoming:
            said = await self._handlers.handle(tx, update, now)
            if (query_id := _query_id(update)) is not None:
                toasts[query_id] = said
        await tx.inbox.done([row.update_id for row in kept])
        return len(kept), toasts

    async def _one_by_one(self) -> tuple[int, Toasts]:
        """Each person of the round alone, so that one person's trouble is not another's."""
        async with self._store.read() as tx:
            waiting = await tx.inbox.peek(PEOPLE_A_ROUND, ROWS_A_ROUND)
        count, toasts = 0, Toasts()
        for rows in waiting.values():
            for row in rows:
                try:
                    done, said = await self._alone(row)
                except Exception as error:
                    if await self._store.is_away(error):
                        raise  # nobody's update is to blame
                    if not await self._failed(row, error):
                        break  # it is tried again before this person's later updates: their order is kept
                    continue
                count += done
                toasts.update(said)
        return count, toasts

    async def _alone(self, row: Kept) -> tuple[int, Toasts]:
        async with self._store.begin() as tx:
            taken = await tx.inbox.take(row)
            return await self._work(tx, {taken.sender: [taken]}) if taken is not None else (0, {})

    async def _failed(self, row: Kept, error: Exception) -> bool:
        """Count the failure; True when the update is parked, so that the person's later ones go on."""
        async with self._store.begin() as tx:
            parked = await tx.inbox.failed(row, MOST_TRIES)
        log.error("update.parked" if parked else "update.failed", update=row.update_id, error=type(error).__name__)
        log.debug("update.trouble", update=row.update_id, exc_info=error)
        if parked and self.on_parked:
            await self.on_parked(row.update_id)
        return parked


def _query_id(update: Incoming) -> str | None:
    return update.content.query_id if isinstance(update.content, Tap | InGroup) else None
