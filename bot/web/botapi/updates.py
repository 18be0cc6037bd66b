"""Updates that wait for the bot: kept until confirmed, at most 24 hours.

https://core.telegram.org/bots/api#getting-updates
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any

from bot.web.botapi.changes import Changes
from bot.web.botapi.refusals import OTHER_POLLER, WEBHOOK_ACTIVE, conflict

Json = dict[str, Any]

KEPT = timedelta(hours=24)
MAX_BATCH = 100
# Telegram sends these only to bots that ask for them by name.
ONLY_WHEN_ASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(frozen=True, slots=True)
class Query:
    """A tap that waits for its answer."""

    asked: datetime
    user_id: int


@dataclass(slots=True)
class Waiting:
    """One update that was not confirmed yet. `order` names whose updates it must not overtake."""

    update_id: int
    at: datetime
    kind: str
    payload: Json
    order: int = 0
    in_flight: bool = False
    deliveries: int = 0
    repeated: bool = False

    def telegram(self) -> Json:
        """The update as Telegram sends it."""
        return {"update_id": self.update_id, self.kind: self.payload}

    def record(self) -> Json:
        """Everything, for the journal file."""
        return {
            "id": self.update_id,
            "at": self.at.timestamp(),
            "kind": self.kind,
            "payload": self.payload,
            "order": self.order,
        }


class UpdateQueue:
    """The queue between the phones and the bot.

    Faults: `repeats` many confirmed updates are delivered a second time; `out_of_order` lets the webhook
    poster send in any order.
    """

    def __init__(self, clock: Callable[[], datetime], changes: Changes, first_id: int) -> None:
        self.clock = clock
        self.changes = changes
        self.next_id = first_id
        self.waiting: dict[int, Waiting] = {}
        self.allowed: frozenset[str] | None = None
        self.webhook_url = ""
        self.repeats = 0
        self.out_of_order = False
        self.arrived = asyncio.Event()
        self._poll: asyncio.Future[None] | None = None
        self.on_push: Callable[[Waiting], None] = lambda _: None
        self.on_confirm: Callable[[list[int]], None] = lambda _: None

    @property
    def polling(self) -> bool:
        """Whether a getUpdates is waiting now."""
        return self._poll is not None

    def wants(self, kind: str) -> bool:
        """Whether the bot asked for this kind of update."""
        return kind in self.allowed if self.allowed else kind not in ONLY_WHEN_ASKED

    def push(self, kind: str, payload: Json, order: int = 0) -> int:
        """Queue an update; its id, or 0 when the bot does not want this kind."""
        if not self.wants(kind):
            return 0
        waiting = Waiting(self.next_id, self.clock(), kind, payload, order)
        self.next_id += 1
        self.waiting[waiting.update_id] = waiting
        self.on_push(waiting)
        self.wake()
        return waiting.update_id

    def wake(self) -> None:
        """Let a waiting getUpdates or the webhook poster look again."""
        self.arrived.set()
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def allow(self, kinds: object) -> None:
        """Remember which kinds are wanted from now on; a missing list changes nothing, an empty one resets."""
        if isinstance(kinds, list):
            self.allowed = frozenset(map(str, kinds)) or None

    async def take(self, offset: int, limit: int, patience: float) -> list[Json]:
        """One getUpdates: confirm everything below `offset`, then wait `patience` seconds for something.

        A second poller ends the first one's call with 409, as at Telegram.
        """
        if self.webhook_url:
            raise conflict(WEBHOOK_ACTIVE)
        self.interrupt_poll(OTHER_POLLER)
        self._confirm_by(offset)
        if not self.waiting and patience > 0:
            self._poll = asyncio.get_running_loop().create_future()
            self.changes.announce("polling")
            await self._wait(self._poll, patience)
        batch = list(islice(self.waiting.values(), min(max(limit, 1), MAX_BATCH)))
        for one in batch:
            one.deliveries += 1
        return [one.telegram() for one in batch]

    async def _wait(self, poll: asyncio.Future[None], seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await poll
        except TimeoutError:
            pass
        finally:
            if self._poll is poll:
                self._poll = None

    def interrupt_poll(self, why: str) -> None:
        """End a getUpdates that is waiting, with 409."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(conflict(why))
        self._poll = None

    def _confirm_by(self, offset: int) -> None:
        if offset < 0:
            self.confirm(list(self.waiting)[:offset])
        elif offset > 0:
            below = takewhile(lambda one: one.update_id < offset, self.waiting.values())
            self.confirm([one.update_id for one in below if not one.repeated or one.deliveries > 1])
        oldest = self.clock() - KEPT
        self.confirm([one.update_id for one in takewhile(lambda one: one.at < oldest, self.waiting.values())])

    def confirm(self, update_ids: list[int]) -> None:
        """Forget updates the bot has; with `repeats` some come once more, as after a lost confirmation."""
        gone = [update_id for update_id in update_ids if not self._comes_again(self.waiting[update_id])]
        for update_id in gone:
            del self.waiting[update_id]
        if gone:
            self.on_confirm(gone)
            self.changes.announce("confirmed", left=len(self.waiting))

    def drop(self) -> None:
        """Forget everything that waits."""
        self.repeats = 0
        self.confirm(list(self.waiting))

    def _comes_again(self, one: Waiting) -> bool:
        if self.repeats <= 0 or one.repeated or one.deliveries == 0:
            return False
        self.repeats -= 1
        one.repeated, one.deliveries, one.in_flight = True, 1, False
        return True
