"""Silence is a sign: a quiet note to caregivers when check-ins stay unanswered."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.actions.relations import name_of
from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.domain.press import SettingPress
from bot.domain.speech import Lane, Message
from bot.store.tables import Patient

A_WEEK = timedelta(days=6)  # beyond, the name of a weekday could mean another one
CHOICES = ("fine", "hospital", "no_phone", "died")


def over(visit: Visit) -> None:
    """The patient is heard again."""
    visit.tx.moments.clear("silence", visit.person.id)
    settings = visit.tx.people.settings(visit.person)
    if settings.pop("silence_notes", 0):
        visit.tx.people.set_settings(visit.person, settings)


async def note(visit: Visit) -> None:
    """Tell caregivers, quietly, that nothing has come; again after 72 hours, then every week."""
    patient = visit.patient
    if patient is None or patient.state != "active" or not patient.silence_note:
        return
    settings = visit.tx.people.settings(visit.person)
    count = int(settings.get("silence_notes", 0))
    for link in await visit.tx.families.people_of(visit.person.id):
        if link.unreachable_at is None:
            voice = visit.voice_to(await visit.tx.people.get(link.caregiver_id))
            key = f"silence:{visit.person.id}:{visit.now:%Y%j}:{link.caregiver_id}"
            voice.say(_words(visit, voice, patient).quietly(), Lane.DIGEST, key=key)
    visit.tx.people.set_settings(visit.person, {**settings, "silence_notes": count + 1})
    times = visit.world.protocol.timing.silence
    gap = times.notes[count + 1] - times.notes[count] if count + 1 < len(times.notes) else times.notes_then_every
    visit.tx.moments.set("silence", visit.person.id, visit.person.id, visit.now + gap)


def _words(visit: Visit, voice: Voice, patient: Patient) -> Message:
    name = name_of(voice.tx, visit.person)
    buttons = [
        [voice.button(f"silence.{choice}", SettingPress("silence", f"{visit.person.id}.{choice}"))]
        for choice in CHOICES
    ]
    if patient.spoke_at is None:
        return voice.message(voice.html("silence.note", name=name), buttons=buttons)
    day = voice.weekday(patient.spoke_at.astimezone(ZoneInfo(voice.zone)).date())
    if visit.now - patient.spoke_at > A_WEEK:
        day = voice.world.texts.day(voice.language, patient.spoke_at.astimezone(ZoneInfo(voice.zone)).date())
    return voice.message(voice.html("silence.note_since", name=name, day=day), buttons=buttons)
