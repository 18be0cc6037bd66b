"""Leave me alone for a while: a reminder put off to a moment that the person chooses."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.actions.relations import subject_and_action
from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.domain.press import SettingPress
from bot.domain.quiet import Snooze, snooze_until
from bot.domain.speech import Button
from bot.store.tables import Checkin

SETTING, SNOOZED = "snooze", "snoozed"
REMINDERS = ("remind", SNOOZED)


def buttons(voice: Voice, checkin: Checkin) -> list[Button]:
    """A row for under a reminder: 15 minutes, 1 hour, this evening; only what comes before the check-in ends."""
    zone = ZoneInfo(voice.zone)
    return [
        voice.button(f"snooze.{kind.value}", SettingPress(SETTING, f"{checkin.id}.{kind.value}"))
        for kind in Snooze
        if snooze_until(kind, voice.now, zone) < checkin.expires_at
    ]


async def press(visit: Visit, choice: str) -> str | None:
    """Put the reminder off, and nothing else until then; the toast and a line say until when."""
    checkin_id, said = subject_and_action(choice)
    checkin = await visit.tx.checkins.get(checkin_id)
    if checkin is None or checkin.patient_id != visit.person.id or said not in [kind.value for kind in Snooze]:
        return visit.voice.label("tap.unknown")
    at = snooze_until(Snooze(said), visit.now, ZoneInfo(visit.person.zone or "UTC"))
    if checkin.state != "prompted" or at >= checkin.expires_at:
        return visit.voice.label("tap.stale")
    visit.tx.moments.clear_all(REMINDERS, checkin.id)
    visit.tx.moments.set(SNOOZED, checkin.id, checkin.patient_id, at)
    visit.voice.tell("snooze.until", time=visit.voice.clock(at))
    return None
