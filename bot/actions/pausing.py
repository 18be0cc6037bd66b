"""/pause: no questions for a day, a week or until the person says so."""

from __future__ import annotations

from datetime import timedelta

from bot.actions.schedule import activate
from bot.actions.status import when
from bot.actions.visit import Visit
from bot.domain.press import SettingPress
from bot.store.moments import CHECKIN
from bot.store.tables import Patient

LENGTHS = {"day": timedelta(days=1), "week": timedelta(weeks=1), "open": None}


async def ask(visit: Visit, patient: Patient) -> None:
    """For how long? Somebody who is paused may also go on."""
    voice = visit.voice
    rows = [[voice.button(f"pause.{length}", SettingPress("pause", length))] for length in LENGTHS]
    if patient.state != "active":
        rows.insert(0, [voice.button("pause.resume", SettingPress("pause", "resume"), "success")])
    voice.tell("pause.ask", buttons=rows)


async def press(visit: Visit, patient: Patient, choice: str) -> str | None:
    """A tap on how long, or on going on."""
    if choice == "ask":
        await ask(visit, patient)
    elif choice == "resume":
        resume(visit, patient)
    elif choice in LENGTHS:
        pause(visit, patient, LENGTHS[choice])
    else:
        return visit.voice.label("tap.unknown")
    return None


def pause(visit: Visit, patient: Patient, length: timedelta | None) -> None:
    """Ask nothing for this long (None: until the person says so). An open alert goes on."""
    moments, voice = visit.tx.moments, visit.voice
    patient.state = "paused"
    patient.paused_until = visit.now + length if length else None
    moments.clear_all((CHECKIN, "resume", "silence"), patient.person_id)
    if patient.paused_until:
        moments.set("resume", patient.person_id, patient.person_id, patient.paused_until)
    until = when(voice, patient.paused_until) if patient.paused_until else None
    said = voice.html("pause.until", when=until) if until else voice.html("pause.open_ended")
    row = [voice.button("pause.resume", SettingPress("pause", "resume"))]
    voice.say(voice.message(said, voice.html("pause.meanwhile"), buttons=[row]))


def resume(visit: Visit, patient: Patient) -> None:
    """Go on asking, and say when."""
    if patient.state == "active":
        visit.voice.tell("pause.not_paused")
        return
    slot = activate(visit, patient)
    visit.voice.tell("pause.over", when=when(visit.voice, slot.due_at))
