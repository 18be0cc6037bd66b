"""Looks for mistakes in a protocol that its shape cannot show: unknown codes, questions nobody is ever asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice, product
from math import prod

from bot.domain import conditions as c
from bot.domain.evidence import Situation, compiled
from bot.domain.known import Answer, Context
from bot.domain.press import BACK, DONE, MOST_BYTES, CheckinPress, to_data
from bot.domain.protocol import Protocol, Question
from bot.protocol_yaml import Document, Path

# The longest id that a check-in can have in callback data (contract.md).
LONGEST_ID = 10**18
RESERVED = {DONE, BACK}
# Enough for any condition that a person can still read; what is longer is believed.
MOST_TRIES = 100_000


def check_protocol(protocol: Protocol, document: Document) -> None:
    """Report everything that is wrong with a protocol whose file has the right shape."""
    _twice(protocol, document)
    if document.problems:
        return  # with two things of one name no other message can say which is meant
    for path, question in _questions(protocol):
        _check_choices(question, path, document)
    for path, owner, condition in _conditions(protocol):
        for part in c.parts_of(condition):
            _check_codes(protocol, part, path, owner, document)
    _check_order(protocol, document)
    _check_known(protocol, document)
    _check_rules(protocol, document)
    _check_timing(protocol, document)
    if not document.problems:
        _check_reachable(protocol, document)


def _questions(protocol: Protocol) -> Iterator[tuple[Path, Question]]:
    yield from ((("questions", place), question) for place, question in enumerate(protocol.questions))
    yield from ((("follow_ups", place), question) for place, question in enumerate(protocol.follow_ups))


def _conditions(protocol: Protocol) -> Iterator[tuple[Path, str, c.Condition]]:
    for path, question in _questions(protocol):
        if question.asked_when is not None:
            yield (*path, "asked_when"), question.id, question.asked_when
    for place, rule in enumerate(protocol.rules):
        yield ("rules", place, "when"), rule.id, rule.when
    for place, opening in enumerate(protocol.openings):
        yield ("openings", place, "when"), opening.id, opening.when


def _twice(protocol: Protocol, document: Document) -> None:
    questions = [(path, question.id) for path, question in _questions(protocol)]
    rules = [(("rules", place), rule.id) for place, rule in enumerate(protocol.rules)]
    openings = [(("openings", place), opening.id) for place, opening in enumerate(protocol.openings)]
    patterns = [(("patterns", place), pattern) for place, pattern in enumerate(protocol.patterns)]
    signs = [(("signs", place), sign) for place, group in enumerate(protocol.groups) for sign in group.signs]
    for named in (questions, rules, openings, patterns, signs):
        _report_repeats(named, "there is another {name} before it", document)
    for path, question in _questions(protocol):
        choices = [((*path, "choices", place), choice) for place, choice in enumerate(question.choices)]
        _report_repeats(choices, f"{question.id} has the choice {{name}} twice", document)


def _report_repeats(named: Iterable[tuple[Path, str]], message: str, document: Document) -> None:
    seen: Counter[str] = Counter()
    for path, name in named:
        seen[name] += 1
        if seen[name] == 2:
            document.report(path, message.format(name=name))


def _check_choices(question: Question, path: Path, document: Document) -> None:
    for choice in question.choices:
        # A several-choice question is ticked with +choice, so there it is told apart.
        if choice in RESERVED and question.kind != "several":
            document.report((*path, "choices"), f"{question.id}: {choice} is the word of another button")
        mark = "+" if question.kind == "several" else ""
        try:
            to_data(CheckinPress(LONGEST_ID, question.id, f"{mark}{choice}"))
        except ValueError:
            message = f"{question.id}: the button of {choice} needs more than {MOST_BYTES} bytes of callback data"
            document.report((*path, "choices"), message)


KINDS = {c.AnswerIs: "one", c.Ticked: "several", c.AskedAsKnown: "several"}


def _check_codes(protocol: Protocol, part: c.Condition, path: Path, owner: str, document: Document) -> None:
    if isinstance(part, c.Missing) and part.question not in protocol.by_id:
        document.report(path, f"{owner}: no question is called {part.question}")
    if not isinstance(part, c.AnswerIs | c.Ticked | c.AskedAsKnown):
        return
    question = protocol.by_id.get(part.question)
    if question is None:
        document.report(path, f"{owner}: no question is called {part.question}")
        return
    if question.kind != KINDS[type(part)]:
        document.report(path, f"{owner}: {part.question} is a question of the kind {question.kind}")
    for choice in part.choices:
        if choice not in question.choices:
            document.report(path, f"{owner}: {part.question} has no choice {choice}")
    if isinstance(part, c.AskedAsKnown) and part.question not in protocol.group_of:
        document.report(path, f"{owner}: {part.question} is not a question about signs")


def _check_order(protocol: Protocol, document: Document) -> None:
    """A question may look at earlier ones only, and stands behind the one it follows."""
    asked: list[str] = []
    for place, question in enumerate(protocol.questions):
        path = ("questions", place)
        for name in _named_in(question.asked_when):
            if name in protocol.by_id and name not in asked:
                message = f"{question.id} cannot be reached: {name} is not asked before it"
                document.report((*path, "asked_when"), message)
        if question.parent is not None and not _follows(protocol, question, asked):
            document.report((*path, "parent"), f"{question.id} does not come straight after {question.parent}")
        asked.append(question.id)


def _named_in(condition: c.Condition | None) -> set[str]:
    parts = c.parts_of(condition) if condition is not None else ()
    named = c.AnswerIs | c.Ticked | c.AskedAsKnown | c.Missing
    return {part.question for part in parts if isinstance(part, named)}


def _follows(protocol: Protocol, question: Question, asked: list[str]) -> bool:
    """Whether only the parent's other follow-up questions stand between a question and its parent."""
    if question.parent not in asked:
        return False
    between = asked[asked.index(question.parent) + 1 :]
    return all(protocol.by_id[name].parent == question.parent for name in between)


def _check_known(protocol: Protocol, document: Document) -> None:
    pain = protocol.pain
    wanted: list[tuple[Path, str, str, tuple[str, ...]]] = [
        (("pain", "level"), pain.level, "scale", ()),
        (("pain", "change"), pain.change, "one", tuple(sorted(pain.quiet_changes))),
        (("pain", "known"), pain.known, "one", (pain.known_choice,)),
    ]
    for place, group in enumerate(protocol.groups):
        path: Path = ("signs", place)
        wanted.append(((*path, "question"), group.question, "several", tuple(sorted(group.never_settled))))
        wanted.append(((*path, "known"), group.known, "one", (group.known_choice,)))
        wanted += [((*path, "how", sign), how, "several", ()) for sign, how in group.how]
        if set(group.how_of) != set(group.signs):
            differ = ", ".join(sorted(set(group.how_of) ^ set(group.signs)))
            document.report((*path, "how"), f"how does not name exactly the signs of {group.question}: {differ}")
    for where, name, kind, choices in wanted:
        question = protocol.by_id.get(name)
        if question is None or question.kind != kind:
            document.report(where, f"no question of the kind {kind} is called {name}")
            continue
        for choice in choices:
            if choice not in question.choices:
                document.report(where[:-1], f"{name} has no choice {choice}")


def _check_rules(protocol: Protocol, document: Document) -> None:
    earlier: set[str] = set()
    for place, rule in enumerate(protocol.rules):
        path = ("rules", place)
        if rule.pattern not in protocol.patterns:
            document.report((*path, "pattern"), f"{rule.id}: no pattern is called {rule.pattern}")
        if rule.source.beyond_article and not rule.review:
            document.report(path, f"{rule.id}: a rule from beyond the article says review: for clinical review")
        groups = {protocol.group_of[sign].question for sign in rule.unless_settled if sign in protocol.signs}
        unknown = [sign for sign in rule.unless_settled if sign not in protocol.signs]
        if unknown or len(groups) > 1:
            document.report((*path, "unless_settled"), f"{rule.id}: unless_settled names signs of one question")
        for part in c.parts_of(rule.when):
            for name in part.rules if isinstance(part, c.NotMatched) else ():
                if name not in earlier:
                    document.report((*path, "when"), f"{rule.id}: no rule above it is called {name}")
        earlier.add(rule.id)
    for place, pattern in enumerate(protocol.patterns):
        if pattern not in {rule.pattern for rule in protocol.rules}:
            document.report(("patterns", place), f"no rule leads to {pattern}")


def _check_timing(protocol: Protocol, document: Document) -> None:
    timing = protocol.timing
    rows: tuple[tuple[Path, tuple[timedelta, ...]], ...] = (
        (("timing", "pace", "reminders"), (*timing.pace.reminders, timing.pace.expires_after)),
        (("timing", "silence", "notes"), timing.silence.notes),
        (("timing", "silence", "recheck_reminders"), timing.silence.recheck_reminders),
    )
    for path, moments in rows:
        if list(moments) != sorted(set(moments)):
            document.report(path, "these moments do not follow each other")
    if max(timing.baseline.needs, timing.baseline.needs_when_rare) > timing.baseline.latest:
        document.report(("timing", "baseline"), "the baseline needs more pains than it takes")
    for sign in sorted(timing.follow_up.soft_signs - set(protocol.signs)):
        document.report(("timing", "follow_up", "soft_signs"), f"no sign is called {sign}")
    for ladder in protocol.ladders:
        path = ("ladders", ladder.urgency.word)
        moments = tuple(rung.after for rung in ladder.rungs)
        if list(moments) != sorted(moments) or moments[0] != timedelta(0) or moments[-1] >= ladder.last_word:
            document.report(path, "the rungs begin at once and follow each other, before the last word")


def _check_reachable(protocol: Protocol, document: Document) -> None:
    for place, question in enumerate(protocol.questions):
        if question.asked_when is not None and not _can_be_asked(protocol, question):
            document.report(
                ("questions", place, "asked_when"), f"{question.id} cannot be reached: no answers lead to it"
            )


def _can_be_asked(protocol: Protocol, question: Question) -> bool:
    """Try every kind of answer to the questions that the condition looks at, for every kind of person."""
    if question.asked_when is None:
        return True
    test = compiled(question.asked_when)
    names = sorted(_looked_at(protocol, question.asked_when))
    kinds = [_kinds_of_answer(protocol.by_id[name], protocol) for name in names]
    everything_usual = Context(usual=frozenset(protocol.usual_choices) | set(protocol.signs))
    people = [Context(), everything_usual]
    people += [replace(person, role="caregiver") for person in people]
    for combination in islice(product(*kinds), MOST_TRIES):
        answers = {name: answer for name, answer in zip(names, combination, strict=True) if answer is not None}
        if any(test(Situation(protocol, answers, person)) is not None for person in people):
            return True
    return prod(map(len, kinds)) > MOST_TRIES


def _looked_at(protocol: Protocol, condition: c.Condition) -> set[str]:
    pain = protocol.pain
    names = _named_in(condition)
    for part in c.parts_of(condition):
        if isinstance(part, c.PainAtLeast | c.PainAboveBaseline | c.PainRising):
            names.add(pain.level)
        if isinstance(part, c.PainSettled):
            names |= {pain.change, pain.known}
    return names


def _kinds_of_answer(question: Question, protocol: Protocol) -> list[Answer | None]:
    match question.kind:
        case "scale":
            return [None, *(int(choice) for choice in question.choices)]
        case "one":
            return [None, *question.choices]
    single = [frozenset({choice}) for choice in question.choices]
    return [None, frozenset(), *single, frozenset(question.choices)]
