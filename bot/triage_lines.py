"""The command `triage`: JSON lines with answers in, JSON lines with findings out (contract.md)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TextIO

from bot.domain.known import Answer, Context, PastDay
from bot.domain.protocol import Protocol, Question
from bot.domain.triage import Finding, triage

KEYS = frozenset({"id", "answers", "history", "usual", "worried", "rhythm_days"})
PAST_KEYS = frozenset({"days_ago", "answers"})


class BadLine(ValueError):
    """A line cannot be judged; the message says what is wrong with it."""


def run_lines(lines: TextIO, out: TextIO, protocol: Protocol) -> int:
    """Answer each line that is not blank, in order and at once; the exit status is 1 when one was bad."""
    _forgive_broken_text(lines)
    status = 0
    for line in lines:
        text = line.strip("\ufeff \t\r\n")
        if not text:
            continue
        answer = answer_line(text, protocol)
        status = 1 if "error" in answer else status
        # Escaped, so that any terminal and any pipe can carry it.
        out.write(json.dumps(answer) + "\n")
        out.flush()
    return status


def answer_line(text: str, protocol: Protocol) -> dict[str, Any]:
    """The answer to one line: urgency and patterns, or what is wrong with it."""
    line_id: Any = None
    try:
        given, faults = _parsed(text)
        line_id = given.get("id")
        if faults:
            raise BadLine(faults[0])
        answers, context, worried = _read(given, protocol)
    except BadLine as bad:
        return {"id": line_id if isinstance(line_id, str | int) else None, "error": str(bad)}
    result = triage(protocol, answers, context, worried)
    patterns = [_told(finding) for finding in result.findings]
    return {"id": line_id, "urgency": result.urgency.word, "patterns": patterns}


def _forgive_broken_text(lines: TextIO) -> None:
    """Let bytes that are no text arrive as marks inside their own line, so that the run goes on."""
    reconfigure: Callable[..., None] | None = getattr(lines, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="replace")


def _parsed(text: str) -> tuple[dict[str, Any], list[str]]:
    """The object of a line, and what JSON lets pass but we do not: the caller still wants the id."""
    faults: list[str] = []

    def pairs_once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                faults.append(f"{key} is given twice")
            found[key] = value
        return found

    def no_number(word: str) -> None:
        faults.append(f"{word} is not a number")

    try:
        given = json.loads(text, object_pairs_hook=pairs_once, parse_constant=no_number)
    except RecursionError:
        raise BadLine("not JSON: nested too deep") from None
    except json.JSONDecodeError as error:
        raise BadLine(f"not JSON: {error.msg} at character {error.pos + 1}") from None
    except ValueError:
        raise BadLine("not JSON: a number with too many digits") from None
    if not isinstance(given, dict):
        raise BadLine("a line is one JSON object")
    return given, faults


def _read(given: Mapping[str, Any], protocol: Protocol) -> tuple[dict[str, Answer], Context, bool]:
    _only(KEYS, given, "line")
    if not isinstance(given.get("id"), str | int) or isinstance(given["id"], bool):
        raise BadLine("id must be a text or a whole number")
    worried = given.get("worried", False)
    if not isinstance(worried, bool):
        raise BadLine("worried must be true or false")
    if "answers" not in given:
        raise BadLine("answers is missing")
    answers = _answers(given["answers"], protocol, "answers")
    context = Context(
        usual=_usual(given.get("usual", []), protocol),
        history=_history(given.get("history", []), protocol),
        rhythm_days=_rhythm(given.get("rhythm_days", 1)),
    )
    return answers, context, worried


def _only(known: frozenset[str], given: Mapping[str, Any], where: str) -> None:
    # A misspelt key would silently lose a warning sign.
    unknown = sorted(set(given) - known)
    if unknown:
        raise BadLine(f"{where}: unknown key {unknown[0]}")


def _usual(given: object, protocol: Protocol) -> frozenset[str]:
    allowed = {protocol.pain.level, *protocol.signs}
    if not isinstance(given, list) or not all(isinstance(sign, str) for sign in given):
        raise BadLine("usual must be a list of signs")
    for sign in given:
        if sign not in allowed:
            raise BadLine(f"usual: no sign is called {sign}")
    return frozenset(given)


def _rhythm(given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given) or given <= 0:
        raise BadLine("rhythm_days must be a number above 0")
    return given


def _history(given: object, protocol: Protocol) -> tuple[PastDay, ...]:
    if not isinstance(given, list):
        raise BadLine("history must be a list")
    return tuple(_past(entry, protocol, f"history {place}") for place, entry in enumerate(given, start=1))


def _past(given: object, protocol: Protocol, where: str) -> PastDay:
    if not isinstance(given, dict):
        raise BadLine(f"{where}: must be an object with days_ago and answers")
    _only(PAST_KEYS, given, where)
    days_ago = given.get("days_ago")
    if type(days_ago) is not int or days_ago < 0:
        raise BadLine(f"{where}: days_ago must be a whole number, 0 or more")
    if "answers" not in given:
        raise BadLine(f"{where}: answers is missing")
    return PastDay(days_ago, _answers(given["answers"], protocol, where))


def _answers(given: object, protocol: Protocol, where: str) -> dict[str, Answer]:
    if not isinstance(given, dict):
        raise BadLine(f"{where}: answers must be an object")
    return {name: _answer(name, value, protocol, where) for name, value in given.items()}


def _answer(name: str, value: object, protocol: Protocol, where: str) -> Answer:
    question = protocol.by_id.get(name)
    if question is None:
        raise BadLine(f"{where}: no question is called {name}")
    answer = value
    if question.kind == "several" and isinstance(value, list) and all(isinstance(code, str) for code in value):
        answer = frozenset(value)
    if question.takes(answer) and isinstance(answer, int | str | frozenset):
        return answer
    raise BadLine(f"{where}: {name} must be {_expected(question)}")


def _expected(question: Question) -> str:
    match question.kind:
        case "scale":
            return f"a whole number from {question.choices[0]} to {question.choices[-1]}"
        case "one":
            return f"one of {', '.join(question.choices)}"
    return f"a list of {', '.join(question.choices)}"


def _told(finding: Finding) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": finding.pattern,
        "urgency": finding.urgency.word,
        "rules": list(finding.rules),
        "because": list(finding.because),
        "source": finding.source,
    }
    return told | {"known": True} if finding.known else told
