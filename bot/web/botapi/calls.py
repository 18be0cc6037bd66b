"""The journal of calls: what the bot asked for, when, and what it was told."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(slots=True)
class Call:
    """One call.

    `outcome` is `ok`, a status number as text, or `cut`; `effect` is what an accepted call answered,
    also when the answer was then lost; `at` is calendar time, `pace` seconds of the pace clock.
    """

    number: int
    method: str
    chat_id: int
    params: Mapping[str, Any]
    at: datetime
    pace: float
    outcome: str = ""
    effect: Any = None

    @property
    def message_id(self) -> int:
        """The id of the message it made or changed; 0 when there is none."""
        return int(self.effect.get("message_id", 0)) if isinstance(self.effect, dict) else 0

    @property
    def took_effect(self) -> bool:
        """Whether it changed anything, told or not."""
        return self.effect is not None


class Journal:
    """The last `keep` calls (None: all of them), and counts of all."""

    def __init__(self, keep: int | None = None) -> None:
        self.calls: deque[Call] = deque(maxlen=keep)
        self.counts: Counter[tuple[str, str]] = Counter()
        self.started = 0
        self.in_flight = 0

    def __iter__(self) -> Iterator[Call]:
        return iter(self.calls)

    def __len__(self) -> int:
        return len(self.calls)

    def open(self, method: str, chat_id: int, params: Mapping[str, Any], at: datetime, pace: float) -> Call:
        """Note the start of a call."""
        self.started += 1
        call = Call(self.started, method, chat_id, params, at, pace)
        self.calls.append(call)
        if method != "getupdates":
            self.in_flight += 1
        return call

    def close(self, call: Call, outcome: str) -> None:
        """Note what the caller was told."""
        call.outcome = outcome
        self.counts[call.method, outcome] += 1
        if call.method != "getupdates":
            self.in_flight -= 1

    def of(self, method: str, chat_id: int | None = None) -> list[Call]:
        """The kept calls of one method, to one chat when given."""
        wanted = method.lower()
        return [call for call in self.calls if call.method == wanted and chat_id in (None, call.chat_id)]
