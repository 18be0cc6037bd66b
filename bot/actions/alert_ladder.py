"""Climbs the ladder: calls the people of the step that is due, and sets the next one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.actions import alert_words, second_channel
from bot.actions.relations import is_group, name_of
from bot.actions.voice import Voice
from bot.actions.world import World
from bot.domain.ladder import CALLING, Contact, Step, called, due_steps, is_loud, moved, stamp, step
from bot.domain.protocol import Urgency
from bot.domain.quiet import quiet
from bot.domain.speech import Lane
from bot.store.tables import Alert, AlertEvent, CareLink, Person
from bot.store.unit import Tx

RUNG, ACK_CHECK, ACK_SILENT = "rung", "ack_check", "ack_silent"
ON_ITS_WAY = ("ready", "sending", "sent")
SELF_HARM = "self_harm"
TAKEN_BACK = ("passed", "mistap", "safe")  # "Mistake, I am safe" is read as a mis-tap once somebody was called
# The tick looks every second: a step that comes this late was held up by an outage, and says so.
HELD_UP = timedelta(minutes=5)


async def climb(world: World, tx: Tx, alert: Alert, now: datetime, hurry: bool = False) -> None:
    """Take what is due of the ladder and set the next step; with `hurry` the next step comes at once."""
    if alert.state not in CALLING:
        return
    patient = await tx.people.get(alert.patient_id)
    detail, stamped = tx.alerts.detail(patient, alert), tx.alerts.ladder(patient, alert)
    began = datetime.fromisoformat(detail["began"])
    steps = due_steps(stamped, alert.rung, began, now, hurry)
    if steps:
        late_since = began + steps[0].after if now - began - steps[0].after > HELD_UP else None
        for caregiver in await _call(world, tx, alert, patient, detail, steps, now, late_since):
            second_channel.plan(tx, alert, caregiver, stamped, steps[-1], detail["round"], now)
        alert.rung = steps[-1].number + 1
        if any(at.last_word for at in steps):
            _last_word(world, tx, alert, patient, detail["round"], now)
        if alert.rung > 1:
            alert.state = moved(alert.state, "escalated")
    upcoming = step(stamped, alert.rung)
    if upcoming is not None:
        tx.moments.set(RUNG, alert.id, alert.patient_id, began + upcoming.after)


async def _call(
    world: World,
    tx: Tx,
    alert: Alert,
    patient: Person,
    detail: dict[str, Any],
    steps: Sequence[Step],
    now: datetime,
    late_since: datetime | None,
) -> list[Person]:
    """Call everybody who is in any of these steps, once; returns them."""
    contacts = await contacts_of(tx, alert, now)
    detail = {**detail, "taken_back": _taken_back(await tx.alerts.timeline(alert.id), patient)}
    at, people = steps[-1], list[Person]()
    for person_id in dict.fromkeys(person for due in steps for person in called(due, contacts)):
        voice = Voice(world, tx, await tx.people.get(person_id), now, about=patient)
        message = await alert_words.to_caregiver(voice, alert, patient, detail, at, late_since)
        key = f"{detail['round']}:{at.number}:{person_id}"
        voice.say(message, Lane.ALERT, key=f"alert:{alert.id}:{key}", alert_id=alert.id)
        tx.alerts.happened(patient, alert, "called", now, by=person_id, key=f"called:{key}")
        people.append(voice.person)
    return people


def _taken_back(events: Sequence[AlertEvent], patient: Person) -> tuple[str, datetime] | None:
    """That the patient says it has passed or was a mis-tap, and when; unless it got worse since."""
    for event in reversed(events):
        if event.kind in ("worse", "new_sign", "again"):
            return None
        if event.kind in TAKEN_BACK and event.person_id == patient.id:
            return event.kind, event.at
    return None


async def contacts_of(tx: Tx, alert: Alert, now: datetime) -> list[Contact]:
    """The patient's caregivers and care groups as the ladder sees them now."""
    links = await tx.families.of_patient(alert.patient_id)
    if any(link.is_group for link in links) and _for_persons_only(tx, await tx.people.get(alert.patient_id), alert):
        links = [link for link in links if not link.is_group]
    await tx.people.load([link.caregiver_id for link in links])
    cannot = _who_cannot(await tx.alerts.timeline(alert.id))
    pairs = [(link, await tx.people.get(link.caregiver_id)) for link in links]
    covering = {person.cover_id for _, person in pairs if is_off(person, now)}
    return [_contact(link, person, cannot, now, person.id in covering) for link, person in pairs]


def _for_persons_only(tx: Tx, patient: Person, alert: Alert) -> bool:
    """Thoughts of ending one's life: whom the patient let know of them is caregivers, one by one (clinical.md)."""
    return any(finding["pattern"] == SELF_HARM for finding in tx.alerts.detail(patient, alert)["findings"])


async def told_contacts(tx: Tx, alert: Alert, now: datetime) -> list[Contact]:
    """Whoever hears of answers: caregivers who can be reached, and groups once they were called about this alert."""
    events = await tx.alerts.timeline(alert.id)
    called_before = {event.person_id for event in events if event.kind in ("called", "asked_to_call")}
    reachable = [contact for contact in await contacts_of(tx, alert, now) if contact.reachable]
    return [contact for contact in reachable if not contact.is_group or contact.person in called_before]


def _who_cannot(events: Sequence[AlertEvent]) -> set[int | None]:
    """Who said last that they cannot reach the patient, since it last got worse."""
    cannot: set[int | None] = set()
    for event in events:
        if event.kind == "cant_reach":
            cannot.add(event.person_id)
        elif event.kind in ("worse", "new_sign"):
            cannot.clear()
        elif event.kind in ("ack", "called_team", "called_emergency", "with_them", "looked_after"):
            cannot.discard(event.person_id)
    return cannot


def _contact(link: CareLink, person: Person, cannot: set[int | None], now: datetime, covers: bool) -> Contact:
    return Contact(
        person.id,
        1 if covers else link.line,
        reachable=link.unreachable_at is None and person.unreachable_at is None,
        available=not is_away(person, now),
        said_cannot_reach=person.id in cannot,
        is_group=link.is_group,
    )


def is_off(person: Person, now: datetime) -> bool:
    """Whether they said that they are off tonight, and it is not over."""
    return person.off_until is not None and person.off_until > now


def is_away(person: Person, now: datetime) -> bool:
    """Off for tonight, or in their own sleeping hours: second line for now."""
    if is_off(person, now):
        return True
    if not (person.sleeps_from and person.sleeps_to):
        return False
    sleeps = time.fromisoformat(person.sleeps_from), time.fromisoformat(person.sleeps_to)
    return quiet(now, ZoneInfo(person.zone or "UTC"), *sleeps)


def _last_word(world: World, tx: Tx, alert: Alert, patient: Person, climbed: int, now: datetime) -> None:
    """Nobody has answered: the patient is told, and what to do; the operators hear that a ladder ran out."""
    voice = Voice(world, tx, patient, now)
    number = world.number_for(patient)
    message = voice.message(
        voice.html(f"alert.last_word.{alert.urgency}", number=number), buttons=alert_words.patient_buttons(voice, alert)
    )
    voice.say(message, Lane.ALERT, key=f"last_word:{alert.id}:{climbed}", alert_id=alert.id)
    tx.alerts.happened(patient, alert, "last_word", now, key=f"last_word:{climbed}")
    told = "operator.ladder_ran_out" if patient.unreachable_at is None else "operator.ladder_ran_out_untold"
    for operator in world.operators:
        tx.outbox.put(
            operator,
            patient,
            "send",
            {"text": str(world.texts.render("en", told, alert=alert.id)), "keys": []},
            Lane.REPLY,
            now,
            key=f"operator:ladder:{alert.id}:{climbed}:{operator}",
        )


async def call_now(world: World, tx: Tx, alert: Alert, now: datetime) -> None:
    """Take the next step at once; a ladder that has run out begins again."""
    if alert.state not in CALLING:
        return
    patient = await tx.people.get(alert.patient_id)
    if step(tx.alerts.ladder(patient, alert), alert.rung) is None:
        await begin_anew(world, tx, alert, now)
    else:
        await climb(world, tx, alert, now, hurry=True)


async def begin_anew(
    world: World, tx: Tx, alert: Alert, now: datetime, wait: timedelta = timedelta(), **changes: object
) -> None:
    """Climb the ladder from its first step: an earlier answer does not count any more. `changes` go into the detail."""
    await renew(world, tx, alert, now, wait, **changes)
    if alert.state == "acknowledged":
        give_back(tx, alert)
    await climb(world, tx, alert, now)


async def renew(
    world: World, tx: Tx, alert: Alert, now: datetime, wait: timedelta = timedelta(), **changes: object
) -> None:
    """Stamp the ladder for the urgency that holds now, with its first step still to come; nobody is called yet."""
    patient = await tx.people.get(alert.patient_id)
    detail = tx.alerts.detail(patient, alert)
    detail = {**detail, **changes, "began": now.isoformat(), "round": detail["round"] + 1}
    ladder = world.protocol_of(alert.protocol_version).ladder(Urgency.of(alert.urgency))
    if ladder is None:
        raise LookupError(f"the protocol has no ladder for {alert.urgency}")
    alert.ladder = tx.sealer(patient).seal("alerts.ladder", stamp(ladder, wait))
    tx.alerts.set_detail(patient, alert, detail)
    alert.rung = 0


def give_back(tx: Tx, alert: Alert) -> None:
    """Whoever had it does not have it any more."""
    alert.state, alert.owner_id, alert.acknowledged_at = moved(alert.state, "escalated"), None, None
    tx.moments.clear_all((ACK_CHECK, ACK_SILENT), alert.id)


async def contact_gone(world: World, tx: Tx, alert_id: int, person: Person, now: datetime) -> None:
    """A caregiver's chat cannot be reached: the next step at once, and the patient hears who it is."""
    alert = await tx.alerts.get(alert_id)
    if alert is None or alert.state == "closed" or alert.patient_id == person.id:
        return
    patient = await tx.people.get(alert.patient_id)
    times = await _times_gone(tx, alert, person)
    if times is None:
        return
    key = f"gone:{person.id}:{times}"
    tx.alerts.happened(patient, alert, "gone", now, by=person.id, key=key)
    voice = Voice(world, tx, patient, now)
    others = [c for c in await contacts_of(tx, alert, now) if c.reachable and c.person != person.id]
    is_called = alert.state in CALLING and is_loud(tx.alerts.ladder(patient, alert), alert.rung)
    others_key = "alert.contact_gone" if others else "alert.contact_gone_nobody"
    if others and not is_called and alert.owner_id != person.id:  # nobody is asked next: somebody else has it, or
        others_key = "group.lost" if is_group(person) else "reach.lost"  # the patient still tries their team
    text = voice.html(others_key, name=name_of(tx, person), number=world.number_for(patient))
    voice.say(voice.message(text), Lane.ALERT, key=f"{alert_id}:{key}", alert_id=alert_id)
    await without(world, tx, alert, person, now)


async def without(world: World, tx: Tx, alert: Alert, person: Person, now: datetime) -> None:
    """A caregiver is gone or cares no longer: what they had begins anew, and who is next is called at once.

    While a ladder waits for the patient to try their team it goes on waiting; and its steps keep their times for
    whoever comes back when nobody else is there, or when somebody was called together with them.
    """
    if alert.owner_id == person.id and alert.state == "acknowledged":
        await begin_anew(world, tx, alert, now)
        return
    patient = await tx.people.get(alert.patient_id)
    others = [c for c in await contacts_of(tx, alert, now) if c.reachable and c.person != person.id]
    if alert.state not in CALLING or not others or not is_loud(tx.alerts.ladder(patient, alert), alert.rung):
        return
    if not _others_called_now(await tx.alerts.timeline(alert.id), person.id, others):
        await call_now(world, tx, alert, now)


async def _times_gone(tx: Tx, alert: Alert, person: Person) -> int | None:
    """How often the person was lost and came back during this alert; None while they are known to be gone."""
    kinds = [event.kind for event in await tx.alerts.timeline(alert.id) if event.person_id == person.id]
    kinds = [kind for kind in kinds if kind in ("gone", "back")]
    return None if kinds and kinds[-1] == "gone" else kinds.count("gone")


async def contact_back(world: World, tx: Tx, alert: Alert, person: Person, now: datetime) -> None:
    """A caregiver can be reached again: they are called about what they were not told while they were away."""
    patient = await tx.people.get(alert.patient_id)
    times = await _times_gone(tx, alert, person)
    if times is None:
        tx.alerts.happened(patient, alert, "back", now, by=person.id)
    if alert.state not in CALLING or alert.rung == 0:
        return
    stamped, climbed = tx.alerts.ladder(patient, alert), tx.alerts.detail(patient, alert)["round"]
    contacts = await contacts_of(tx, alert, now)
    done = [at for number in range(alert.rung) if (at := step(stamped, number)) and person.id in called(at, contacts)]
    begins = f"alert:{alert.id}:{climbed}:"
    has_it = any(
        row.chat_id == person.chat_id
        and (row.key or "").startswith(begins)
        and row.state in ("ready", "sending", "sent")
        for row in await tx.outbox.of_alert(alert.id)
    )
    if not done or has_it:
        return
    voice = Voice(world, tx, person, now, about=patient)
    message = await alert_words.to_caregiver(voice, alert, patient, tx.alerts.detail(patient, alert), done[-1])
    key = f"{climbed}:{done[-1].number}:{person.id}:back{len(await tx.alerts.timeline(alert.id))}"
    voice.say(message, Lane.ALERT, key=f"alert:{alert.id}:{key}", alert_id=alert.id)
    tx.alerts.happened(patient, alert, "called", now, by=person.id, key=f"called:{key}")


def _others_called_now(events: Sequence[AlertEvent], gone: int, others: Sequence[Contact]) -> bool:
    """Whether the step that called the lost contact called somebody else, too, who can be reached."""
    reachable = {contact.person for contact in others}
    called_events = [event for event in events if event.kind == "called"]
    if not called_events:
        return False
    last = _step_of(called_events[-1])
    return any(e.person_id in reachable and _step_of(e) == last for e in called_events if e.person_id != gone)


def _step_of(called_event: AlertEvent) -> list[str]:
    return called_event.key.split(":")[1:3]
