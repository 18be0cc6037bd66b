"""In hospital, and home again: check-ins pause, caregivers know, and we ask softly after a week."""

from __future__ import annotations

from datetime import timedelta

from bot.actions.open_checkin import OF_A_CHECKIN, schedule_next
from bot.actions.relations import name_of
from bot.actions.visit import Visit
from bot.domain.press import SettingPress
from bot.store.tables import Patient, Person

SETTING = "hospital"
ASK_AFTER = timedelta(days=7)  # softly, a week after "I'm in hospital"


async def pause(visit: Visit, patient: Person, row: Patient) -> None:
    """Pause for a stay in hospital; said by the patient or by a caregiver, who is thanked."""
    row.state, row.paused_until = "hospital", None
    visit.tx.moments.clear_all(("checkin", "silence", "resume"), patient.id)
    visit.tx.moments.set(SETTING, patient.id, patient.id, visit.now + ASK_AFTER)
    under_way = await visit.tx.checkins.under_way(patient.id)
    if under_way is not None:
        visit.tx.moments.clear_all(OF_A_CHECKIN, under_way.id)
    voice = visit.voice_to(patient)
    back = voice.button("hospital.back", SettingPress(SETTING, "back"))
    voice.tell("hospital.paused", buttons=[[back]])
    if visit.speaker.id != patient.id:
        visit.voice_to(visit.speaker, about=patient).tell("hospital.thanks", name=name_of(visit.tx, patient))


async def tell_the_others(visit: Visit) -> None:
    """A caregiver said it, and no alert is open: the other caregivers hear of it without a sound."""
    for link in await visit.tx.families.people_of(visit.person.id):
        if link.unreachable_at is None and link.caregiver_id != visit.speaker.id:
            voice = visit.voice_to(await visit.tx.people.get(link.caregiver_id))
            names = {"patient": name_of(visit.tx, visit.person), "name": name_of(visit.tx, visit.speaker)}
            text = voice.html("alert.others.in_hospital_for", time=voice.clock(visit.now), **names)
            voice.say(voice.message(text).quietly())


async def press(visit: Visit, choice: str) -> str | None:
    """Home again, or not yet."""
    if visit.patient is None or visit.patient.state != "hospital":
        return visit.voice.label("tap.stale")
    if choice == "back":
        await _back(visit, visit.patient)
    elif choice == "still":
        visit.voice.tell("hospital.noted")
        visit.tx.moments.set(SETTING, visit.person.id, visit.person.id, visit.now + ASK_AFTER)
    else:
        return visit.voice.label("tap.unknown")
    return None


async def _back(visit: Visit, patient: Patient) -> None:
    patient.state = "active"
    visit.tx.moments.clear(SETTING, visit.person.id)
    schedule_next(visit.tx, visit.person, patient, visit.now)
    visit.voice.tell("hospital.welcome_back")
    for link in await visit.tx.families.people_of(visit.person.id):
        if link.unreachable_at is None:
            voice = visit.voice_to(await visit.tx.people.get(link.caregiver_id))
            message = voice.message(voice.html("hospital.is_back", name=name_of(visit.tx, visit.person))).quietly()
            voice.say(message)


async def ask_if_home(visit: Visit) -> None:
    """A week in hospital: ask softly, without a sound."""
    if visit.patient is None or visit.patient.state != "hospital":
        return
    voice = visit.voice
    back = voice.button("hospital.back", SettingPress(SETTING, "back"))
    stay = voice.button("hospital.still", SettingPress(SETTING, "still"))
    voice.say(voice.message(voice.html("hospital.ask"), buttons=[[back], [stay]]).quietly())
    visit.tx.moments.set(SETTING, visit.person.id, visit.person.id, visit.now + ASK_AFTER)
