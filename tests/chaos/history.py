"""Holds what people told the server against the rows and against what the server was handed."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import text

from bot.store.database import make_engine
from tests.chaos.rig import FIRST_CAREGIVER, People, Server


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


async def check(database: str, server: Server, people: People, kills: int) -> dict[str, int]:
    """Every claim of the issue, as assertions; returns the figures for whoever wants to print them."""
    counted = await rows(database, "SELECT checkin_id, question, count(*) FROM answers GROUP BY 1, 2")
    stored = Counter({(str(checkin), question): number for checkin, question, number in counted})
    lost = {key: n for key, n in people.answers.items() if stored[key] == 0}
    twice = {key: n for key, n in stored.items() if n > 1}
    assert not twice, f"answers stored twice: {twice}"
    parked = await rows(database, "SELECT count(*) FROM inbox WHERE state = 'parked'")
    assert parked[0][0] == 0, "an update was parked"
    calls = (await server.tell("calls", method="sendMessage"))["calls"]
    arrived = [call for call in calls if call["took_effect"]]
    alerts = await _alerts(database, arrived, kills)
    assert not lost, f"answers lost: {lost}"
    return {"answers": sum(stored.values()), "kills": kills, **alerts}


async def _alerts(database: str, arrived: list[dict[str, Any]], kills: int) -> dict[str, int]:
    """Every alert reached every caregiver at least once, nobody else, and twice at most once a kill."""
    links = await rows(
        database,
        "SELECT a.id, p.chat_id FROM alerts a JOIN care_links l ON l.patient_id = a.patient_id "
        "JOIN people p ON p.id = l.caregiver_id WHERE l.state = 'active'",
    )
    due = {(str(alert), chat) for alert, chat in links}
    heard: Counter[tuple[str, int, str]] = Counter()
    for call in arrived:
        for alert in _alert_ids(call):
            if int(call["chat_id"]) >= FIRST_CAREGIVER:
                heard[alert, int(call["chat_id"]), str(call["params"].get("text"))] += 1
    reached = {(alert, chat) for alert, chat, _ in heard}
    assert due <= reached, f"alerts that never reached somebody: {due - reached}"
    assert reached <= due, f"alerts that reached the wrong chat: {reached - due}"
    copies = sum(n - 1 for n in heard.values())
    assert copies <= kills * len(due or [0]), "more copies than a kill explains"
    assert all(n - 1 <= kills for n in heard.values()), "one alert was repeated more often than there were kills"
    return {"alerts": len({alert for alert, _ in due}), "alert copies": copies}


def _alert_ids(call: dict[str, Any]) -> set[str]:
    markup = str(call["params"].get("reply_markup", ""))
    return {part.split(":")[0] for part in markup.split('"a:')[1:] if part.split(":")[1].startswith("ack")}
