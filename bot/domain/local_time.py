"""When does her clock show nine? Between a wall clock in a zone and the one line of UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)

# "14:05", "14.05", "14h05", "2:05 pm", "9 a.m.", "1405" and a bare "9"; what is left over makes it no time.
_TYPED = re.compile(r"(\d{1,2})(?:\s*[:.h\u066b]?\s*(\d{2}))?\s*(?:h|([ap])\.?\s*m\.?)?", re.IGNORECASE)


class UnknownZone(ValueError):
    """The name is no zone of the time zone database that this machine has."""


@cache
def zone_named(name: str) -> ZoneInfo:
    """Return the IANA zone `name`, such as "Europe/Lisbon"; raises `UnknownZone` for anything else.

    Kept for the life of the process, so a new time zone database is read at the next start.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as why:  # not found, not a name ("../x"), a folder ("Europe")
        raise UnknownZone(name) from why


def moment(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """Return the UTC moment of the wall time `at` on the local date `day`, or None when that date is skipped.

    A time that comes twice (clocks go back) is taken the first time. A time that is left out (clocks
    go forward) moves forward by what was left out, so 02:30 becomes 03:30; where this would leave
    the day, as 23:30 in Nuuk when 23:00 is followed by midnight, it moves back instead, to 22:30:
    every local day keeps its own moment. A whole date can be missing (Apia has no 2011-12-30).
    """
    wall = datetime.combine(day, at, zone)
    forward = wall.astimezone(UTC)
    if forward.astimezone(zone).date() == day:
        return forward
    back = wall.replace(fold=1).astimezone(UTC)
    return back if back.astimezone(zone).date() == day else None


def next_moment(after: datetime, at: time, zone: ZoneInfo) -> datetime:
    """Return the first UTC moment later than `after` that is `at` on some local date."""
    day = after.astimezone(zone).date()
    while (found := moment(day, at, zone)) is None or found <= after:
        day += ONE_DAY
    return found


def read_time(text: str) -> time | None:
    """Read a time of day as people type it ("14:05", "2.05 pm", "9"); None when it is not one."""
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None
