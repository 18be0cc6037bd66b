"""What a person told before: the baseline of their pain, and which signs their care team already knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bot.domain.protocol import Protocol, SignGroup

# A whole number, one choice, or the ticked choices. A missing answer is an absent key, never a value.
Answer = int | str | frozenset[str]
Answers = Mapping[str, Answer]

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PastDay:
    """The answers of an earlier check-in, `days_ago` local days before this one (0: earlier today)."""

    days_ago: int
    answers: Answers


@dataclass(frozen=True)
class Context:
    """What stays fixed while a check-in is answered.

    `history` may come in any order; of two entries of one day the one listed later is the later one.
    `rhythm_days` is the usual distance between check-ins, `role` who gives the answers: patient or caregiver.
    `expected` are the signs that the care team said to expect on this day (`team_plan`), `outlasted` those that were
    to be over by now: they change the words of a question, and nothing that is concluded.
    """

    usual: frozenset[str] = NOTHING
    expected: frozenset[str] = field(default=NOTHING, kw_only=True)
    outlasted: frozenset[str] = field(default=NOTHING, kw_only=True)
    history: tuple[PastDay, ...] = ()
    rhythm_days: float = 1
    role: str = "patient"

    @cached_property
    def newest_first(self) -> tuple[PastDay, ...]:
        """The history from the latest entry back."""
        places = sorted(range(len(self.history)), key=lambda place: (self.history[place].days_ago, -place))
        return tuple(self.history[place] for place in places)


def ticked(answers: Answers, question_id: str) -> frozenset[str]:
    """The ticked choices of a several-choice question; none when it was not answered."""
    answer = answers.get(question_id)
    return answer if isinstance(answer, frozenset) else NOTHING


def known_signs(protocol: Protocol, question_id: str, answers: Answers, context: Context) -> dict[str, int | None]:
    """Which ticked signs of a question are asked as known, and how many days ago each was last reported.

    A sign is asked as known when it is usual, was reported lately (clinical.md, "Known signs") or is expected on
    this day by the care team's own word; None stands for one that was not reported lately.
    """
    now_ticked, standing = ticked(answers, question_id), context.usual | context.expected
    if not now_ticked or not (standing or context.history):
        return {}
    limit = protocol.timing.known_for.days
    found: dict[str, int | None] = {}
    for sign in protocol.by_id[question_id].choices:
        if sign in now_ticked:
            reported = _last_reported(question_id, sign, context.history, limit)
            if reported is not None or sign in standing:
                found[sign] = reported
    return found


def _last_reported(question_id: str, sign: str, history: Iterable[PastDay], limit: int) -> int | None:
    return min(
        (day.days_ago for day in history if day.days_ago <= limit and sign in ticked(day.answers, question_id)),
        default=None,
    )


def settled(protocol: Protocol, answers: Answers, context: Context) -> frozenset[str]:
    """The signs, and pain, that the care team knows and that are as they were: they raise nothing new."""
    found = [sign for group in protocol.groups for sign in _settled_of(protocol, group, answers, context)]
    if pain_is_settled(protocol, answers, context):
        found.append(protocol.pain.level)
    return frozenset(found)


def _settled_of(protocol: Protocol, group: SignGroup, answers: Answers, context: Context) -> list[str]:
    if answers.get(group.known) != group.known_choice:
        return []
    return [
        sign
        for sign in known_signs(protocol, group.question, answers, context)
        if sign not in group.never_settled and not ticked(answers, group.how_of[sign])
    ]


def pain_is_recorded_as_known(protocol: Protocol, context: Context) -> bool:
    """Whether the latest word before today on the pain is that the team knows it.

    A word lasts 30 days (clinical.md, "Known signs"); without one, pain counts as known when it is usual.
    """
    last = _last_word_on_pain(protocol, context)
    return protocol.pain.level in context.usual if last is None else last == protocol.pain.known_choice


def pain_is_settled(protocol: Protocol, answers: Answers, context: Context) -> bool:
    """Whether the team knows the pain, by today's word or an earlier one, and today it is the same or better."""
    pain = protocol.pain
    if answers.get(pain.change) not in pain.quiet_changes:
        return False
    if pain.known in answers:
        return answers[pain.known] == pain.known_choice
    return pain_is_recorded_as_known(protocol, context)


def _last_word_on_pain(protocol: Protocol, context: Context) -> Answer | None:
    limit = protocol.timing.known_for.days
    for day in context.newest_first:
        if day.days_ago <= limit and protocol.pain.known in day.answers:
            return day.answers[protocol.pain.known]
    return None


def earlier_pains(protocol: Protocol, context: Context) -> list[tuple[int, int]]:
    """Earlier pains as (days ago, 0-10), the latest first."""
    level = protocol.pain.level
    found = [(day.days_ago, day.answers.get(level)) for day in context.newest_first]
    return [(days_ago, pain) for days_ago, pain in found if isinstance(pain, int)]


def baseline(protocol: Protocol, context: Context) -> float | None:
    """The median of the latest pains before today, or None when there are too few (clinical.md, "Rules")."""
    rule = protocol.timing.baseline
    pains = [pain for days, pain in earlier_pains(protocol, context) if 1 <= days <= rule.window.days]
    pains = sorted(pains[: rule.latest])
    needed = rule.needs_when_rare if context.rhythm_days > rule.rare_over.days else rule.needs
    if len(pains) < needed:
        return None
    middle, odd = divmod(len(pains), 2)
    return float(pains[middle]) if odd else (pains[middle - 1] + pains[middle]) / 2
