"""Intake: from Telegram to the inbox. Telegram is told "got it" only after the commit."""

from __future__ import annotations

from bot.chat.incoming import UNREADABLE, sender_of
from bot.chat.transport import POLL_SECONDS, Poller
from bot.chat.verdicts import CallFailed
from bot.clock import Clock
from bot.loops.pulse import Hints
from bot.store.database import Store


class Intake:
    """Long polling. It asks without an offset after a start: what is not confirmed comes again."""

    def __init__(self, store: Store, poller: Poller, clock: Clock, hints: Hints) -> None:
        self._store = store
        self._poller = poller
        self._clock = clock
        self._hints = hints
        self._offset: int | None = None

    async def once(self, seconds: int = POLL_SECONDS) -> int:
        """Fetch what there is, waiting at most `seconds`; returns how many updates came.

        Raises CallFailed when Telegram is away, and the database's errors: then nothing is confirmed.
        """
        try:
            updates = await self._poller.poll(self._offset, seconds)
        except CallFailed:
            self._offset = None  # another poller may have moved it: start from what is unconfirmed
            raise
        if updates:
            await keep(self._store, self._clock, updates)
            self._offset = updates[-1]["update_id"] + 1
            self._hints.inbox.set()
        return len(updates)


async def keep(store: Store, clock: Clock, updates: list[dict[str, object]]) -> None:
    """Commit raw updates to the inbox; ones that are there already are ignored."""
    rows = [(int(str(update["update_id"])), _whose(update), update) for update in updates]
    async with store.begin() as tx:
        await tx.inbox.keep(rows, clock.now())


def _whose(update: dict[str, object]) -> int:
    try:
        return sender_of(update)
    except UNREADABLE:
        return 0  # kept all the same, or nothing after it would ever be fetched; it is parked when its turn comes
