"""Patients who answer and caregivers who take alerts, from outside: what they told the server is written down."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.rig import CAREGIVERS, FIRST_CAREGIVER, FIRST_PATIENT, PATIENTS, Server

# One in four is ill: their check-ins raise alerts.
EVERY_ILL = 4
# Whatever happens to the bot, a tap shows its effect within this many seconds: longer than a start, a takeover and
# what waits in line together. A person who has to tap again is a tap that was lost.
PATIENCE = 60.0
# Looking is a call, too: the server is to work for the bot, not for those who watch it.
LOOK_SECONDS, CARE_SECONDS = 0.1, 0.5
# A chat's last messages: whatever is asked is among them.
LOOKED_AT = 6


@dataclass(frozen=True)
class Told:
    """One update that somebody caused: its id, and the button or the words."""

    update: int
    chat: int
    what: str


@dataclass
class People:
    """Everybody who lives with the bot, and the history of what they told it."""

    server: Server
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    told: list[Told] = field(default_factory=list)
    answers: set[tuple[str, str]] = field(default_factory=set)  # check-in and question of each tap that answers one
    unanswered: list[Told] = field(default_factory=list)  # nothing came of it
    slowest: float = 0.0  # seconds from a tap to what it changed

    async def live(self) -> None:
        """Everybody, until `stop`."""
        patients = range(FIRST_PATIENT, FIRST_PATIENT + PATIENTS)
        async with asyncio.TaskGroup() as together:
            for patient in patients:
                together.create_task(self._check_in(patient))
                if is_ill(patient):
                    together.create_task(self._care(patient))

    async def _check_in(self, patient: int) -> None:
        """Check in over and over."""
        while not self.stop.is_set():
            message = await self._newest(patient)
            data = _choice(patient, message) if message and _questions(message) else None
            if data is None:
                told = await self._act(patient, "/checkin", verb="sends", text="/checkin")
            else:
                told = await self._act(patient, data, verb="taps", message_id=message["message_id"], button=data)
                kind = data.split(":")
                if told and not kind[3].startswith("+"):
                    self.answers.add((kind[1], kind[2]))
            if told and not await self._until_changed(patient, message):
                self.unanswered.append(told)

    async def _care(self, patient: int) -> None:
        """When an alert is on every caregiver's phone one of them takes it and ends it, so that another may come."""
        first = FIRST_CAREGIVER + (patient - FIRST_PATIENT) * CAREGIVERS
        over: set[str] = set()
        while not self.stop.is_set():
            await asyncio.sleep(CARE_SECONDS)
            shown = [await self._alerts(first + number) for number in range(CAREGIVERS)]
            for alert in set.intersection(*map(set, shown)) - over:
                for action in ("ack", "false_alarm"):
                    data = f"a:{alert}:{action}"
                    await self._act(first, data, verb="taps", message_id=shown[0][alert], button=data)
                over.add(alert)

    async def _act(self, chat: int, what: str, **deed: Any) -> Told | None:
        """Do it; None when the button was gone by the time the finger came down."""
        try:
            first, last = (await self.server.tell("act", do=[{"user": chat, **deed}]))["updates"]
        except LookupError:
            return None
        assert last == first + 1
        self.told.append(Told(first, chat, what))
        return self.told[-1]

    async def _newest(self, patient: int) -> dict[str, Any] | None:
        shown = (await self.server.tell("chat", chat_id=patient, newest=LOOKED_AT))["messages"]
        # A question above a result is a copy that a kill has left behind, and nobody goes back to it.
        of_checkins = [m for m in shown if m["by_bot"] and any(data.startswith("c:") for data in _data(m))]
        return of_checkins[-1] if of_checkins else None

    async def _alerts(self, caregiver: int) -> dict[str, int]:
        """The alerts that the phone shows and that somebody may take, each with its message."""
        shown = (await self.server.tell("chat", chat_id=caregiver, newest=LOOKED_AT))["messages"]
        return {data.split(":")[1]: m["message_id"] for m in shown for data in _data(m) if data.endswith(":ack")}

    async def _until_changed(self, patient: int, before: dict[str, Any] | None) -> bool:
        began = time.monotonic()
        while (waited := time.monotonic() - began) < PATIENCE:
            if await self._newest(patient) != before:
                self.slowest = max(self.slowest, waited)
                return True
            if self.stop.is_set():
                return True  # nobody waits for it any more; whether it was kept is seen all the same
            await asyncio.sleep(LOOK_SECONDS)
        return False


def is_ill(patient: int) -> bool:
    return (patient - FIRST_PATIENT) % EVERY_ILL == 0


def _choice(patient: int, message: dict[str, Any]) -> str | None:
    data = _questions(message)
    question = data[0].split(":")[2]
    if question == "pain":
        return next(d for d in data if d.endswith(":pain:0"))
    if question.endswith("_known"):
        return next(d for d in data if d.endswith(":no"))  # what a doctor knows raises no alert the next time
    tick = next((d for d in data if d.endswith(":+numbness")), None)
    if question == "bone_signs" and is_ill(patient) and tick:
        return tick
    return next((d for d in data if d.endswith(":done")), None)


def _data(message: dict[str, Any]) -> list[str]:
    return [button.get("callback_data", "") for row in message["buttons"] for button in row]


def _questions(message: dict[str, Any]) -> list[str]:
    """The check-in buttons below a message that answer a question, without those of a result."""
    skip = (":back", ":worried:yes", ":why:show", ":usual:same")
    return [d for d in _data(message) if d.startswith("c:") and not d.endswith(skip)]
