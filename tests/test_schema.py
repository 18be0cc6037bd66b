"""The migrations build what the tables say, and refuse what they cannot serve."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from bot.store import queues, schema, tables  # noqa: F401 - importing them puts their tables on Base
from bot.store.base import Base
from bot.store.database import make_engine
from bot.store.vault import Vault
from tests.databases import Postgres, Sqlite

Databases = Sqlite | Postgres


def _with_words(index: Any) -> dict[str, Any]:
    """An index with the condition of a partial one as its words."""
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return {**index, "dialect_options": options}


def shape(connection: Connection) -> dict[str, Any]:
    """Every table as the database itself describes it, with the parts that Alembic does not compare."""
    looker = inspect(connection)

    def ordered(found: list[Any]) -> list[str]:
        return sorted(str(sorted(item.items(), key=lambda pair: pair[0])) for item in found)

    return {
        name: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"], c.get("default")) for c in looker.get_columns(name)},
            "checks": ordered(list(looker.get_check_constraints(name))),
            "foreign keys": ordered(list(looker.get_foreign_keys(name))),
            "unique": ordered(list(looker.get_unique_constraints(name))),
            "indexes": ordered([_with_words(index) for index in looker.get_indexes(name)]),
            "key": looker.get_pk_constraint(name),
        }
        for name in looker.get_table_names()
        if name != "alembic_version"
    }


async def test_the_migrations_build_exactly_the_tables(database_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, Base.metadata))

    engine = make_engine(database_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_checks_keys_and_partial_indexes_are_the_tables_too(database_url: str, databases: Databases) -> None:
    by_models = await databases.empty()
    shapes = []
    for url in (database_url, by_models):
        engine = make_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)  # changes nothing where the tables are
            shapes.append(await connection.run_sync(shape))
        await engine.dispose()
    await databases.drop(by_models)
    migrated, modelled = shapes
    assert migrated.keys() == modelled.keys()
    for name, table in modelled.items():
        assert migrated[name] == table, name


async def test_migrating_again_changes_nothing(database_url: str, vault: Vault) -> None:
    engine = make_engine(database_url)
    assert await schema.migrate(engine, vault) == []
    state = await schema.check(engine, vault)
    assert state.is_current
    assert state.key_fingerprint == vault.fingerprint
    await engine.dispose()


@pytest.mark.postgres
async def test_two_copies_that_start_together_migrate_once(postgres: Postgres, vault: Vault) -> None:
    url = await postgres.empty()
    engines = [make_engine(url), make_engine(url)]
    done = await asyncio.gather(*(schema.migrate(engine, vault) for engine in engines))
    assert sorted(map(len, done)) == [0, len(max(done, key=len))]
    for engine in engines:
        await engine.dispose()
    await postgres.drop(url)


@pytest.mark.parametrize("setting", ["version_num = '9999'", None])
async def test_a_newer_database_is_refused(database_url: str, vault: Vault, setting: str | None) -> None:
    engine = make_engine(database_url)
    async with engine.begin() as connection:
        if setting:
            await connection.execute(text(f"UPDATE alembic_version SET {setting}"))
        else:
            await connection.execute(text(f"UPDATE installation SET oldest_code_allowed = {schema.CODE + 1}"))
    with pytest.raises(schema.SchemaTrouble, match="newer than this copy"):
        await schema.migrate(engine, vault)
    await engine.dispose()


async def test_another_key_is_refused_and_a_rotated_one_is_not(database_url: str, vault: Vault) -> None:
    engine = make_engine(database_url)
    with pytest.raises(schema.SchemaTrouble, match=f"sealed with another key .{vault.fingerprint}.*ENCRYPTION_KEYS"):
        await schema.migrate(engine, Vault([b"x" * 32]))
    assert await schema.migrate(engine, Vault([b"x" * 32, b"k" * 32])) == []
    await engine.dispose()
