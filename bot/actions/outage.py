"""What is said above something that an outage held up: from when to when nobody was there."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.actions.voice import Voice
from bot.domain.watch import gap_around
from bot.texts import Html

# The text for when the gap is not known → the one for when it is.
WITH_GAP = {"alert.late": "alert.late_gap", "checkin.late": "checkin.late_gap"}


async def apology(voice: Voice, key: str, due: datetime, came: datetime) -> Html:
    """The text `key` says the hour that was missed; where the watchdog knows the gap, its own text says that."""
    row = await voice.tx.installation.get()
    gap = gap_around(due, came, row.alive_at, (row.away_from, row.away_to))
    if gap is None:
        return voice.html(key, start=voice.clock(due), end=voice.clock(came))
    return voice.html(WITH_GAP[key], start=_shown(voice, gap[0], came), end=_shown(voice, gap[1], came))


def _shown(voice: Voice, moment: datetime, now: datetime) -> Html:
    """The time of day; with its weekday when that is not today's."""
    local, today = (at.astimezone(ZoneInfo(voice.zone)).date() for at in (moment, now))
    clock = voice.clock(moment)
    return clock if local == today or now - moment > timedelta(days=6) else Html(f"{voice.weekday(local)} {clock}")
