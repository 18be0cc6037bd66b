"""Who is called when, until somebody answers. The alert's states and the moves between them stand here, too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.protocol import Ladder

# The diagram in docs/alerts.md draws exactly these; a test compares.
ALERT_MOVES: Mapping[str, frozenset[str]] = {
    "raised": frozenset({"escalated", "acknowledged", "closed"}),
    "escalated": frozenset({"acknowledged", "closed"}),
    "acknowledged": frozenset({"escalated", "closed"}),
    "closed": frozenset(),
}
# People are being called; in any other state an alert has been answered, or is over.
CALLING = ("raised", "escalated")


class BadMove(Exception):
    """An alert was asked to go where no arrow leads."""


def moved(state: str, to: str) -> str:
    """The new state. Raises BadMove when the diagram has no such arrow; staying is always allowed."""
    if to != state and to not in ALERT_MOVES[state]:
        raise BadMove(f"an alert that is {state} cannot become {to}")
    return to


@dataclass(frozen=True)
class Step:
    """One step: how long after the ladder began, who is called, and whether it brings the last word."""

    number: int
    after: timedelta
    who: str  # first, second, everyone; or note: the first line, once and silently
    last_word: bool = False


@dataclass(frozen=True)
class Contact:
    """A caregiver as the ladder sees them."""

    person: int
    line: int
    reachable: bool = True
    available: bool = True  # not off, not asleep: else they are second line for now
    said_cannot_reach: bool = False
    is_group: bool = False


def stamp(ladder: Ladder, wait: timedelta = timedelta(), note: bool = False) -> dict[str, Any]:
    """The ladder as JSON (seconds), to keep with the alert: editing the rules tomorrow does not rewrite tonight.

    `wait` puts the whole ladder off: for soft findings (with a silent `note` at once), and for patients who want
    to try their team first.
    """
    steps: list[tuple[timedelta, str, bool]] = [(rung.after, rung.who, False) for rung in ladder.rungs]
    last = steps[-1][0]
    while last + ladder.then_every < ladder.last_word:
        last += ladder.then_every
        steps.append((last, "everyone", False))
    steps.append((ladder.last_word, "everyone", True))
    first = [[0.0, "note", False]] if note else []
    return {
        "steps": first + [[(after + wait).total_seconds(), who, final] for after, who, final in steps],
        "afterwards": ladder.afterwards_every.total_seconds() if ladder.afterwards_every else None,
        "ask_again": ladder.ask_again.total_seconds() if ladder.ask_again else None,
    }


def step(stamped: Mapping[str, Any], number: int) -> Step | None:
    """Step `number` (from 0) of a stamped ladder; None when there is no further one."""
    steps = stamped["steps"]
    if number < len(steps):
        after, who, final = steps[number]
        return Step(number, timedelta(seconds=after), who, final)
    if stamped["afterwards"] is None:
        return None
    seconds = steps[-1][0] + stamped["afterwards"] * (number - len(steps) + 1)
    return Step(number, timedelta(seconds=seconds), "everyone")


def due_steps(stamped: Mapping[str, Any], rung: int, began: datetime, now: datetime, hurry: bool = False) -> list[Step]:
    """The steps from `rung` on that have come; with `hurry` the next one even before its time.

    After an outage these are several: whoever is in any of them is called once, not once a step.
    """
    found: list[Step] = []
    while (at := step(stamped, rung + len(found))) is not None:
        if began + at.after > now and not (hurry and not found):
            break
        found.append(at)
    return found


def is_loud(stamped: Mapping[str, Any], rung: int) -> bool:
    """Whether somebody was called with a sound before `rung`; the silent note does not count."""
    return any(who != "note" for _, who, _ in stamped["steps"][:rung])


def called(at: Step, contacts: Iterable[Contact]) -> list[int]:
    """Whom this step calls, in order. Nobody who is reachable is left out when the line asked for is empty.

    Who said that they cannot reach the patient has done their part: the others come first.
    """
    reachable = [contact for contact in contacts if contact.reachable]
    able = [contact for contact in reachable if not contact.said_cannot_reach] or reachable
    first = [contact for contact in able if contact.line == 1 and contact.available]
    match at.who:
        case "first" | "note":
            chosen = first or able
        case "second":
            chosen = [contact for contact in able if contact not in first] or able
        case _:
            chosen = able
    return [contact.person for contact in chosen]
