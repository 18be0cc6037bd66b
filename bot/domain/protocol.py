"""The check-in protocol as plain values: what is asked, which rules judge it, and how long things take.

The values come from messages/checkin.yaml; nothing here knows a question, a rule or a number by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from functools import cached_property
from typing import Literal

from bot.domain.conditions import Condition


class Urgency(IntEnum):
    """How soon somebody must act, rising. The names, in lower case, are the contract's words."""

    NONE = 0
    TELL_TEAM = 1
    RIGHT_AWAY = 2
    EMERGENCY = 3

    @property
    def word(self) -> str:
        """The contract's word, such as right_away."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Urgency:
        """The urgency with the contract's word. Raises ValueError for any other word."""
        if word not in URGENCY_WORDS:
            raise ValueError(f"no urgency is called {word}")
        return cls(URGENCY_WORDS.index(word))


URGENCY_WORDS = tuple(urgency.word for urgency in Urgency)

Kind = Literal["scale", "one", "several"]
Role = Literal["patient", "caregiver"]


@dataclass(frozen=True)
class Question:
    """One question of the check-in; `asked_when` None means always, `parent` is the question it follows."""

    id: str
    kind: Kind
    choices: tuple[str, ...]
    asked_when: Condition | None = None
    role: Role = "patient"
    parent: str | None = None

    def takes(self, answer: object) -> bool:
        """Whether a value is an answer to this question: a whole number, one choice, or a set of choices."""
        if self.kind == "scale":
            return type(answer) is int and str(answer) in self.choices
        if self.kind == "one":
            return isinstance(answer, str) and answer in self.choices
        return isinstance(answer, frozenset) and answer <= set(self.choices)


@dataclass(frozen=True)
class Source:
    """Where a rule comes from: a section of the article, or a guidance by its name."""

    id: str
    name: str
    beyond_article: bool
    reference: str | None = None


@dataclass(frozen=True)
class Rule:
    """One line of the decision table.

    `unless_settled` are the ticked signs that must all be settled for the rule not to count; empty: it always
    counts. `detail` says what the source says, `review` that the urgency goes beyond the article.
    """

    id: str
    pattern: str
    urgency: Urgency
    when: Condition
    source: Source
    detail: str
    review: bool = False
    unless_settled: tuple[str, ...] = ()


@dataclass(frozen=True)
class PainQuestions:
    """Which questions tell how strong the pain is, how it changed and whether the team knows it.

    Pain that changed in one of the ways of `quiet_changes` can be settled by `known_choice`.
    """

    level: str
    change: str
    quiet_changes: frozenset[str]
    known: str
    known_choice: str


@dataclass(frozen=True)
class SignGroup:
    """A several-choice question whose ticks are signs, with the questions that look closer at them.

    `known` asks whether the team knows a sign that was seen before; `how` maps each sign to the question about
    its course; the signs in `never_settled` count every time.
    """

    question: str
    signs: tuple[str, ...]
    known: str
    known_choice: str
    how: tuple[tuple[str, str], ...]
    never_settled: frozenset[str]

    @cached_property
    def how_of(self) -> dict[str, str]:
        """The question about the course of each sign."""
        return dict(self.how)


@dataclass(frozen=True)
class Opening:
    """A line that opens any result when its condition holds, such as the one about chest pain."""

    id: str
    when: Condition
    source: Source
    detail: str
    review: bool = False


@dataclass(frozen=True)
class Baseline:
    """Which earlier pains make the baseline, and how many are needed."""

    window: timedelta
    latest: int
    needs: int
    needs_when_rare: int
    rare_over: timedelta


@dataclass(frozen=True)
class Pace:
    """How long the check-in waits for a tap."""

    judge_after: timedelta
    known_unanswered: timedelta
    expires_after: timedelta
    warning_unanswered: timedelta
    reminders: tuple[timedelta, ...]


@dataclass(frozen=True)
class Silence:
    """What is done when nothing comes: notes to caregivers, and the tight schedule after a warning."""

    notes: tuple[timedelta, ...]
    notes_then_every: timedelta
    warning_fresh_for: timedelta
    recheck_reminders: tuple[timedelta, ...]
    recheck_owner: timedelta
    recheck_others: timedelta


@dataclass(frozen=True)
class FollowUp:
    """When the patient is asked again after a result."""

    reached_after_right_away: timedelta
    reached_after_emergency: timedelta
    recheck_when_not_reached: timedelta
    told_no_until_right_away: int
    looked_at_after: timedelta
    soft_signs: frozenset[str]
    soft_delay: timedelta


@dataclass(frozen=True)
class Timing:
    """Every duration of the clinical rules. `known_for` is how long a reported sign is asked as known."""

    known_for: timedelta
    baseline: Baseline
    pace: Pace
    silence: Silence
    follow_up: FollowUp


Line = Literal["first", "second", "everyone"]


@dataclass(frozen=True)
class Rung:
    """One step of a ladder: who is called how long after the alert was raised."""

    after: timedelta
    who: Line


@dataclass(frozen=True)
class Ladder:
    """How caregivers are called for an urgency: the rungs, then repeats until `last_word`, then maybe slower ones.

    `ask_again` is when an acknowledged alert that was not closed is asked about.
    """

    urgency: Urgency
    rungs: tuple[Rung, ...]
    then_every: timedelta
    last_word: timedelta
    afterwards_every: timedelta | None
    ask_again: timedelta | None


# Compared by identity: the file is read once, and what is worked out from it is kept beside it.
@dataclass(frozen=True, eq=False)
class Protocol:
    """All of messages/checkin.yaml. `follow_ups` are asked outside the flow of the check-in."""

    version: str
    questions: tuple[Question, ...]
    follow_ups: tuple[Question, ...]
    patterns: tuple[str, ...]
    pain: PainQuestions
    groups: tuple[SignGroup, ...]
    rules: tuple[Rule, ...]
    openings: tuple[Opening, ...]
    timing: Timing
    ladders: tuple[Ladder, ...]

    @cached_property
    def by_id(self) -> dict[str, Question]:
        """Every question by its id, those outside the flow included."""
        return {question.id: question for question in (*self.questions, *self.follow_ups)}

    @cached_property
    def rules_by_id(self) -> dict[str, Rule]:
        """Every rule by its id."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def group_of(self) -> dict[str, SignGroup]:
        """The group of signs that a question, its known-question or a sign belongs to."""
        found: dict[str, SignGroup] = {}
        for group in self.groups:
            found |= dict.fromkeys((group.question, group.known, *group.signs), group)
        return found

    @cached_property
    def signs(self) -> tuple[str, ...]:
        """Every sign of all groups, in the order they are asked."""
        return tuple(sign for group in self.groups for sign in group.signs)

    @cached_property
    def usual_choices(self) -> tuple[str, ...]:
        """What a person may have as usual: pain, and every sign that a known-question can settle."""
        settled = (sign for group in self.groups for sign in group.signs if sign not in group.never_settled)
        return (self.pain.level, *settled)

    def question(self, question_id: str) -> Question:
        """The question with an id. Raises KeyError when there is none."""
        return self.by_id[question_id]

    def rule(self, rule_id: str) -> Rule:
        """The rule with an id. Raises KeyError when there is none."""
        return self.rules_by_id[rule_id]

    def ladder(self, urgency: Urgency) -> Ladder | None:
        """How caregivers are called for an urgency; None when they are not."""
        return next((ladder for ladder in self.ladders if ladder.urgency == urgency), None)

    def walk(self) -> Iterator[tuple[str, Condition]]:
        """Every condition with the id of the question, rule or opening it belongs to."""
        for question in self.by_id.values():
            if question.asked_when is not None:
                yield question.id, question.asked_when
        yield from ((rule.id, rule.when) for rule in self.rules)
        yield from ((opening.id, opening.when) for opening in self.openings)
