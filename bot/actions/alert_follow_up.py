"""After an alert: did you reach them, and when it is over."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.actions import alert_ladder, hospital
from bot.actions.alert_words import patient_buttons
from bot.actions.relations import name_of, relation_to
from bot.actions.sittings import quiet_of
from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.actions.world import World
from bot.domain.ladder import CALLING, is_loud, moved
from bot.domain.press import AlertPress
from bot.domain.protocol import FollowUp, Urgency
from bot.domain.quiet import next_morning
from bot.domain.speech import Lane
from bot.store.tables import Alert, AlertEvent, Patient, Person
from bot.store.unit import Tx

# Every due moment about an alert; the watchdog reads the same list (bot.actions.happen.ALERTS has one verb for each).
OF_AN_ALERT = ("rung", "followup", "followup_silent", "ack_check", "ack_silent", "recheck", "recheck_silent")
# The patient's own words, or those of the caregiver who reported it, after which the re-check is next morning.
REACHED = ("reached", "ambulance", "with_me")
SILENCES = ("followup_silent", "recheck_silent")
# After these, somebody knows or is there: the patient's silence is then no emergency of its own.
SOMEBODY_KNOWS = frozenset(
    {"reached", "ambulance", "with_me", "with_them", "called_team", "called_emergency", "looked_after"}
)


def times_of(world: World, alert: Alert) -> FollowUp:
    """The protocol's times, as they were when the alert was raised."""
    return world.protocol_of(alert.protocol_version).timing.follow_up


def _interval(world: World, alert: Alert) -> timedelta:
    times = times_of(world, alert)
    emergency = Urgency.of(alert.urgency) == Urgency.EMERGENCY
    return times.reached_after_emergency if emergency else times.reached_after_right_away


async def asked_about(tx: Tx, alert: Alert) -> Person:
    """Who is asked first: the caregiver who reported it, while they have it; else the patient."""
    if alert.reporter_id is not None and alert.owner_id == alert.reporter_id:
        relation = await relation_to(tx, alert.reporter_id, alert.patient_id)
        reporter = await tx.people.get(alert.reporter_id)
        if relation.is_caregiver and reporter.unreachable_at is None:
            return reporter
    return await tx.people.get(alert.patient_id)


async def ask_if_reached(world: World, tx: Tx, alert: Alert, now: datetime) -> None:
    """ "Did you reach them?" If this stays unanswered after an emergency, everyone is called."""
    if alert.state == "closed":
        return
    patient, asked = await tx.people.get(alert.patient_id), await asked_about(tx, alert)
    voice = Voice(world, tx, asked, now, about=patient)
    key = f"followup.ask.{alert.urgency}" if asked.id == patient.id else f"followup.ask_for.{alert.urgency}"
    text = voice.html(key, name=name_of(tx, patient), number=world.number_for(patient))
    voice.say(voice.message(text, buttons=patient_buttons(voice, alert)), Lane.ALERT, alert_id=alert.id)
    tx.alerts.happened(patient, alert, "asked_if_reached", now, by=asked.id)
    tx.moments.set("followup_silent", alert.id, alert.patient_id, now + _interval(world, alert))


async def no_answer(world: World, tx: Tx, alert: Alert, now: datetime) -> None:
    """The question stayed open. After an emergency: everyone, at once. In any case a re-check later."""
    if alert.state == "closed":
        return
    patient, asked = await tx.people.get(alert.patient_id), await asked_about(tx, alert)
    tx.alerts.happened(patient, alert, "silent", now, by=asked.id)
    knows = await somebody_knows(tx, alert, patient)
    if asked.id != patient.id and not knows:
        await alert_ladder.begin_anew(world, tx, alert, now)  # the reporter has gone quiet: everybody is called
        tx.moments.set("followup", alert.id, alert.patient_id, now)  # and the patient is asked themselves
    elif Urgency.of(alert.urgency) == Urgency.EMERGENCY and not knows:
        await _call_everyone(world, tx, alert, patient, now)
    await recheck_by(world, tx, alert, now)


async def somebody_knows(tx: Tx, alert: Alert, patient: Person) -> bool:
    """Whether a team was reached or somebody is with the patient, since it last got worse."""
    return any(event.kind in SOMEBODY_KNOWS for event in await this_round(tx, alert, patient))


async def this_round(tx: Tx, alert: Alert, patient: Person) -> list[AlertEvent]:
    """What happened since people were last called from the first step."""
    began = datetime.fromisoformat(tx.alerts.detail(patient, alert)["began"])
    return [event for event in await tx.alerts.timeline(alert.id) if event.at >= began]


async def recheck_by(world: World, tx: Tx, alert: Alert, now: datetime) -> None:
    """Ask how it is after four hours, if nothing earlier is planned."""
    at = now + times_of(world, alert).recheck_when_not_reached
    planned = await tx.moments.of("recheck", alert.id)
    tx.moments.set("recheck", alert.id, alert.patient_id, min(at, planned) if planned else at)


async def _call_everyone(world: World, tx: Tx, alert: Alert, patient: Person, now: datetime) -> None:
    number = world.number_for(patient)
    for contact in await alert_ladder.contacts_of(tx, alert, now):
        if not contact.reachable:
            continue
        voice = Voice(world, tx, await tx.people.get(contact.person), now, about=patient)
        text = voice.html("silence.after_emergency", name=name_of(tx, patient), number=number)
        buttons = [
            [voice.button(f"alert.button.{action}", AlertPress(alert.id, action), number=number)]
            for action in ("with_them", "called_emergency", "cant_reach")
        ]
        voice.say(voice.message(text, buttons=buttons), Lane.ALERT, alert_id=alert.id)
        tx.alerts.happened(patient, alert, "asked_to_call", now, by=contact.person)


async def is_safe(visit: Visit, alert: Alert, patient: Person, action: str) -> None:
    """Somebody was reached, or the patient is not alone: a re-check next morning at the chosen hour."""
    row = await visit.tx.patients.get(patient.id)
    if row is None:
        return
    visit.tx.moments.clear_all(("followup", *SILENCES), alert.id)
    again = _morning(patient, row, visit.now)
    visit.tx.moments.set("recheck", alert.id, alert.patient_id, again)
    voice = visit.voice_to(visit.person, about=patient)
    key = f"followup.{action}" if visit.person.id == patient.id else f"followup.{action}_for"
    day = voice.weekday(again.astimezone(ZoneInfo(voice.zone)).date())
    text = voice.html(key, name=name_of(visit.tx, patient), day=day, time=voice.clock(again))
    voice.say(voice.message(text), alert_id=alert.id)


async def recheck_in_the_morning(tx: Tx, alert: Alert, patient: Person, now: datetime) -> None:
    """Ask how it is at the chosen hour of the next morning, never in quiet hours."""
    row = await tx.patients.get(patient.id)
    if row is not None:
        tx.moments.set("recheck", alert.id, alert.patient_id, _morning(patient, row, now))


def _morning(person: Person, patient: Patient, now: datetime) -> datetime:
    hour = time.fromisoformat(patient.hours.split(",")[0])
    return next_morning(now, ZoneInfo(person.zone or "UTC"), hour, quiet_of(patient))


async def not_reached(visit: Visit, alert: Alert, patient: Person) -> None:
    """Not yet: say what to do, ask again after the same time, and look again after four hours."""
    _say_what_now(visit, alert, patient, f"followup.not_reached.{alert.urgency}")
    await _ask_again(visit, alert, patient)


async def cant_get_through(visit: Visit, alert: Alert, patient: Person) -> None:
    """Nobody at the clinic answers: the way to the emergency department; a ladder that was put off begins."""
    _say_what_now(visit, alert, patient, "followup.cant_get_through")
    await _ask_again(visit, alert, patient)
    tx = visit.tx
    if alert.state in CALLING and not is_loud(tx.alerts.ladder(patient, alert), alert.rung):
        await alert_ladder.begin_anew(visit.world, tx, alert, visit.now)


def _say_what_now(visit: Visit, alert: Alert, patient: Person, key: str) -> None:
    voice = visit.voice_to(visit.person, about=patient)
    text = voice.html(key, number=visit.world.number_for(patient))
    voice.say(voice.message(text), Lane.ALERT, alert_id=alert.id)


async def _ask_again(visit: Visit, alert: Alert, patient: Person) -> None:
    visit.tx.moments.clear_all(SILENCES, alert.id)
    visit.tx.moments.set("followup", alert.id, patient.id, visit.now + _interval(visit.world, alert))
    await recheck_by(visit.world, visit.tx, alert, visit.now)


async def in_hospital(visit: Visit, alert: Alert, patient: Person) -> None:
    """In hospital: check-ins pause, and we ask softly after a week."""
    await close(visit, alert, patient, "in_hospital")
    row = await visit.tx.patients.get(patient.id)
    if row is not None:
        await hospital.pause(visit, patient, row)


async def says_it_passed(visit: Visit, alert: Alert, patient: Person) -> None:
    """The patient takes it back or says it has passed: that alone ends nothing; a re-check follows."""
    voice = visit.voice
    voice.say(voice.message(voice.html("followup.passed", number=visit.world.number_for(patient))), alert_id=alert.id)
    visit.tx.moments.clear_all(("followup", *SILENCES), alert.id)
    await recheck_by(visit.world, visit.tx, alert, visit.now)


async def call_again(visit: Visit, alert: Alert, patient: Person, worse: bool) -> None:
    """Still there and nobody at the clinic knows, or worse: ask again soon; when worse, people are called again."""
    visit.tx.moments.set("followup", alert.id, patient.id, visit.now + _interval(visit.world, alert))
    if worse:
        visit.tx.alerts.happened(patient, alert, "worse", visit.now, by=visit.person.id)
        await alert_ladder.begin_anew(visit.world, visit.tx, alert, visit.now, worse=True)


async def close(visit: Visit, alert: Alert, patient: Person, why: str) -> None:
    """End the alert and everything that waits for it; calls that have not left yet are taken back."""
    alert.state = moved(alert.state, "closed")
    alert.closed_at, alert.closed_why = visit.now, why
    visit.tx.moments.clear_all(OF_AN_ALERT, alert.id)
    await visit.tx.flush()
    await visit.tx.outbox.drop(alert.id, f"alert:{alert.id}:")
    visit.tx.alerts.happened(patient, alert, "closed", visit.now, by=visit.speaker.id, key="closed", detail=why)
    visit.tx.audit.note(patient.id, visit.speaker.id, f"alert_closed_{why}", visit.now, alert.id)
