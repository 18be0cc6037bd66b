"""The shape of the durations in messages/checkin.yaml: how long things take, and who is called when."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.domain import protocol as p

Positive = Annotated[int, Field(ge=1)]

UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "day": "days", "days": "days"}


def _duration(value: object) -> timedelta:
    found = re.fullmatch(r"(\d{1,6}) (\w+)", value) if isinstance(value, str) else None
    if found is None or found[2] not in UNITS:
        raise ValueError("must be a duration such as 90 s, 2 min, 20 h or 30 days")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def _whole_days(value: timedelta) -> timedelta:
    if value % timedelta(days=1):
        raise ValueError("must be whole days")
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Days = Annotated[timedelta, BeforeValidator(lambda value: _whole_days(_duration(value)))]


class Shape(BaseModel):
    """Unknown keys are mistakes, and no value is bent to fit."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class BaselineShape(Shape):
    """Which pains make the baseline."""

    window: Days
    latest: Positive
    needs: Positive
    needs_when_rare: Positive
    rare_over: Days


class PaceShape(Shape):
    """How long the check-in waits."""

    judge_after: Duration
    known_unanswered: Duration
    expires_after: Duration
    warning_unanswered: Duration
    reminders: list[Duration]


class SilenceShape(Shape):
    """What is done when nothing comes."""

    notes: list[Duration]
    notes_then_every: Duration
    warning_fresh_for: Duration
    recheck_reminders: list[Duration]
    recheck_owner: Duration
    recheck_others: Duration


class FollowUpShape(Shape):
    """When the patient is asked again."""

    reached_after_right_away: Duration
    reached_after_emergency: Duration
    recheck_when_not_reached: Duration
    told_no_until_right_away: Positive
    looked_at_after: Days
    soft_signs: list[str]
    soft_delay: Duration


class TimingShape(Shape):
    """All durations."""

    known_for: Days
    baseline: BaselineShape
    pace: PaceShape
    silence: SilenceShape
    follow_up: FollowUpShape


class RungShape(Shape):
    """One step of a ladder."""

    after: Duration
    who: p.Line


class LadderShape(Shape):
    """One ladder."""

    rungs: Annotated[list[RungShape], Field(min_length=1)]
    then_every: Duration
    last_word: Duration
    afterwards_every: Duration | None = None
    ask_again: Duration | None = None
