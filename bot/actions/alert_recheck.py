"""How is it now? Asked until the alert is over; silence then is a sign of its own."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.actions import alert_follow_up
from bot.actions.relations import name_of
from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.actions.world import World
from bot.domain.press import AlertPress, SettingPress
from bot.domain.speech import Lane
from bot.store.tables import Alert, Person
from bot.store.unit import Tx

ANSWERS = ("better", "same_told", "same_untold", "worse")
# After these, somebody knows: an unanswered re-check is then no emergency of its own.
SOMEBODY_KNOWS = frozenset({"reached", "ambulance", "with_me", "with_them", "called_team", "called_emergency"})


async def ask(world: World, tx: Tx, alert: Alert, now: datetime) -> None:
    """Ask the patient how it is now."""
    if alert.state == "closed":
        return
    patient = await tx.people.get(alert.patient_id)
    _say(world, tx, alert, patient, now, "recheck.ask")
    tx.alerts.happened(patient, alert, "rechecked", now)
    reminders = world.protocol_of(alert.protocol_version).timing.silence.recheck_reminders
    tx.moments.set("recheck_silent", alert.id, alert.patient_id, now + reminders[0])


def _say(world: World, tx: Tx, alert: Alert, patient: Person, now: datetime, key: str) -> None:
    voice = Voice(world, tx, patient, now)
    buttons = [[voice.button(f"recheck.{answer}", AlertPress(alert.id, answer))] for answer in ANSWERS]
    text = voice.html(key, number=world.number_for(patient))
    voice.say(voice.message(text, buttons=buttons), Lane.ALERT, alert_id=alert.id)


async def silent(world: World, tx: Tx, alert: Alert, now: datetime) -> None:
    """The re-check is not answered: two reminders, then the alert's owner is asked to call, then the others."""
    if alert.state == "closed":
        return
    patient = await tx.people.get(alert.patient_id)
    events = await tx.alerts.timeline(alert.id)
    asked_at = max(event.at for event in events if event.kind == "rechecked")
    quiet = world.protocol_of(alert.protocol_version).timing.silence
    if any(event.kind in SOMEBODY_KNOWS for event in events):
        tx.moments.set("recheck", alert.id, alert.patient_id, now + timedelta(days=1))
        return
    stages = [
        *((after, "remind") for after in quiet.recheck_reminders),
        (quiet.recheck_owner, "owner"),
        (quiet.recheck_others, "others"),
    ]
    done = sum(1 for event in events if event.kind == "recheck_silent" and event.at >= asked_at)
    if done >= len(stages):
        return
    tx.alerts.happened(patient, alert, "recheck_silent", now)
    await _stage(world, tx, alert, patient, now, stages[done][1])
    if done + 1 < len(stages):
        tx.moments.set("recheck_silent", alert.id, alert.patient_id, asked_at + stages[done + 1][0])
    else:
        tx.moments.set("recheck", alert.id, alert.patient_id, now + timedelta(hours=4))


async def _stage(world: World, tx: Tx, alert: Alert, patient: Person, now: datetime, stage: str) -> None:
    if stage == "remind":
        _say(world, tx, alert, patient, now, "recheck.remind")
        return
    links = [link for link in await tx.families.of_patient(patient.id) if link.unreachable_at is None]
    owner = alert.owner_id or (links[0].caregiver_id if links else None)
    for link in links:
        if (link.caregiver_id == owner) == (stage == "owner"):
            voice = Voice(world, tx, await tx.people.get(link.caregiver_id), now, about=patient)
            text = voice.html("silence.please_call", name=name_of(voice.tx, patient), number=world.number_for(patient))
            buttons = [
                [voice.button(f"alert.button.{action}", AlertPress(alert.id, action))]
                for action in ("with_them", "cant_reach")
            ]
            voice.say(voice.message(text, buttons=buttons), Lane.ALERT, alert_id=alert.id)


async def answer(visit: Visit, alert: Alert, patient: Person, said: str) -> None:
    """Better, or the same and the team knows: it is over. Otherwise the way on is said again."""
    visit.tx.moments.clear_all(("recheck", "recheck_silent"), alert.id)
    voice = visit.voice
    number = visit.world.number_for(patient)
    voice.say(voice.message(voice.html(f"recheck.said.{said}", number=number)), Lane.ALERT, alert_id=alert.id)
    if said in ("better", "same_told"):
        await alert_follow_up.close(visit, alert, patient, said)
    else:
        await alert_follow_up.call_again(visit, alert, patient, worse=said == "worse")


async def is_looked_after(world: World, tx: Tx, alert: Alert, now: datetime) -> None:
    """An acknowledged emergency that nobody closed: is the patient being looked after?"""
    if alert.state != "acknowledged":
        return
    patient = await tx.people.get(alert.patient_id)
    owner = alert.owner_id
    tx.alerts.happened(patient, alert, "asked_if_looked_after", now)
    for link in await tx.families.of_patient(patient.id):
        if owner in (link.caregiver_id, patient.id):
            voice = Voice(world, tx, await tx.people.get(link.caregiver_id), now, about=patient)
            buttons = [
                [voice.button(f"alert.button.{action}", AlertPress(alert.id, action))]
                for action in ("looked_after", "cant_reach", "false_alarm")
            ]
            text = voice.html("alert.is_looked_after", name=name_of(voice.tx, patient))
            voice.say(voice.message(text, buttons=buttons), Lane.ALERT, alert_id=alert.id)


async def ask_if_home(visit: Visit) -> None:
    """A week in hospital: ask softly."""
    if visit.patient is None or visit.patient.state != "hospital":
        return
    back = visit.voice.button("hospital.back", SettingPress("hospital", "back"))
    stay = visit.voice.button("hospital.still", SettingPress("hospital", "still"))
    visit.voice.tell("hospital.ask", buttons=[[back], [stay]])
    visit.tx.moments.set("hospital", visit.person.id, visit.person.id, visit.now + alert_follow_up.ASK_AFTER_HOSPITAL)
