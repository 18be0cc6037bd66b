"""Telegram's rate limits, enforced when a test or a benchmark asks for it.

The figures are those of https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.clock import SystemPace
from bot.web.botapi.refusals import Refused, too_many


@dataclass(frozen=True, slots=True)
class FloodLimits:
    """How much is allowed; None switches a limit off.

    `per_second` sends in any second overall, one send a second and chat after a burst of `chat_burst`,
    `group_per_minute` sends in any minute to one group. `edits_count` makes edits count like sends.
    """

    per_second: float | None = 30
    per_chat_second: float | None = 1
    chat_burst: int = 3
    group_per_minute: int | None = 20
    edits_count: bool = False


@dataclass(slots=True)
class Bucket:
    """What one chat may still receive at once."""

    tokens: float
    at: float


@dataclass(slots=True)
class FloodGate:
    """Counts sends and refuses those over the limits; a refused send does not count."""

    limits: FloodLimits | None = None
    pace: Callable[[], float] = field(default_factory=lambda: SystemPace().time)
    refused: int = 0
    overall: deque[float] = field(default_factory=deque)
    chats: dict[int, Bucket] = field(default_factory=dict)
    groups: dict[int, deque[float]] = field(default_factory=dict)

    def pass_send(self, chat_id: int, edit: bool = False) -> None:
        """Count one send to the chat, or refuse it with 429 and a time to wait."""
        if self.limits is None or (edit and not self.limits.edits_count):
            return
        now = self.pace()
        waits = (
            self._overall_wait(now, self.limits),
            self._group_wait(now, chat_id, self.limits),
            self._chat_wait(now, chat_id, self.limits),
        )
        if (wait := max(waits)) > 0:
            self.refused += 1
            raise self._refusal(wait)
        self._count(now, chat_id)

    def _refusal(self, wait: float) -> Refused:
        return too_many(max(1, math.ceil(wait)))

    def _overall_wait(self, now: float, limits: FloodLimits) -> float:
        while self.overall and self.overall[0] <= now - 1:
            self.overall.popleft()
        if limits.per_second is None or len(self.overall) < limits.per_second:
            return 0.0
        return self.overall[0] + 1 - now if self.overall else 1.0

    def _group_wait(self, now: float, chat_id: int, limits: FloodLimits) -> float:
        if chat_id > 0 or limits.group_per_minute is None:
            return 0.0
        sends = self.groups.setdefault(chat_id, deque())
        while sends and sends[0] <= now - 60:
            sends.popleft()
        return sends[0] + 60 - now if len(sends) >= limits.group_per_minute else 0.0

    def _chat_wait(self, now: float, chat_id: int, limits: FloodLimits) -> float:
        if limits.per_chat_second is None:
            return 0.0
        bucket = self.chats.setdefault(chat_id, Bucket(limits.chat_burst, now))
        grown = bucket.tokens + (now - bucket.at) * limits.per_chat_second
        bucket.tokens, bucket.at = min(limits.chat_burst, grown), now
        return 0.0 if bucket.tokens >= 1 else (1 - bucket.tokens) / limits.per_chat_second

    def _count(self, now: float, chat_id: int) -> None:
        self.overall.append(now)
        if bucket := self.chats.get(chat_id):
            bucket.tokens -= 1
        if (sends := self.groups.get(chat_id)) is not None:
            sends.append(now)
