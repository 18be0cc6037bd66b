"""Holds what people told the server against the rows and against what the server was handed."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import text

from bot.store.database import make_engine
from tests.chaos.people import People
from tests.chaos.rig import CAREGIVERS, FIRST_CAREGIVER, FIRST_PATIENT, PATIENTS, Server

Call = dict[str, Any]


async def rows(database: str, query: str) -> list[tuple[Any, ...]]:
    engine = make_engine(database)
    async with engine.connect() as connection:
        found = [tuple(row) for row in await connection.execute(text(query))]
    await engine.dispose()
    return found


async def everything_worked_on(database: str) -> bool:
    waiting = await rows(database, "SELECT count(*) FROM inbox WHERE state = 'waiting'")
    unsent = await rows(database, "SELECT count(*) FROM outbox WHERE state IN ('ready', 'sending')")
    behind = await rows(database, "SELECT count(*) FROM cards WHERE shown < wanted AND state = 'live'")
    return waiting[0][0] == unsent[0][0] == behind[0][0] == 0


async def check(database: str, server: Server, people: People, harms: int) -> dict[str, int]:
    """Every claim, as assertions; returns the figures for whoever wants to print them."""
    arrived = await server.calls("sendMessage")
    kept = await _updates(database, people)
    answers = await _answers(database, people)
    alerts = await _alerts(database, arrived, harms)
    prompts = _prompts(arrived, harms)
    assert not people.unanswered, f"nothing came of {people.unanswered}"
    return {**kept, **answers, **alerts, **prompts}


async def _updates(database: str, people: People) -> dict[str, int]:
    """The server waits for no confirmation any more: each update was kept, and worked on."""
    state = dict(await rows(database, "SELECT update_id, state FROM inbox WHERE update_id > 0"))
    lost = [told for told in people.told if told.update not in state]
    assert not lost, f"confirmed and never kept: {lost}"
    undone = [told for told in people.told if state[told.update] != "done"]
    assert not undone, f"kept and never worked on: {undone}"
    assert len(state) == len(people.told), "updates that nobody caused"
    return {"updates": len(people.told)}


async def _answers(database: str, people: People) -> dict[str, int]:
    """Each answer that was tapped is stored, once; no "/checkin" opened two check-ins."""
    counted = await rows(database, "SELECT checkin_id, question, count(*) FROM answers GROUP BY 1, 2")
    stored = Counter({(str(checkin), question): number for checkin, question, number in counted})
    lost = [key for key in people.answers if stored[key] == 0]
    twice = [key for key, number in stored.items() if number > 1]
    assert not lost, f"answers lost: {lost}"
    assert not twice, f"answers stored twice: {twice}"
    assert stored.keys() <= people.answers, "answers that nobody gave"
    opened = (await rows(database, "SELECT count(*) FROM checkins"))[0][0]
    asked = sum(told.what == "/checkin" for told in people.told)
    assert opened <= asked + PATIENTS, "more check-ins than were asked for or came due"
    return {"answers": len(stored)}


async def _alerts(database: str, arrived: list[Call], harms: int) -> dict[str, int]:
    """Every warning raised an alert; every alert reached every caregiver, nobody else, twice at most once a harm."""
    await _every_warning_raised_one(database)
    links = await rows(
        database,
        "SELECT a.id, p.chat_id FROM alerts a JOIN care_links l ON l.patient_id = a.patient_id "
        "JOIN people p ON p.id = l.caregiver_id WHERE l.state = 'active'",
    )
    due = {(str(alert), chat) for alert, chat in links}
    heard: Counter[tuple[str, int, str]] = Counter()
    for call in arrived:
        for alert in _alert_ids(call):
            heard[alert, int(call["chat_id"]), str(call["params"].get("text"))] += 1
    reached = {(alert, chat) for alert, chat, _ in heard}
    assert due <= reached, f"alerts that never reached somebody: {due - reached}"
    assert reached <= due, f"alerts that reached the wrong chat: {reached - due}"
    again = [number - 1 for number in heard.values() if number > 1]
    assert all(copies <= harms for copies in again), "one alert was repeated more often than there were harms"
    return {"alerts": len({alert for alert, _ in due}), "alert messages": len(due), "alert copies": sum(again)}


async def _every_warning_raised_one(database: str) -> None:
    """A check-in that got as far as the question after a warning raised an alert, or one was open meanwhile."""
    silent = await rows(
        database,
        "SELECT c.id FROM checkins c JOIN answers a ON a.checkin_id = c.id WHERE a.question = 'nerve_how' AND "
        "NOT EXISTS (SELECT 1 FROM alerts x WHERE x.checkin_id = c.id OR (x.patient_id = c.patient_id AND "
        "x.raised_at <= a.given_at AND coalesce(x.closed_at, a.given_at) >= c.opened_at))",
    )
    assert not silent, f"check-ins with a warning that raised no alert: {silent}"
    raised = await rows(database, "SELECT alert_id FROM alert_events WHERE kind = 'raised'")
    twice = [alert for (alert,), number in Counter(raised).items() if number > 1]
    assert not twice, f"alerts raised twice: {twice}"


def _prompts(arrived: list[Call], harms: int) -> dict[str, int]:
    """A question stands below a patient's message, nobody else's; the same one is sent again once a harm at most."""
    sent: Counter[tuple[int, str, str]] = Counter()
    for call in arrived:
        checkins = {data.split(":")[1] for data in _buttons(call) if data.startswith("c:")}
        assert not checkins or FIRST_PATIENT <= call["chat_id"] < FIRST_PATIENT + PATIENTS, f"a question to {call}"
        assert _is_somebodys(int(call["chat_id"])), f"a message to a stranger: {call['chat_id']}"
        for checkin in checkins:
            sent[int(call["chat_id"]), checkin, str(call["params"].get("text"))] += 1
    again = [number - 1 for number in sent.values() if number > 1]
    assert all(copies <= harms for copies in again), "one question was repeated more often than there were harms"
    return {"questions": len(sent), "question copies": sum(again)}


def _is_somebodys(chat: int) -> bool:
    return chat in range(FIRST_PATIENT, FIRST_PATIENT + PATIENTS) or chat in range(
        FIRST_CAREGIVER, FIRST_CAREGIVER + PATIENTS * CAREGIVERS
    )


def _buttons(call: Call) -> list[str]:
    return [part.split('"')[0] for part in str(call["params"].get("reply_markup", "")).split('"callback_data": "')[1:]]


def _alert_ids(call: Call) -> set[str]:
    return {data.split(":")[1] for data in _buttons(call) if data.startswith("a:") and data.endswith(":ack")}
