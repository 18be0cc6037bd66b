""" "Has your team looked at this in the last month?": what is known for long is looked at again (clinical.md)."""

from __future__ import annotations

from datetime import time, timedelta
from zoneinfo import ZoneInfo

from bot.actions import usual
from bot.actions.sittings import quiet_of
from bot.actions.visit import Visit
from bot.domain.local_time import ONE_DAY
from bot.domain.press import SettingPress
from bot.domain.protocol import Protocol
from bot.domain.quiet import next_day
from bot.domain.sitting import Sitting, known_questions
from bot.domain.speech import Lane
from bot.store.tables import Patient

SETTING = MOMENT = "looked"


async def plan(visit: Visit, patient: Patient, protocol: Protocol, sitting: Sitting) -> None:
    """Ask 30 days after the first "yes, they know"; a check-in without one, and nothing usual, ends the count."""
    known = [name for name in known_questions(protocol).values() if sitting.answers.get(name) == "yes"]
    planned = await visit.tx.moments.of(MOMENT, patient.person_id)
    if known and planned is None:
        _set(visit, patient, protocol.timing.follow_up.looked_at_after)
    elif not known and planned is not None and not visit.tx.patients.usual(visit.person, patient):
        visit.tx.moments.clear(MOMENT, patient.person_id)


def _set(visit: Visit, patient: Patient, after: timedelta) -> None:
    """So many days on, at the hour the patient chose for check-ins, never in quiet hours."""
    hour, zone = time.fromisoformat(patient.hours.split(",")[0]), ZoneInfo(visit.person.zone or "UTC")
    at = next_day(visit.now + after - ONE_DAY, zone, hour, quiet_of(patient))
    visit.tx.moments.set(MOMENT, patient.person_id, patient.person_id, at)


async def ask(visit: Visit) -> None:
    """Ask at the chosen hour, and again after as long."""
    patient, voice = visit.patient, visit.voice
    if patient is None:
        return
    _set(visit, patient, visit.world.protocol.timing.follow_up.looked_at_after)
    if patient.state != "active":
        return
    rows = [[voice.button(f"looked.{said}", SettingPress(SETTING, said))] for said in ("yes", "no")]
    signs = visit.tx.patients.usual(visit.person, patient)
    key = "looked.ask_signs" if signs else "looked.ask"
    voice.say(voice.message(voice.html(key, signs=usual.listed(voice, signs)), buttons=rows), Lane.PROMPT)


async def press(visit: Visit, choice: str) -> str | None:
    """Yes is thanked; no is a reason to tell the team today, and is asked about again the next day."""
    patient = visit.patient
    if patient is None or choice not in ("yes", "no"):
        return visit.voice.label("tap.unknown")
    visit.voice.tell(f"looked.said_{choice}", number=visit.world.number_for(visit.person))
    latest = await visit.tx.checkins.latest(visit.person.id)
    if choice == "no" and latest is not None:
        hour = time.fromisoformat(patient.hours.split(",")[0])
        at = next_day(visit.now, ZoneInfo(visit.person.zone or "UTC"), hour, quiet_of(patient))
        visit.tx.moments.set("told", latest.id, patient.person_id, at)
    return None
