"""The hours and rhythm of a patient's check-ins, and what follows when they change."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.actions.open_checkin import schedule_next
from bot.actions.visit import Visit
from bot.domain.calendar import Slot
from bot.store.tables import Patient

ACTIVE = "active"


def reschedule(visit: Visit, patient: Patient) -> None:
    """Move the next check-in to where hours, rhythm and zone now put it; a paused patient has none."""
    if patient.state == ACTIVE:
        schedule_next(visit.tx, visit.person, patient, visit.now)


def count_from_today(visit: Visit, patient: Patient) -> None:
    """Let "every other day" begin with today's local date."""
    patient.anchor = visit.now.astimezone(ZoneInfo(visit.person.zone or "UTC")).date()


def activate(visit: Visit, patient: Patient) -> Slot:
    """From now on the patient is asked; returns the next check-in."""
    patient.state, patient.paused_until = ACTIVE, None
    visit.tx.moments.clear_all(("resume", "hospital"), patient.person_id)
    return schedule_next(visit.tx, visit.person, patient, visit.now)
