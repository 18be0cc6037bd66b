"""Every example that nurses check is lived through to its words: the patient's advice, the alert, the reasons."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select

from bot.actions import alert_timeline, result_press
from bot.actions.finish_checkin import finish
from bot.actions.open_checkin import open_now
from bot.actions.visit import Visit
from bot.domain.press import CheckinPress
from bot.domain.protocol import Urgency
from bot.domain.sitting import Sitting, given, known_questions
from bot.domain.triage import Context, PastDay
from bot.protocol_yaml import read_yaml
from bot.store.database import Store
from bot.store.ids import Ids
from bot.store.queues import OutboxRow
from bot.store.tables import Person
from bot.store.unit import Tx
from bot.store.vault import Vault
from tests.databases import MASTER_KEY
from tests.town import WORLD, TownClock

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
EXAMPLES = cast(
    list[dict[str, Any]],
    read_yaml((Path(__file__).parents[1] / "messages/examples.yaml").read_text(encoding="utf-8"), "examples").values,
)


def _in(answers: dict[str, Any]) -> dict[str, Any]:
    return {name: frozenset(value) if isinstance(value, list) else value for name, value in answers.items()}


def _reachable(example: dict[str, Any]) -> bool:
    """Whether taps can lead here: some examples answer a question that is then not asked, to show the bare rule."""
    sitting = Sitting(_context(example), answers=_in(example["answers"]))
    return given(WORLD.protocol, sitting) == sitting.answers


def _context(example: dict[str, Any]) -> Context:
    past = tuple(PastDay(int(days), _in(said)) for days, said in example.get("history", {}).items())
    return Context(frozenset(example.get("usual", ())), past, example.get("rhythm", 1))


async def _lived(store: Store, number: int, example: dict[str, Any]) -> tuple[list[str], list[str], Urgency]:
    """What the patient and her caregiver were told."""
    async with store.begin() as tx:
        person = tx.people.add(1_000 + number, "en", NOW)
        patient = tx.patients.add(person, NOW)
        patient.state, person.zone, person.country = "active", "Europe/Lisbon", "PT"
        ana = tx.people.add(5_000 + number, "en", NOW)
        tx.people.set_name(ana, "Ana")
        tx.families.link(person.id, ana.id, NOW).state = "active"
    async with store.begin() as tx:
        person, ana = await tx.people.get(person.id), await tx.people.get(ana.id)
        visit = Visit(WORLD, tx, NOW, person, await tx.patients.get(person.id))
        checkin = await open_now(visit)
        checkin.worried = bool(example.get("worried"))
        # The time to say whether the team knows is over, wherever the example leaves that open.
        waited = frozenset(known_questions(WORLD.protocol).values())
        await finish(visit, checkin, Sitting(_context(example), answers=_in(example["answers"]), waited=waited))
        await result_press.press(visit, checkin, CheckinPress(checkin.id, "why", "show"))
        await result_press.press(visit, checkin, CheckinPress(checkin.id, "worried", "yes"))
        alert = await tx.alerts.open_of(person.id)
        if alert is not None:
            for what in ("say", "details"):
                await alert_timeline.show(visit, alert, person, what)
    async with store.read() as tx:
        return (
            await _texts(tx, person, person.chat_id),
            await _texts(tx, person, ana.chat_id),
            Urgency.of(example["urgency"]),
        )


async def _texts(tx: Tx, about: Person, chat_id: int) -> list[str]:
    rows = await tx.session.scalars(select(OutboxRow).where(OutboxRow.chat_id == chat_id).order_by(OutboxRow.id))
    return [body["text"] for row in rows if "text" in (body := tx.open(about, "outbox.body", row.body))]


async def test_every_example_is_said(sqlite_url: str) -> None:
    store = Store(sqlite_url, Vault([MASTER_KEY]), Ids(TownClock(NOW)))
    reachable = [example for example in EXAMPLES if _reachable(example)]
    assert len(reachable) > 80
    for number, example in enumerate(reachable):
        patient, caregiver, urgency = await _lived(store, number, example)
        for text in patient + caregiver:
            assert 0 < len(text) <= 4096, example["name"]
            assert not re.search(r"[{}]", text), f"{example['name']}: {text}"
        said = " ".join(patient)
        if urgency >= Urgency.RIGHT_AWAY:
            assert "112" in said, f"{example['name']}: the emergency number is missing"
            assert "Nobody at a clinic reads this chat" in said, example["name"]
            assert caregiver, f"{example['name']}: the caregiver heard nothing"
        if urgency == Urgency.EMERGENCY:
            assert "Call 112 now" in said, example["name"]
        assert not re.search(r"\b(you are|you're) (fine|ok|okay|well|all right)\b", said.lower()), example["name"]
    await store.close()
