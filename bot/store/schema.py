"""Brings the database to the newest schema, and refuses to work on one that is too new or sealed with other keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.vault import Vault

# Grows with every migration that changes what older code may rely on.
CODE = 1
# The PostgreSQL advisory lock that lets one copy at a time migrate; the number is "bone" in ASCII.
MIGRATION_LOCK = 0x626F6E65


class SchemaTrouble(Exception):
    """The database is newer than this code, or belongs to other keys; the message says how to mend it."""


class DatabaseTrouble(Exception):
    """The database cannot be opened; the message says why and what to check."""


@dataclass(frozen=True)
class SchemaState:
    """Where the database stands: its revision, the newest there is, and what it demands."""

    revision: str | None
    newest: str
    oldest_code_allowed: int
    key_fingerprint: str | None

    @property
    def is_current(self) -> bool:
        """Whether no migration is missing."""
        return self.revision == self.newest


def prepare_folder(url: str) -> None:
    """Make the folder of an SQLite file. Raises OSError when that cannot be done."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)


async def migrate(engine: AsyncEngine, vault: Vault) -> list[str]:
    """Run the migrations that are missing, under a lock. Returns their revisions.

    Raises SchemaTrouble when the database is newer than this code or was sealed with keys that were not given,
    and DatabaseTrouble when it cannot be opened.
    """
    try:
        return await _migrate(engine, vault)
    except (DBAPIError, OSError) as error:
        raise DatabaseTrouble(_cannot_open(error)) from None


async def _migrate(engine: AsyncEngine, vault: Vault) -> list[str]:
    async with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        done: list[str] = await connection.run_sync(_upgrade)
        state = await connection.run_sync(_state)
        _refuse_unfit(state, vault)
        if state.key_fingerprint is None:
            await connection.execute(
                text("UPDATE installation SET key_fingerprint = :name"), {"name": vault.fingerprint}
            )
    return done


async def look(engine: AsyncEngine) -> SchemaState:
    """Where the database stands, changing nothing. Raises DatabaseTrouble when it cannot be opened."""
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_state)
    except (DBAPIError, OSError) as error:
        raise DatabaseTrouble(_cannot_open(error)) from None


async def check(engine: AsyncEngine, vault: Vault) -> SchemaState:
    """Where the database stands. Raises SchemaTrouble and DatabaseTrouble as `migrate` does."""
    state = await look(engine)
    _refuse_unfit(state, vault)
    return state


def _cannot_open(error: DBAPIError | OSError) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return f"the database cannot be opened ({cause}); check BONEWATCH_DATABASE_URL"


def _refuse_unfit(state: SchemaState, vault: Vault) -> None:
    if state.oldest_code_allowed > CODE:
        raise SchemaTrouble("the database is newer than this copy of BoneWatch; update the code, then start again")
    if state.key_fingerprint and not vault.knows(state.key_fingerprint):
        raise SchemaTrouble(
            f"the database was sealed with another key ({state.key_fingerprint}); "
            "put the right one into BONEWATCH_ENCRYPTION_KEYS or data/keys"
        )


def _config(connection: Connection) -> Any:
    from alembic.config import Config  # imported only to migrate: it costs memory and start time

    config = Config()
    config.set_main_option("script_location", "bot.store:migrations")
    config.attributes["connection"] = connection
    return config


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _newest() -> str:
    versions = Path(__file__).parent / "migrations" / "versions"
    return max(path.stem.split("_")[0] for path in versions.glob("[0-9]*.py"))


def _upgrade(connection: Connection) -> list[str]:
    before = _revision(connection)
    if before == _newest():
        return []
    _refuse_unknown(before)
    from alembic import command

    command.upgrade(_config(connection), "head")
    versions = sorted((Path(__file__).parent / "migrations" / "versions").glob("[0-9]*.py"))
    return [path.stem.split("_")[0] for path in versions if path.stem.split("_")[0] > (before or "")]


def _refuse_unknown(revision: str | None) -> None:
    if revision is not None and revision > _newest():
        raise SchemaTrouble("the database is newer than this copy of BoneWatch; update the code, then start again")


def _state(connection: Connection) -> SchemaState:
    revision = _revision(connection)
    if revision is None:
        return SchemaState(None, _newest(), 0, None)
    row = connection.execute(text("SELECT oldest_code_allowed, key_fingerprint FROM installation")).one_or_none()
    return SchemaState(revision, _newest(), row[0] if row else 0, row[1] if row else None)
