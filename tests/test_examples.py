"""The examples that nurses check, run as they are written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from bot.domain.protocol import URGENCY_WORDS
from bot.protocol_file import load_protocol
from bot.protocol_yaml import Document, read_yaml
from bot.triage_lines import answer_line

FILE = Path(__file__).parent.parent / "messages" / "examples.yaml"
PROTOCOL = load_protocol()
KEYS = {"name", "answers", "usual", "history", "worried", "rhythm", "urgency", "patterns"}


def _document() -> Document:
    return read_yaml(FILE.read_text(encoding="utf-8"), FILE.name)


DOCUMENT = _document()
EXAMPLES = cast(list[dict[str, Any]], DOCUMENT.values)


def _id(example: dict[str, Any]) -> str:
    return f"line {DOCUMENT.line((EXAMPLES.index(example),))}: {example['name']}"


def _line(example: dict[str, Any]) -> str:
    past = [{"days_ago": int(days), "answers": given} for days, given in example.get("history", {}).items()]
    line = {"id": example["name"], "answers": example["answers"], "history": past}
    line |= {key: example[key] for key in ("usual", "worried") if key in example}
    return json.dumps(line | ({"rhythm_days": example["rhythm"]} if "rhythm" in example else {}))


def _patterns(told: list[dict[str, Any]]) -> dict[str, dict[str, list[str]]]:
    return {entry["id"]: {"known" if "known" in entry else entry["urgency"]: entry["rules"]} for entry in told}


@pytest.mark.parametrize("example", EXAMPLES, ids=_id)
def test_example(example: dict[str, Any]) -> None:
    assert set(example) <= KEYS
    assert example["urgency"] in URGENCY_WORDS

    answer = answer_line(_line(example), PROTOCOL)

    assert "error" not in answer, answer
    assert answer["urgency"] == example["urgency"]
    assert _patterns(answer["patterns"]) == example.get("patterns", {})


def test_every_rule_has_an_example_and_every_example_its_own_name() -> None:
    shown = {
        rule
        for example in EXAMPLES
        for found in example.get("patterns", {}).values()
        for urgency, rules in found.items()
        if urgency != "known"
        for rule in rules
    }
    assert shown == set(PROTOCOL.rules_by_id)
    names = [example["name"] for example in EXAMPLES]
    assert len(names) == len(set(names))
