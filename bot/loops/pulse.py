"""What the loops share: hints that there is work, and the proof that each of them lives."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import structlog

from bot.chat.verdicts import CallFailed, is_network
from bot.clock import Pace
from bot.domain.watch import DATABASE_AWAY, TELEGRAM_AWAY, LoopState
from bot.store.away import is_away

log = structlog.get_logger()

# Seconds. A loop that fails waits this long, doubling up to the longest, and then tries again: the database or
# Telegram may be away for a while, and that is waited out, not crashed on. The longest pause is what an alert may
# have to wait after they are back; asking every five seconds costs neither of them anything.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 5.0

# What several loops wait for at the same time, and the event that says it is over.
SHARED = {DATABASE_AWAY: "database.back", TELEGRAM_AWAY: "telegram.back"}


@dataclass
class Hints:
    """Somebody has put work there: a hint only, the rows are the truth."""

    inbox: asyncio.Event = field(default_factory=asyncio.Event)
    outbox: asyncio.Event = field(default_factory=asyncio.Event)
    moments: asyncio.Event = field(default_factory=asyncio.Event)


def named(error: BaseException) -> str:
    """What is the matter, in one word: the database or Telegram is away, or the error's name."""
    if isinstance(error, CallFailed):
        return TELEGRAM_AWAY if is_network(error) else type(error).__name__
    return DATABASE_AWAY if is_away(error) else type(error).__name__


@dataclass
class Pulse:
    """When each loop last went round, and when it last did so without failing, on the pace clock."""

    pace: Pace
    beats: dict[str, float] = field(default_factory=dict)
    turns: dict[str, float] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)
    began: dict[str, float] = field(default_factory=dict)

    def expect(self, loops: Iterable[str]) -> None:
        """These loops go round from now on; their ages count from here until they have."""
        self.began = dict.fromkeys(loops, self.pace.time())

    def beat(self, loop: str) -> None:
        """The loop has gone round."""
        self.beats[loop] = self.turns[loop] = self.pace.time()
        name = self.troubles.pop(loop, None)
        if name is None or (name in SHARED and name in self.troubles.values()):
            return
        log.info(SHARED.get(name, "loop.recovered"), loop=loop)

    def trouble(self, loop: str, error: BaseException) -> None:
        """The loop has failed. Said once, not at every try, and once for all loops that wait for the same thing."""
        self.turns[loop] = self.pace.time()
        name = named(error)
        known = name in self.troubles.values() if name in SHARED else self.troubles.get(loop) == name
        self.troubles[loop] = name
        if known:
            return
        if name in SHARED:
            log.warning(name, loop=loop, error=type(error).__name__, step="Waiting; nothing is lost meanwhile.")
        else:
            log.warning("loop.trouble", loop=loop, error=name)

    def age(self, loop: str) -> float | None:
        """Seconds since the loop last went round without failing; None when it never has."""
        return self.pace.time() - self.beats[loop] if loop in self.beats else None

    def states(self) -> dict[str, LoopState]:
        """How each expected loop is doing."""
        now = self.pace.time()
        return {
            loop: LoopState(
                turned=now - max(began, self.turns.get(loop, began)),
                worked=now - max(began, self.beats.get(loop, began)),
                trouble=self.troubles.get(loop),
                is_new=loop not in self.turns,
            )
            for loop, began in self.began.items()
        }


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
