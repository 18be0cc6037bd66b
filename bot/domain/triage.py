"""From answers to findings: which rules count, what they mean together, and which answers made them.

Pure and quick: it runs on every tap. The rules themselves are data (messages/checkin.yaml).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from bot.domain.conditions import PainSettled, parts_of
from bot.domain.evidence import Situation, Test, compiled
from bot.domain.known import (
    Answer,
    Answers,
    Context,
    PastDay,
    known_signs,
    pain_is_recorded_as_known,
    settled,
    ticked,
)
from bot.domain.protocol import Protocol, Rule, Urgency

__all__ = [
    "Answer",
    "Answers",
    "Context",
    "Finding",
    "PastDay",
    "Result",
    "asked",
    "asked_of_caregivers",
    "known_signs",
    "openings",
    "pain_is_recorded_as_known",
    "settled",
    "ticked",
    "triage",
]


@dataclass(frozen=True)
class Finding:
    """One pattern at its highest urgency: its rules, the answers that triggered them, the highest rule's source.

    `known` marks a pattern that the care team already knows; its urgency is none, and the rules are those that
    would have counted.
    """

    pattern: str
    urgency: Urgency
    rules: tuple[str, ...]
    because: tuple[str, ...]
    source: str
    known: bool = False


@dataclass(frozen=True)
class Result:
    """What a check-in comes to: how soon to act, and the findings in the order of the protocol's patterns."""

    urgency: Urgency
    findings: tuple[Finding, ...]


class _Judged(NamedTuple):
    """A rule that matched; `counts` is false when all it rests on is settled."""

    rule: Rule
    because: tuple[str, ...]
    counts: bool


class _Judge(NamedTuple):
    """One rule with its condition compiled."""

    rule: Rule
    test: Test
    asks_settled_pain: bool
    question: str | None  # whose ticks `unless_settled` names


class _Compiled(NamedTuple):
    judges: tuple[_Judge, ...]
    asked_when: dict[str, Test]
    openings: tuple[tuple[str, Test], ...]


# The protocol of today, and those that check-ins under way still hold on to.
@lru_cache(maxsize=16)
def _compile(protocol: Protocol) -> _Compiled:
    return _Compiled(
        judges=tuple(_judge(protocol, rule) for rule in protocol.rules),
        asked_when={
            question.id: compiled(question.asked_when)
            for question in protocol.by_id.values()
            if question.asked_when is not None
        },
        openings=tuple((opening.id, compiled(opening.when)) for opening in protocol.openings),
    )


def _judge(protocol: Protocol, rule: Rule) -> _Judge:
    question = protocol.group_of[rule.unless_settled[0]].question if rule.unless_settled else None
    asks = any(isinstance(part, PainSettled) for part in parts_of(rule.when))
    return _Judge(rule, compiled(rule.when), asks, question)


def triage(protocol: Protocol, answers: Answers, context: Context, worried: bool = False) -> Result:
    """Judge the answers given so far; a question not answered is an absent key.

    `worried` is the person's own "I'm worried about this": one step more, up to right_away. Never lowers anything.
    """
    judged = _matches(protocol, answers, context)
    findings = tuple(
        _finding(pattern, of_pattern)
        for pattern in protocol.patterns
        if (of_pattern := [found for found in judged if found.rule.pattern == pattern])
    )
    return Result(_overall(findings, worried), findings)


def _matches(protocol: Protocol, answers: Answers, context: Context) -> list[_Judged]:
    situation = Situation(protocol, answers, context)
    judged = (_judge_one(judge, situation) for judge in _compile(protocol).judges)
    return [found for found in judged if found is not None]


def _judge_one(judge: _Judge, situation: Situation) -> _Judged | None:
    evidence = judge.test(situation)
    if evidence is not None:
        situation.matched.add(judge.rule.id)
        return _Judged(judge.rule, evidence, counts=not _all_settled(judge, situation))
    if judge.asks_settled_pain and situation.pain_settled:
        evidence = judge.test(situation.as_if_unsettled())
        if evidence is not None:
            return _Judged(judge.rule, evidence, counts=False)
    return None


def _all_settled(judge: _Judge, situation: Situation) -> bool:
    if judge.question is None or not situation.settled:
        return False
    now_ticked = ticked(situation.answers, judge.question)
    return all(sign in situation.settled for sign in judge.rule.unless_settled if sign in now_ticked)


def _finding(pattern: str, judged: Sequence[_Judged]) -> Finding:
    counting = [found for found in judged if found.counts]
    named = counting or judged
    # max() keeps the first of equals: the one that stands higher in the table.
    highest = max(named, key=lambda found: found.rule.urgency).rule
    return Finding(
        pattern=pattern,
        urgency=highest.urgency if counting else Urgency.NONE,
        rules=tuple(found.rule.id for found in named),
        because=tuple(sorted({reason for found in named for reason in found.because})),
        source=highest.source.name,
        known=not counting,
    )


def _overall(findings: Sequence[Finding], worried: bool) -> Urgency:
    urgency = max((finding.urgency for finding in findings), default=Urgency.NONE)
    # A1 of clinical.md: two patterns to tell the team about, and none higher, are right away together.
    if sum(finding.urgency == Urgency.TELL_TEAM for finding in findings) >= 2:
        urgency = max(urgency, Urgency.RIGHT_AWAY)
    # W1: worry raises one step, up to right away; an emergency stays one.
    if worried and urgency < Urgency.RIGHT_AWAY:
        urgency = Urgency(urgency + 1)
    return urgency


def asked(protocol: Protocol, question_id: str, answers: Answers, context: Context) -> bool:
    """Whether a question has its place in this check-in, by the answers so far and by who gives them.

    A caregiver's question has none in the patient's own check-in, a follow-up has none at all. Raises KeyError
    for an unknown question.
    """
    question = protocol.by_id[question_id]
    if question in protocol.follow_ups or (question.role == "caregiver" and context.role != "caregiver"):
        return False
    return _called_for(protocol, question_id, answers, context)


def asked_of_caregivers(protocol: Protocol, answers: Answers, context: Context) -> tuple[str, ...]:
    """The caregivers' questions that the patient's own answers call for, such as `observed` after `confused`."""
    return tuple(
        question.id
        for question in protocol.questions
        if question.role == "caregiver" and _called_for(protocol, question.id, answers, context)
    )


def _called_for(protocol: Protocol, question_id: str, answers: Answers, context: Context) -> bool:
    test = _compile(protocol).asked_when.get(question_id)
    return test is None or test(Situation(protocol, answers, context)) is not None


def openings(protocol: Protocol, answers: Answers, context: Context) -> tuple[str, ...]:
    """The ids of the lines that open the result, such as the one about a tight chest; text key `opening.<id>`."""
    situation = Situation(protocol, answers, context)
    return tuple(opening for opening, test in _compile(protocol).openings if test(situation) is not None)
