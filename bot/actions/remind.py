"""A check-in without an answer: reminders, and its end."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.actions import silence, snooze
from bot.actions.open_checkin import OF_A_CHECKIN, Waiting, set_reminder
from bot.actions.show_checkin import card_of, screen
from bot.actions.sittings import load_sitting, quiet_of, save_sitting
from bot.actions.visit import Visit
from bot.domain.quiet import quiet
from bot.domain.speech import Lane
from bot.store.tables import Checkin


async def remind(visit: Visit, checkin: Checkin) -> None:
    """Ask again; in quiet hours it waits for the next reminder."""
    patient = visit.patient
    if checkin.state == "prompted":
        waiting = Waiting(checkin.opened_at, visit.now, checkin.expires_at)
        protocol = visit.world.protocol_of(checkin.protocol_version)
        set_reminder(protocol, visit.tx, checkin.id, checkin.patient_id, waiting)
    if patient is not None and not quiet(visit.now, ZoneInfo(visit.person.zone or "UTC"), *quiet_of(patient)):
        await remind_now(visit, checkin)


async def remind_now(visit: Visit, checkin: Checkin) -> None:
    """Ask again, in a new message below (an edit makes no sound), with a way to put it off."""
    patient = visit.patient
    if patient is None or checkin.state != "prompted" or patient.state != "active":
        return
    sitting = await load_sitting(visit.tx, visit.person, patient, checkin)
    voice = visit.voice
    await voice.card(card_of(sitting), checkin.id, voice.message(voice.html("checkin.goes_on_below")), Lane.PROMPT)
    sitting = replace(sitting, part=sitting.part + 1)
    save_sitting(visit.tx, visit.person, checkin, sitting)
    shown = screen(voice, visit.world.protocol_of(checkin.protocol_version), checkin, sitting, patient.discreet)
    reminder = voice.html("checkin.reminder")
    later = snooze.buttons(voice, checkin)
    rows = [*shown.buttons, *([later] if later else [])]
    await voice.card(
        card_of(sitting), checkin.id, replace(shown, text=f"{reminder}\n\n{shown.text}", buttons=rows), Lane.PROMPT
    )


async def expire(visit: Visit, checkin: Checkin) -> None:
    """The check-in is over unanswered: it is recorded as missed, and its buttons go."""
    if checkin.state not in ("prompted", "open"):
        return
    visit.tx.moments.clear_all(OF_A_CHECKIN, checkin.id)
    missed, checkin.state = checkin.state == "prompted", "expired"
    if not missed and checkin.reporter_id is None:
        silence.over(visit)  # it was begun: the person is there
    if missed and checkin.slot is not None and await visit.tx.moments.of("silence", checkin.patient_id) is None:
        first_note = visit.world.protocol_of(checkin.protocol_version).timing.silence.notes[0]
        visit.tx.moments.set("silence", checkin.patient_id, checkin.patient_id, checkin.opened_at + first_note)
    if visit.patient is None:
        return
    sitting = await load_sitting(visit.tx, visit.person, visit.patient, checkin)
    card = await visit.tx.cards.find(card_of(sitting), checkin.id)
    if card is not None:
        await visit.voice.card(card_of(sitting), checkin.id, visit.voice.message(visit.voice.html("checkin.expired")))
