"""What a rule or a follow-up question may ask about the answers: a closed set, so that a nurse can read each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Any:
    """At least one part holds; every part that holds is named as a reason."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold. It names no reason, and a missing answer inside it makes it hold."""

    part: Condition


@dataclass(frozen=True)
class AnswerIs:
    """A one-choice question was answered with one of the choices."""

    question: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Ticked:
    """At least one of the choices of a several-choice question is ticked."""

    question: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Missing:
    """A question was not answered."""

    question: str


@dataclass(frozen=True)
class PainAtLeast:
    """Today's pain is `level` or more, on 0-10."""

    level: int


@dataclass(frozen=True)
class PainAboveBaseline:
    """Today's pain minus the baseline is `by` or more (`strictly`: more than `by`). No baseline: does not hold."""

    by: float
    strictly: bool = False


@dataclass(frozen=True)
class PainRising:
    """The last `values` pains, today's included, each higher than the one before, by `by` or more in all.

    They lie within `within_days` days, and today's is `at_least` or more.
    """

    values: int
    by: int
    at_least: int
    within_days: int


@dataclass(frozen=True)
class PainSettled:
    """The care team knows this pain, and today it is the same or better (see `known.pain_is_settled`)."""


@dataclass(frozen=True)
class PainRecordedAsKnown:
    """Before today the pain was recorded as known (see `known.pain_is_recorded_as_known`)."""


@dataclass(frozen=True)
class AskedAsKnown:
    """A ticked sign among the choices is one of the person's usual ones or was reported lately."""

    question: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class NotMatched:
    """None of the rules, which stand earlier in the table, matches, whether it counts or not."""

    rules: tuple[str, ...]


@dataclass(frozen=True)
class ReportedBy:
    """The answers come from the patient, or from a caregiver."""

    role: str


Condition = (
    All
    | Any
    | Not
    | AnswerIs
    | Ticked
    | Missing
    | PainAtLeast
    | PainAboveBaseline
    | PainRising
    | PainSettled
    | PainRecordedAsKnown
    | AskedAsKnown
    | NotMatched
    | ReportedBy
)


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """A condition and all conditions inside it, outermost first."""
    match condition:
        case All(parts) | Any(parts):
            return (condition, *(inner for part in parts for inner in parts_of(part)))
        case Not(part):
            return (condition, *parts_of(part))
    return (condition,)
