"""A tap in a check-in: kept, judged the moment it is given, and followed by the next question."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.actions import finish_checkin, report_for, result_press
from bot.actions.judge_checkin import judge_now
from bot.actions.open_checkin import open_now
from bot.actions.relations import allowed, is_dead
from bot.actions.show_checkin import NOW, OPEN, SAME, USUAL, card_of, show
from bot.actions.sittings import load_sitting, save_sitting
from bot.actions.visit import Visit
from bot.domain.people import Deed
from bot.domain.press import CheckinPress
from bot.domain.protocol import Protocol
from bot.domain.sitting import Move, Sitting, Step, current, known_questions, press, same_as_usual
from bot.store.tables import Checkin

# A check-in left in the middle: what stands by then is said after this long, so that "tell your team today"
# does not wait for a "Send" that never comes. Longer than a phone call, shorter than the first reminder.
LINGER = timedelta(minutes=15)


async def answer(visit: Visit, tap: CheckinPress) -> str | None:
    """Act on a tap in a check-in; a stale, foreign or forged one changes nothing and gets a short, kind answer."""
    checkin = await visit.tx.checkins.get(tap.checkin)
    if checkin is None or not _is_theirs(visit, checkin):
        return visit.voice.label("tap.unknown")
    if checkin.reporter_id is not None:
        if not await allowed(visit, checkin.patient_id, Deed.REPORT_FOR):
            return visit.voice.label("tap.unknown")
        if await is_dead(visit.tx, checkin.patient_id):
            return visit.voice.label("died.already")
        visit = await report_for.on_behalf(visit, checkin.patient_id)
    if visit.patient is None:
        return visit.voice.label("tap.unknown")
    if visit.patient.state == "died" and visit.reporter is None:
        await finish_checkin.alive_after_all(visit)
    if tap.question in result_press.UNDER_A_RESULT:
        return await result_press.press(visit, checkin, tap)
    if checkin.state not in ("prompted", "open") or checkin.expires_at <= visit.now:
        await _mend(visit, checkin)
        return await _too_late(visit, checkin, tap)
    return await _answer_open(visit, checkin, tap)


def _is_theirs(visit: Visit, checkin: Checkin) -> bool:
    owner = checkin.patient_id if checkin.reporter_id is None else checkin.reporter_id
    return owner == visit.person.id


async def _answer_open(visit: Visit, checkin: Checkin, tap: CheckinPress) -> str | None:
    protocol = visit.world.protocol_of(checkin.protocol_version)
    patient = visit.patient
    if patient is None:
        return None
    sitting = await load_sitting(visit.tx, visit.person, patient, checkin)
    if (tap.question, tap.choice) == (OPEN, NOW):
        checkin.state = "open"
        await show(visit.voice, protocol, checkin, sitting)
        return None
    step = _step(protocol, sitting, tap)
    if step.move is Move.STALE:
        await _mend(visit, checkin)
    if step.move is Move.STALE and _said_twice(sitting, tap):
        return None  # a shaking hand taps twice: there is nothing to say about it
    if step.move in (Move.STALE, Move.UNKNOWN):
        return visit.voice.label("tap.stale" if step.move is Move.STALE else "tap.unknown")
    await _adopt(visit, checkin, sitting)
    checkin.state = "open"
    for question, value in step.answered.items():
        kept = sorted(value) if isinstance(value, frozenset) else value
        visit.tx.checkins.answered(visit.person, checkin, question, kept, visit.now)
    await go_on(visit, checkin, protocol, step)
    return None


def _step(protocol: Protocol, sitting: Sitting, tap: CheckinPress) -> Step:
    if (tap.question, tap.choice) == (USUAL, SAME):
        return same_as_usual(protocol, sitting)
    return press(protocol, sitting, tap.question, tap.choice)


def _said_twice(sitting: Sitting, tap: CheckinPress) -> bool:
    """Whether this is the answer that stands already."""
    kept = sitting.answers.get(tap.question)
    return kept is not None and not isinstance(kept, frozenset) and str(kept) == tap.choice


async def go_on(visit: Visit, checkin: Checkin, protocol: Protocol, step: Step) -> None:
    """After a step: set what is waited for, judge, and show the next question or the result."""
    _wait_for(visit, checkin, protocol, step)
    sitting = step.sitting
    if step.move is Move.ANSWERED:
        sitting = await judge_now(visit, checkin, sitting)
        if current(protocol, sitting) is None:
            save_sitting(visit.tx, visit.person, checkin, sitting)
            await finish_checkin.finish(visit, checkin, sitting)
            return
    save_sitting(visit.tx, visit.person, checkin, sitting)
    await show(visit.voice, protocol, checkin, sitting)


def _wait_for(visit: Visit, checkin: Checkin, protocol: Protocol, step: Step) -> None:
    pace, moments, patient = protocol.timing.pace, visit.tx.moments, checkin.patient_id
    moments.clear("remind", checkin.id)
    moments.set("linger", checkin.id, patient, visit.now + LINGER)
    if step.move is Move.TICKED:
        moments.set("ticks", checkin.id, patient, visit.now + pace.judge_after)
        return
    if not any(step.sitting.ticks.values()):  # else somebody went back, or on, from ticks that were never sent
        moments.clear("ticks", checkin.id)
    here = current(protocol, step.sitting)
    if here is not None and here.id in known_questions(protocol).values():
        moments.set("known", checkin.id, patient, visit.now + pace.known_unanswered)
    else:
        moments.clear("known", checkin.id)


async def _adopt(visit: Visit, checkin: Checkin, sitting: Sitting) -> None:
    card = await visit.tx.cards.find(card_of(sitting), checkin.id)
    if card is not None and visit.message_id is not None:
        visit.tx.cards.adopt(card, visit.message_id)


async def _mend(visit: Visit, checkin: Checkin) -> None:
    """Let the message that was tapped show where the check-in stands: a button that is over stands below it."""
    card = await visit.tx.cards.newest(checkin.id)
    if card is not None and visit.message_id is not None:
        visit.tx.cards.show_again(card, visit.message_id)


async def _too_late(visit: Visit, checkin: Checkin, tap: CheckinPress) -> str | None:
    """An old button. A warning tapped on one's own old check-in opens a fresh one with it ticked: is this so now?"""
    protocol = visit.world.protocol
    group = protocol.group_of.get(tap.question)
    if group is None or tap.question != group.question or tap.choice[:1] != "+":
        return visit.voice.label("tap.over")
    if checkin.state not in ("expired", "replaced", "prompted", "open") or tap.choice[1:] not in group.signs:
        return visit.voice.label("tap.over")
    visit.voice.tell("warning.now", sign=visit.voice.html(f"noticed.{tap.question}.{tap.choice[1:]}"))
    fresh = await open_now(visit, ticked={tap.question: frozenset({tap.choice[1:]})})
    visit.tx.moments.set("ticks", fresh.id, fresh.patient_id, visit.now + protocol.timing.pace.warning_unanswered)
    return None


async def judge_unsent(visit: Visit, checkin: Checkin, waited: str) -> None:
    """The time to wait is over: ticks that were never sent, or a known-question left open, count now."""
    patient = visit.patient
    if patient is None or checkin.state not in ("prompted", "open"):
        return
    protocol = visit.world.protocol_of(checkin.protocol_version)
    sitting = await load_sitting(visit.tx, visit.person, patient, checkin)
    if waited == "ticks":
        over = {name for name, ticked in sitting.ticks.items() if ticked}
        visit.tx.moments.set("known", checkin.id, checkin.patient_id, visit.now + protocol.timing.pace.known_unanswered)
    else:
        over = set(known_questions(protocol).values())
    sitting = await judge_now(visit, checkin, replace(sitting, waited=sitting.waited | over))
    save_sitting(visit.tx, visit.person, checkin, sitting)
    await show(visit.voice, protocol, checkin, sitting)
