"""Tells the outside that all is well: a dead process cannot say that it is dead."""

from __future__ import annotations

import aiohttp
import structlog

log = structlog.get_logger()

# Seconds. Whoever listens expects a beat about every half minute; a slow one is better than none.
PATIENCE = 10.0


class Heartbeat:
    """Pings an address (healthchecks and the like). A ping that fails is noted and stops nothing."""

    def __init__(self, url: str | None, patience: float = PATIENCE) -> None:
        self._url = url
        self._patience = aiohttp.ClientTimeout(total=patience)
        self.outcomes = {"heard": 0, "failed": 0}
        self._failing = False

    async def beat(self) -> None:
        """Ping once, if there is an address."""
        if self._url is None:
            return
        trouble = await self._ping(self._url)
        self.outcomes["failed" if trouble else "heard"] += 1
        if trouble and not self._failing:
            # Not the address: with many services whoever knows it can send the beat.
            log.warning("heartbeat.unheard", error=trouble)
        self._failing = bool(trouble)

    async def _ping(self, url: str) -> str | None:
        """What went wrong; None when it was heard."""
        try:
            async with (
                aiohttp.ClientSession(timeout=self._patience, trust_env=True) as session,
                session.get(url) as response,
            ):
                return None if response.ok else f"status {response.status}"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return type(error).__name__
