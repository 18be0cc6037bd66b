"""The sandbox's clock: the machine's, moved forward, from due moment to due moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from bot.app import App
from bot.clock import SystemClock


class SandboxClock:
    """What the page's time buttons move. The offset is kept in a file: after a restart time does not run back."""

    def __init__(self, clock: SystemClock, file: Path) -> None:
        self._clock = clock
        self._file = file
        self.app: App | None = None
        if file.is_file():
            clock.offset = timedelta(seconds=float(file.read_text() or 0))

    def now(self) -> datetime:
        """The present moment in the sandbox."""
        return self._clock.now()

    async def forward(self, seconds: float) -> None:
        """Let time pass, with everything that falls due in between."""
        await self._to(self.now() + timedelta(seconds=seconds))

    async def to_next_checkin(self) -> bool:
        """Go to the moment the next check-in is due; False when none is planned."""
        due = await self.app.next_due("checkin") if self.app else None
        if due is None:
            return False
        await self._to(due)
        return True

    async def _to(self, target: datetime) -> None:
        if self.app is None:
            return
        await self.app.settle()
        while (due := await self.app.next_due()) is not None and due <= target:
            self._jump(max(due, self.now()))
            await self.app.settle()
        self._jump(max(target, self.now()))
        await self.app.settle()

    def _jump(self, moment: datetime) -> None:
        self._clock.offset += moment - self._clock.now()
        self._file.write_text(str(self._clock.offset.total_seconds()))
