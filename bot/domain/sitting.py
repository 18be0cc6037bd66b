"""A check-in under way: which question comes next, what a tap does to it, what may be judged already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from bot.domain.press import BACK, DONE
from bot.domain.protocol import Protocol, Question, SignGroup
from bot.domain.triage import Answer, Context, PastDay, Result, asked, ticked, triage


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
    first: str | None = None  # a group of signs that was typed about: asked before everything else
    told: Mapping[str, str] = field(default_factory=dict)  # what was advised during this check-in: pattern, urgency
    # Its questions, worked out once: a tap asks for them nine times.
    worked_out: list[tuple[Protocol, list[Question]]] = field(
        default_factory=list, init=False, compare=False, repr=False
    )

    def to_json(self) -> dict[str, Any]:
        """The sitting as JSON; `from_json` reads it back."""
        return {
            "answers": {name: _out(value) for name, value in self.answers.items()},
            "ticks": {name: sorted(codes) for name, codes in self.ticks.items()},
            "part": self.part,
            "usual": {name: sorted(signs) for name, signs in self.usual.items()},
            "waited": sorted(self.waited),
            "told": dict(self.told),
            "first": self.first,
            "context": {
                "usual": sorted(self.context.usual),
                "expected": sorted(self.context.expected),
                "outlasted": sorted(self.context.outlasted),
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
            context=Context(
                frozenset(known["usual"]),
                history,
                known["rhythm"],
                known["role"],
                expected=frozenset(known.get("expected", ())),
                outlasted=frozenset(known.get("outlasted", ())),
            ),
            answers={name: _in(value) for name, value in data["answers"].items()},
            ticks={name: frozenset(codes) for name, codes in data["ticks"].items()},
            part=data["part"],
            usual={name: frozenset(signs) for name, signs in data["usual"].items()},
            waited=frozenset(data["waited"]),
            told=data["told"],
            first=data.get("first"),
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


def in_order(protocol: Protocol, sitting: Sitting) -> list[Question]:
    """Every question in the order of this check-in: the signs that were typed about come before everything else."""
    group = protocol.group_of.get(sitting.first or "")
    return sorted(protocol.questions, key=lambda q: group is not None and q.id not in _about(group))


def _about(group: SignGroup) -> set[str]:
    return {group.question, group.known, *group.how_of.values()}


def questions(protocol: Protocol, sitting: Sitting) -> list[Question]:
    """The questions of this check-in as far as its answers tell, in order."""
    for of, found in sitting.worked_out:
        if of is protocol:
            return found
    found = [q for q in in_order(protocol, sitting) if asked(protocol, q.id, sitting.answers, sitting.context)]
    sitting.worked_out.append((protocol, found))
    return found


def current(protocol: Protocol, sitting: Sitting) -> Question | None:
    """The question that waits for an answer; None when the check-in is complete."""
    return next((q for q in questions(protocol, sitting) if q.id not in sitting.answers), None)


def before(protocol: Protocol, sitting: Sitting) -> Question | None:
    """The question that "Back" leads to; None at the first. What "Same as usual" answered unasked is passed over."""
    here, found = current(protocol, sitting), None
    unasked = {
        name
        for question, signs in sitting.usual.items()
        if sitting.answers.get(question) == signs
        for name in _same(protocol.group_of[question])
    }
    for question in questions(protocol, sitting):
        if here is not None and question.id == here.id:
            break
        if question.id not in unasked:
            found = question
    return found


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
    old = sitting.ticks.get(question.id, frozenset())
    if choice == DONE:
        return _answered(protocol, sitting, question.id, old)
    code = frozenset({choice[1:]})
    after = old | code if choice[0] == "+" else old - code
    ticks = {**sitting.ticks, question.id: after}
    return Step(Move.TICKED, replace(sitting, ticks=ticks, waited=_waited_anew(protocol, sitting, question.id)))


def _waited_anew(protocol: Protocol, sitting: Sitting, question_id: str) -> frozenset[str]:
    """What is waited for no longer, after a tap on a question: it, and what its answer leads to, get their time."""
    return sitting.waited - {question_id, known_questions(protocol).get(question_id)}


def _answered(protocol: Protocol, sitting: Sitting, question_id: str, value: Answer) -> Step:
    answered: dict[str, Answer] = {question_id: value}
    if sitting.usual.get(question_id) == value:
        answered |= _same(protocol.group_of[question_id])
    ticks = {name: codes for name, codes in sitting.ticks.items() if name != question_id}
    waited = _waited_anew(protocol, sitting, question_id)
    after = replace(sitting, answers={**sitting.answers, **answered}, ticks=ticks, waited=waited)
    kept = {q.id for q in questions(protocol, after)}
    return Step(Move.ANSWERED, after, {name: v for name, v in answered.items() if name in kept})


def _same(group: SignGroup) -> dict[str, Answer]:
    """What "Same as usual" means beyond the signs: the team knows, and none of the grave follow-ups is so."""
    same: dict[str, Answer] = dict.fromkeys(group.how_of.values(), frozenset[str]())
    same[group.known] = group.known_choice
    return same


def _back(protocol: Protocol, sitting: Sitting, here: Question) -> Step:
    """To the question before, with its answer undone. What is ticked and not sent stays, there and further on."""
    target = before(protocol, sitting)
    if target is None:
        return Step(Move.STALE, sitting)
    order = in_order(protocol, sitting)
    gone = {q.id for q in order[order.index(target) : order.index(here)]}
    old = sitting.answers[target.id]
    ticks = {**sitting.ticks, target.id: old} if isinstance(old, frozenset) else sitting.ticks
    answers = {name: value for name, value in sitting.answers.items() if name not in gone}
    return Step(Move.BACK, replace(sitting, answers=answers, ticks=ticks))


def come_ticked(protocol: Protocol, sitting: Sitting, signs: Mapping[str, frozenset[str]]) -> Sitting:
    """Signs that were typed or tapped elsewhere come ticked and are asked first, waiting for "Send".

    A question that was answered without them is asked again: a warning never ends in a question that is over.
    """
    answers, ticks, waited, first = dict(sitting.answers), dict(sitting.ticks), sitting.waited, sitting.first
    for question, codes in signs.items():
        if codes <= _codes(answers.get(question)):
            continue
        for name in _about(protocol.group_of[question]):
            if old := _codes(answers.pop(name, None)):
                ticks[name] = old
        ticks[question] = ticks.get(question, frozenset()) | codes
        waited = waited - _about(protocol.group_of[question])
        first = question
    return replace(sitting, answers=answers, ticks=ticks, waited=waited, first=first)


def _codes(value: Answer | None) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()


def same_as_usual(protocol: Protocol, sitting: Sitting) -> Step:
    """Take over the known part: the last pain unchanged, and the known signs ticked, waiting for "Send".

    What was ticked before (a typed warning, say) stays ticked.
    """
    pain = last_pain(sitting.context)
    if pain is None or sitting.answers:
        return Step(Move.STALE, sitting)
    answered: dict[str, Answer] = {protocol.pain.level: pain}
    if pain:
        answered[protocol.pain.change] = "same"
    standing_of = {group.question: standing(protocol, group, sitting.context) for group in protocol.groups}
    usual = {question: signs for question, signs in standing_of.items() if signs}
    ticks = dict(sitting.ticks)
    for question, signs in usual.items():
        ticks[question] = ticks.get(question, frozenset()) | signs
    return Step(Move.ANSWERED, replace(sitting, answers=answered, ticks=ticks, usual=usual), answered)


def standing(protocol: Protocol, group: SignGroup, context: Context) -> frozenset[str]:
    """The signs of a group that the person has and the team knows: usual, or settled at the last report.

    A report counts for 30 days (clinical.md, Known signs): what is older would not be asked as known either.
    """
    usual = context.usual & set(group.signs)
    for day in context.newest_first:
        if day.days_ago <= protocol.timing.known_for.days and group.question in day.answers:
            return (usual | _settled_on(group, day)) - group.never_settled
    return usual - group.never_settled


def _settled_on(group: SignGroup, day: PastDay) -> frozenset[str]:
    if day.answers.get(group.known) != group.known_choice:
        return frozenset()
    signs = ticked(day.answers, group.question)
    return frozenset(sign for sign in signs if not ticked(day.answers, group.how_of[sign]))


def last_pain(context: Context) -> int | None:
    """The newest pain of the past, 0-10."""
    pains = (day.answers.get("pain") for day in context.newest_first)
    return next((pain for pain in pains if isinstance(pain, int)), None)


def judge(protocol: Protocol, sitting: Sitting, worried: bool = False) -> Result:
    """What the rules say now.

    While the question about known signs waits, its group is judged as if the answer were yes: nothing goes out
    that a yes would settle, and what a yes would not settle goes out at once (clinical.md, Known signs). When the
    wait is over, it counts as no. Ticks that were never sent count once their time is over.
    """
    answers = given(protocol, sitting)
    for question in protocol.questions:
        if question.id in sitting.waited and asked(protocol, question.id, answers, sitting.context):
            answers = _unsent(protocol, sitting, question.id) | answers
    yes = {group.known: group.known_choice for group in protocol.groups}
    yes[protocol.pain.known] = protocol.pain.known_choice
    for asks, known in known_questions(protocol).items():
        if asks in answers and known not in answers and known not in sitting.waited:
            answers[known] = yes[known]
    return triage(protocol, answers, sitting.context, worried)


def _unsent(protocol: Protocol, sitting: Sitting, question_id: str) -> dict[str, Answer]:
    """What the ticks of a question say that were never sent; those of "Same as usual" say that the team knows."""
    signs = sitting.ticks.get(question_id)
    if not signs:
        return {}
    same = _same(protocol.group_of[question_id]) if signs == sitting.usual.get(question_id) else {}
    return {question_id: signs, **same}


def known_questions(protocol: Protocol) -> dict[str, str]:
    """For pain and each group of signs, the question that asks whether the team knows."""
    return {protocol.pain.level: protocol.pain.known} | {group.question: group.known for group in protocol.groups}


def progress(protocol: Protocol, sitting: Sitting) -> tuple[int, int]:
    """Which of the main questions (those always asked) this is, and how many there are."""
    order = in_order(protocol, sitting)
    main = [place for place, q in enumerate(order) if q.asked_when is None]
    here = current(protocol, sitting)
    reached = len(order) if here is None else order.index(here)
    return max(1, sum(place <= reached for place in main)), len(main)
