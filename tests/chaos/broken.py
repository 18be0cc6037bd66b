"""Bots that are broken on purpose, to see that the check notices: `python -m tests.chaos.broken <how>`."""

from __future__ import annotations

import asyncio
import sys

from bot import cli
from bot.loops import intake
from bot.store import outbox

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


def forgets_what_it_claimed() -> None:
    """A message that was claimed by a process that died is taken for sent."""
    outbox.DROPPED_WHEN_LOST = ("nudge", "send")  # type: ignore[assignment]


if __name__ == "__main__":
    {"confirms_before_it_keeps": confirms_before_it_keeps, "forgets_what_it_claimed": forgets_what_it_claimed}[
        sys.argv.pop()
    ]()
    sys.argv.append("run")
    cli.main()
