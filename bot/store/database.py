"""Opens the database and gives out units of work: one writer at a time on SQLite, many on PostgreSQL."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from bot.store import one_trip
from bot.store.away import is_away
from bot.store.ids import Ids
from bot.store.unit import CHANNEL, Tx
from bot.store.vault import Vault

# How long SQLite waits for another process's lock before it says "locked" (ms).
BUSY_TIMEOUT_MS = 5_000
# A copy that is frozen in the middle of a unit of work must not keep its rows from the others.
POSTGRES_SETTINGS = {"idle_in_transaction_session_timeout": "4000", "lock_timeout": "8000"}
# A line that is dead without a word (a cable, a machine that lost its power) is noticed after this many seconds, not
# after the quarter of an hour that the system would wait.
DEAD_LINE_SECONDS = 10
# Seconds until it is tried again to hear the other copies' hints; meanwhile what they put is found a second later.
LISTEN_AGAIN = 5.0
# Connections to PostgreSQL: the worker, the tick, delivery, intake and the web pages each need one.
POSTGRES_POOL = 8

SQLITE_PRAGMAS = (
    f"busy_timeout = {BUSY_TIMEOUT_MS}",
    # Before the first table, or it has no effect: deleted pages go back a few at a time.
    "auto_vacuum = INCREMENTAL",
    "journal_mode = WAL",
    # FULL: a confirmed answer survives a power cut, not only a kill (reference.md: 1,349 commits/s against 1,793).
    "synchronous = FULL",
    "foreign_keys = ON",
    "secure_delete = ON",
)
# A reader leaves the file as it is: to set auto_vacuum is to write, and would wait for whoever writes.
SQLITE_READER_PRAGMAS = (f"busy_timeout = {BUSY_TIMEOUT_MS}", "query_only = ON")


def make_engine(url: str, read_only: bool = False) -> AsyncEngine:
    """An engine set up for this database. On SQLite it holds exactly one connection."""
    if make_url(url).get_backend_name() != "sqlite":
        engine = create_async_engine(
            url,
            pool_size=POSTGRES_POOL,
            max_overflow=4,
            pool_pre_ping=True,
            connect_args={"server_settings": POSTGRES_SETTINGS},
        )
        event.listens_for(engine.sync_engine, "connect")(_notice_a_dead_line)
        return engine
    engine = create_async_engine(url, poolclass=StaticPool)
    _set_up_sqlite(engine, read_only)
    return engine


def _notice_a_dead_line(connection: Any, _record: object) -> None:
    """Let the system probe a connection that is silent; asyncpg has no setting for it."""
    line = connection.driver_connection._transport.get_extra_info("socket")
    if line is None or line.family == socket.AF_UNIX:
        return
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # Not every system knows each of these.
    for name, value in (
        ("TCP_KEEPIDLE", DEAD_LINE_SECONDS // 2),
        ("TCP_KEEPINTVL", 1),
        ("TCP_KEEPCNT", DEAD_LINE_SECONDS // 2),
        ("TCP_USER_TIMEOUT", DEAD_LINE_SECONDS * 1_000),
    ):
        if (option := getattr(socket, name, None)) is not None:
            line.setsockopt(socket.IPPROTO_TCP, option, value)


def _set_up_sqlite(engine: AsyncEngine, read_only: bool) -> None:
    @event.listens_for(engine.sync_engine, "do_connect")
    def open_it(dialect: Any, _record: object, given: Any, options: Any) -> Any:
        return dialect.loaded_dbapi.connect(*given, async_creator_fn=one_trip.connect, **options)

    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        cursor = connection.cursor()
        for pragma in SQLITE_READER_PRAGMAS if read_only else SQLITE_PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        # IMMEDIATE takes the write lock at once, so that no unit of work fails half-way for want of it.
        connection.connection.driver_connection.begin("BEGIN" if read_only else "BEGIN IMMEDIATE")


class HoldingSession(Session):
    """Holds on to every row it has read until its unit of work ends.

    SQLAlchemy forgets a row that nobody else holds, and reads it again at the next `get`: three statements an answer
    [measured].
    """

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.held: list[object] = []


@event.listens_for(HoldingSession, "loaded_as_persistent")
@event.listens_for(HoldingSession, "pending_to_persistent")
def _hold(session: HoldingSession, row: object) -> None:
    session.held.append(row)


class Store:
    """The database. `begin()` is the only place in the project that commits."""

    def __init__(self, url: str, vault: Vault, ids: Ids) -> None:
        self.vault = vault
        self.ids = ids
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = make_engine(url)
        self._reading = make_engine(url, read_only=True) if self.is_sqlite else self.engine
        self._writer = asyncio.Lock()
        self._reader = asyncio.Lock()
        # The town lets the process die here: called with "before commit" and "after commit".
        self.at_commit: Callable[[str], None] = lambda _moment: None
        self.on_saved: Callable[[Counter[str]], None] = lambda _counts: None

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Tx]:
        """One unit of work: committed when the block ends, rolled back when it raises."""
        async with self._writer if self.is_sqlite else nullcontext(), self._session(self.engine) as session:
            tx = Tx(session, self.vault, self.ids)
            await session.begin()
            yield tx
            await tx.flush()
            self.at_commit("before commit")
            await session.commit()
            self.on_saved(tx.counts)
            self.at_commit("after commit")

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """A look at the rows; nothing is saved."""
        async with self._reader if self.is_sqlite else nullcontext(), self._session(self._reading) as session:
            yield Tx(session, self.vault, self.ids)

    @asynccontextmanager
    async def listening(self, heard: Callable[[], None]) -> AsyncIterator[None]:
        """Call `heard` when another copy has put something into the outbox (PostgreSQL; a hint, never the truth)."""
        if self.is_sqlite:
            yield
            return
        task = asyncio.create_task(self._listen(heard))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _listen(self, heard: Callable[[], None]) -> None:
        while True:
            with suppress(Exception):  # only hints are lost, and the loops say what is the matter
                await self._hear(heard)
            await asyncio.sleep(LISTEN_AGAIN)

    async def _hear(self, heard: Callable[[], None]) -> None:
        """Listen on a connection of its own until that is gone."""
        gone = asyncio.Event()
        async with self.engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            driver.add_termination_listener(lambda *_: gone.set())
            await driver.add_listener(CHANNEL, lambda *_: heard())
            await gone.wait()

    async def is_away(self, error: BaseException) -> bool:
        """Whether an error of a unit of work means that the database is away (and not that the work is wrong).

        A bare OSError may be either: a refused connection, or a file that an action did not find. So it is asked.
        """
        if not isinstance(error, OSError):
            return is_away(error)
        try:
            async with self.read() as tx:
                await tx.session.execute(text("SELECT 1"))
        except Exception as again:  # noqa: BLE001 - any failure of this statement is the answer
            return is_away(again)
        return False

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()
        if self._reading is not self.engine:
            await self._reading.dispose()

    def _session(self, engine: AsyncEngine) -> AsyncSession:
        return AsyncSession(engine, sync_session_class=HoldingSession, expire_on_commit=False, autoflush=False)
