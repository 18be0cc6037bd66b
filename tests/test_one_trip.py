"""The SQLite connection that goes to its thread once a statement: rows, counts, errors and the end of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.database import make_engine


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncEngine:
    return make_engine(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}")


async def test_rows_counts_and_ids_come_along(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT UNIQUE)"))
        many = await connection.execute(text("INSERT INTO t (word) VALUES (:w)"), [{"w": w} for w in "abc"])
        assert many.rowcount == 3
        one = await connection.execute(text("INSERT INTO t (word) VALUES ('d')"))
        assert one.lastrowid == 4
        changed = await connection.execute(text("UPDATE t SET word = word || '!' WHERE id > 2"))
        assert changed.rowcount == 2
        rows = await connection.execute(text("SELECT id, word FROM t ORDER BY id"))
        assert list(rows.keys()) == ["id", "word"]
        assert rows.fetchmany(1) == [(1, "a")]
        assert rows.fetchall() == [(2, "b"), (3, "c!"), (4, "d!")]
    await engine.dispose()


async def test_rows_can_be_streamed(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        numbers = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 500) SELECT x FROM n"
        found = [row[0] async for row in await connection.stream(text(numbers))]
    assert found == list(range(1, 501))
    await engine.dispose()


async def test_an_error_is_sqlalchemys_own_and_the_transaction_is_undone(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE t (id INTEGER PRIMARY KEY)"))
    with pytest.raises(IntegrityError):
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO t VALUES (1)"))
            await connection.execute(text("INSERT INTO t VALUES (1)"))
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM t"))).scalar_one() == 0
        with pytest.raises(OperationalError):
            await connection.execute(text("SELECT nothing FROM nowhere"))
    await engine.dispose()
