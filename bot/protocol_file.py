"""Reads messages/checkin.yaml into the domain's protocol, or says file, line and what is wrong."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from pydantic import ValidationError

from bot.domain import protocol as p
from bot.protocol_check import check_protocol
from bot.protocol_shape import GroupShape, OpeningShape, ProtocolShape, RuleShape
from bot.protocol_yaml import Document, Problem, ProtocolError, read_yaml
from bot.texts_check import check_texts
from bot.timing_shape import FollowUpShape, LadderShape

__all__ = ["Problem", "ProtocolError", "check_all", "load_protocol", "read_protocol", "shipped_text"]

FILE = "checkin.yaml"


def load_protocol(path: Path | None = None) -> p.Protocol:
    """The protocol of a file; without a path, the one that ships with the bot. Raises ProtocolError."""
    path = path or _shipped()
    return read_protocol(_text(path), path.name)


def read_protocol(text: str, file: str = FILE) -> p.Protocol:
    """The protocol of a text, such as the copy that an old check-in holds on to. Raises ProtocolError."""
    return _read(text, file)[0]


def shipped_text() -> str:
    """The shipped protocol file as it stands, to keep beside what is opened with it. Raises ProtocolError."""
    return _text(_shipped())


def check_all(path: Path | None = None) -> list[Problem]:
    """Everything that is wrong with a protocol file and the texts beside it, by file and line.

    A folder without .po files is checked against the texts that ship with the bot.
    """
    path = path or _shipped()
    if path.is_dir():
        path /= FILE
    folder = path.parent if any(path.parent.glob("*.po")) else _shipped().parent
    try:
        protocol, document = _read(_text(path), path.name)
    except ProtocolError as error:
        return sorted(error.problems)
    return sorted(check_texts(protocol, document, folder))


def _shipped() -> Path:
    return Path(str(resources.files("messages"))) / FILE


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ProtocolError([Problem(path.name, 1, f"not UTF-8: {error.reason}")]) from None
    except OSError as error:
        raise ProtocolError([Problem(path.name, 1, f"cannot be read: {error.strerror}")]) from None


def _read(text: str, file: str) -> tuple[p.Protocol, Document]:
    document = read_yaml(text, file)
    try:
        shape = ProtocolShape.model_validate(document.values)
    except ValidationError as error:
        raise ProtocolError(_shape_problems(error, document)) from None
    protocol = _protocol(shape, document)
    if protocol is not None:
        check_protocol(protocol, document)
    if document.problems or protocol is None:
        raise ProtocolError(sorted(document.problems))
    return protocol, document


def _shape_problems(error: ValidationError, document: Document) -> list[Problem]:
    found = []
    for fault in error.errors(include_url=False, include_input=False):
        path = fault["loc"]
        message = "missing" if fault["type"] == "missing" else fault["msg"].removeprefix("Value error, ")
        found.append(Problem(document.file, document.line(path), f"{_named(path, document.values)}: {message}"))
    return sorted(found)


def _named(path: tuple[int | str, ...], values: object) -> str:
    """A path in words: rules › BP3 › source."""
    words = []
    for step in path:
        if isinstance(values, list) and isinstance(step, int) and step < len(values):
            values = values[step]
            words.append(str(values.get("id", step + 1)) if isinstance(values, dict) else str(step + 1))
        else:
            values = values.get(step) if isinstance(values, dict) else None
            words.append(str(step))
    return " › ".join(words) or "the file"


def _protocol(shape: ProtocolShape, document: Document) -> p.Protocol | None:
    sources = {
        key: p.Source(key, given.name, given.beyond_article, given.reference) for key, given in shape.sources.items()
    }
    sourced = [("rules", place, rule.id, rule.source) for place, rule in enumerate(shape.rules)]
    sourced += [("openings", place, opening.id, opening.source) for place, opening in enumerate(shape.openings)]
    for section, place, owner, source in sourced:
        if source not in sources:
            document.report((section, place, "source"), f"{owner}: no source is called {source}")
    questions = tuple(question.question() for question in shape.questions)
    groups = _groups(shape, questions, document)
    if document.problems:
        return None
    return p.Protocol(
        version=shape.version,
        questions=questions,
        follow_ups=tuple(question.question() for question in shape.follow_ups),
        patterns=tuple(shape.patterns),
        pain=p.PainQuestions(**(shape.pain.model_dump() | {"quiet_changes": frozenset(shape.pain.quiet_changes)})),
        groups=groups,
        rules=tuple(_rule(rule, sources) for rule in shape.rules),
        openings=tuple(_opening(opening, sources) for opening in shape.openings),
        timing=_timing(shape),
        ladders=tuple(_ladder(p.Urgency.of(word), ladder) for word, ladder in shape.ladders.items()),
    )


def _groups(shape: ProtocolShape, questions: tuple[p.Question, ...], document: Document) -> tuple[p.SignGroup, ...]:
    by_id = {question.id: question for question in questions}
    found = []
    for place, group in enumerate(shape.signs):
        if group.question in by_id:
            found.append(_group(group, by_id[group.question].choices))
        else:
            document.report(("signs", place, "question"), f"no question is called {group.question}")
    return tuple(found)


def _group(group: GroupShape, signs: tuple[str, ...]) -> p.SignGroup:
    return p.SignGroup(
        group.question,
        signs,
        group.known,
        group.known_choice,
        tuple(group.how.items()),
        frozenset(group.never_settled),
    )


def _rule(rule: RuleShape, sources: dict[str, p.Source]) -> p.Rule:
    return p.Rule(
        id=rule.id,
        pattern=rule.pattern,
        urgency=p.Urgency.of(rule.urgency),
        when=rule.when.condition(),
        source=sources[rule.source],
        detail=rule.detail,
        review=rule.review is not None,
        unless_settled=tuple(rule.unless_settled or ()),
    )


def _opening(opening: OpeningShape, sources: dict[str, p.Source]) -> p.Opening:
    condition, source = opening.when.condition(), sources[opening.source]
    return p.Opening(opening.id, condition, source, opening.detail, opening.review is not None)


def _timing(shape: ProtocolShape) -> p.Timing:
    timing = shape.timing
    pace = timing.pace.model_dump() | {"reminders": tuple(timing.pace.reminders)}
    silence = timing.silence.model_dump() | {
        "notes": tuple(timing.silence.notes),
        "recheck_reminders": tuple(timing.silence.recheck_reminders),
    }
    return p.Timing(
        known_for=timing.known_for,
        baseline=p.Baseline(**timing.baseline.model_dump()),
        pace=p.Pace(**pace),
        silence=p.Silence(**silence),
        follow_up=_follow_up(timing.follow_up),
    )


def _follow_up(shape: FollowUpShape) -> p.FollowUp:
    return p.FollowUp(**(shape.model_dump() | {"soft_signs": frozenset(shape.soft_signs)}))


def _ladder(urgency: p.Urgency, ladder: LadderShape) -> p.Ladder:
    return p.Ladder(
        urgency=urgency,
        rungs=tuple(p.Rung(rung.after, rung.who) for rung in ladder.rungs),
        then_every=ladder.then_every,
        last_word=ladder.last_word,
        afterwards_every=ladder.afterwards_every,
        ask_again=ladder.ask_again,
    )
