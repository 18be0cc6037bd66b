"""When a caregiver sleeps or is off, and who covers for them: from /patients."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.actions.alert_ladder import is_away, is_off
from bot.actions.below import card_below, card_here
from bot.actions.relations import is_dead, name_of, short_name, subject_and_action
from bot.actions.visit import Visit
from bot.actions.voice import Voice, column
from bot.domain.local_time import next_moment
from bot.domain.press import SettingPress
from bot.domain.speech import Button, Message
from bot.store.tables import CareLink, Person
from bot.texts import Html

NIGHTS, CARD = "nights", "patients"
# From when to when a caregiver sleeps: they are second line then. Whole hours are precise enough.
SLEEPS = ("21-06", "22-06", "22-07", "23-07", "00-08")
NONE, OFF, BACK, OPEN, EVERYBODY = "none", "off", "back", "open", "everybody"
COVER, CANNOT = "cover", "cannot"
# "Tonight" ends at this wall time; whoever says it shortly before means the night to come.
MORNING, SHORTLY = time(8), timedelta(hours=2)


def nights_button(voice: Voice) -> Button:
    """The way to the caregiver's own nights."""
    return voice.button("care.nights", SettingPress(NIGHTS, OPEN))


async def nights(visit: Visit, choice: str) -> str | None:
    """Sleeping hours, off tonight and who covers, or back again; for everybody this person cares for."""
    links = await visit.tx.families.of_caregiver(visit.person.id)
    subject, action = subject_and_action(choice)
    if not links:
        return visit.voice.label("tap.unknown")
    if action == CANNOT:
        return await _cannot(visit, subject)
    links = [link for link in links if not await is_dead(visit.tx, link.patient_id)]
    person = visit.person
    others = await _who_could(visit, links)
    if choice in SLEEPS:
        person.sleeps_from, person.sleeps_to = (f"{hour}:00" for hour in choice.split("-"))
    elif choice == NONE:
        person.sleeps_from = person.sleeps_to = None
    elif choice == OFF and len(others) > 1:
        await card_here(visit, CARD, _ask_who(visit.voice, others))
        return None
    elif choice in (OFF, EVERYBODY):
        await _go_off(visit, links, others[0] if len(others) == 1 else None)
    elif action == COVER:
        chosen = next((other for other in others if other.id == subject), None)
        if chosen is None:  # they went off themselves, or left, since the buttons were shown
            await card_here(visit, CARD, _ask_who(visit.voice, others))
            return None
        await _go_off(visit, links, chosen)
    elif choice == BACK and person.off_until is not None:
        person.off_until = person.cover_id = None
        await _tell_the_others(visit, links, None)
    elif choice not in (OPEN, BACK):
        return visit.voice.label("tap.unknown")
    await card_here(visit, CARD, await _screen(visit, others))
    return None


async def _who_could(visit: Visit, links: Iterable[CareLink]) -> list[Person]:
    """The other caregivers who are there now, in the order in which they are called; groups cover for nobody."""
    found: dict[int, Person] = {}
    for link in links:
        for other in await visit.tx.families.people_of(link.patient_id):
            person = await visit.tx.people.get(other.caregiver_id)
            lost = other.unreachable_at or person.unreachable_at
            if person.id != visit.person.id and not (other.is_group or lost or is_away(person, visit.now)):
                found[person.id] = person
    return list(found.values())


def _ask_who(voice: Voice, others: Iterable[Person]) -> Message:
    rows = [
        voice.button("care.covers", SettingPress(NIGHTS, f"{other.id}.{COVER}"), name=short_name(voice, other))
        for other in others
    ]
    rows.append(voice.button("care.everybody", SettingPress(NIGHTS, EVERYBODY)))
    rows.append(voice.button("patients.button.back", SettingPress(NIGHTS, OPEN)))
    return voice.message(voice.html("care.who_covers"), buttons=column(rows))


async def _go_off(visit: Visit, links: list[CareLink], cover: Person | None) -> None:
    person = visit.person
    person.off_until = next_moment(visit.now + SHORTLY, MORNING, ZoneInfo(person.zone or "UTC"))
    person.cover_id = cover.id if cover else None
    await _tell_the_others(visit, links, cover)


async def _tell_the_others(visit: Visit, links: Iterable[CareLink], cover: Person | None) -> None:
    """The other caregivers of each patient read, without a sound, who covers now, or that the person is back."""
    for link in links:
        others = [other for other in await visit.tx.families.of_patient(link.patient_id) if not other.is_group]
        covers_here = cover if cover and any(other.caregiver_id == cover.id for other in others) else None
        for other in others:
            caregiver = await visit.tx.people.get(other.caregiver_id)
            if caregiver.id == visit.person.id or other.unreachable_at or is_away(caregiver, visit.now):
                continue
            voice = visit.voice_to(caregiver, about=await visit.tx.people.get(link.patient_id))
            voice.say((await _note(visit, voice, covers_here)).quietly())


async def _note(visit: Visit, voice: Voice, cover: Person | None) -> Message:
    off, tx = visit.person, visit.tx
    values: dict[str, Html | str] = {"name": name_of(tx, off), "patient": name_of(tx, voice.about)}
    if off.off_until is None:
        return voice.message(voice.html("care.is_back", time=voice.clock(visit.now), **values))
    values["time"] = voice.clock(off.off_until)
    if cover is None:
        return voice.message(voice.html("care.is_off", **values))
    if cover.id != voice.person.id:
        return voice.message(voice.html("care.is_off_covered", other=name_of(tx, cover), **values))
    parts = [voice.html("care.you_cover", **values)]
    if cover.sleeps_from and cover.sleeps_to:
        parts.append(voice.html("care.but_asleep", **_hours(voice, cover.sleeps_from, cover.sleeps_to)))
    return voice.message(*parts, buttons=[[voice.button("care.cannot", SettingPress(NIGHTS, f"{off.id}.{CANNOT}"))]])


async def _cannot(visit: Visit, off_id: int) -> str | None:
    """Whoever was asked to cover cannot: the person who is off hears it, and can choose somebody else."""
    shared = await _cares_with(visit, off_id)
    if shared is None or shared.cover_id != visit.person.id or not is_off(shared, visit.now):
        return visit.voice.label("tap.stale")
    shared.cover_id = None
    voice = visit.voice_to(shared, about=shared)
    voice.say(voice.message(voice.html("care.cover_lost", name=name_of(visit.tx, visit.person))))
    others_of = Visit(visit.world, visit.tx, visit.now, shared)
    others = await _who_could(others_of, await visit.tx.families.of_caregiver(shared.id))
    await card_below(voice, CARD, shared.id, await _screen(others_of, others))
    visit.voice.tell("care.said_cannot", name=name_of(visit.tx, shared))
    return None


async def _cares_with(visit: Visit, other_id: int) -> Person | None:
    """The other caregiver, if both care for the same patient."""
    for link in await visit.tx.families.of_caregiver(visit.person.id):
        if any(other.caregiver_id == other_id for other in await visit.tx.families.of_patient(link.patient_id)):
            return await visit.tx.people.get(other_id)
    return None


async def _screen(visit: Visit, others: list[Person]) -> Message:
    voice, person = visit.voice, visit.person
    parts = [voice.html("care.nights_title")]
    off = is_off(person, visit.now)
    if off and person.off_until is not None:
        parts.append(voice.html("care.off_until", time=voice.clock(person.off_until)))
        if person.cover_id is not None:
            parts.append(voice.html("care.covered", name=name_of(voice.tx, await voice.tx.people.get(person.cover_id))))
        elif not others:
            parts.append(voice.html("care.nobody_covers"))
    if person.sleeps_from and person.sleeps_to:
        parts.append(voice.html("care.sleeps", **_hours(voice, person.sleeps_from, person.sleeps_to)))
    rows = [voice.button("care.back" if off else "care.off", SettingPress(NIGHTS, BACK if off else OFF))]
    if off and person.cover_id is None and others:
        rows.append(voice.button("care.choose", SettingPress(NIGHTS, OFF)))
    for hours in SLEEPS:
        start, end = (f"{hour}:00" for hour in hours.split("-"))
        rows.append(voice.button("care.sleep_hours", SettingPress(NIGHTS, hours), **_hours(voice, start, end)))
    rows.append(voice.button("care.never", SettingPress(NIGHTS, NONE)))
    rows.append(voice.button("patients.button.back", SettingPress("leave", "list")))
    return voice.message(*parts, buttons=column(rows))


def _hours(voice: Voice, start: str, end: str) -> dict[str, Any]:
    shown = (voice.world.texts.clock(voice.language, time.fromisoformat(hour)) for hour in (start, end))
    return dict(zip(("start", "end"), shown, strict=True))
