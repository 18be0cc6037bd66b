"""The sitting in and out of its rows: what was known when the check-in opened is taken along with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.domain.calendar import Rhythm, Schedule, rhythm_days
from bot.domain.quiet import QuietHours
from bot.domain.sitting import Sitting
from bot.domain.team_plan import Expected, expected_on, outlasted_on
from bot.domain.triage import Context, PastDay
from bot.store.tables import Checkin, Patient, Person
from bot.store.unit import Tx

# The longest look back that any rule needs: the baseline's 35 days (clinical.md, Rules).
LOOK_BACK = timedelta(days=36)
# What the team said to expect, among what is kept about it.
IN_CARE = "expected"


def schedule_of(person: Person, patient: Patient) -> Schedule:
    """The hours and rhythm that the patient chose, in the zone she lives in."""
    return _schedule(person.zone or "UTC", patient.hours, patient.rhythm, patient.weekdays, patient.anchor)


# Ten thousand people who are asked at nine share a handful of schedules.
@lru_cache(maxsize=4096)
def _schedule(zone: str, hours: str, rhythm: str, weekdays: str, anchor: date | None) -> Schedule:
    return Schedule(
        zone=ZoneInfo(zone),
        hours=tuple(time.fromisoformat(hour) for hour in hours.split(",")),
        rhythm=Rhythm(rhythm),
        weekdays=frozenset(int(day) for day in weekdays),
        anchor=anchor,
    )


def quiet_of(patient: Patient) -> QuietHours:
    """The hours in which nothing that can wait is sent."""
    return QuietHours(time.fromisoformat(patient.quiet_from), time.fromisoformat(patient.quiet_to))


async def load_sitting(tx: Tx, person: Person, patient: Patient, checkin: Checkin) -> Sitting:
    """The sitting of a check-in; at its first touch the past is looked up and kept with it."""
    data = tx.checkins.sitting(person, checkin)
    if data:
        return Sitting.from_json(data)
    context = await past_of(tx, person, patient, checkin)
    return Sitting(context, ticks=await _carried(tx, person, checkin))


async def _carried(tx: Tx, person: Person, checkin: Checkin) -> dict[str, frozenset[str]]:
    """Signs that were typed and never confirmed or refused come ticked in the patient's next check-in."""
    ticked: dict[str, frozenset[str]] = {}
    if checkin.reporter_id is None:
        for report in await tx.reports.carried(person.id):
            for question, codes in tx.reports.detail(person, report)["signs"].items():
                ticked[question] = ticked.get(question, frozenset()) | frozenset(codes)
    return ticked


def plans_of(tx: Tx, person: Person, patient: Patient) -> list[Expected]:
    """What the team said to expect, in the order in which it was entered."""
    return [Expected.from_json(kept) for kept in tx.patients.care(person, patient).get(IN_CARE, ())]


async def past_of(tx: Tx, person: Person, patient: Patient, checkin: Checkin) -> Context:
    """What the rules know of the past: the patient's own earlier check-ins, and the usual signs."""
    history = []
    for earlier in await tx.checkins.past(patient.person_id, checkin.opened_at - LOOK_BACK):
        if earlier.id == checkin.id or earlier.reporter_id is not None or earlier.sitting is None:
            continue
        answers = Sitting.from_json(tx.checkins.sitting(person, earlier)).answers
        if answers:
            history.append(PastDay(max(0, (checkin.local_day - earlier.local_day).days), answers))
    plans = plans_of(tx, person, patient)
    return Context(
        tx.patients.usual(person, patient),
        tuple(history),
        rhythm_days(schedule_of(person, patient)),
        "patient" if checkin.reporter_id is None else "caregiver",
        expected=expected_on(plans, checkin.local_day),
        outlasted=outlasted_on(plans, checkin.local_day),
    )


def save_sitting(tx: Tx, person: Person, checkin: Checkin, sitting: Sitting) -> None:
    """Keep the sitting in its check-in's row."""
    tx.checkins.set_sitting(person, checkin, sitting.to_json())


def next_part(sitting: Sitting) -> Sitting:
    """From now on shown in a new message, below what was just said."""
    return replace(sitting, part=sitting.part + 1)
