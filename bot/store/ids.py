"""Names for rows, made here so that nothing needs a flush before something can point at it."""

from __future__ import annotations

import random
import secrets
from datetime import UTC, datetime

from bot.clock import Clock

EPOCH_MS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
RANDOM_BITS = 20


class Ids:
    """Makes whole numbers that grow with time: milliseconds since 2026, then 20 random bits.

    They fit 63 bits until the year 2290 and take at most 19 digits in callback data. Two copies of the bot
    that make one in the same millisecond collide once in a million; the insert then fails and is tried again.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0
        # Names, not secrets: whoever taps is asked for their right to, whatever id the button holds.
        self._random = random.Random(secrets.randbits(128))  # noqa: S311

    def new(self) -> int:
        """The next id, larger than every earlier one of this process, even when the clock goes back."""
        moment = max(0, int(self._clock.now().timestamp() * 1000) - EPOCH_MS)
        fresh = (moment << RANDOM_BITS) | self._random.getrandbits(RANDOM_BITS)
        self._last = max(fresh, self._last + 1)
        return self._last
