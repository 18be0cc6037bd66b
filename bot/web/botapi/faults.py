"""Faults on demand: what a network, a busy server or a fatigued person does to a bot."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.web.botapi.refusals import OTHER_POLLER, PREFIXES, CutConnection, Refused, too_many


class Harm(StrEnum):
    """What goes wrong with a call."""

    FLOOD = "flood"
    REFUSE = "refuse"
    CUT = "cut"
    LOSE_REPLY = "lose_reply"
    HANG = "hang"
    HANG_AFTER = "hang_after"
    DELAY = "delay"


AFTER_EFFECT = {Harm.LOSE_REPLY, Harm.HANG_AFTER}


@dataclass(slots=True)
class Fault:
    """One harm for calls that match; `method` and `chat_id` None match all, `times` None lasts for ever.

    `skip` lets that many matching calls through first. `seconds` belongs to hangs and delays,
    `retry_after` to floods, `status` and `description` to refusals.
    """

    harm: Harm
    method: str | None = None
    chat_id: int | None = None
    times: int | None = 1
    skip: int = 0
    seconds: float = 3600.0
    retry_after: int = 1
    status: int = 500
    description: str = ""

    def strikes(self, method: str, chat_id: int) -> bool:
        """Whether it hits this call; counts down."""
        if self.method is not None and self.method.lower() != method:
            return False
        if self.chat_id is not None and self.chat_id != chat_id:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True

    async def do(self) -> None:
        """Wait, refuse or cut the connection."""
        match self.harm:
            case Harm.DELAY:
                await asyncio.sleep(self.seconds)
            case Harm.FLOOD:
                raise too_many(self.retry_after)
            case Harm.REFUSE:
                prefix = PREFIXES.get(self.status, "Internal Server Error")
                raise Refused(self.status, self.description or prefix)
            case Harm.HANG | Harm.HANG_AFTER:
                await asyncio.sleep(self.seconds)
                raise CutConnection
            case Harm.CUT | Harm.LOSE_REPLY:
                raise CutConnection


@dataclass(slots=True)
class Faults:
    """The faults that wait for their call."""

    waiting: list[Fault] = field(default_factory=list)

    def struck(self, method: str, chat_id: int) -> list[Fault]:
        """The faults that hit this call, delays first."""
        if not self.waiting:
            return []
        hit = [fault for fault in self.waiting if fault.strikes(method, chat_id)]
        self.waiting = [fault for fault in self.waiting if fault.times is None or fault.times > 0]
        return sorted(hit, key=lambda fault: fault.harm is not Harm.DELAY)

    def add(self, harm: Harm | str, **details: Any) -> Fault:
        """Arrange a fault; `details` are the fields of Fault."""
        fault = Fault(Harm(harm), **details)
        self.waiting.append(fault)
        return fault

    def floods(self, retry_after: int = 1, **details: Any) -> Fault:
        """Answer 429 with `retry_after` seconds."""
        return self.add(Harm.FLOOD, retry_after=retry_after, **details)

    def refuses(self, status: int, description: str = "", **details: Any) -> Fault:
        """Answer with this status and sentence."""
        return self.add(Harm.REFUSE, status=status, description=description, **details)

    def cuts(self, **details: Any) -> Fault:
        """Reset the connection before anything took effect."""
        return self.add(Harm.CUT, **details)

    def loses_reply(self, **details: Any) -> Fault:
        """Reset the connection after the call took effect."""
        return self.add(Harm.LOSE_REPLY, **details)

    def hangs(self, after: bool = False, **details: Any) -> Fault:
        """Never answer, before or after the effect."""
        return self.add(Harm.HANG_AFTER if after else Harm.HANG, **details)

    def delays(self, seconds: float, **details: Any) -> Fault:
        """Take `seconds` longer over every matching call (until cleared, unless `times` is given)."""
        return self.add(Harm.DELAY, seconds=seconds, **{"times": None, **details})

    def another_poller(self, **details: Any) -> Fault:
        """Answer getUpdates as if a second bot were polling."""
        return self.refuses(409, f"Conflict: {OTHER_POLLER}", method="getUpdates", **details)

    def clear(self) -> None:
        """Forget all arranged faults."""
        self.waiting.clear()
