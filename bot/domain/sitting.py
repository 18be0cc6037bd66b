"""A check-in under way: which question comes next, what a tap does to it, what may be judged already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from bot.domain.press import BACK, DONE
from bot.domain.protocol import Protocol, Question, SignGroup
from bot.domain.triage import Answer, Context, PastDay, Result, asked, triage


class Move(StrEnum):
    """What a tap did."""

    ANSWERED = "answered"
    TICKED = "ticked"
    BACK = "back"
    STALE = "stale"  # an old button: nothing changes
    UNKNOWN = "unknown"  # nothing we ever offered


@dataclass(frozen=True)
class Sitting:
    """The answers so far, the ticks of a question that is not sent yet, and what was known when it opened."""

    context: Context
    answers: Mapping[str, Answer] = field(default_factory=dict)
    ticks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    part: int = 1  # which message shows it: an advice in between starts a new one
    usual: Mapping[str, frozenset[str]] = field(default_factory=dict)  # signs taken over by "Same as usual"
    waited: frozenset[str] = frozenset()  # questions whose time to wait is over: judge without them
    told: Mapping[str, str] = field(default_factory=dict)  # what was advised during this check-in: pattern, urgency

    def to_json(self) -> dict[str, Any]:
        """The sitting as JSON; `from_json` reads it back."""
        return {
            "answers": {name: _out(value) for name, value in self.answers.items()},
            "ticks": {name: sorted(ticked) for name, ticked in self.ticks.items()},
            "part": self.part,
            "usual": {name: sorted(signs) for name, signs in self.usual.items()},
            "waited": sorted(self.waited),
            "told": dict(self.told),
            "context": {
                "usual": sorted(self.context.usual),
                "rhythm": self.context.rhythm_days,
                "role": self.context.role,
                "history": [
                    [day.days_ago, {name: _out(value) for name, value in day.answers.items()}]
                    for day in self.context.history
                ],
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Sitting:
        """Read what `to_json` made."""
        known = data["context"]
        history = tuple(PastDay(days, {k: _in(v) for k, v in given.items()}) for days, given in known["history"])
        return cls(
            context=Context(frozenset(known["usual"]), history, known["rhythm"], known["role"]),
            answers={name: _in(value) for name, value in data["answers"].items()},
            ticks={name: frozenset(ticked) for name, ticked in data["ticks"].items()},
            part=data["part"],
            usual={name: frozenset(signs) for name, signs in data["usual"].items()},
            waited=frozenset(data["waited"]),
            told=data["told"],
        )


@dataclass(frozen=True)
class Step:
    """What a tap did, and the sitting after it. `answered` holds every answer that it gave, by question."""

    move: Move
    sitting: Sitting
    answered: Mapping[str, Answer] = field(default_factory=dict)


def _out(value: Answer) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value


def _in(value: Any) -> Answer:
    return frozenset(value) if isinstance(value, list) else value


def questions(protocol: Protocol, sitting: Sitting) -> list[Question]:
    """The questions of this check-in as far as its answers tell, in order."""
    return [q for q in protocol.questions if asked(protocol, q.id, sitting.answers, sitting.context)]


def current(protocol: Protocol, sitting: Sitting) -> Question | None:
    """The question that waits for an answer; None when the check-in is complete."""
    return next((q for q in questions(protocol, sitting) if q.id not in sitting.answers), None)


def given(protocol: Protocol, sitting: Sitting) -> dict[str, Answer]:
    """The answers that count: those to questions that are (still) asked."""
    kept = {q.id for q in questions(protocol, sitting)}
    return {name: value for name, value in sitting.answers.items() if name in kept}


def press(protocol: Protocol, sitting: Sitting, question_id: str, choice: str) -> Step:
    """What a tap does. A tap on another question than the current one is stale and changes nothing."""
    question = protocol.by_id.get(question_id)
    if question is None or question not in protocol.questions or not _offered(question, choice):
        return Step(Move.UNKNOWN, sitting)
    here = current(protocol, sitting)
    if here is None or here.id != question_id:
        return Step(Move.STALE, sitting)
    if choice == BACK:
        return _back(protocol, sitting, here)
    if question.kind == "several":
        return _several(protocol, sitting, question, choice)
    return _answered(protocol, sitting, question_id, int(choice) if question.kind == "scale" else choice)


def _offered(question: Question, choice: str) -> bool:
    if choice == BACK:
        return True
    if question.kind != "several":
        return choice in question.choices
    return choice == DONE or (choice[:1] in "+-" and choice[1:] in question.choices)


def _several(protocol: Protocol, sitting: Sitting, question: Question, choice: str) -> Step:
    ticked = sitting.ticks.get(question.id, frozenset())
    if choice == DONE:
        return _answered(protocol, sitting, question.id, ticked)
    code = frozenset({choice[1:]})
    after = ticked | code if choice[0] == "+" else ticked - code
    waited = sitting.waited - {question.id}
    return Step(Move.TICKED, replace(sitting, ticks={**sitting.ticks, question.id: after}, waited=waited))


def _answered(protocol: Protocol, sitting: Sitting, question_id: str, value: Answer) -> Step:
    answered: dict[str, Answer] = {question_id: value}
    if question_id in sitting.usual and value == sitting.usual[question_id]:
        answered |= _same(protocol.group_of[question_id])
    ticks = {name: ticked for name, ticked in sitting.ticks.items() if name != question_id}
    after = replace(sitting, answers={**sitting.answers, **answered}, ticks=ticks)
    kept = {q.id for q in questions(protocol, after)}
    return Step(Move.ANSWERED, after, {name: v for name, v in answered.items() if name in kept})


def _same(group: SignGroup) -> dict[str, Answer]:
    """What "Same as usual" means beyond the signs: the team knows, and none of the grave follow-ups is so."""
    same: dict[str, Answer] = dict.fromkeys(group.how_of.values(), frozenset[str]())
    same[group.known] = group.known_choice
    return same


def _place(protocol: Protocol, question_id: str) -> int:
    return next(place for place, q in enumerate(protocol.questions) if q.id == question_id)


def _back(protocol: Protocol, sitting: Sitting, here: Question) -> Step:
    skipped = {name for group in sitting.usual for name in _same(protocol.group_of[group])}
    before = [q for q in questions(protocol, sitting) if q.id in sitting.answers and q.id not in skipped]
    earlier = [q for q in before if _place(protocol, q.id) < _place(protocol, here.id)]
    if not earlier:
        return Step(Move.STALE, sitting)
    target = earlier[-1]
    gone = {q.id for q in protocol.questions[_place(protocol, target.id) :]}
    old = sitting.answers[target.id]
    ticks = {name: ticked for name, ticked in sitting.ticks.items() if name not in gone}
    if isinstance(old, frozenset):
        ticks[target.id] = old
    answers = {name: value for name, value in sitting.answers.items() if name not in gone}
    return Step(Move.BACK, replace(sitting, answers=answers, ticks=ticks))


def same_as_usual(protocol: Protocol, sitting: Sitting) -> Step:
    """Take over the known part: the last pain unchanged, and the known signs ticked, waiting for "Send"."""
    pain = last_pain(sitting.context)
    if pain is None or sitting.answers:
        return Step(Move.STALE, sitting)
    answered: dict[str, Answer] = {"pain": pain}
    if pain:
        answered["pain_change"] = "same"
    standing_of = {group.question: standing(group, sitting.context) for group in protocol.groups}
    usual = {question: signs for question, signs in standing_of.items() if signs}
    return Step(Move.ANSWERED, replace(sitting, answers=answered, ticks=usual, usual=usual), answered)


def standing(group: SignGroup, context: Context) -> frozenset[str]:
    """The signs of a group that the person has and the team knows: usual, or confirmed at the last report."""
    usual = context.usual & set(group.signs)
    for day in sorted(context.history, key=lambda past: past.days_ago):
        ticked = day.answers.get(group.question)
        if isinstance(ticked, frozenset):
            confirmed = ticked if day.answers.get(group.known) == "yes" else frozenset[str]()
            return (usual | confirmed) - group.never_settled
    return usual - group.never_settled


def last_pain(context: Context) -> int | None:
    """The newest pain of the past, 0-10."""
    for day in sorted(context.history, key=lambda past: past.days_ago):
        pain = day.answers.get("pain")
        if isinstance(pain, int):
            return pain
    return None


def judge(protocol: Protocol, sitting: Sitting, worried: bool = False) -> Result:
    """What the rules say now.

    While the question about known signs waits, its group is judged as if the answer were yes: nothing goes out
    that a yes would settle, and what a yes would not settle goes out at once (clinical.md, Known signs). When the
    wait is over, it counts as no. Ticks that were never sent count once their time is over.
    """
    answers = given(protocol, sitting)
    for name, ticked in sitting.ticks.items():
        if name in sitting.waited and ticked and name not in answers:
            answers[name] = ticked
    for asks, known in known_questions(protocol).items():
        open_yet = known not in answers and known not in sitting.waited
        if asks in answers and open_yet and _waits(protocol, sitting, known):
            answers[known] = "yes"
    return triage(protocol, answers, sitting.context, worried)


def _waits(protocol: Protocol, sitting: Sitting, known: str) -> bool:
    here = current(protocol, sitting)
    return here is not None and (here.id == known or known_questions(protocol).get(here.id) == known)


def known_questions(protocol: Protocol) -> dict[str, str]:
    """For pain and each group of signs, the question that asks whether the team knows."""
    return {protocol.pain.level: protocol.pain.known} | {group.question: group.known for group in protocol.groups}


def progress(protocol: Protocol, sitting: Sitting) -> tuple[int, int]:
    """Which of the main questions (those always asked) this is, and how many there are."""
    main = [q.id for q in protocol.questions if q.asked_when is None]
    here = current(protocol, sitting)
    if here is None:
        return len(main), len(main)
    return sum(_place(protocol, name) <= _place(protocol, here.id) for name in main), len(main)
