"""Climbs the ladder: calls the people of the step that is due, and sets the next one."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.actions import alert_words
from bot.actions.voice import Voice
from bot.actions.world import World
from bot.domain.ladder import Contact, Step, called, moved, step
from bot.domain.quiet import quiet
from bot.domain.speech import Lane
from bot.store.tables import Alert, CareLink, Person
from bot.store.unit import Tx

RUNG = "rung"
CALLING = ("raised", "escalated")


async def climb(world: World, tx: Tx, alert: Alert, now: datetime) -> None:
    """Take the step that is due; when nobody of it can be reached, the next one at once."""
    if alert.state not in CALLING:
        return
    patient = await tx.people.get(alert.patient_id)
    detail, stamped = tx.alerts.detail(patient, alert), tx.alerts.ladder(patient, alert)
    began = datetime.fromisoformat(detail["began"])
    while (at := step(stamped, alert.rung)) is not None:
        if began + at.after > now and not detail.get("hurry"):
            tx.moments.set(RUNG, alert.id, alert.patient_id, began + at.after)
            break
        people = await _call(world, tx, alert, patient, detail, at, now)
        alert.rung += 1
        if at.last_word:
            await _last_word(world, tx, alert, patient, now)
        if people:
            detail.pop("hurry", None)
        if alert.rung > 1:
            alert.state = moved(alert.state, "escalated")
        if not people and at.number >= len(stamped["steps"]) - 1:
            _stop_when_nobody_is_left(tx, alert, stamped, began, now)
            break
    tx.alerts.set_detail(patient, alert, detail)


def _stop_when_nobody_is_left(tx: Tx, alert: Alert, stamped: Any, began: datetime, now: datetime) -> None:
    """Everybody is out of reach: look again at the next hourly step, if there is one."""
    upcoming = step(stamped, alert.rung)
    if upcoming is not None:
        tx.moments.set(RUNG, alert.id, alert.patient_id, max(began + upcoming.after, now + timedelta(minutes=10)))


async def _call(
    world: World, tx: Tx, alert: Alert, patient: Person, detail: dict[str, Any], at: Step, now: datetime
) -> list[int]:
    contacts = await contacts_of(tx, alert, now)
    people = called(at, contacts)
    for person_id in people:
        caregiver = await tx.people.get(person_id)
        voice = Voice(world, tx, caregiver, now, about=patient)
        message = await alert_words.to_caregiver(voice, alert, patient, detail, at)
        voice.say(
            message, Lane.ALERT, key=f"alert:{alert.id}:{detail['round']}:{at.number}:{person_id}", alert_id=alert.id
        )
        key = f"called:{detail['round']}:{at.number}:{person_id}"
        tx.alerts.happened(patient, alert, "called", now, by=person_id, key=key)
    return people


async def contacts_of(tx: Tx, alert: Alert, now: datetime) -> list[Contact]:
    """The patient's caregivers as the ladder sees them now."""
    links = await tx.families.of_patient(alert.patient_id)
    await tx.people.load([link.caregiver_id for link in links])
    cannot = {e.person_id for e in await tx.alerts.timeline(alert.id) if e.kind == "cant_reach"}
    return [_contact(link, await tx.people.get(link.caregiver_id), cannot, now) for link in links]


def _contact(link: CareLink, person: Person, cannot: set[int | None], now: datetime) -> Contact:
    return Contact(
        person.id,
        link.line,
        reachable=link.unreachable_at is None and person.unreachable_at is None,
        available=not _away(person, now),
        said_cannot_reach=person.id in cannot,
    )


def _away(person: Person, now: datetime) -> bool:
    """Off for tonight, or in their own sleeping hours: second line for now."""
    if person.off_until is not None and person.off_until > now:
        return True
    if not (person.sleeps_from and person.sleeps_to):
        return False
    sleeps = time.fromisoformat(person.sleeps_from), time.fromisoformat(person.sleeps_to)
    return quiet(now, ZoneInfo(person.zone or "UTC"), *sleeps)


async def _last_word(world: World, tx: Tx, alert: Alert, patient: Person, now: datetime) -> None:
    """Nobody has answered: the patient is told, and what to do; the operators hear that a ladder ran out."""
    voice = Voice(world, tx, patient, now)
    number = world.number_for(patient)
    message = voice.message(
        voice.html(f"alert.last_word.{alert.urgency}", number=number), buttons=alert_words.patient_buttons(voice, alert)
    )
    voice.say(message, Lane.ALERT, key=f"last_word:{alert.id}:{alert.rung}", alert_id=alert.id)
    tx.alerts.happened(patient, alert, "last_word", now, key=f"last_word:{alert.rung}")
    for operator in world.operators:
        tx.outbox.put(
            operator,
            patient,
            "send",
            {"text": str(world.texts.render("en", "operator.ladder_ran_out", alert=alert.id)), "keys": []},
            Lane.REPLY,
            now,
            key=f"operator:ladder:{alert.id}:{alert.rung}:{operator}",
        )


async def call_now(world: World, tx: Tx, alert: Alert, now: datetime) -> None:
    """Take the next step at once: somebody cannot be reached, or cannot reach the patient."""
    if alert.state not in CALLING:
        return
    patient = await tx.people.get(alert.patient_id)
    detail = tx.alerts.detail(patient, alert)
    tx.alerts.set_detail(patient, alert, {**detail, "hurry": True})
    await climb(world, tx, alert, now)


async def contact_gone(world: World, tx: Tx, alert_id: int, person: Person, now: datetime) -> None:
    """A caregiver's chat cannot be reached: the next step at once, and the patient hears who it is."""
    alert = await tx.alerts.get(alert_id)
    if alert is None or alert.state == "closed" or alert.patient_id == person.id:
        return
    patient = await tx.people.get(alert.patient_id)
    key = f"gone:{person.id}"
    if any(event.key == key for event in await tx.alerts.timeline(alert_id)):
        return
    tx.alerts.happened(patient, alert, "gone", now, by=person.id, key=key)
    voice = Voice(world, tx, patient, now)
    name = tx.people.name(person) or tx.people.handle(person)
    others = [c for c in await contacts_of(tx, alert, now) if c.reachable and c.person != person.id]
    text = voice.html(
        "alert.contact_gone" if others else "alert.contact_gone_nobody", name=name, number=world.number_for(patient)
    )
    voice.say(voice.message(text), Lane.ALERT, key=f"gone:{alert_id}:{person.id}", alert_id=alert_id)
    if alert.state in CALLING and not _others_called_now(await tx.alerts.timeline(alert_id), person.id, others):
        await call_now(world, tx, alert, now)


def _others_called_now(events: Any, gone: int, others: list[Contact]) -> bool:
    """Whether the step that called the lost contact called somebody else, too, who can be reached."""
    reachable = {contact.person for contact in others}
    called_events = [event for event in events if event.kind == "called"]
    if not called_events:
        return False
    last = called_events[-1].key.rsplit(":", 1)[0]
    return any(
        e.person_id in reachable and e.key.rsplit(":", 1)[0] == last for e in called_events if e.person_id != gone
    )
