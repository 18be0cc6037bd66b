"""After an alert: did you reach them, how is it now, and when it is over."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.actions import alert_ladder
from bot.actions.alert_words import patient_buttons
from bot.actions.open_checkin import OF_A_CHECKIN, schedule_next
from bot.actions.relations import name_of
from bot.actions.sittings import quiet_of
from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.actions.world import World
from bot.domain.ladder import moved
from bot.domain.press import AlertPress, SettingPress
from bot.domain.protocol import FollowUp, Urgency
from bot.domain.quiet import next_morning
from bot.domain.speech import Lane
from bot.store.tables import Alert, Patient, Person
from bot.store.unit import Tx

OF_AN_ALERT = (
    "rung",
    "followup",
    "followup_silent",
    "ack_check",
    "recheck",
    "recheck_silent",
    "recheck_owner",
    "recheck_others",
)
# Softly, a week after "I'm in hospital" (issue on alerts, Follow-up).
ASK_AFTER_HOSPITAL = timedelta(days=7)


def _times(world: World, alert: Alert) -> FollowUp:
    return world.protocol_of(alert.protocol_version).timing.follow_up


def _interval(world: World, alert: Alert) -> timedelta:
    times = _times(world, alert)
    emergency = Urgency.of(alert.urgency) == Urgency.EMERGENCY
    return times.reached_after_emergency if emergency else times.reached_after_right_away


async def ask_if_reached(world: World, tx: Tx, alert: Alert, now: datetime) -> None:
    """ "Did you reach them?" If this stays unanswered after an emergency, everyone is called."""
    if alert.state == "closed":
        return
    patient = await tx.people.get(alert.patient_id)
    voice = Voice(world, tx, patient, now)
    text = voice.html(f"followup.ask.{alert.urgency}", number=world.number_for(patient))
    voice.say(voice.message(text, buttons=patient_buttons(voice, alert)), Lane.ALERT, alert_id=alert.id)
    tx.alerts.happened(patient, alert, "asked_if_reached", now)
    tx.moments.set("followup_silent", alert.id, alert.patient_id, now + _interval(world, alert))


async def no_answer(world: World, tx: Tx, alert: Alert, now: datetime) -> None:
    """The question stayed open. After an emergency: everyone, at once. Otherwise a re-check later."""
    if alert.state == "closed":
        return
    patient = await tx.people.get(alert.patient_id)
    tx.alerts.happened(patient, alert, "silent", now)
    if Urgency.of(alert.urgency) == Urgency.EMERGENCY:
        for link in await tx.families.of_patient(patient.id):
            voice = Voice(world, tx, await tx.people.get(link.caregiver_id), now, about=patient)
            text = voice.html(
                "silence.after_emergency", name=name_of(voice.tx, patient), number=world.number_for(patient)
            )
            voice.say(
                voice.message(
                    text, buttons=[[voice.button("alert.button.with_them", AlertPress(alert.id, "with_them"))]]
                ),
                Lane.ALERT,
                alert_id=alert.id,
            )
    tx.moments.set("recheck", alert.id, alert.patient_id, now + _times(world, alert).recheck_when_not_reached)


async def patient_is_safe(visit: Visit, alert: Alert, action: str) -> None:
    """The patient reached somebody, or is not alone: a re-check next morning at the chosen hour."""
    patient = visit.patient
    if patient is None:
        return
    for kind in ("followup", "followup_silent", "recheck_silent", "recheck_owner", "recheck_others"):
        visit.tx.moments.clear(kind, alert.id)
    at = _morning(visit.person, patient, visit.now)
    visit.tx.moments.set("recheck", alert.id, alert.patient_id, at)
    voice = visit.voice
    voice.say(voice.message(voice.html(f"followup.{action}")), alert_id=alert.id)


def _morning(person: Person, patient: Patient, now: datetime) -> datetime:
    hour = time.fromisoformat(patient.hours.split(",")[0])
    return next_morning(now, ZoneInfo(person.zone or "UTC"), hour, quiet_of(patient))


async def not_reached(visit: Visit, alert: Alert, patient: Person) -> None:
    """Not yet: say what to do, ask again after the same time, and look again after four hours."""
    voice = visit.voice
    number = visit.world.number_for(patient)
    voice.say(
        voice.message(voice.html(f"followup.not_reached.{alert.urgency}", number=number)), Lane.ALERT, alert_id=alert.id
    )
    visit.tx.moments.clear("followup_silent", alert.id)
    visit.tx.moments.set("followup", alert.id, patient.id, visit.now + _interval(visit.world, alert))
    await _start_calling(visit, alert)


async def _start_calling(visit: Visit, alert: Alert) -> None:
    """A ladder that was put off until the team is not reached begins now."""
    if alert.state in alert_ladder.CALLING and not await _loud_yet(visit.tx, alert):
        await alert_ladder.call_now(visit.world, visit.tx, alert, visit.now)


async def _loud_yet(tx: Tx, alert: Alert) -> bool:
    patient = await tx.people.get(alert.patient_id)
    notes = sum(1 for entry in tx.alerts.ladder(patient, alert)["steps"] if entry[1] == "note")
    return alert.rung > notes


async def cant_get_through(visit: Visit, alert: Alert, patient: Person) -> None:
    """Nobody at the clinic answers: the way to the emergency department."""
    voice = visit.voice
    number = visit.world.number_for(patient)
    voice.say(voice.message(voice.html("followup.cant_get_through", number=number)), Lane.ALERT, alert_id=alert.id)
    visit.tx.moments.clear("followup_silent", alert.id)
    visit.tx.moments.set("followup", alert.id, patient.id, visit.now + _interval(visit.world, alert))


async def in_hospital(visit: Visit, alert: Alert, patient: Person) -> None:
    """In hospital: check-ins pause, caregivers hear it, and we ask softly after a week."""
    await close(visit, alert, patient, "in_hospital")
    await hospital(visit)


async def hospital(visit: Visit) -> None:
    """Pause for a stay in hospital."""
    if visit.patient is None:
        return
    visit.patient.state = "hospital"
    visit.tx.moments.clear("checkin", visit.person.id)
    visit.tx.moments.set("hospital", visit.person.id, visit.person.id, visit.now + ASK_AFTER_HOSPITAL)
    under_way = await visit.tx.checkins.under_way(visit.person.id)
    if under_way is not None:
        visit.tx.moments.clear_all(OF_A_CHECKIN, under_way.id)
    back = visit.voice.button("hospital.back", SettingPress("hospital", "back"))
    visit.voice.tell("hospital.paused", buttons=[[back]])


async def back_from_hospital(visit: Visit) -> None:
    """Home again: check-ins go on."""
    if visit.patient is not None:
        visit.patient.state = "active"
        visit.tx.moments.clear("hospital", visit.person.id)
        schedule_next(visit.tx, visit.person, visit.patient, visit.now)
        visit.voice.tell("hospital.welcome_back")


async def says_it_passed(visit: Visit, alert: Alert, patient: Person) -> None:
    """The patient takes it back or says it has passed: that alone ends nothing; a re-check follows."""
    voice = visit.voice
    voice.say(voice.message(voice.html("followup.passed", number=visit.world.number_for(patient))), alert_id=alert.id)
    visit.tx.moments.clear_all(("followup", "followup_silent"), alert.id)
    at = visit.now + _times(visit.world, alert).recheck_when_not_reached
    visit.tx.moments.set("recheck", alert.id, patient.id, at)


async def call_again(visit: Visit, alert: Alert, patient: Person, worse: bool) -> None:
    """Still there and nobody at the clinic knows, or worse: ask again soon; when worse, people are called again."""
    visit.tx.moments.set("followup", alert.id, patient.id, visit.now + _interval(visit.world, alert))
    if not worse:
        return
    detail = visit.tx.alerts.detail(patient, alert)
    detail.update(began=visit.now.isoformat(), round=detail["round"] + 1, worse=True)
    visit.tx.alerts.set_detail(patient, alert, detail)
    alert.rung = 0
    if alert.state == "acknowledged":
        alert.state, alert.owner_id, alert.acknowledged_at = moved(alert.state, "escalated"), None, None
    await alert_ladder.climb(visit.world, visit.tx, alert, visit.now)


async def close(visit: Visit, alert: Alert, patient: Person, why: str) -> None:
    """End the alert and everything that waits for it."""
    alert.state = moved(alert.state, "closed")
    alert.closed_at, alert.closed_why = visit.now, why
    visit.tx.moments.clear_all(OF_AN_ALERT, alert.id)
    visit.tx.alerts.happened(patient, alert, "closed", visit.now, by=visit.person.id, key="closed", detail=why)
    visit.tx.audit.note(patient.id, visit.person.id, f"alert_closed_{why}", visit.now, alert.id)
