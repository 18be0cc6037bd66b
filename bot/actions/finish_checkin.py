"""The end of a check-in: the result, and what was found on the way to it."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

from bot.actions import looked, report_for, silence, welcome
from bot.actions.advise import buttons, noticed
from bot.actions.judge_checkin import keep_finding, say_now, told_of
from bot.actions.open_checkin import OF_A_CHECKIN, schedule_next
from bot.actions.show_checkin import card_of, screen
from bot.actions.sittings import load_sitting, quiet_of, save_sitting
from bot.actions.visit import Visit
from bot.domain.protocol import Urgency
from bot.domain.quiet import next_day
from bot.domain.sitting import Sitting, judge
from bot.domain.triage import Result
from bot.store.tables import Checkin


async def finish(visit: Visit, checkin: Checkin, sitting: Sitting) -> None:
    """Close the check-in and say its result."""
    patient = visit.patient
    if patient is None:
        return
    checkin.state, checkin.finished_at = "done", visit.now
    visit.tx.moments.clear_all(OF_A_CHECKIN, checkin.id)
    sitting = await say_result(visit, checkin, sitting)
    save_sitting(visit.tx, visit.person, checkin, sitting)
    if visit.reporter is not None:
        report_for.tell_patient(visit)
        return
    patient.spoke_at = visit.now
    silence.over(visit)
    await looked.plan(visit, patient, visit.world.protocol_of(checkin.protocol_version), sitting)
    for report in await visit.tx.reports.carried(patient.person_id):
        report.state = "counted"
    await report_for.ask_observers(visit, checkin, sitting)
    await welcome.after_first_checkin(visit)


async def say_result(visit: Visit, checkin: Checkin, sitting: Sitting) -> Sitting:
    """Say what was not said on the way; a quiet result is shown in the check-in's own message."""
    protocol = visit.world.protocol_of(checkin.protocol_version)
    result = judge(protocol, sitting, checkin.worried)
    fresh = [f for f in result.findings if f.urgency > told_of(sitting, f.pattern)]
    said = max((Urgency.of(word) for word in sitting.told.values()), default=Urgency.NONE)
    if fresh or result.urgency > said:
        sitting = await say_now(visit, checkin, sitting, result, fresh, result.urgency)
        if result.urgency == Urgency.TELL_TEAM:
            ask_if_told(visit, checkin)
        return sitting
    await _quiet_result(visit, checkin, sitting, result)
    return sitting


async def _quiet_result(visit: Visit, checkin: Checkin, sitting: Sitting, result: Result) -> None:
    voice = visit.voice
    summary = screen(voice, visit.world.protocol_of(checkin.protocol_version), checkin, sitting).text
    number = visit.world.number_for(visit.person)
    known = [f for f in result.findings if f.known]
    if result.urgency >= Urgency.TELL_TEAM:
        closing = voice.html("result.still_holds", number=number)
    elif known:
        keep_finding(visit, checkin, result)
        closing = voice.html("result.known", signs=noticed(voice, known), number=number)
    else:
        keep_finding(visit, checkin, result)
        closing = voice.html("result.none", number=number)
    urgency = Urgency.NONE if result.urgency < Urgency.TELL_TEAM else result.urgency
    message = voice.message(summary, closing, buttons=buttons(voice, checkin, None, urgency))
    await voice.card(card_of(sitting), checkin.id, message)


def ask_if_told(visit: Visit, checkin: Checkin) -> None:
    """Ask next day at the chosen hour, in any rhythm, whether the team was told (clinical.md, tell_team)."""
    patient = visit.patient
    if patient is None:
        return
    hour = time.fromisoformat(patient.hours.split(",")[0])
    at = next_day(visit.now, ZoneInfo(visit.person.zone or "UTC"), hour, quiet_of(patient))
    visit.tx.moments.set("told", checkin.id, patient.person_id, at)


async def speak_up(visit: Visit, checkin: Checkin) -> None:
    """A check-in was left in the middle: say what stands by now."""
    patient = visit.patient
    if patient is None or checkin.state not in ("prompted", "open"):
        return
    sitting = await load_sitting(visit.tx, visit.person, patient, checkin)
    protocol = visit.world.protocol_of(checkin.protocol_version)
    result = judge(protocol, sitting, checkin.worried)
    fresh = [f for f in result.findings if f.urgency > told_of(sitting, f.pattern)]
    if fresh:
        sitting = await say_now(visit, checkin, sitting, result, fresh, max(f.urgency for f in fresh))
        save_sitting(visit.tx, visit.person, checkin, sitting)
        await visit.voice.card(card_of(sitting), checkin.id, screen(visit.voice, protocol, checkin, sitting))
        if max(f.urgency for f in fresh) == Urgency.TELL_TEAM:
            ask_if_told(visit, checkin)


async def worry(visit: Visit, checkin: Checkin) -> None:
    """ "I'm worried about this": one step more, up to right away (clinical.md, W1)."""
    patient = visit.patient
    if patient is None:
        return
    checkin.worried = True
    sitting = await load_sitting(visit.tx, visit.person, patient, checkin)
    result = judge(visit.world.protocol_of(checkin.protocol_version), sitting, worried=True)
    _no_buttons_above(visit)
    findings = list(result.findings)
    sitting = await say_now(visit, checkin, sitting, result, findings, result.urgency, moves_on=False)
    save_sitting(visit.tx, visit.person, checkin, sitting)
    if result.urgency == Urgency.TELL_TEAM:
        ask_if_told(visit, checkin)


def _no_buttons_above(visit: Visit) -> None:
    """What was tapped under keeps its words; its buttons are under the newer message now."""
    if visit.message_id is not None:
        visit.voice.bare(visit.message_id)


async def alive_after_all(visit: Visit) -> None:
    """Somebody told us this person had died, and here they tap: everything goes on, and nothing is said of it."""
    if visit.patient is not None:
        visit.patient.state = "active"
        schedule_next(visit.tx, visit.person, visit.patient, visit.now)
