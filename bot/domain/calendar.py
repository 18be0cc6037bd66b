"""When to ask, and when it is too late to ask. Time is always an argument, in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.local_time import ONE_DAY, moment

# clinical.md, Silence: a check-in expires when the next slot opens, after 20 hours at most.
EXPIRES_AFTER = timedelta(hours=20)

# Two check-ins a day closer than this would ask about the same hours twice. It is also longer than
# any jump of a clock (3 hours, Antarctica/Casey), so the second never comes before the first.
HOURS_APART = timedelta(hours=4)


class Rhythm(StrEnum):
    """On which local dates a check-in is due."""

    DAILY = "daily"
    EVERY_OTHER = "every_other"
    WEEKDAYS = "weekdays"


class Slot(NamedTuple):
    """One check-in to come: the local date it is for, which of that day's (0 or 1), and when (UTC)."""

    local_day: date
    slot: int
    due_at: datetime

    @property
    def key(self) -> tuple[date, int]:
        """What makes it this check-in and no other, whatever the zone or the hour becomes."""
        return self.local_day, self.slot


@dataclass(frozen=True, slots=True)
class Schedule:
    """The hours a person chose, in the zone she lives in.

    `hours` are one or two wall times, earliest first; `weekdays` (0 is Monday) counts only for
    `Rhythm.WEEKDAYS`; `anchor` is any date with a check-in and counts only for `Rhythm.EVERY_OTHER`.
    Raises ValueError when these do not fit together.
    """

    zone: ZoneInfo
    hours: tuple[time, ...]
    rhythm: Rhythm = Rhythm.DAILY
    weekdays: frozenset[int] = frozenset()
    anchor: date | None = None

    def __post_init__(self) -> None:
        _check_hours(self.hours)
        if self.rhythm is Rhythm.WEEKDAYS and not (self.weekdays and self.weekdays <= set(range(7))):
            raise ValueError("weekdays must be some of 0 (Monday) to 6 (Sunday)")
        if self.rhythm is Rhythm.EVERY_OTHER and self.anchor is None:
            raise ValueError("every other day needs a date to count from")

    def falls_on(self, day: date) -> bool:
        """Say whether the rhythm has a check-in on this local date."""
        if self.rhythm is Rhythm.DAILY:
            return True
        if self.rhythm is Rhythm.WEEKDAYS:
            return day.weekday() in self.weekdays
        return self.anchor is not None and (day - self.anchor).days % 2 == 0


def _check_hours(hours: tuple[time, ...]) -> None:
    if len(hours) not in (1, 2) or any(hour.tzinfo for hour in hours):
        raise ValueError("one or two hours a day, as plain wall times")
    if len(hours) == 2:
        first, second = (timedelta(hours=h.hour, minutes=h.minute, seconds=h.second) for h in hours)
        if not HOURS_APART <= second - first <= ONE_DAY - HOURS_APART:
            raise ValueError("two hours a day: the earlier first, and 4 hours between them, also overnight")


def next_slot(schedule: Schedule, after: datetime, asked: tuple[date, int] | None = None) -> Slot:
    """Return the first check-in due later than `after` (UTC, aware).

    There is exactly one for each local date of the rhythm and each hour: clock changes neither
    repeat nor drop one, and a date that a zone skips is passed over (see `moment`).
    `asked` is the key of the newest check-in that was already asked: nothing at or before it comes
    again, so a new hour or zone never brings a second check-in for the same local day and slot.
    Flying west over the date line can therefore leave a day without one; /checkin is always open.
    """
    day = after.astimezone(schedule.zone).date()
    if asked is not None and asked[0] > day:
        day = asked[0]
    while True:
        if schedule.falls_on(day):
            for number, hour in enumerate(schedule.hours):
                due = moment(day, hour, schedule.zone)
                if due is not None and due > after and (asked is None or (day, number) > asked):
                    return Slot(day, number, due)
        day += ONE_DAY


def rhythm_days(schedule: Schedule) -> int:
    """Return how many days one check-in stands for, rounded up: `rhythm_days` of clinical.md's baseline."""
    match schedule.rhythm:
        case Rhythm.DAILY:
            return 1
        case Rhythm.EVERY_OTHER:
            return 2
        case Rhythm.WEEKDAYS:
            return -(-7 // len(schedule.weekdays))


class Late(StrEnum):
    """What to do with a check-in whose moment has come, or has long passed."""

    ASK_NOW = "ask_now"
    RECORD_MISSED = "record_missed"


def expires_at(due_at: datetime, next_due_at: datetime) -> datetime:
    """Return when a check-in can no longer be asked or answered as this day's (clinical.md, Silence)."""
    return min(next_due_at, due_at + EXPIRES_AFTER)


def lateness(due_at: datetime, now: datetime, next_due_at: datetime) -> Late:
    """Say whether a check-in that was due at `due_at` is still worth asking at `now`."""
    return Late.ASK_NOW if now < expires_at(due_at, next_due_at) else Late.RECORD_MISSED


class CatchUp(NamedTuple):
    """What an outage comes down to: what was missed, the one check-in to ask now if any, and the next."""

    missed: tuple[Slot, ...]
    ask: Slot | None
    following: Slot


def catch_up(schedule: Schedule, due: Slot, now: datetime) -> CatchUp:
    """Walk from the check-in `due` to `now`: at most one is asked, however long nobody was there.

    `following` lies after `now`; when `due` itself does, nothing is asked and it is `following`.
    """
    missed: list[Slot] = []
    slot = due
    while slot.due_at <= now:
        following = next_slot(schedule, slot.due_at, slot.key)
        if lateness(slot.due_at, now, following.due_at) is Late.ASK_NOW:
            return CatchUp(tuple(missed), slot, following)
        missed.append(slot)
        slot = following
    return CatchUp(tuple(missed), None, slot)
