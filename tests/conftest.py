"""What every test may ask for: a database of its own, on SQLite and on PostgreSQL, and a store on it."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import TextIO, cast

import pytest

from bot.logs import set_up_logs
from bot.store.database import Store
from bot.store.ids import Ids
from bot.store.vault import Vault
from tests.databases import MASTER_KEY, Postgres, Sqlite

ON_BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
NINE = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


class HandClock:
    """The calendar clock of a test: stands still until the test moves it."""

    def __init__(self, moment: datetime = NINE) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def forward(self, **delta: float) -> datetime:
        self.moment += timedelta(**delta)
        return self.moment


class Errors:
    """The error output as it is now: pytest gives every test another one."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first: one that began last would keep a worker busy while the other has nothing left to do."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(autouse=True, scope="session")
def logs_as_in_production() -> None:
    """Else structlog paints every expected failure with all its variables, which takes seconds."""
    set_up_logs("json", logging.DEBUG, cast(TextIO, Errors()))


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Sqlite:
    return Sqlite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    asyncio.run(server.stop())


@pytest.fixture(params=ON_BOTH)
def databases(request: pytest.FixtureRequest) -> Sqlite | Postgres:
    """Either kind of database server; a test that asks for it runs on both."""
    found: Sqlite | Postgres = request.getfixturevalue(request.param)
    return found


@pytest.fixture
async def database_url(databases: Sqlite | Postgres) -> AsyncIterator[str]:
    """A migrated database of the test's own."""
    url = await databases.fresh()
    yield url
    await databases.drop(url)


@pytest.fixture
async def sqlite_url(sqlite: Sqlite) -> AsyncIterator[str]:
    """A migrated SQLite database, where the kind of database is not what is tested."""
    url = await sqlite.fresh()
    yield url
    await sqlite.drop(url)


@pytest.fixture
async def postgres_url(postgres: Postgres) -> AsyncIterator[str]:
    """A migrated PostgreSQL of the test's own."""
    url = await postgres.fresh()
    yield url
    await postgres.drop(url)


@pytest.fixture
def vault() -> Vault:
    return Vault([MASTER_KEY])


@pytest.fixture
async def store(database_url: str, vault: Vault, clock: HandClock) -> AsyncIterator[Store]:
    """A store on a fresh database."""
    opened = Store(database_url, vault, Ids(clock))
    yield opened
    await opened.close()
