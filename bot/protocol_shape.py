"""The shape of messages/checkin.yaml: which keys there are and what kind of value each takes."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from bot.domain import conditions as c
from bot.domain import protocol as p
from bot.timing_shape import Days, LadderShape, Positive, Shape, TimingShape

CODE = r"[a-z][a-z0-9_]*"
Code = Annotated[str, Field(pattern=f"^{CODE}$")]
Said = Annotated[str, Field(min_length=1)]

Choices = Annotated[dict[str, Annotated[list[str], Field(min_length=1)]], Field(min_length=1, max_length=1)]


class AboveShape(Shape):
    """How far above the baseline: `at_least` or `more_than` so many points."""

    at_least: Positive | None = None
    more_than: Positive | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.at_least is None) == (self.more_than is None):
            raise ValueError("needs at_least or more_than, and not both")
        return self

    def condition(self) -> c.PainAboveBaseline:
        """The condition."""
        if self.more_than is not None:
            return c.PainAboveBaseline(self.more_than, strictly=True)
        return c.PainAboveBaseline(self.at_least or 0)


class RisingShape(Shape):
    """Pain that rises from one check-in to the next."""

    values: Annotated[int, Field(ge=2, le=10)]
    by: Positive
    at_least: Positive
    within: Days

    def condition(self) -> c.PainRising:
        """The condition."""
        return c.PainRising(self.values, self.by, self.at_least, self.within.days)


class ConditionShape(Shape):
    """Exactly one of these."""

    all: Annotated[list[ConditionShape], Field(min_length=1)] | None = None
    any: Annotated[list[ConditionShape], Field(min_length=1)] | None = None
    not_: ConditionShape | None = Field(None, alias="not")
    answer: Choices | None = None
    ticked: Choices | None = None
    asked_as_known: Choices | None = None
    missing: str | None = None
    pain_at_least: Annotated[int, Field(ge=1, le=10)] | None = None
    pain_above_baseline: AboveShape | None = None
    pain_rising: RisingShape | None = None
    pain_settled: Literal[True] | None = None
    pain_recorded_as_known: Literal[True] | None = None
    not_matched: Annotated[list[str], Field(min_length=1)] | None = None
    reported_by: p.Role | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1 or getattr(self, next(iter(self.model_fields_set))) is None:
            raise ValueError(f"a condition is one of {', '.join(_names())}")
        return self

    def condition(self) -> c.Condition:
        """The condition as the domain knows it."""
        name = next(iter(self.model_fields_set))
        value = getattr(self, name)
        match name:
            case "all":
                return c.All(tuple(part.condition() for part in value))
            case "any":
                return c.Any(tuple(part.condition() for part in value))
            case "not_":
                return c.Not(value.condition())
        return _leaf(name, value)


def _names() -> list[str]:
    return [field.alias or name for name, field in ConditionShape.model_fields.items()]


ABOUT_CHOICES: dict[str, type[c.AnswerIs | c.Ticked | c.AskedAsKnown]] = {
    "answer": c.AnswerIs,
    "ticked": c.Ticked,
    "asked_as_known": c.AskedAsKnown,
}


def _leaf(name: str, value: Any) -> c.Condition:
    if name in ABOUT_CHOICES:
        ((question, choices),) = value.items()
        return ABOUT_CHOICES[name](question, tuple(choices))
    if isinstance(value, AboveShape | RisingShape):
        return value.condition()
    match name:
        case "missing":
            return c.Missing(value)
        case "pain_at_least":
            return c.PainAtLeast(value)
        case "pain_settled":
            return c.PainSettled()
        case "pain_recorded_as_known":
            return c.PainRecordedAsKnown()
        case "not_matched":
            return c.NotMatched(tuple(value))
        case _:
            return c.ReportedBy(value)


class QuestionShape(Shape):
    """One question."""

    id: Code
    kind: p.Kind
    choices: Annotated[list[Code], Field(min_length=2)] | None = None
    from_: int | None = Field(None, alias="from")
    to: int | None = None
    asked_when: ConditionShape | None = None
    role: p.Role = "patient"
    parent: str | None = None

    @model_validator(mode="after")
    def _choices_fit_the_kind(self) -> Self:
        if self.kind == "scale":
            if self.choices or self.from_ is None or self.to is None or not 0 <= self.from_ < self.to <= 10:
                raise ValueError("a scale has no choices but from and to, within 0 and 10")
        elif not self.choices or self.from_ is not None or self.to is not None:
            raise ValueError("this kind of question has choices, and neither from nor to")
        return self

    def question(self) -> p.Question:
        """The question as the domain knows it."""
        numbers = range(self.from_ or 0, (self.to or 0) + 1)
        choices = tuple(self.choices) if self.choices else tuple(str(number) for number in numbers)
        condition = self.asked_when.condition() if self.asked_when else None
        return p.Question(self.id, self.kind, choices, condition, self.role, self.parent)


class SourceShape(Shape):
    """One source."""

    name: Said
    reference: Said | None = None
    beyond_article: bool = False

    @model_validator(mode="after")
    def _guidance_has_a_reference(self) -> Self:
        if self.beyond_article and not self.reference:
            raise ValueError("a source beyond the article has a reference")
        return self


class PainShape(Shape):
    """The questions about pain that triage looks at."""

    level: str
    change: str
    quiet_changes: Annotated[list[str], Field(min_length=1)]
    known: str
    known_choice: str


class GroupShape(Shape):
    """A question whose ticks are signs."""

    question: str
    known: str
    known_choice: str
    never_settled: list[str] = Field(default_factory=list)
    how: dict[str, str]


REVIEW = "for clinical review"


class RuleShape(Shape):
    """One rule."""

    id: Annotated[str, Field(pattern="^[A-Z]{2}[1-9][0-9]?$")]
    pattern: str
    urgency: Literal["tell_team", "right_away", "emergency"]
    when: ConditionShape
    source: str
    detail: Said
    review: Literal["for clinical review"] | None = None
    unless_settled: Annotated[list[str], Field(min_length=1)] | None = None


class OpeningShape(Shape):
    """One opening line."""

    id: Code
    when: ConditionShape
    source: str
    detail: Said
    review: Literal["for clinical review"] | None = None


class ProtocolShape(Shape):
    """The whole file."""

    version: Said
    patterns: Annotated[list[Code], Field(min_length=1)]
    sources: dict[Code, SourceShape]
    questions: Annotated[list[QuestionShape], Field(min_length=1)]
    follow_ups: list[QuestionShape] = Field(default_factory=list)
    pain: PainShape
    signs: list[GroupShape]
    rules: Annotated[list[RuleShape], Field(min_length=1)]
    openings: list[OpeningShape] = Field(default_factory=list)
    timing: TimingShape
    ladders: dict[Literal["right_away", "emergency"], LadderShape]
