"""What a caregiver can do about one patient, from /patients; and how the caregiver is, once a month."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.actions.below import card_here
from bot.actions.relations import linked, name_of, short_name, subject_and_action
from bot.actions.visit import Visit
from bot.actions.voice import Voice, column
from bot.domain.local_time import ONE_DAY
from bot.domain.people import Deed
from bot.domain.press import SettingPress
from bot.domain.quiet import next_day
from bot.domain.speech import Button, Message
from bot.store.tables import CareLink, Person

SETTING, CARD = "care", "patients"
MONTHLY, A_MONTH = "carer", timedelta(days=30)
# When they have slept, and before the day is full.
FORENOON = time(11)


def buttons(voice: Voice, link: CareLink, patient: Person) -> Button:
    """The way to this screen from the list of patients."""
    return voice.button("care.open", SettingPress(SETTING, f"{link.id}.open"), name=short_name(voice, patient))


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


def in_a_month(now: datetime, caregiver: Person) -> datetime:
    """When to ask how the caregiver is: a month on, in the forenoon where they live."""
    return next_day(now + A_MONTH - ONE_DAY, ZoneInfo(caregiver.zone or "UTC"), FORENOON)


async def ask_how_they_are(visit: Visit, link: CareLink) -> None:
    """Once a month: how is the caregiver? Nobody else reads the answer, and nothing is kept.

    Who cares for several people is asked for the first of them only.
    """
    if link.state != "active" or link.is_group:
        return
    caregiver = await visit.tx.people.get(link.caregiver_id)
    visit.tx.moments.set(MONTHLY, link.id, link.patient_id, in_a_month(visit.now, caregiver))
    first = (await visit.tx.families.of_caregiver(caregiver.id))[0]
    if link.unreachable_at is not None or first.id != link.id:
        return
    voice = visit.voice_to(caregiver)
    rows = [voice.button(f"care.{how}", SettingPress(SETTING, f"{link.id}.{how}")) for how in HOW]
    text = voice.html("care.how_are_you", name=name_of(visit.tx, visit.person))
    voice.say(voice.message(text, buttons=column(rows)).quietly())
