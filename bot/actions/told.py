""" "Did you tell your team?", the day after (clinical.md, tell_team)."""

from __future__ import annotations

from dataclasses import replace

from bot.actions import finish_checkin
from bot.actions.alert_words import signs
from bot.actions.judge_checkin import say_now
from bot.actions.open_checkin import open_now
from bot.actions.sittings import load_sitting, save_sitting
from bot.actions.visit import Visit
from bot.domain.press import CheckinPress
from bot.domain.protocol import Urgency
from bot.domain.sitting import known_questions
from bot.domain.speech import Lane
from bot.domain.triage import triage
from bot.store.tables import Checkin
from bot.texts import Html

TOLD = "told"


async def ask(visit: Visit, checkin: Checkin) -> None:
    """Ask, in the words of the finding."""
    if visit.patient is None or visit.patient.state in ("stopped", "hospital"):
        return
    voice = visit.voice
    buttons = [
        [voice.button(f"choice.{TOLD}.{choice}", CheckinPress(checkin.id, TOLD, choice))]
        for choice in visit.world.protocol.question(TOLD).choices
    ]
    voice.say(
        voice.message(voice.html(f"question.{TOLD}", signs=await _told_of(visit, checkin)), buttons=buttons),
        Lane.PROMPT,
        key=f"told:{checkin.id}:{visit.now:%j}",
    )


async def _told_of(visit: Visit, checkin: Checkin) -> Html:
    """What the advice was about, in words; with worry alone, or signs nobody looked at lately, just that."""
    found = await visit.tx.checkins.last_finding(visit.person, checkin.id)
    if found is None or not found[1]:
        return visit.voice.html("told.worry" if checkin.worried else "told.not_looked")
    return signs(visit.voice, {"findings": found[1]})


async def answer(visit: Visit, checkin: Checkin, choice: str) -> str | None:
    """Yes records the sign as known; no is asked again, and twice not told and still there is right away."""
    patient = visit.patient
    if patient is None or choice not in visit.world.protocol.question(TOLD).choices:
        return visit.voice.label("tap.unknown")
    given = [
        value for question, value, _ in await visit.tx.checkins.answers(visit.person, checkin.id) if question == TOLD
    ]
    # After a "no" it is asked again next day: until then another tap on the same buttons is the same answer twice.
    if given and (given[-1] != "no" or await visit.tx.moments.of(TOLD, checkin.id) is not None):
        return visit.voice.label("tap.stale")
    visit.tx.checkins.answered(visit.person, checkin, TOLD, choice, visit.now)
    if choice == "yes":
        await _record_as_known(visit, checkin)
        visit.voice.tell("told.thanks")
    elif choice == "not_needed":
        visit.voice.tell("told.not_needed", number=visit.world.number_for(visit.person))
    else:
        await _not_told(visit, checkin, times=1 + given.count("no"))
    return None


async def _record_as_known(visit: Visit, checkin: Checkin) -> None:
    """The team knows now: the check-in's own known-questions count as yes from here on."""
    patient = visit.patient
    if patient is None:
        return
    sitting = await load_sitting(visit.tx, visit.person, patient, checkin)
    protocol = visit.world.protocol_of(checkin.protocol_version)
    answers = dict(sitting.answers)
    for asks, known in known_questions(protocol).items():
        if answers.get(asks):
            answers[known] = "yes"
            visit.tx.checkins.answered(visit.person, checkin, known, "yes", visit.now)
    save_sitting(visit.tx, visit.person, checkin, replace(sitting, answers=answers))


async def _not_told(visit: Visit, checkin: Checkin, times: int) -> None:
    protocol = visit.world.protocol_of(checkin.protocol_version)
    if times < protocol.timing.follow_up.told_no_until_right_away:
        visit.voice.tell("told.please", number=visit.world.number_for(visit.person))
        finish_checkin.ask_if_told(visit, checkin)
        return
    latest = await visit.tx.checkins.latest(visit.person.id)
    still = latest or checkin
    if visit.patient is None:
        return
    sitting = await load_sitting(visit.tx, visit.person, visit.patient, still)
    if not sitting.answers:  # today's is not answered yet: what was last said still stands
        still, sitting = checkin, await load_sitting(visit.tx, visit.person, visit.patient, checkin)
    result = triage(protocol, sitting.answers, sitting.context)
    if result.urgency < Urgency.TELL_TEAM:
        await open_now(visit)
        return
    sitting = await say_now(visit, still, sitting, result, list(result.findings), Urgency.RIGHT_AWAY)
    save_sitting(visit.tx, visit.person, still, sitting)
