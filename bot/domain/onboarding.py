"""The way in: which step comes when, and which buttons belong to it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum


class Step(StrEnum):
    """Where a person is on the way in; kept in `people.onboarding`."""

    LANGUAGE = "language"
    CONSENT = "consent"
    DECLINED = "declined"
    TIME = "time"  # is it 14:05 where you are? And if not, which hour, which city, which country
    HOUR = "hour"
    USUAL = "usual"
    FIRST = "first"  # the first check-in is under way
    NAME = "name"
    PHONE_DAY = "phone_day"
    PHONE_NIGHT = "phone_night"


# What follows the first check-in, one card at a time, each of which can be skipped.
AFTERWARDS = (Step.NAME, Step.PHONE_DAY, Step.PHONE_NIGHT)

WHERE = frozenset({"time", "clock", "place"})
# Step → the buttons (`o:<this>:…`) that mean something while it waits. Any other is an old one.
BUTTONS: dict[Step, frozenset[str]] = {
    Step.LANGUAGE: frozenset({"language"}),
    Step.CONSENT: frozenset({"consent"}),
    Step.DECLINED: frozenset({"consent"}),
    Step.TIME: WHERE,
    Step.HOUR: frozenset({"hour", "time"}),  # the place is shown beside it and can be changed
    Step.USUAL: frozenset({"usual"}),
    Step.FIRST: frozenset(),
    Step.NAME: frozenset({"name"}),
    Step.PHONE_DAY: frozenset({"phone_day"}),
    Step.PHONE_NIGHT: frozenset({"phone_night"}),
}

# The hours that are offered for the check-in, local time. Others can be typed nowhere: nobody is woken at 03:00.
EARLIEST_HOUR, LATEST_HOUR = 6, 22
HOURS = tuple(range(EARLIEST_HOUR, LATEST_HOUR + 1))


def step_of(word: str | None) -> Step | None:
    """The step under way; None when there is none (or the word is of another version)."""
    return Step(word) if word in set(Step) else None


def first_step(languages: Sequence[str]) -> Step:
    """Where a newcomer begins: nobody is asked for a language when there is only one."""
    return Step.LANGUAGE if len(languages) > 1 else Step.CONSENT


def fits(step: Step | None, button: str) -> bool:
    """Whether a button belongs to the step that waits."""
    return step is not None and button in BUTTONS[step]


def afterwards(step: Step) -> Step | None:
    """The card after this one; None when that was the last."""
    place = AFTERWARDS.index(step) + 1 if step in AFTERWARDS else 0
    return AFTERWARDS[place] if place < len(AFTERWARDS) else None


def hour_of(choice: str) -> str | None:
    """The wall time HH:00 behind an hour's button; None for an hour that was never offered."""
    known = choice.isascii() and choice.isdigit() and len(choice) == 2 and int(choice) in HOURS
    return f"{choice}:00" if known else None


def toggled(signs: frozenset[str], choice: str, offered: Sequence[str]) -> frozenset[str] | None:
    """The signs after +sign (always ticks) or -sign (always unticks); None for a sign that was never offered."""
    sign = choice[1:]
    if choice[:1] not in ("+", "-") or sign not in offered:
        return None
    return signs | {sign} if choice[0] == "+" else signs - {sign}


def first_name(handle: str) -> str:
    """The first name in what Telegram shows ("Ana Maria (@ana)" → "Ana"); empty when there is none."""
    words = handle.rsplit(" (@", 1)[0].split()
    return words[0] if words else ""
