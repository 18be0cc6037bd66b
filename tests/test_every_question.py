"""Every question can be shown to a person, whatever has been answered before it: no text lacks a value."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime

import pytest

from bot.actions.open_checkin import open_now
from bot.actions.show_checkin import screen
from bot.actions.visit import Visit
from bot.domain.sitting import Sitting
from bot.domain.triage import Context, PastDay
from bot.store.database import Store
from tests.town import WORLD

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
PROTOCOL = WORLD.protocol
# Answers that make each question the one that waits.
BEFORE = {
    "pain_change": {"pain": 3},
    "pain_known": {"pain": 3, "pain_change": "same"},
    "pain_where": {"pain": 3, "pain_change": "new"},
    "pain_rest": {"pain": 3, "pain_change": "new", "pain_where": frozenset({"back"})},
    "pain_onset": {"pain": 3, "pain_change": "new", "pain_where": frozenset({"back"}), "pain_rest": "no"},
    "bone_signs": {"pain": 0},
    "bone_known": {"pain": 0, "bone_signs": frozenset({"numbness", "hard_to_move"})},
    "injury_how": {"pain": 0, "bone_signs": frozenset({"fall"})},
    "nerve_how": {"pain": 0, "bone_signs": frozenset({"weakness"})},
    "calcium_signs": {"pain": 0, "bone_signs": frozenset()},
    "calcium_known": {"pain": 0, "bone_signs": frozenset(), "calcium_signs": frozenset({"thirst"})},
    "calcium_how": {"pain": 0, "bone_signs": frozenset(), "calcium_signs": frozenset({"urine"})},
    "pain": {},
}
PAST = PastDay(2, {"pain": 1, "bone_signs": frozenset({"numbness"}), "calcium_signs": frozenset()})


@pytest.mark.parametrize("role", ["patient", "caregiver"])
@pytest.mark.parametrize("usual", [frozenset(), frozenset({"hard_to_move", "thirst"})])
@pytest.mark.parametrize(("question", "since"), list(itertools.product(BEFORE, [None, date(2026, 3, 1)])))
async def test_every_question_can_be_shown(
    store: Store, question: str, since: date | None, usual: frozenset[str], role: str
) -> None:
    async with store.begin() as tx:
        person = tx.people.add(1, "en", NOW)
        patient = tx.patients.add(person, NOW)
        patient.state = "active"
        visit = Visit(WORLD, tx, NOW, person, patient)
        checkin = await open_now(visit)
        checkin.since = since
        sitting = Sitting(Context(usual, (PAST,), 1, role), answers=BEFORE[question])
        shown = screen(visit.voice, PROTOCOL, checkin, sitting)
    assert shown.text
    assert "{" not in shown.text
    assert shown.buttons
