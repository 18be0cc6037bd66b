"""What the page needs of the clock; the app lends it its own."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class SandboxTime(Protocol):
    """A calendar clock that can be moved forward, from due moment to due moment."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    async def forward(self, seconds: float) -> None:
        """Let this much time pass, with everything that falls due in between; returns when it is done."""
        ...

    async def to_next_checkin(self) -> bool:
        """Go to the moment the next check-in is due; False when none is planned."""
        ...
