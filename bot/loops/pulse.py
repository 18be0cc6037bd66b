"""What the loops share: hints that there is work, and the proof that each of them lives."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from bot.clock import Pace

log = structlog.get_logger()

# Seconds. A loop that fails waits this long, doubling up to the longest, and then tries again: the database or
# Telegram may be away for a while, and that is waited out, not crashed on.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0


@dataclass
class Hints:
    """Somebody has put work there: a hint only, the rows are the truth."""

    inbox: asyncio.Event = field(default_factory=asyncio.Event)
    outbox: asyncio.Event = field(default_factory=asyncio.Event)
    moments: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Pulse:
    """When each loop last went round without failing, on the pace clock."""

    pace: Pace
    beats: dict[str, float] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)

    def beat(self, loop: str) -> None:
        """The loop has gone round."""
        self.beats[loop] = self.pace.time()
        if self.troubles.pop(loop, None):
            log.info("loop.recovered", loop=loop)

    def trouble(self, loop: str, error: BaseException) -> None:
        """The loop has failed; said once, not at every try."""
        name = type(error).__name__
        if self.troubles.get(loop) != name:
            log.warning("loop.trouble", loop=loop, error=name)
        self.troubles[loop] = name

    def age(self, loop: str) -> float | None:
        """Seconds since the loop last went round; None when it never has."""
        return self.pace.time() - self.beats[loop] if loop in self.beats else None


async def go_round(
    name: str,
    once: Callable[[], Awaitable[float | None]],
    hint: asyncio.Event,
    stop: asyncio.Event,
    pulse: Pulse,
) -> None:
    """Run a loop until `stop`: `once` does the work and says after how many seconds to look again.

    A failure is noted and waited out with growing pauses; it never ends the loop.
    """
    pause = FIRST_PAUSE
    while not stop.is_set():
        hint.clear()
        try:
            wait = await once()
            pulse.beat(name)
            pause = FIRST_PAUSE
        except Exception as error:
            pulse.trouble(name, error)
            log.debug("loop.failed", loop=name, exc_info=True)
            wait, pause = pause, min(pause * 2, LONGEST_PAUSE)
        if not stop.is_set():
            await pulse.pace.wait(hint, wait)
