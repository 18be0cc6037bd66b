"""Silence is a sign: a quiet note to caregivers when check-ins stay unanswered."""

from __future__ import annotations

from bot.actions.relations import name_of
from bot.actions.visit import Visit
from bot.domain.press import SettingPress
from bot.domain.speech import Lane

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
    for link in await visit.tx.families.of_patient(visit.person.id):
        voice = visit.voice_to(await visit.tx.people.get(link.caregiver_id))
        buttons = [
            [voice.button(f"silence.{choice}", SettingPress("silence", f"{visit.person.id}.{choice}"))]
            for choice in CHOICES
        ]
        text = voice.html("silence.note", name=name_of(voice.tx, visit.person))
        message = voice.message(text, buttons=buttons).quietly()
        voice.say(message, Lane.DIGEST, key=f"silence:{visit.person.id}:{visit.now:%Y%j}:{link.caregiver_id}")
    visit.tx.people.set_settings(visit.person, {**settings, "silence_notes": count + 1})
    times = visit.world.protocol.timing.silence
    gap = times.notes[count + 1] - times.notes[count] if count + 1 < len(times.notes) else times.notes_then_every
    visit.tx.moments.set("silence", visit.person.id, visit.person.id, visit.now + gap)
