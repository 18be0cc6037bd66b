"""Changes of a person's hours and days that keep to what a schedule can be."""

from __future__ import annotations

from datetime import time, timedelta

from bot.domain.calendar import HOURS_APART
from bot.domain.local_time import ONE_DAY

RHYTHMS = ("daily", "every_other", "weekdays")
ALL_DAYS = "0123456"


def hours_of(text: str) -> tuple[str, ...]:
    """The wall times in a stored list such as "09:00,18:00", earliest first."""
    return tuple(text.split(","))


def with_first(text: str, hour: str) -> str:
    """The list with another first hour; a second hour that no longer fits is left out."""
    later = [second for second in hours_of(text)[1:] if far_enough(hour, second)]
    return ",".join(sorted([hour, *later]))


def with_second(text: str, hour: str | None) -> str | None:
    """The list with another second hour, or with one hour only (None); None when the two lie too close."""
    first = hours_of(text)[0]
    if hour is None:
        return first
    return ",".join(sorted([first, hour])) if far_enough(first, hour) else None


def far_enough(one: str, other: str) -> bool:
    """Whether two wall times HH:MM are four hours apart or more, over midnight too."""
    first, second = sorted(time.fromisoformat(text) for text in (one, other))
    gap = timedelta(hours=second.hour - first.hour, minutes=second.minute - first.minute)
    return HOURS_APART <= gap <= ONE_DAY - HOURS_APART


def with_day(days: str, choice: str) -> str | None:
    """The days (digits, 0 is Monday) after +day or -day; None for no such day, or when none would be left."""
    if len(choice) != 2 or choice[0] not in "+-" or choice[1] not in ALL_DAYS:
        return None
    kept = set(days) | {choice[1]} if choice[0] == "+" else set(days) - {choice[1]}
    return "".join(sorted(kept)) or None
