"""Judges one condition against one person's answers, and says which answers made it hold."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from itertools import pairwise

from bot.domain import conditions as c
from bot.domain.known import (
    Answers,
    Context,
    baseline,
    earlier_pains,
    known_signs,
    pain_is_recorded_as_known,
    settled,
    ticked,
)
from bot.domain.protocol import Protocol

# The answers that made a condition hold, as question:choice. None: it does not hold. Empty: it holds without one.
Evidence = tuple[str, ...] | None
NO_ANSWER: tuple[str, ...] = ()


class Situation:
    """One person's answers in their context; what is worked out from them is worked out at most once."""

    def __init__(self, protocol: Protocol, answers: Answers, context: Context) -> None:
        self.protocol = protocol
        self.answers = answers
        self.context = context
        self.matched: set[str] = set()

    @cached_property
    def pain(self) -> int | None:
        """Today's pain, 0-10, or None when it is missing."""
        answer = self.answers.get(self.protocol.pain.level)
        return answer if isinstance(answer, int) else None

    @cached_property
    def pain_evidence(self) -> tuple[str, ...]:
        """Today's pain as a reason."""
        return (f"{self.protocol.pain.level}:{self.pain}",)

    @cached_property
    def settled(self) -> frozenset[str]:
        """The signs, and pain, that are settled."""
        return settled(self.protocol, self.answers, self.context)

    @cached_property
    def pain_settled(self) -> bool:
        """Whether the pain is settled."""
        return self.protocol.pain.level in self.settled

    @cached_property
    def baseline(self) -> float | None:
        """The person's baseline."""
        return baseline(self.protocol, self.context)

    def as_if_unsettled(self) -> Situation:
        """The same if the team did not know the pain: what a rule would say then."""
        other = Situation(self.protocol, self.answers, self.context)
        other.__dict__ |= self.__dict__  # what was worked out already stays true
        other.pain_settled = False
        return other


Test = Callable[[Situation], Evidence]


def compiled(condition: c.Condition) -> Test:
    """A condition as a function of the situation; done once per protocol, because triage runs on every tap."""
    match condition:
        case c.All(parts):
            return _all(tuple(compiled(part) for part in parts))
        case c.Any(parts):
            return _any(tuple(compiled(part) for part in parts))
        case c.Not(part):
            return _holds_unless(compiled(part))
        case c.AnswerIs():
            return _answer_is(condition)
        case c.Ticked():
            return _ticked(condition)
        case c.AskedAsKnown():
            return _asked_as_known(condition)
        case c.PainAtLeast() | c.PainAboveBaseline() | c.PainRising():
            return _about_pain(condition)
    return _without_answers(condition)


def _all(tests: tuple[Test, ...]) -> Test:
    def test(situation: Situation) -> Evidence:
        found: list[str] = []
        for part in tests:
            evidence = part(situation)
            if evidence is None:
                return None
            found += evidence
        return tuple(found)

    return test


def _any(tests: tuple[Test, ...]) -> Test:
    def test(situation: Situation) -> Evidence:
        found: tuple[str, ...] | None = None
        for part in tests:
            evidence = part(situation)
            if evidence is not None:
                found = evidence if found is None else found + evidence
        return found

    return test


def _holds_unless(part: Test) -> Test:
    return lambda situation: NO_ANSWER if part(situation) is None else None


def _answer_is(condition: c.AnswerIs) -> Test:
    question = condition.question
    reasons: dict[object, tuple[str, ...]] = {choice: (f"{question}:{choice}",) for choice in condition.choices}
    return lambda situation: reasons.get(situation.answers.get(question))


def _ticked(condition: c.Ticked) -> Test:
    question, reasons = condition.question, [(choice, f"{condition.question}:{choice}") for choice in condition.choices]

    def test(situation: Situation) -> Evidence:
        now_ticked = ticked(situation.answers, question)
        if not now_ticked:
            return None
        return tuple(reason for choice, reason in reasons if choice in now_ticked) or None

    return test


def _asked_as_known(condition: c.AskedAsKnown) -> Test:
    question, choices = condition.question, frozenset(condition.choices)

    def test(situation: Situation) -> Evidence:
        known = known_signs(situation.protocol, question, situation.answers, situation.context)
        return None if choices.isdisjoint(known) else NO_ANSWER

    return test


def _about_pain(condition: c.PainAtLeast | c.PainAboveBaseline | c.PainRising) -> Test:
    def test(situation: Situation) -> Evidence:
        pain = situation.pain
        if pain is None:
            return None
        match condition:
            case c.PainAtLeast(level):
                holds = pain >= level
            case c.PainAboveBaseline(by, strictly):
                usual = situation.baseline
                holds = usual is not None and (pain - usual > by if strictly else pain - usual >= by)
            case c.PainRising():
                holds = pain >= condition.at_least and _rises(condition, pain, situation)
        return situation.pain_evidence if holds else None

    return test


def _rises(condition: c.PainRising, today: int, situation: Situation) -> bool:
    earlier = earlier_pains(situation.protocol, situation.context)[: condition.values - 1]
    if len(earlier) < condition.values - 1 or earlier[-1][0] > condition.within_days:
        return False
    back = [today, *(pain for _, pain in earlier)]
    return today - back[-1] >= condition.by and all(later > before for later, before in pairwise(back))


def _without_answers(condition: c.Condition) -> Test:
    """Conditions that hold by what is not in today's answers."""

    def test(situation: Situation) -> Evidence:
        match condition:
            case c.Missing(question):
                holds = question not in situation.answers
            case c.PainSettled():
                holds = situation.pain_settled
            case c.PainRecordedAsKnown():
                holds = pain_is_recorded_as_known(situation.protocol, situation.context)
            case c.NotMatched(rules):
                holds = situation.matched.isdisjoint(rules)
            case c.ReportedBy(role):
                holds = situation.context.role == role
            case _:
                raise TypeError(f"no way to judge {condition!r}")
        return NO_ANSWER if holds else None

    return test
