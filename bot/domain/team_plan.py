"""What the care team said to expect: on which days after a treatment, by whose word, and what follows from it.

A sign is only *asked as known* on these days (`known.known_signs`); whoever says that it is worse, or that the team
does not know, is heard as on any other day, and so is every sign of danger.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

# A window is short: what goes on for longer than two weeks after a treatment is looked at anew.
LATEST_DAY = 14
FIRST_DAYS = range(8)
# Days between treatments, 0 for a single one, and the word for each.
RHYTHMS: Mapping[int, str] = {0: "once", 7: "week", 14: "two_weeks", 21: "three_weeks", 28: "four_weeks"}
WHO = ("doctor", "nurse", "pharm", "other")
# A word this old is asked for again: in half a year a treatment has changed, or its effects have been looked at.
STANDS_FOR = timedelta(days=182)
MOST_PLANS = 5
# How far back a treatment or a talk may lie, and how far ahead a treatment, to be entered here.
BACK, AHEAD = timedelta(days=27), timedelta(days=13)
# What goes on for so long after a window's end is still taken for the same, and said to be so.
AFTERWARDS = 30
STEPS = ("signs", "first", "last", "treated_on", "every", "said_by", "said_on")


@dataclass(frozen=True)
class Expected:
    """Signs to expect from the `first` to the `last` day after a treatment (day 0: the day of it)."""

    number: int
    signs: tuple[str, ...]
    first: int
    last: int
    treated_on: date
    every: int  # days from one treatment to the next; 0: a single one
    said_by: str
    said_on: date

    def day_of_cycle(self, day: date) -> int | None:
        """How many days after the latest treatment `day` is; None before the first."""
        since = (day - self.treated_on).days
        if since < 0:
            return None
        return since % self.every if self.every else since

    def is_over(self, day: date) -> bool:
        """Whether no window can come any more."""
        single = not self.every and day > self.treated_on + timedelta(days=self.last)
        return single or day > self.said_on + STANDS_FOR

    def holds_on(self, day: date) -> bool:
        """Whether the signs are expected on this day."""
        after = self.day_of_cycle(day)
        return after is not None and self.first <= after <= self.last and day <= self.said_on + STANDS_FOR

    def has_passed(self, day: date) -> bool:
        """Whether a window ended lately: what is still there lasts longer than the team said."""
        after = self.day_of_cycle(day)
        if after is None or day > self.said_on + STANDS_FOR:
            return False
        waits_for_the_next = bool(self.every) and after < self.first and day - self.treated_on >= timedelta(self.every)
        return self.last < after <= self.last + AFTERWARDS or waits_for_the_next

    def to_json(self) -> dict[str, Any]:
        """As JSON; `from_json` reads it back."""
        return {
            **{name: getattr(self, name) for name in ("number", "first", "last", "every", "said_by")},
            "signs": list(self.signs),
            "treated_on": self.treated_on.isoformat(),
            "said_on": self.said_on.isoformat(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Expected:
        """Read what `to_json` made."""
        days = {name: date.fromisoformat(data[name]) for name in ("treated_on", "said_on")}
        return cls(**{**data, **days, "signs": tuple(data["signs"])})


def expected_on(plans: Iterable[Expected], day: date) -> frozenset[str]:
    """The signs that the team said to expect on this day."""
    return frozenset(sign for plan in plans if plan.holds_on(day) for sign in plan.signs)


def outlasted_on(plans: Sequence[Expected], day: date) -> frozenset[str]:
    """The signs whose window has passed: they last longer than the team said."""
    passed = frozenset(sign for plan in plans if plan.has_passed(day) for sign in plan.signs)
    return passed - expected_on(plans, day)


def drafted(codes: Sequence[str], allowed: Collection[str], today: date) -> dict[str, Any] | None:
    """What the codes of a button say so far, in the order of STEPS; None for what was never offered."""
    if not 1 <= len(codes) <= len(STEPS):
        return None
    draft: dict[str, Any] = {}
    for step, code in zip(STEPS, codes, strict=False):
        value = _read(step, code, allowed, today)
        if value is None:
            return None
        draft[step] = value
    return draft if _fits(draft) else None


def _read(step: str, code: str, allowed: Collection[str], today: date) -> Any:
    match step:
        case "signs":
            signs = tuple(code.split("-"))
            return signs if signs == tuple(sorted(set(signs) & set(allowed))) else None
        case "said_by":
            return code if code in WHO else None
        case "treated_on" | "said_on":
            latest = today + AHEAD if step == "treated_on" else today
            return day if (day := day_of(code)) is not None and today - BACK <= day <= latest else None
    number = int(code) if code.isascii() and code.isdigit() and len(code) <= 2 else -1
    offered = {"first": FIRST_DAYS, "last": range(LATEST_DAY + 1), "every": tuple(RHYTHMS)}[step]
    return number if number in offered else None


def _fits(draft: Mapping[str, Any]) -> bool:
    last = draft.get("last", LATEST_DAY)
    return bool(draft.get("first", 0) <= last and (not draft.get("every") or draft["every"] > last))


def day_code(day: date) -> str:
    """A day as a button carries it."""
    return f"{day:%Y%m%d}"


def day_of(code: str) -> date | None:
    """The day that a button carries."""
    try:
        return date(int(code[:4]), int(code[4:6]), int(code[6:])) if len(code) == 8 and code.isascii() else None
    except ValueError:
        return None


def added(plans: Sequence[Expected], draft: Mapping[str, Any]) -> list[Expected]:
    """The plans with a new one; tapping "keep" twice keeps one."""
    number = 1 + max((plan.number for plan in plans), default=0)
    new = Expected(number=number, **draft)
    same = [plan for plan in plans if {**plan.to_json(), "number": 0} == {**new.to_json(), "number": 0}]
    return list(plans) if same else [*plans, new]
