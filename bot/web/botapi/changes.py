"""Tells whoever listens that something changed: tests that wait, the page's live updates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Change = dict[str, Any]
# A listener that reads nothing for this many changes is cut off; the page then reloads everything.
LISTENER_BACKLOG = 10_000
LOOK_AGAIN = 0.05


class Changes:
    """Announces changes to listeners; costs next to nothing while nobody listens."""

    def __init__(self) -> None:
        self.count = 0
        self._listeners: set[asyncio.Queue[Change | None]] = set()
        self._waiters: set[asyncio.Future[None]] = set()

    def announce(self, kind: str, **details: Any) -> None:
        """Something changed; `kind` and `details` say what."""
        self.count += 1
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        for queue in list(self._listeners):
            if queue.qsize() >= LISTENER_BACKLOG:
                self._listeners.discard(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait({"kind": kind, **details})

    async def next(self, seconds: float | None = None) -> None:
        """Wait for the next change, at most `seconds`."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except TimeoutError:
            pass
        finally:
            self._waiters.discard(waiter)

    async def until(self, true: Callable[[], bool], seconds: float = 5.0) -> None:
        """Wait until `true()` holds; TimeoutError after `seconds`.

        Looks after every change here, and now and then for what changes elsewhere.
        """
        async with asyncio.timeout(seconds):
            while not true():
                await self.next(LOOK_AGAIN)

    @contextmanager
    def listening(self) -> Iterator[asyncio.Queue[Change | None]]:
        """A queue of every change from now on; None in it ends the listening."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    def hang_up(self) -> None:
        """End every listening, because the server stops."""
        for queue in self._listeners:
            queue.put_nowait(None)
        self._listeners.clear()
