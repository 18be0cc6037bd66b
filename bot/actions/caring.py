"""What a caregiver can do about one patient, and when the caregiver sleeps or is off: from /patients."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.actions import alert_ladder
from bot.actions.below import card_here
from bot.actions.relations import linked, name_of, short_name, subject_and_action
from bot.actions.visit import Visit
from bot.actions.voice import Voice, column
from bot.domain.local_time import next_moment
from bot.domain.people import Deed
from bot.domain.press import SettingPress
from bot.domain.speech import Button, Message
from bot.store.tables import CareLink, Person

SETTING, NIGHTS, CARD = "care", "nights", "patients"
# From when to when a caregiver sleeps: they are second line then. Whole hours are precise enough.
SLEEPS = ("21-06", "22-06", "22-07", "23-07", "00-08")
NONE = "none"
# "Tonight" ends at this wall time.
MORNING = time(8)
MONTHLY, A_MONTH = "carer", timedelta(days=30)  # issue on alerts: once a month a caregiver is asked how they are


def buttons(voice: Voice, link: CareLink, patient: Person) -> Button:
    """The way to this screen from the list of patients."""
    return voice.button("care.open", SettingPress(SETTING, f"{link.id}.open"), name=short_name(voice, patient))


def nights_button(voice: Voice) -> Button:
    """The way to the caregiver's own nights."""
    return voice.button("care.nights", SettingPress(NIGHTS, "open"))


async def press(visit: Visit, choice: str) -> str | None:
    """A tap on one patient's screen."""
    link_id, action = subject_and_action(choice)
    link = await visit.tx.families.get(link_id)
    if link is None or link.caregiver_id != visit.person.id or not linked(visit, link, Deed.REPORT_FOR):
        return visit.voice.label("tap.unknown")
    if action == "open":
        await card_here(visit, CARD, await _screen(visit, link))
    elif action in HOW:
        visit.voice.tell(f"care.how_{action}")
    else:
        return visit.voice.label("tap.unknown")
    return None


HOW = ("well", "tired", "not_well")


async def _screen(visit: Visit, link: CareLink) -> Message:
    voice, patient = visit.voice, await visit.tx.people.get(link.patient_id)
    rows = [
        voice.button("report.begin", SettingPress("report", f"{patient.id}.open"), "primary"),
        voice.button("silence.hospital", SettingPress("silence", f"{patient.id}.hospital")),
        voice.button("silence.died", SettingPress("silence", f"{patient.id}.died")),
        voice.button("patients.button.leave", SettingPress("leave", f"{link.id}.ask"), name=short_name(voice, patient)),
        voice.button("patients.button.back", SettingPress("leave", "list")),
    ]
    return voice.message(voice.html("care.title", name=name_of(visit.tx, patient)), buttons=column(rows))


async def nights(visit: Visit, choice: str) -> str | None:
    """Sleeping hours, off tonight, or back again; for everybody this person cares for."""
    links = await visit.tx.families.of_caregiver(visit.person.id)
    if not links:
        return visit.voice.label("tap.unknown")
    person = visit.person
    if choice in SLEEPS:
        person.sleeps_from, person.sleeps_to = (f"{hour}:00" for hour in choice.split("-"))
    elif choice == NONE:
        person.sleeps_from = person.sleeps_to = None
    elif choice == "off":
        person.off_until = next_moment(visit.now, MORNING, ZoneInfo(person.zone or "UTC"))
        await _tell_the_others(visit, links, "care.is_off", person.off_until)
    elif choice == "back" and person.off_until is not None:
        person.off_until = None
        await _tell_the_others(visit, links, "care.is_back", visit.now)
    elif choice not in ("open", "back"):
        return visit.voice.label("tap.unknown")
    await card_here(visit, CARD, _nights_screen(visit.voice, person, visit.now))
    return None


def _nights_screen(voice: Voice, person: Person, now: datetime) -> Message:
    parts = [voice.html("care.nights_title")]
    off = person.off_until is not None and person.off_until > now
    if off and person.off_until is not None:
        parts.append(voice.html("care.off_until", time=voice.clock(person.off_until)))
    if person.sleeps_from and person.sleeps_to:
        parts.append(
            voice.html("care.sleeps", start=_shown(voice, person.sleeps_from), end=_shown(voice, person.sleeps_to))
        )
    rows = [voice.button("care.back" if off else "care.off", SettingPress(NIGHTS, "back" if off else "off"))]
    for hours in SLEEPS:
        start, end = (_shown(voice, f"{hour}:00") for hour in hours.split("-"))
        rows.append(voice.button("care.sleep_hours", SettingPress(NIGHTS, hours), start=start, end=end))
    rows.append(voice.button("care.never", SettingPress(NIGHTS, NONE)))
    rows.append(voice.button("patients.button.back", SettingPress("leave", "list")))
    return voice.message(*parts, buttons=column(rows))


def _shown(voice: Voice, hour: str) -> str:
    return str(voice.world.texts.clock(voice.language, time.fromisoformat(hour)))


async def _tell_the_others(visit: Visit, links: list[CareLink], key: str, moment: datetime) -> None:
    """The other caregivers of each patient read, without a sound, who covers now."""
    for link in links:
        patient = await visit.tx.people.get(link.patient_id)
        for other in await visit.tx.families.people_of(link.patient_id):
            caregiver = await visit.tx.people.get(other.caregiver_id)
            if caregiver.id == visit.person.id or other.unreachable_at or alert_ladder.is_away(caregiver, visit.now):
                continue
            voice = visit.voice_to(caregiver, about=patient)
            values = {"name": name_of(visit.tx, visit.person), "patient": name_of(visit.tx, patient)}
            text = voice.html(key, time=voice.clock(moment), **values)
            voice.say(voice.message(text).quietly())


async def ask_how_they_are(visit: Visit, link: CareLink) -> None:
    """Once a month: how is the caregiver? Nobody else reads the answer, and nothing is kept."""
    caregiver = await visit.tx.people.get(link.caregiver_id)
    visit.tx.moments.set(MONTHLY, link.id, link.patient_id, visit.now + A_MONTH)
    if link.state != "active" or link.unreachable_at is not None:
        return
    voice = visit.voice_to(caregiver)
    rows = [voice.button(f"care.{how}", SettingPress(SETTING, f"{link.id}.{how}")) for how in HOW]
    text = voice.html("care.how_are_you", name=name_of(visit.tx, visit.person))
    voice.say(voice.message(text, buttons=column(rows)).quietly())
