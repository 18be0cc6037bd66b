"""No statement of a morning reads a whole table: what a tick, a tap or an alert costs must not grow with the people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.actions.open_checkin import open_due, read_for_cards, render_card
from bot.domain.speech import Lane
from bot.seed import CAREGIVERS_ABOVE, seed
from bot.store.database import Store
from bot.store.watch import Watch
from tests.town import WORLD, Phone, Town

FIRST = 1
READS_OR_CHANGES = re.compile(r"\s*(SELECT|UPDATE|DELETE)", re.IGNORECASE)
# These have a row or two, however many people there are.
SMALL = {"installation", "leases", "protocols", "alembic_version"}

Statements = dict[str, Any]


@contextmanager
def overheard(*engines: AsyncEngine) -> Iterator[Statements]:
    """Every statement with the parameters of its first run."""
    heard: Statements = {}

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if READS_OR_CHANGES.match(statement):
            heard.setdefault(statement, parameters[0] if many else parameters)

    for engine in engines:
        event.listen(engine.sync_engine, "before_cursor_execute", hear)
    yield heard
    for engine in engines:
        event.remove(engine.sync_engine, "before_cursor_execute", hear)


async def whole_tables(store: Store, heard: Statements) -> list[str]:
    """Statements that walk through a table, or through an index that holds all of it."""
    found = []
    async with store.read() as tx:
        connection = await tx.session.connection()
        listed = await connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE%INDEX%WHERE%'")
        some_rows = {name for (name,) in listed}
        for statement, parameters in heard.items():
            steps = [row[3] for row in await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            words = " ".join(statement.split())[-160:]
            found += [f"{step}: {words}" for step in steps if not _is_small(step, some_rows)]
    return found


def _is_small(step: str, some_rows: set[str]) -> bool:
    scan = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?$", step)
    if scan is None:
        # SQLite looks for a kind of moment through the primary key, which begins with the kind: everybody's.
        return not re.match(r"SEARCH moments USING .*\(kind=\?\)$", step)
    return scan[1] in SMALL or scan[1].startswith("SUBQUERY") or scan[2] in some_rows


@contextmanager
def counted(engine: AsyncEngine) -> Iterator[list[str]]:
    """Every statement, each time it runs."""
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        heard.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", hear)
    yield heard
    event.remove(engine.sync_engine, "before_cursor_execute", hear)


async def a_morning(town: Town, maria: Phone, ana: Phone) -> None:
    """A prompt, a warning, an alert that is taken, settings, words, and the next day."""
    await town.later(hours=2)
    await maria.taps("3", "Worse")
    await maria.sends("/checkin")
    await maria.sends("my legs are numb and I cannot feel them")
    await maria.sends("/status")
    await town.later(days=1)
    await maria.taps("0", "numb", "Send")
    await ana.taps("I'm on it", "I'm with them")
    await town.later(minutes=40)
    await ana.sends("/patients")
    await maria.sends("/caregivers")
    await town.later(days=2)


@pytest.mark.slow
@pytest.mark.parametrize("people", [30])
async def test_nothing_reads_a_whole_table(sqlite_url: str, people: int) -> None:
    async with Town(sqlite_url) as town:
        town.restarts = False
        app = town.app
        assert app is not None
        store = app.store
        await seed(store, WORLD, people, "09:30", "Europe/Lisbon", 1, FIRST, town.clock.now())
        phones = [town.person(FIRST + number, "Maria") for number in range(people)]
        phones += [town.person(FIRST + CAREGIVERS_ABOVE + number, "Ana") for number in range(people)]
        for phone in phones:
            phone.user.chat.started = True
        with overheard(store.engine, store._reading) as heard:
            await a_morning(town, phones[0], phones[people])
            async with store.read() as tx:
                watch = Watch(tx)
                await watch.open_alerts()
                await watch.outbox()
                await watch.cards()
                await watch.parked()
                await watch.failing_moments(5, ["rung"])
                await tx.outbox.depth()
                await tx.cards.depth()
                await tx.inbox.count("waiting")
        assert len(heard) > 40
        found = await whole_tables(store, heard)
        if found:
            pytest.fail("\n".join(found))
        for phone in phones:
            phone.reads_all()


async def test_thirty_prompts_take_as_many_statements_as_one(database_url: str) -> None:
    async with Town(database_url) as town:
        town.restarts = False
        app = town.app
        assert app is not None
        begun = town.clock.now()
        await seed(app.store, WORLD, 30, f"{begun + timedelta(minutes=5):%H:%M}", "UTC", 0, FIRST, begun)
        due = begun + timedelta(minutes=6)
        async with app.store.begin() as tx:
            await open_due(WORLD, tx, await tx.moments.due(due, 100, only="checkin"), due)
        statements = {}
        for number in (1, 29):
            async with app.store.begin() as tx:
                claimed = await tx.cards.claim(due, 1, number, [Lane.PROMPT], [])
                assert len(claimed) == number
                with counted(app.store.engine) as heard:
                    await read_for_cards(tx, [card for card, _ in claimed])
                    bodies = [await render_card(WORLD, tx, about, card, due) for card, about in claimed]
                statements[number] = len(heard)
            assert all(body and "buttons" in body for body in bodies)
        assert statements[1] == statements[29] <= 4
