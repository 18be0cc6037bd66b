"""Changes of hours, days and quiet hours; the next check-in moves at once."""

from __future__ import annotations

from bot.actions import settings_screens as screens
from bot.actions.schedule import count_from_today, reschedule
from bot.actions.visit import Visit
from bot.domain.onboarding import hour_of
from bot.domain.timetable import ALL_DAYS, RHYTHMS, with_day, with_first, with_second
from bot.store.tables import Patient

Toast = str | None
OPEN = "open"
# What somebody who wants chosen days begins with: Monday, Wednesday, Friday.
FIRST_DAYS = "024"
# Equal times mean never quiet (`bot.domain.quiet`).
NEVER_QUIET = "00:00"


async def hours(visit: Visit, patient: Patient, choice: str) -> Toast:
    """Open the screen of the hours."""
    if choice != OPEN:
        return visit.voice.label("tap.unknown")
    await screens.put(visit, screens.ask_hours(visit.voice, patient))
    return None


async def hour(visit: Visit, patient: Patient, choice: str) -> Toast:
    """Another first hour."""
    chosen = hour_of(choice)
    if chosen is None:
        return visit.voice.label("tap.unknown")
    return await _hours_are(visit, patient, with_first(patient.hours, chosen))


async def second(visit: Visit, patient: Patient, choice: str) -> Toast:
    """A second hour of the day, or none."""
    if choice == OPEN:
        await screens.put(visit, screens.ask_second(visit.voice, patient))
        return None
    chosen = None if choice == "none" else hour_of(choice)
    hours = with_second(patient.hours, chosen) if chosen or choice == "none" else None
    if hours is None:
        return visit.voice.label("tap.unknown")
    return await _hours_are(visit, patient, hours)


async def _hours_are(visit: Visit, patient: Patient, hours: str) -> Toast:
    patient.hours = hours
    reschedule(visit, patient)
    await screens.show_main(visit, visit.voice.html("settings.kept"))
    return None


async def days(visit: Visit, patient: Patient, choice: str) -> Toast:
    """Open the screen of the days."""
    if choice != OPEN:
        return visit.voice.label("tap.unknown")
    await screens.put(visit, screens.ask_days(visit.voice, patient))
    return None


async def rhythm(visit: Visit, patient: Patient, choice: str) -> Toast:
    """Every day, every other day counted from today, or chosen days, which are ticked on the same screen."""
    if choice not in RHYTHMS:
        return visit.voice.label("tap.unknown")
    if choice == "every_other" and patient.rhythm != choice:
        count_from_today(visit, patient)
    if choice == "weekdays" and patient.weekdays == ALL_DAYS:
        patient.weekdays = FIRST_DAYS
    patient.rhythm = choice
    reschedule(visit, patient)
    if choice == "weekdays":
        await screens.put(visit, screens.ask_days(visit.voice, patient))
    else:
        await screens.show_main(visit, visit.voice.html("settings.kept"))
    return None


async def weekday(visit: Visit, patient: Patient, choice: str) -> Toast:
    """Tick or untick a day; one always stays."""
    chosen = with_day(patient.weekdays, choice)
    if chosen is None:
        return visit.voice.label("settings.one_day_stays")
    patient.weekdays = chosen
    reschedule(visit, patient)
    await screens.put(visit, screens.ask_days(visit.voice, patient))
    return None


async def quiet(visit: Visit, patient: Patient, choice: str) -> Toast:
    """Open the screen of the quiet hours, or have none."""
    if choice == OPEN:
        await screens.put(visit, screens.ask_quiet(visit.voice))
    elif choice == "never":
        patient.quiet_from = patient.quiet_to = NEVER_QUIET
        await screens.show_main(visit, visit.voice.html("settings.kept"))
    else:
        return visit.voice.label("tap.unknown")
    return None


async def quiet_from(visit: Visit, patient: Patient, choice: str) -> Toast:
    """From when prompts wait; then until when is asked."""
    if choice not in {f"{hour:02}" for hour in screens.QUIET_FROM}:
        return visit.voice.label("tap.unknown")
    patient.quiet_from = f"{choice}:00"
    await screens.put(visit, screens.ask_quiet_to(visit.voice))
    return None


async def quiet_to(visit: Visit, patient: Patient, choice: str) -> Toast:
    """Until when prompts wait."""
    if choice not in {f"{hour:02}" for hour in screens.QUIET_TO}:
        return visit.voice.label("tap.unknown")
    patient.quiet_to = f"{choice}:00"
    await screens.show_main(visit, visit.voice.html("settings.kept"))
    return None
