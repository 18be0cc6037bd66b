"""/status: what is set, what comes next, who is told."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.actions import expect, usual
from bot.actions.about_me import PHONES
from bot.actions.relations import name_of
from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.actions.where import number_note, place_values
from bot.domain.press import AlertPress, SettingPress
from bot.domain.speech import Rows
from bot.store.moments import CHECKIN
from bot.store.tables import CareLink, Patient
from bot.texts import Html, escaped


def when(voice: Voice, moment: datetime) -> Html:
    """Day and time of a moment in the person's zone, such as "Tuesday, March 3 at 9:00 AM"."""
    day = moment.astimezone(ZoneInfo(voice.zone)).date()
    return voice.html("status.when", day=voice.world.texts.day(voice.language, day), time=voice.clock(moment))


async def show(visit: Visit, patient: Patient) -> None:
    """Say everything that is set, in a few lines, with ways to change it."""
    voice, person = visit.voice, visit.person
    place = place_values(voice, person.zone, person.country)
    signs = usual.listed(voice, visit.tx.patients.usual(person, patient))
    voice.say(
        voice.message(
            _lines(await _next(visit, patient), _last(voice, patient)),
            _lines(*await _told(visit, patient)),
            _lines(*_phones(visit, patient)),
            _lines(voice.html("status.place", **place), number_note(voice, person.country)),
            _lines(voice.html("status.usual", signs=signs), *expect.lines(voice, patient, expect.today_of(visit))),
            buttons=[*await _alert(visit), *_buttons(voice)],
        )
    )


def _lines(*lines: Html) -> Html:
    return Html("\n".join(str(line) for line in lines))


async def _next(visit: Visit, patient: Patient) -> Html:
    voice = visit.voice
    if patient.state == "paused" and patient.paused_until:
        return voice.html("status.paused_until", when=when(voice, patient.paused_until))
    if patient.state != "active":
        return voice.html(f"status.{patient.state}")
    due = await visit.tx.moments.of(CHECKIN, patient.person_id)
    return voice.html("status.next", when=when(voice, due)) if due else voice.html("status.no_next")


def _last(voice: Voice, patient: Patient) -> Html:
    if patient.spoke_at is None:
        return voice.html("status.no_last")
    return voice.html("status.last", when=when(voice, patient.spoke_at))


async def _told(visit: Visit, patient: Patient) -> list[Html]:
    voice = visit.voice
    links = await visit.tx.families.of_patient(patient.person_id)
    if not links:
        return [voice.html("status.nobody_told")]
    await visit.tx.people.load([link.caregiver_id for link in links])
    names = [await _caregiver(visit, link) for link in links]
    told = voice.html("status.told", names=voice.world.texts.listed(voice.language, names))
    return [told, voice.html(f"status.tell.{patient.tell}")]


async def _caregiver(visit: Visit, link: CareLink) -> Html:
    caregiver = await visit.tx.people.get(link.caregiver_id)
    name = escaped(name_of(visit.tx, caregiver))
    unreachable = link.unreachable_at or caregiver.unreachable_at
    return visit.voice.html("status.unreachable", name=name) if unreachable else name


def _phones(visit: Visit, patient: Patient) -> list[Html]:
    voice, care = visit.voice, visit.tx.patients.care(visit.person, patient)
    lines = [voice.html(f"status.phone_{time}", phone=care[time]) for time in PHONES if care.get(time)]
    return lines or [voice.html("status.no_phone")]


async def _alert(visit: Visit) -> Rows:
    """While an alert is open: what happened so far, and that it was a mis-tap."""
    alert = await visit.tx.alerts.open_of(visit.person.id)
    if alert is None:
        return []
    return [
        [visit.voice.button("alert.button.details", AlertPress(alert.id, "details"))],
        [visit.voice.button("alert.mistap", AlertPress(alert.id, "mistap"))],
    ]


def _buttons(voice: Voice) -> Rows:
    return [
        [voice.button("status.change_usual", SettingPress("usual", "open"))],
        [voice.button("plan.open", SettingPress("expect", "open"))],
        [voice.button("home.settings", SettingPress("go", "settings"))],
        [voice.button("home.checkin", SettingPress("go", "checkin"))],
    ]
