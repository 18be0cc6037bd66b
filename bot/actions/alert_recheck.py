"""How is it now? Asked until the alert is over; silence then is a sign of its own."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.actions import alert_follow_up, alert_ladder
from bot.actions.alert_words import caregiver_row, recheck_buttons
from bot.actions.relations import name_of
from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.actions.world import World
from bot.domain.protocol import Urgency
from bot.domain.speech import Lane
from bot.store.tables import Alert, Person
from bot.store.unit import Tx

ENDING = ("better", "same_told")
# Who took an emergency and does not say two hours later that the patient is looked after has this long to do so;
# then the alert is nobody's again. As long as a right-away waits for the team (messages/checkin.yaml, soft_delay).
ACK_RUNS_OUT = timedelta(minutes=30)


async def ask(world: World, tx: Tx, alert: Alert, now: datetime) -> None:
    """Ask the patient how it is now."""
    if alert.state == "closed":
        return
    patient = await tx.people.get(alert.patient_id)
    _say(world, tx, alert, patient, now, "recheck.ask")
    tx.alerts.happened(patient, alert, "rechecked", now)
    tx.moments.clear_all(("followup", "followup_silent"), alert.id)
    reminders = world.protocol_of(alert.protocol_version).timing.silence.recheck_reminders
    tx.moments.set("recheck_silent", alert.id, alert.patient_id, now + reminders[0])


def _say(world: World, tx: Tx, alert: Alert, patient: Person, now: datetime, key: str) -> None:
    voice = Voice(world, tx, patient, now)
    text = voice.html(key, number=world.number_for(patient))
    voice.say(voice.message(text, buttons=recheck_buttons(voice, alert)), Lane.ALERT, alert_id=alert.id)


async def silent(world: World, tx: Tx, alert: Alert, now: datetime) -> None:
    """The re-check is not answered: two reminders, then the alert's owner is asked to call, then the others.

    So within 48 hours of the warning, and while nobody knows; otherwise it is asked again next morning.
    """
    if alert.state == "closed":
        return
    patient = await tx.people.get(alert.patient_id)
    times = world.protocol_of(alert.protocol_version).timing.silence
    began = datetime.fromisoformat(tx.alerts.detail(patient, alert)["began"])
    events = await tx.alerts.timeline(alert.id)
    asked_at = max((event.at for event in events if event.kind == "rechecked"), default=now)
    if await alert_follow_up.somebody_knows(tx, alert, patient) or now - began > times.warning_fresh_for:
        await alert_follow_up.recheck_in_the_morning(tx, alert, patient, now)
        return
    stages = [
        *((after, "remind") for after in times.recheck_reminders),
        (times.recheck_owner, "owner"),
        (times.recheck_others, "others"),
    ]
    done = sum(1 for event in events if event.kind == "recheck_silent" and event.at >= asked_at)
    if done < len(stages):
        tx.alerts.happened(patient, alert, "recheck_silent", now)
        await _stage(world, tx, alert, patient, now, stages[done][1])
    if done + 1 < len(stages):
        tx.moments.set("recheck_silent", alert.id, alert.patient_id, asked_at + stages[done + 1][0])
    else:
        await alert_follow_up.recheck_by(world, tx, alert, now)


async def _stage(world: World, tx: Tx, alert: Alert, patient: Person, now: datetime, stage: str) -> None:
    contacts = [contact for contact in await alert_ladder.contacts_of(tx, alert, now) if contact.reachable]
    if stage == "remind" or not contacts:
        _say(world, tx, alert, patient, now, "recheck.remind")
        return
    ids = [contact.person for contact in contacts]
    owner = alert.owner_id if alert.owner_id in ids else ids[0]
    for person_id in ids:
        if (person_id == owner) == (stage == "owner"):
            _ask_to_call(Voice(world, tx, await tx.people.get(person_id), now, about=patient), alert, patient)
            tx.alerts.happened(patient, alert, "asked_to_call", now, by=person_id)


def _ask_to_call(voice: Voice, alert: Alert, patient: Person) -> None:
    """A caregiver is asked to call, and may answer for the patient."""
    number = voice.world.number_for(patient)
    text = voice.html("silence.please_call", name=name_of(voice.tx, patient), number=number)
    own = [[button] for button in caregiver_row(voice, alert, ("with_them", "cant_reach"), number)]
    voice.say(voice.message(text, buttons=[*own, *recheck_buttons(voice, alert)]), Lane.ALERT, alert_id=alert.id)


async def answer(visit: Visit, alert: Alert, patient: Person, said: str) -> None:
    """Better, or the same and the team knows: it is over. Otherwise the way on is said again."""
    visit.tx.moments.clear_all(("recheck", "recheck_silent", "followup_silent"), alert.id)
    voice = visit.voice_to(visit.person, about=patient)
    number, name = visit.world.number_for(patient), name_of(visit.tx, patient)
    own = visit.person.id == patient.id
    key = f"recheck.said.{said}" if own else f"recheck.said_for.{said}"
    voice.say(voice.message(voice.html(key, number=number, name=name)), Lane.ALERT, alert_id=alert.id)
    if not own:  # never behind the patient's back
        visit.voice_to(patient).tell(f"recheck.was_said.{said}", name=name_of(visit.tx, visit.person), number=number)
    if said in ENDING:
        await alert_follow_up.close(visit, alert, patient, said)
    else:
        await alert_follow_up.recheck_by(visit.world, visit.tx, alert, visit.now)
        await alert_follow_up.call_again(visit, alert, patient, worse=said == "worse")


async def is_looked_after(world: World, tx: Tx, alert: Alert, now: datetime) -> None:
    """An acknowledged emergency that nobody closed: is the patient being looked after?"""
    if alert.state != "acknowledged":
        return
    patient = await tx.people.get(alert.patient_id)
    number = world.number_for(patient)
    contacts = await alert_ladder.told_contacts(tx, alert, now)
    asked = [c for c in contacts if alert.owner_id == c.person] or contacts
    for contact in asked:
        voice = Voice(world, tx, await tx.people.get(contact.person), now, about=patient)
        actions = ("looked_after", "in_hospital", "cant_reach", "false_alarm")
        buttons = [[button] for button in caregiver_row(voice, alert, actions, number)]
        text = voice.html("alert.is_looked_after", name=name_of(tx, patient))
        voice.say(voice.message(text, buttons=buttons), Lane.ALERT, alert_id=alert.id)
        tx.alerts.happened(patient, alert, "asked_if_looked_after", now, by=contact.person)
    if not asked:
        await ask(world, tx, alert, now)
    tx.moments.set(alert_ladder.ACK_SILENT, alert.id, alert.patient_id, now + ACK_RUNS_OUT)


async def nobody_says(world: World, tx: Tx, alert: Alert, now: datetime) -> None:
    """ "Is the patient being looked after?" stays open: whoever only said "I'm on it" does not have it any more."""
    if alert.state != "acknowledged" or Urgency.of(alert.urgency) != Urgency.EMERGENCY:
        return
    patient = await tx.people.get(alert.patient_id)
    if alert.owner_id == patient.id or await alert_follow_up.somebody_knows(tx, alert, patient):
        if await tx.moments.of("recheck", alert.id) is None:  # else it may be planned for the morning: no earlier
            await alert_follow_up.recheck_by(world, tx, alert, now)
        return
    tx.alerts.happened(patient, alert, "ran_out", now, by=alert.owner_id)
    await alert_ladder.begin_anew(world, tx, alert, now)
