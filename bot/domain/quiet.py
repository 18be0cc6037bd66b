"""Quiet hours, re-checks and snoozing: which moment is kind enough for what can wait."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.calendar import Slot
from bot.domain.local_time import ONE_DAY, moment, next_moment

# A prompt this late still counts as sent at the hour the person chose, quiet hours or not.
ON_TIME = timedelta(minutes=15)

# Who is told something before this wall time has not slept yet: the next morning is a few hours away.
NIGHT_ENDS = time(4)

EVENING = time(19)


class QuietHours(NamedTuple):
    """Wall times between which nothing that can wait is sent; equal times mean never quiet."""

    start: time
    end: time


def quiet(now: datetime, zone: ZoneInfo, quiet_from: time, quiet_to: time) -> bool:
    """Say whether the wall clock in `zone` is inside the quiet hours, which may span midnight."""
    shown = now.astimezone(zone).time()
    if quiet_from <= quiet_to:
        return quiet_from <= shown < quiet_to
    return shown >= quiet_from or shown < quiet_to


def end_of_quiet(now: datetime, zone: ZoneInfo, quiet_from: time, quiet_to: time) -> datetime:
    """Return `now` when it is not quiet, else the UTC moment the quiet hours end.

    An end inside the hour that a clock change leaves out comes up to that hour later, never a day.
    """
    if not quiet(now, zone, quiet_from, quiet_to):
        return now
    today = now.astimezone(zone).date()
    # Both readings of an hour that comes twice: the first may be over and quiet again.
    ends = (
        datetime.combine(today + ahead * ONE_DAY, quiet_to, zone).replace(fold=fold).astimezone(UTC)
        for ahead in range(3)
        for fold in (0, 1)
    )
    return min(end for end in ends if end > now and not quiet(end, zone, quiet_from, quiet_to))


def prompt_at(slot: Slot, now: datetime, zone: ZoneInfo, hours: QuietHours | None) -> datetime:
    """Return when to send the prompt of a due check-in.

    On time it goes at once, even in quiet hours, since the person chose that hour; a late one
    (after an outage) waits until they end. By then it may have expired: ask `lateness` again.
    """
    if hours is None or now - slot.due_at <= ON_TIME:
        return now
    return end_of_quiet(now, zone, *hours)


def next_day(now: datetime, zone: ZoneInfo, hour: time, hours: QuietHours | None = None) -> datetime:
    """Return the chosen hour on the next local date, never in quiet hours (clinical.md, `tell_team`)."""
    return _kind_moment(now, now.astimezone(zone).date() + ONE_DAY, zone, hour, hours)


def next_morning(now: datetime, zone: ZoneInfo, hour: time, hours: QuietHours | None = None) -> datetime:
    """Return when to re-check after a right-away that was dealt with, never in quiet hours.

    This is the chosen hour of the next local date (clinical.md, `right_away`); before 04:00 the
    morning to come is meant, not the one after.
    """
    local = now.astimezone(zone)
    day = local.date() if local.time() < NIGHT_ENDS else local.date() + ONE_DAY
    return _kind_moment(now, day, zone, hour, hours)


def _kind_moment(now: datetime, day: date, zone: ZoneInfo, hour: time, hours: QuietHours | None) -> datetime:
    while True:
        found = moment(day, hour, zone)
        if found is not None and hours is not None and quiet(found, zone, *hours):
            # The end on this same date: for 22:30 in quiet hours until 07:00 a re-check should
            # come 15 hours early rather than 9 hours late.
            found = end_of_quiet(moment(day, hours.end, zone) or found, zone, *hours)
        if found is not None and found > now:
            return found
        day += ONE_DAY


class Snooze(StrEnum):
    """How long a person wants to be left alone with one prompt."""

    QUARTER = "15m"
    HOUR = "1h"
    EVENING = "evening"


def snooze_until(kind: Snooze, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the UTC moment to ask again; "this evening" is the next 19:00 on the wall clock."""
    match kind:
        case Snooze.QUARTER:
            return now + timedelta(minutes=15)
        case Snooze.HOUR:
            return now + timedelta(hours=1)
        case Snooze.EVENING:
            return next_moment(now, EVENING, zone)
