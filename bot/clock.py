"""The two clocks: one tells what time it is for people, the other how fast we may go."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """The calendar clock: may jump, is read once per action."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class Pace(Protocol):
    """The pace clock: never jumps; budgets, time-outs and back-off are measured with it."""

    def time(self) -> float:
        """Seconds since some fixed moment, never going back."""
        ...

    async def wait(self, hint: asyncio.Event, seconds: float | None, busy: bool = False) -> None:
        """Wait until `hint` is set, at most `seconds` (None: as long as it takes).

        `busy` says that something real is under way (a call on the wire), so that a clock that
        jumps instead of waiting knows that it must let it finish.
        """
        ...


class SystemClock:
    """The machine's clock, moved forward by `offset` in the sandbox."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """The machine's time plus the offset, in UTC."""
        return datetime.now(UTC) + self.offset


class SystemPace:
    """The machine's monotonic clock."""

    def time(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    async def wait(self, hint: asyncio.Event, seconds: float | None, busy: bool = False) -> None:
        """Wait for the hint, or for the seconds to pass."""
        if hint.is_set() or (seconds is not None and seconds <= 0):
            return
        try:
            async with asyncio.timeout(seconds):
                await hint.wait()
        except TimeoutError:
            return
