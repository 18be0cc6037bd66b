"""SQLite statements in one trip to the connection's thread instead of four.

aiosqlite goes to its thread for the cursor, the statement, the rows and the closing of the cursor. Each trip wakes
the event loop again; together they cost more than the statements [measured]. The BEGIN of a unit of work is always
followed by its first statement, and goes with it.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from types import TracebackType
from typing import Any

import aiosqlite


class OneTripCursor:
    """What SQLAlchemy needs of a cursor. All rows come along with the statement."""

    arraysize = 1

    def __init__(self, connection: OneTripConnection) -> None:
        self._connection = connection
        self._rows: deque[Any] = deque()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> OneTripCursor:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def execute(self, statement: str, parameters: Any = ()) -> OneTripCursor:
        """Run a statement and fetch what it gives."""
        await self._connection.trip(self._run, self._connection.take_begin(), statement, parameters, False)
        return self

    async def executemany(self, statement: str, parameters: Iterable[Any]) -> OneTripCursor:
        """Run a statement once for each row of parameters."""
        await self._connection.trip(self._run, self._connection.take_begin(), statement, parameters, True)
        return self

    def _run(self, raw: sqlite3.Connection, begin: str | None, statement: str, parameters: Any, many: bool) -> None:
        if begin is not None:
            raw.execute(begin)
        cursor = raw.cursor()
        try:
            run = cursor.executemany if many else cursor.execute
            run(statement, parameters)
            self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
            self._rows = deque(cursor.fetchall() if cursor.description else ())
        finally:
            cursor.close()

    async def fetchall(self) -> list[Any]:
        """Every row that is left."""
        rows = list(self._rows)
        self._rows.clear()
        return rows

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows."""
        return [self._rows.popleft() for _ in range(min(size or self.arraysize, len(self._rows)))]

    async def fetchone(self) -> Any:
        """The next row, or None."""
        return self._rows.popleft() if self._rows else None

    async def close(self) -> None:
        """Forget the rows."""
        self._rows.clear()


class OneTripConnection(aiosqlite.Connection):
    """aiosqlite's connection and thread, with our cursor."""

    _to_begin: str | None = None
    _has_begun = False

    def cursor(self) -> OneTripCursor:  # type: ignore[override]
        """A cursor, without a trip."""
        return OneTripCursor(self)

    def begin(self, how: str) -> None:
        """Let this BEGIN go along with the next statement."""
        self._to_begin = how

    def take_begin(self) -> str | None:
        """The BEGIN that waits, for a statement that goes now: whatever becomes of that, there is one to end."""
        how, self._to_begin = self._to_begin, None
        self._has_begun = self._has_begun or how is not None
        return how

    async def commit(self) -> None:
        """Commit what has begun."""
        await self._end(super().commit)

    async def rollback(self) -> None:
        """Roll back what has begun. The pool asks for it after every commit, too: that needs no trip."""
        await self._end(super().rollback)

    async def _end(self, how: Callable[[], Awaitable[None]]) -> None:
        self._to_begin = None
        if self._has_begun:
            await how()
            self._has_begun = False

    async def trip(self, run: Any, *given: Any) -> None:
        """Call `run` with the plain connection in the connection's thread."""
        await self._execute(run, self._conn, *given)  # type: ignore[no-untyped-call]


def connect(*given: Any, **options: Any) -> OneTripConnection:
    """What SQLAlchemy calls in place of aiosqlite.connect; awaiting the result opens the database."""
    connection = OneTripConnection(lambda: sqlite3.connect(*given, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # a connection that nobody closed must not keep the process alive
    return connection
