"""Opens check-ins: the due ones in bulk, and one whenever somebody asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.actions.outage import apology
from bot.actions.show_checkin import card_of, screen, show
from bot.actions.sittings import LOOK_BACK, load_sitting, quiet_of, save_sitting, schedule_of
from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.actions.world import World
from bot.domain import local_time
from bot.domain.calendar import Slot, catch_up, expires_at, next_slot
from bot.domain.protocol import Protocol
from bot.domain.quiet import ON_TIME, prompt_at
from bot.domain.sitting import Sitting, come_ticked
from bot.domain.speech import Lane
from bot.store.moments import CHECKIN
from bot.store.queues import CardRow, DueMoment
from bot.store.tables import Checkin, Patient, Person
from bot.store.unit import Tx
from bot.texts import Html

# Moments that belong to one check-in and end with it.
OF_A_CHECKIN = ("ticks", "known", "linger", "remind", "snoozed", "expire")


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long a check-in has waited for an answer, and until when it may."""

    since: datetime
    now: datetime
    until: datetime


def schedule_next(tx: Tx, person: Person, patient: Patient, now: datetime) -> Slot:
    """Set the patient's next due check-in by the hours, rhythm and zone that hold now."""
    asked = (patient.asked_day, patient.asked_slot or 0) if patient.asked_day else None
    slot = next_slot(schedule_of(person, patient), now, asked)
    tx.moments.set(CHECKIN, person.id, person.id, slot.due_at)
    return slot


async def open_due(world: World, tx: Tx, due: Sequence[DueMoment], now: datetime) -> None:
    """Due moments become check-ins with a card each, in few statements; the next moment is set in the same commit.

    Keys are the patient, the local day and the slot: a slot that was opened before is not opened twice.
    """
    patients = await tx.patients.lock([moment.patient_id for moment in due])
    await tx.people.load(list(patients))
    rows: list[dict[str, Any]] = []
    for moment in due:
        patient = patients.get(moment.patient_id)
        if patient is None or patient.state != "active":
            tx.moments.clear(CHECKIN, moment.subject_id)
            continue
        person = await tx.people.get(moment.patient_id)
        row = _due_row(world, tx, person, patient, moment.due_at, now)
        if row:
            rows.append(row)
    await tx.patients.asked([(row["patient_id"], row["local_day"], row["slot"]) for row in rows])
    new = await tx.checkins.open_slots(rows)
    await _replace_older(tx, [row for row in rows if row["id"] in new], now)
    await tx.cards.prompt_many(
        [_card_row(tx, row, patients[row["patient_id"]], now) for row in rows if row["id"] in new]
    )


def _due_row(
    world: World, tx: Tx, person: Person, patient: Patient, due_at: datetime, now: datetime
) -> dict[str, Any] | None:
    schedule = schedule_of(person, patient)
    asked = (patient.asked_day, patient.asked_slot or 0) if patient.asked_day else None
    came = catch_up(schedule, next_slot(schedule, due_at - timedelta(seconds=1), asked), now)
    tx.moments.set(CHECKIN, person.id, person.id, came.following.due_at)
    if came.ask is None:
        return None
    checkin_id = tx.ids.new()
    expires = expires_at(came.ask.due_at, came.following.due_at)
    tx.moments.set("expire", checkin_id, person.id, expires)
    set_reminder(world.protocol, tx, checkin_id, person.id, Waiting(now, now, expires))
    return {
        "id": checkin_id,
        "patient_id": person.id,
        "protocol_version": world.protocol.version,
        "local_day": came.ask.local_day,
        "slot": came.ask.slot,
        "state": "prompted",
        "opened_at": now,
        "expires_at": expires,
        "since": patient.spoke_at.astimezone(schedule.zone).date() if patient.spoke_at else None,
        "worried": False,
        "chat_id": person.chat_id,
        "zone": schedule.zone,
        "slot_due": came.ask,
    }


def set_reminder(protocol: Protocol, tx: Tx, checkin_id: int, patient_id: int, waiting: Waiting) -> None:
    """Set the next reminder that is still to come before the check-in ends; each one sets the one after it."""
    coming = (waiting.since + after for after in protocol.timing.pace.reminders)
    due_at = next((due_at for due_at in coming if waiting.now < due_at < waiting.until), None)
    if due_at is not None:
        tx.moments.set("remind", checkin_id, patient_id, due_at)


async def _replace_older(tx: Tx, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    older = await tx.checkins.replace_older([row["patient_id"] for row in rows], [row["id"] for row in rows])
    for checkin_id, _ in older:
        tx.moments.clear_all(OF_A_CHECKIN, checkin_id)
    for checkin_id, _ in older:
        card = await tx.cards.newest(checkin_id)
        if card is not None:
            card.body, card.wanted, card.state = None, card.wanted + 1, "live"  # rendered anew: it says it was replaced


def _card_row(tx: Tx, row: dict[str, Any], patient: Patient, now: datetime) -> dict[str, Any]:
    return {
        "id": tx.ids.new(),
        "chat_id": row["chat_id"],
        "about_id": row["patient_id"],
        "purpose": "checkin.1",
        "subject_id": row["id"],
        "lane": Lane.PROMPT,
        "wanted": 1,
        "shown": 0,
        "body": None,
        "state": "live",
        "due_at": prompt_at(row["slot_due"], now, row["zone"], quiet_of(patient)),
        "tries": 0,
    }


async def open_now(
    visit: Visit,
    ticked: Mapping[str, frozenset[str]] | None = None,
    lane: Lane = Lane.REPLY,
    first: str | None = None,
) -> Checkin:
    """Open a check-in on demand, or show the one under way anew, below what was said last.

    `ticked` are signs that were typed or tapped elsewhere: they come ticked, waiting for "Send". `first` is the
    question about signs to begin with.
    """
    patient = visit.patient
    if patient is None:
        raise LookupError("only a patient has check-ins")
    reporter = visit.reporter.id if visit.reporter else None
    checkin = await visit.tx.checkins.under_way(patient.person_id, reporter)
    if checkin is None or checkin.expires_at <= visit.now:
        checkin = await _fresh(visit, patient)
    sitting = await load_sitting(visit.tx, visit.person, patient, checkin)
    if await visit.tx.cards.find(card_of(sitting), checkin.id) is not None:
        await retire(visit.voice, checkin, sitting)
        sitting = replace(sitting, part=sitting.part + 1)
    if ticked:
        sitting = come_ticked(visit.world.protocol_of(checkin.protocol_version), sitting, ticked)
    if first is not None and first not in sitting.answers:
        sitting = replace(sitting, first=first)
    checkin.state = "open"
    save_sitting(visit.tx, visit.person, checkin, sitting)
    await show(visit.voice, visit.world.protocol_of(checkin.protocol_version), checkin, sitting, lane)
    return checkin


async def _fresh(visit: Visit, patient: Patient) -> Checkin:
    zone = ZoneInfo(visit.person.zone or "UTC")
    own = visit.reporter is None
    active = patient.state == "active"
    following = schedule_next(visit.tx, visit.person, patient, visit.now) if own and active else None
    expires = expires_at(visit.now, following.due_at if following else visit.now + timedelta(days=1))
    checkin = visit.tx.checkins.add(
        Checkin(
            id=visit.tx.ids.new(),
            patient_id=patient.person_id,
            reporter_id=visit.reporter.id if visit.reporter else None,
            protocol_version=visit.world.protocol.version,
            local_day=visit.now.astimezone(zone).date(),
            state="open",
            opened_at=visit.now,
            expires_at=expires,
            since=patient.spoke_at.astimezone(zone).date() if patient.spoke_at else None,
            worried=False,
        )
    )
    visit.tx.moments.set("expire", checkin.id, patient.person_id, expires)
    if own:
        for checkin_id, _ in await visit.tx.checkins.replace_older([patient.person_id], [checkin.id]):
            visit.tx.moments.clear_all(OF_A_CHECKIN, checkin_id)
    return checkin


async def retire(voice: Voice, checkin: Checkin, sitting: Sitting) -> None:
    """Take the buttons off the check-in's present message: it goes on further down. What nobody saw is not sent."""
    card = await voice.tx.cards.find(card_of(sitting), checkin.id)
    if card is not None and voice.tx.cards.withdraw(card):
        return
    await voice.card(card_of(sitting), checkin.id, voice.message(voice.html("checkin.goes_on_below")))


async def read_for_cards(tx: Tx, cards: Sequence[CardRow]) -> None:
    """Read what the texts of these prompts need in a few statements, however many there are."""
    if not cards:
        return
    patients = [card.about_id for card in cards]
    await tx.checkins.load([card.subject_id for card in cards])
    await tx.patients.load(patients)
    opened = [checkin.opened_at for card in cards if (checkin := await tx.checkins.get(card.subject_id))]
    if opened:
        await tx.checkins.load_past(patients, min(opened) - LOOK_BACK)
        await tx.reports.load_carried(patients)


async def render_card(world: World, tx: Tx, person: Person, card: CardRow, now: datetime) -> dict[str, Any] | None:
    """The text of a prompt, at the moment it leaves; None when it became moot (answered, paused, replaced unseen)."""
    checkin = await tx.checkins.get(card.subject_id)
    patient = await tx.patients.get(person.id)
    if checkin is None or patient is None:
        return None
    voice = Voice(world, tx, person, now)
    if checkin.state in ("replaced", "expired"):
        ended = voice.message(voice.html(f"checkin.{checkin.state}"))
        return ended.to_json() if card.message_id else None
    if checkin.state not in ("prompted", "open") or patient.state != "active":
        return None
    sitting = await load_sitting(tx, person, patient, checkin)
    shown = screen(voice, world.protocol_of(checkin.protocol_version), checkin, sitting, patient.discreet)
    late = await _held_up(voice, person, patient, checkin) if card.message_id is None else None
    return (replace(shown, text=f"{late}\n\n{shown.text}") if late else shown).to_json()


async def _held_up(voice: Voice, person: Person, patient: Patient, checkin: Checkin) -> Html | None:
    """What is said once above a prompt that an outage held up; on time, nothing."""
    schedule = schedule_of(person, patient)
    if checkin.slot is None or checkin.slot >= len(schedule.hours):
        return None
    due = local_time.moment(checkin.local_day, schedule.hours[checkin.slot], schedule.zone)
    if due is None or checkin.opened_at - due <= ON_TIME:
        return None
    return await apology(voice, "checkin.late", due, checkin.opened_at)
