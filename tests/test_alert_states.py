"""The diagram, the code and the database agree on what an alert can be, and every due moment has its verb."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

from sqlalchemy import CheckConstraint, Table

from bot.actions.alert_follow_up import OF_AN_ALERT
from bot.actions.alert_press import BY_CAREGIVER, BY_PATIENT
from bot.actions.alert_timeline import SHOWS
from bot.actions.alert_words import RECHECK_ACTIONS, REPORTER_ACTIONS
from bot.actions.happen import ALERTS
from bot.actions.rehearsal import ANSWER
from bot.domain.ladder import ALERT_MOVES
from bot.store.tables import ALERT_STATES, Alert

ROOT = Path(__file__).parents[1]
DOC = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")


def test_the_diagram_is_the_code() -> None:
    drawn = re.findall(r"^    (\w+) --> (\w+)$", DOC, re.MULTILINE)
    assert sorted(drawn) == sorted((state, to) for state, moves in ALERT_MOVES.items() for to in moves)


def test_the_database_knows_the_same_states() -> None:
    assert set(ALERT_MOVES) == set(ALERT_STATES)
    constraints = cast(Table, Alert.__table__).constraints
    constraint = next(str(c.sqltext) for c in constraints if isinstance(c, CheckConstraint))
    assert set(re.findall(r"'(\w+)'", constraint)) == set(ALERT_MOVES)
    described = re.findall(r"^\| (\w+) \| ", DOC[DOC.index("## States") : DOC.index("## How it ends")], re.MULTILINE)
    assert set(described) - {"state"} == set(ALERT_MOVES)


def test_states_in_the_code_are_states_of_the_diagram() -> None:
    said = re.compile(r'(?:moved\([\w.]+, |alert\.state [=!]= |alert\.state = )"(\w+)"')
    for file in sorted((ROOT / "bot" / "actions").glob("*.py")):
        unknown = set(said.findall(file.read_text(encoding="utf-8"))) - set(ALERT_MOVES)
        assert not unknown, f"{file} moves an alert to {unknown}"


def test_every_due_moment_has_its_verb_and_its_line() -> None:
    assert set(OF_AN_ALERT) == set(ALERTS)
    table = DOC[DOC.index("## Due moments") : DOC.index("## Rehearsal")]
    assert set(re.findall(r"^\| (\w+) \| ", table, re.MULTILINE)) - {"moment"} == set(ALERTS)


def test_every_code_is_listed() -> None:
    listed = set(re.findall(r"`a:<alert>:(\w+)`", (ROOT / "docs" / "callbacks.md").read_text(encoding="utf-8")))
    used = {*BY_PATIENT, *BY_CAREGIVER, *RECHECK_ACTIONS, *REPORTER_ACTIONS, *SHOWS, ANSWER}
    assert listed == used
