"""The machine's clock was set back: what was planned by the time that was wrong is planned anew."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.actions import alert_ladder, heard
from bot.actions.alert_follow_up import OF_AN_ALERT
from bot.actions.open_checkin import schedule_next
from bot.actions.world import World
from bot.domain.ladder import CALLING
from bot.domain.speech import Lane
from bot.store.tables import Alert, Patient
from bot.store.unit import Tx

# A clock that was ahead by less passed over nobody's check-in without asking.
A_SLOT = timedelta(hours=12)
AT_ONCE = (Lane.ALERT, Lane.REPLY)
# What comes within minutes or hours of something, and must not wait for as long as the clock was ahead. Everything
# else is planned for an hour of somebody's day.
SOON = (*OF_AN_ALERT, "ticks", "known", "linger", heard.MOMENT)


async def set_back(world: World, tx: Tx, now: datetime, by: timedelta) -> None:
    """Bring everything nearer that waits for the clock to be again where it was, `by` ahead of `now`."""
    alerts = [alert for alert in await tx.alerts.all_open() if alert.state in CALLING]
    waiting = await tx.moments.after(now, SOON)
    ahead = await _asked_ahead(tx, now)
    patients = {moment.patient_id for moment in waiting} | {alert.patient_id for alert in alerts} | set(ahead)
    held = await tx.patients.lock(patients)
    for moment in await tx.moments.after(now, SOON):
        if moment.kind != alert_ladder.RUNG:
            tx.moments.set(moment.kind, moment.subject_id, moment.patient_id, max(now, moment.due_at - by))
    for alert in alerts:
        await _ladder(world, tx, alert, now, by)
    await tx.outbox.no_later(now, by, AT_ONCE)
    await tx.cards.no_later(now, by, AT_ONCE)
    for person_id in ahead:
        await _asked_again(tx, held[person_id], now)
    if by >= A_SLOT:
        await tx.moments.look_again(now, now + by)


async def _ladder(world: World, tx: Tx, alert: Alert, now: datetime, by: timedelta) -> None:
    """The ladder began so much earlier by the clock as it is now; a step too early is better than one too late."""
    patient = await tx.people.get(alert.patient_id)
    detail = tx.alerts.detail(patient, alert)
    began = datetime.fromisoformat(detail["began"]) - by
    tx.alerts.set_detail(patient, alert, {**detail, "began": began.isoformat()})
    await alert_ladder.climb(world, tx, alert, now)


async def _asked_ahead(tx: Tx, now: datetime) -> list[int]:
    """Who was asked for a day that is still to come where they live."""
    candidates = await tx.patients.asked_after((now - timedelta(days=1)).date())
    return [person for person, zone, day in candidates if day > now.astimezone(ZoneInfo(zone or "UTC")).date()]


async def _asked_again(tx: Tx, patient: Patient, now: datetime) -> None:
    """Those days are asked for when they come; what was asked meanwhile counts as asked for in between."""
    person = await tx.people.get(patient.person_id)
    today = now.astimezone(ZoneInfo(person.zone or "UTC")).date()
    asked = await tx.checkins.free_slots_after(person.id, today)
    patient.asked_day, patient.asked_slot = asked or (None, None)
    if patient.state == "active":
        schedule_next(tx, person, patient, now)
