"""A moment has come → what happens then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from bot.actions import (
    alert_follow_up,
    alert_ladder,
    alert_recheck,
    answer_question,
    caring,
    commands,
    finish_checkin,
    heard,
    hospital,
    looked,
    rehearsal,
    remind,
    silence,
    snooze,
    told,
)
from bot.actions.relations import relation_to
from bot.actions.visit import Visit
from bot.actions.world import World
from bot.store.queues import DueMoment
from bot.store.tables import Alert, Checkin
from bot.store.unit import Tx

OnAlert = Callable[[World, Tx, Alert, datetime], Awaitable[None]]
OnCheckin = Callable[[Visit, Checkin], Awaitable[None]]
OnPatient = Callable[[Visit], Awaitable[None]]


async def _ticks(visit: Visit, checkin: Checkin) -> None:
    await answer_question.judge_unsent(visit, checkin, "ticks")


async def _known(visit: Visit, checkin: Checkin) -> None:
    await answer_question.judge_unsent(visit, checkin, "known")


ALERTS: dict[str, OnAlert] = {
    "rung": alert_ladder.climb,
    "followup": alert_follow_up.ask_if_reached,
    "followup_silent": alert_follow_up.no_answer,
    "ack_check": alert_recheck.is_looked_after,
    "ack_silent": alert_recheck.nobody_says,
    "recheck": alert_recheck.ask,
    "recheck_silent": alert_recheck.silent,
}
# About a test: no step of an open alert, so nothing that the watchdog looks for.
TESTS: dict[str, OnAlert] = {rehearsal.OVER: rehearsal.over}
CHECKINS: dict[str, OnCheckin] = {
    "ticks": _ticks,
    "known": _known,
    "linger": finish_checkin.speak_up,
    "told": told.ask,
    "remind": remind.remind,
    snooze.SNOOZED: remind.remind_now,  # they chose this moment themselves, quiet hours or not
    "expire": remind.expire,
}
PATIENTS: dict[str, OnPatient] = {
    "silence": silence.note,
    rehearsal.SUGGEST: rehearsal.suggest,
    looked.MOMENT: looked.ask,
    "resume": commands.resume,
    "hospital": hospital.ask_if_home,
}


async def _report(visit: Visit, report_id: int) -> None:
    report = await visit.tx.reports.get(report_id)
    if report is None:
        return
    if report.sender_id != visit.person.id:  # a caregiver typed it: they are asked again
        visit = replace(visit, reporter=await visit.tx.people.get(report.sender_id))
    await heard.still_open(visit, report)


async def _on_checkin(visit: Visit, checkin: Checkin, kind: str) -> None:
    """A caregiver's check-in goes on in the caregiver's chat; once they care no longer, it only ends."""
    if checkin.reporter_id is not None:
        relation = await relation_to(visit.tx, checkin.reporter_id, checkin.patient_id)
        if not relation.is_caregiver and kind != "expire":
            return
        visit = replace(visit, reporter=await visit.tx.people.get(checkin.reporter_id))
    await CHECKINS[kind](visit, checkin)


async def happen(world: World, tx: Tx, moment: DueMoment, now: datetime) -> None:
    """Do what is due. A subject that is gone, or a patient who died, means nothing is left to do."""
    locked = await tx.patients.lock([moment.patient_id])
    patient = locked.get(moment.patient_id)
    if patient is None or patient.state == "died":
        return
    if on_alert := ALERTS.get(moment.kind) or TESTS.get(moment.kind):
        alert = await tx.alerts.get(moment.subject_id)
        if alert is not None:
            await on_alert(world, tx, alert, now)
        return
    visit = Visit(world, tx, now, await tx.people.get(moment.patient_id), patient)
    if moment.kind == heard.MOMENT:
        await _report(visit, moment.subject_id)
        return
    if moment.kind in CHECKINS:
        checkin = await tx.checkins.get(moment.subject_id)
        if checkin is not None:
            await _on_checkin(visit, checkin, moment.kind)
        return
    if moment.kind == caring.MONTHLY:
        link = await tx.families.get(moment.subject_id)
        if link is not None:
            await caring.ask_how_they_are(visit, link)
        return
    await PATIENTS[moment.kind](visit)
