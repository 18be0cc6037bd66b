"""People who answer: they live in the Bot API server's process, and tap what their phone shows.

Each has the same script, such as `pain:3`, `bone_signs:done`: the end of the callback data of the button to tap
next. They tap in one of two ways: as soon as they see the button, so many people at a time (how much can a bot
do?); or one tap of somebody every so often (how long does a tap take?).
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from bot.web.botapi import BotApi
from bot.web.botapi.chats import Message
from bot.web.botapi.control import VERBS

Json = dict[str, Any]


@dataclass
class Somebody:
    """One person: how far they are, and the message whose button they tap next."""

    chat_id: int
    step: int = 0
    tapped_at: float | None = None
    message: Message | None = None


@dataclass
class Plan:
    """What the people do."""

    first_chat_id: int
    people: int
    script: list[str]
    at_once: int | None = None
    a_second: float | None = None
    # Chats that hear an alert lie this far above their patient's; the clock starts at the tap of this step.
    carer_above: int | None = None
    alarming_step: int = 0


@dataclass
class Seen:
    """What was measured, in seconds of the server's pace clock."""

    taps: int = 0
    finished: int = 0
    began: float = 0.0
    ended: float = 0.0
    to_next: list[float] = field(default_factory=list)
    to_alert: list[float] = field(default_factory=list)


class Crowd:
    """The people of one measurement."""

    def __init__(self, api: BotApi, plan: Plan) -> None:
        self.api = api
        self.plan = plan
        self.seen = Seen()
        self.people = {chat: Somebody(chat) for chat in range(plan.first_chat_id, plan.first_chat_id + plan.people)}
        self.ready: deque[Somebody] = deque()
        self.alarmed: dict[int, float] = {}
        self.tapping = False
        self._ticker: asyncio.Task[None] | None = None

    def say(self, text: str) -> None:
        """Everybody types the same."""
        for chat_id in self.people:
            user = self.api.users.get(chat_id) or self.api.add_user(chat_id, f"Person {chat_id}")
            user.sends(text)

    def go(self) -> None:
        """Begin to tap."""
        self.tapping = True
        self.seen.began = self.api.pace()
        if self.plan.a_second:
            self._ticker = asyncio.create_task(self._tap_now_and_then(1 / self.plan.a_second))
        for _ in range(min(self.plan.at_once or 0, len(self.ready))):
            self._tap(self.ready.popleft())

    def sees(self, message: Message) -> None:
        """A phone shows something new of the bot's."""
        if (started := self.alarmed.pop(message.chat_id, None)) is not None:
            self.seen.to_alert.append(self.api.pace() - started)
        somebody = self.people.get(message.chat_id)
        if somebody is None or not self._is_next(somebody, message):
            return
        if somebody.tapped_at is not None:
            self.seen.to_next.append(self.api.pace() - somebody.tapped_at)
            somebody.tapped_at = None
        somebody.message = message
        if somebody.step == len(self.plan.script):
            self._finished()
        elif somebody.step == 0 or self.plan.a_second:
            self.ready.append(somebody)
        else:
            asyncio.get_running_loop().call_soon(self._tap, somebody)

    def _is_next(self, somebody: Somebody, message: Message) -> bool:
        if somebody.step == len(self.plan.script):
            return somebody.tapped_at is not None
        if somebody.step == 0 and somebody.message is not None:
            return False
        return self._button(somebody, message) is not None

    def _button(self, somebody: Somebody, message: Message) -> str | None:
        wanted = ":" + self.plan.script[somebody.step]
        for row in message.buttons:
            for button in row:
                if (data := button.get("callback_data", "")).endswith(wanted):
                    return str(data)
        return None

    def _tap(self, somebody: Somebody) -> None:
        if somebody.message is None or (data := self._button(somebody, somebody.message)) is None:
            return
        now = self.api.pace()
        if self.plan.carer_above and somebody.step == self.plan.alarming_step:
            self.alarmed[somebody.chat_id + self.plan.carer_above] = now
        somebody.step += 1
        somebody.tapped_at = now
        self.seen.taps += 1
        self.api.users[somebody.chat_id].taps(somebody.message.message_id, data)

    def _finished(self) -> None:
        self.seen.finished += 1
        self.seen.ended = self.api.pace()
        if self.plan.at_once and self.ready:
            self._tap(self.ready.popleft())

    async def _tap_now_and_then(self, seconds: float) -> None:
        begin, number = self.api.pace(), 0
        # A bot that is too slow for this pace is waited for: there is nothing to tap on meanwhile.
        while self.seen.taps < self.plan.people * len(self.plan.script):
            await asyncio.sleep(max(0.0, begin + number * seconds - self.api.pace()))
            number += 1
            if self.ready:
                self._tap(self.ready.popleft())


class PeopledApi(BotApi):
    """The Bot API server with a crowd on its phones, and the moments at which messages appeared."""

    crowd: Crowd | None = None
    arrived: list[float] | None = None

    def changed(self, message: Message, new: bool = False) -> None:
        """Let the phone show it, and its owner see it."""
        super().changed(message, new)
        if not message.by_bot:
            return
        if new and self.arrived is not None:
            self.arrived.append(self.pace())
        if self.crowd is not None:
            self.crowd.sees(message)


def gather(api: BotApi, wish: Json) -> Json:
    """A new crowd, by the fields of Plan; everybody says `say`, if given."""
    say = wish.pop("say", None)
    crowd = Crowd(api, Plan(**wish))
    api.crowd = crowd  # type: ignore[attr-defined]
    if say:
        crowd.say(say)
    return {}


def go(api: BotApi, _wish: Json) -> Json:
    """Let the crowd begin to tap."""
    api.crowd.go()  # type: ignore[attr-defined]
    return {}


def crowd(api: BotApi, wish: Json) -> Json:
    """How far the crowd is; with `times` also every time it measured."""
    of: Crowd = api.crowd  # type: ignore[attr-defined]
    found: Json = {
        "ready": len(of.ready),
        "taps": of.seen.taps,
        "finished": of.seen.finished,
        "alerts": len(of.seen.to_alert),
        "seconds": of.seen.ended - of.seen.began,
    }
    if wish.get("times"):
        found |= {"to_next": of.seen.to_next, "to_alert": of.seen.to_alert}
    return found


def arrivals(api: BotApi, wish: Json) -> Json:
    """When messages appeared, since the last time somebody asked; `{"on": true}` begins to note them."""
    noted: list[float] = api.arrived or []  # type: ignore[attr-defined]
    api.arrived = [] if wish.get("on", True) else None  # type: ignore[attr-defined]
    return {"at": noted}


VERBS.update({"gather": gather, "go": go, "crowd": crowd, "arrivals": arrivals})
