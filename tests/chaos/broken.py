"""Bots that are broken on purpose, to see that the check notices: `python -m tests.chaos.broken <how>`."""

from __future__ import annotations

import asyncio
import sys

from bot import cli
from bot.loops import intake, worker

# A slow disk, or a busy one: without it a broken bot may be lucky.
SLOW = 0.1


def confirms_before_it_keeps() -> None:
    """What python-telegram-bot's own polling does: Telegram hears "got it" while the update is only in memory."""

    async def once(self: intake.Intake, seconds: int = 10) -> int:
        updates = await self._poller.poll(self._offset, seconds)
        if updates:
            self._offset = updates[-1]["update_id"] + 1
            await self._poller.poll(self._offset, 0)
            await asyncio.sleep(SLOW)
            await intake.keep(self._store, self._clock, updates)
            self._hints.inbox.set()
        return len(updates)

    intake.Intake.once = once  # type: ignore[method-assign]


def says_done_before_it_acts() -> None:
    """At most once instead of at least once: whoever dies in between has done nothing, and nobody knows."""

    async def together(self: worker.Worker) -> tuple[int, dict[str, str | None]]:
        async with self._store.begin() as tx:
            waiting = await tx.inbox.waiting(worker.PEOPLE_A_ROUND, worker.ROWS_A_ROUND)
            await tx.inbox.done([kept.update_id for rows in waiting.values() for kept in rows])
        await asyncio.sleep(SLOW)
        async with self._store.begin() as tx:
            return await self._work(tx, waiting)

    worker.Worker._together = together  # type: ignore[method-assign]


HOW = {"confirms_before_it_keeps": confirms_before_it_keeps, "says_done_before_it_acts": says_done_before_it_acts}

if __name__ == "__main__":
    HOW[sys.argv.pop()]()
    sys.argv.append("run")
    cli.main()
