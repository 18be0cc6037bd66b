"""Every question can be shown to a person, whatever has been answered before it: no text lacks a value."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime

from bot.actions.open_checkin import open_now
from bot.actions.show_checkin import screen
from bot.actions.visit import Visit
from bot.domain.sitting import Sitting
from bot.domain.triage import Context, PastDay
from bot.store.database import Store
from bot.store.ids import Ids
from bot.store.vault import Vault
from tests.databases import MASTER_KEY
from tests.town import WORLD, TownClock

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


ROLES = ("patient", "caregiver")
USUAL = (frozenset[str](), frozenset({"hard_to_move", "thirst"}))
SINCE = (None, date(2026, 3, 1))


async def test_every_question_can_be_shown(sqlite_url: str) -> None:
    store = Store(sqlite_url, Vault([MASTER_KEY]), Ids(TownClock(NOW)))
    async with store.begin() as tx:
        person = tx.people.add(1, "en", NOW)
        patient = tx.patients.add(person, NOW)
        patient.state = "active"
        visit = Visit(WORLD, tx, NOW, person, patient)
        checkin = await open_now(visit)
        for question, since, usual, role in itertools.product(BEFORE, SINCE, USUAL, ROLES):
            checkin.since = since
            sitting = Sitting(Context(usual, (PAST,), 1, role), answers=BEFORE[question])
            shown = screen(visit.voice, PROTOCOL, checkin, sitting)
            assert shown.text, question
            assert "{" not in shown.text, question
            assert shown.buttons, question
    await store.close()
