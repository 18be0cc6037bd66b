"""Who may do and see what: the whole table, written a second time as people would say it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.people import MAY, Deed, Relation, may, relation_between
from bot.store.tables import LINK_STATES

MARIA, ANA = 1, 2

# One letter a relation: S self, A sees alerts, D sees a line a day, E sees everything, G a group, P pending, F former,
# X stranger.
LETTERS = {
    "S": Relation.SELF,
    "A": Relation.SEES_ALERTS,
    "D": Relation.SEES_DAILY,
    "E": Relation.SEES_EVERYTHING,
    "G": Relation.GROUP,
    "P": Relation.PENDING,
    "F": Relation.FORMER,
    "X": Relation.STRANGER,
}
MATRIX = {
    Deed.ANSWER: "S",
    Deed.CHANGE_SETTINGS: "S",
    Deed.EXPORT: "S",
    Deed.ERASE: "S",
    Deed.INVITE: "S",
    Deed.CONFIRM: "S",
    Deed.ARRANGE: "S",
    Deed.SEE_CAREGIVERS: "SADE",
    Deed.SEE_ANSWERS: "SE",
    Deed.SEE_DAILY: "SDE",
    Deed.SEE_ALERTS: "SADEG",
    Deed.ACT_ON_ALERT: "SADEG",
    Deed.END_ALERT: "SADE",
    Deed.SEE_TIMELINE: "SADE",
    Deed.REPORT_FOR: "ADE",
    Deed.SAY_DIED: "ADE",
    Deed.LEAVE: "ADEP",
    Deed.KNOW_OF: "SADEG",
}


def test_the_matrix_names_every_deed_and_every_relation() -> None:
    assert set(MATRIX) == set(Deed) == set(MAY)
    assert set(LETTERS.values()) == set(Relation)


@pytest.mark.parametrize("deed", Deed, ids=lambda deed: deed.name)
def test_who_may(deed: Deed) -> None:
    assert {letter for letter, relation in LETTERS.items() if may(relation, deed)} == set(MATRIX[deed])


def test_a_stranger_and_a_former_caregiver_may_nothing() -> None:
    for deed in Deed:
        assert not may(Relation.STRANGER, deed)
        assert not may(Relation.FORMER, deed)


def test_before_the_patients_yes_one_can_only_step_back() -> None:
    assert [deed for deed in Deed if may(Relation.PENDING, deed)] == [Deed.LEAVE]


def test_a_larger_part_never_allows_less() -> None:
    alerts, daily, everything = (
        {deed for deed in Deed if may(relation, deed)}
        for relation in (Relation.SEES_ALERTS, Relation.SEES_DAILY, Relation.SEES_EVERYTHING)
    )
    assert alerts < daily < everything


@pytest.mark.parametrize(
    ("state", "sees", "relation"),
    [
        ("active", "alerts", Relation.SEES_ALERTS),
        ("active", "daily", Relation.SEES_DAILY),
        ("active", "everything", Relation.SEES_EVERYTHING),
        ("active", "something of tomorrow", Relation.SEES_ALERTS),
        ("pending", "everything", Relation.PENDING),
        ("refused", "everything", Relation.FORMER),
        ("removed", "everything", Relation.FORMER),
        ("left", "everything", Relation.FORMER),
        ("something of tomorrow", "everything", Relation.STRANGER),
        (None, "everything", Relation.STRANGER),
    ],
)
def test_what_a_link_makes_of_somebody(state: str | None, sees: str, relation: Relation) -> None:
    assert relation_between(ANA, MARIA, state, sees) is relation
    assert relation_between(MARIA, MARIA, state, sees) is Relation.SELF


def test_every_state_of_a_link_has_a_meaning() -> None:
    assert all(relation_between(ANA, MARIA, state) is not Relation.STRANGER for state in LINK_STATES)


@given(st.text(), st.text())
def test_only_a_yes_opens_anything(state: str, sees: str) -> None:
    relation = relation_between(ANA, MARIA, state, sees)
    assert relation.is_caregiver == (state == "active")
    assert relation is not Relation.SELF
