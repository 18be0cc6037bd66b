"""A caregiver answers for the patient, as they see it. Both sets of answers stay apart; the worse one counts."""

from __future__ import annotations

from bot.actions.open_checkin import open_now
from bot.actions.relations import allowed, is_dead, name_of, subject_and_action
from bot.actions.visit import Visit
from bot.domain.people import Deed
from bot.domain.press import SettingPress
from bot.domain.sitting import Sitting
from bot.domain.triage import asked_of_caregivers
from bot.store.tables import Checkin

SETTING = "report"


async def on_behalf(visit: Visit, patient_id: int) -> Visit:
    """The visit of a caregiver, about this patient. Raises LookupError when there is no such patient."""
    locked = await visit.tx.patients.lock([patient_id])
    if patient_id not in locked:
        raise LookupError(f"person {patient_id} is no patient")
    return visit.on_behalf_of(await visit.tx.people.get(patient_id), locked[patient_id])


async def press(visit: Visit, choice: str) -> str | None:
    """ "As I see it": open a check-in for a patient. A stranger's tap changes nothing."""
    patient_id, action = subject_and_action(choice)
    if action != "open" or not await allowed(visit, patient_id, Deed.REPORT_FOR):
        return visit.voice.label("tap.unknown")
    if await is_dead(visit.tx, patient_id):
        return visit.voice.label("died.already")
    acting = await on_behalf(visit, patient_id)
    acting.voice.tell("report.as_you_see", name=name_of(acting.tx, acting.person))
    await open_now(acting)
    return None


def tell_patient(visit: Visit) -> None:
    """The patient hears that somebody answered for them; never behind their back."""
    if visit.reporter is not None:
        voice = visit.voice_to(visit.person)
        voice.tell("report.happened", name=name_of(visit.tx, visit.reporter))


async def ask_observers(visit: Visit, checkin: Checkin, sitting: Sitting) -> None:
    """Sleepiness and confusion are seen better from outside: ask the caregivers what they see."""
    protocol = visit.world.protocol_of(checkin.protocol_version)
    if not asked_of_caregivers(protocol, sitting.answers, sitting.context):
        return
    for link in await visit.tx.families.people_of(visit.person.id):
        voice = visit.voice_to(await visit.tx.people.get(link.caregiver_id))
        begin = voice.button("report.begin", SettingPress(SETTING, f"{visit.person.id}.open"), "primary")
        text = voice.html("report.please_look", name=name_of(visit.tx, visit.person))
        voice.say(voice.message(text, buttons=[[begin]]), key=f"observe:{checkin.id}:{link.caregiver_id}")
