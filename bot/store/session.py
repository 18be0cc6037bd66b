"""What all repositories of a unit of work share: the session, the vault and the ids."""

from __future__ import annotations

from collections import Counter
from typing import Any, TypeVar

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot.store.base import Base, table_of
from bot.store.ids import Ids
from bot.store.tables import Person
from bot.store.vault import Sealer, Vault

# SQLite takes at most 32,766 values in a statement; PostgreSQL the same by another limit.
MOST_IN_ONE_STATEMENT = 5_000


Row = TypeVar("Row")


class Unit:
    """The shared part of a unit of work."""

    def __init__(self, session: AsyncSession, vault: Vault, ids: Ids) -> None:
        self.session = session
        self.vault = vault
        self.ids = ids
        self.counts: Counter[str] = Counter()  # what this unit of work saves, for the metrics

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite, where the whole database has one writer and rows need no lock."""
        return bool(self.session.get_bind().dialect.name == "sqlite")

    def known(self, table: type[Row], key: int) -> Row | None:
        """A row that this unit of work has read already. Asking the session costs a greenlet each time."""
        found: Row | None = self.session.sync_session.identity_map.get((table, (key,), None))
        return found

    async def connection(self) -> AsyncConnection:
        """The plain connection of this unit of work, for statements that run once for many rows."""
        return await self.session.connection()

    async def insert(self, statement: Insert, rows: list[dict[str, Any]]) -> None:
        """Run a table's insert once for each row. A session would look every row through for what it could mean."""
        await (await self.connection()).execute(statement, rows)

    async def add_new(self, of: type[Base], rows: list[dict[str, Any]], *key: str) -> None:
        """Insert rows in bulk; one whose key columns are taken is left out. Without a key, any unique column counts."""
        dialect = sqlite if self.is_sqlite else postgresql
        await self.insert(dialect.insert(table_of(of)).on_conflict_do_nothing(index_elements=key or None), rows)

    def sealer(self, person: Person) -> Sealer:
        """What seals and opens the values kept under this person."""
        return self.vault.of(person.id, person.wrapped_key)

    def open(self, person: Person, column: str, sealed: bytes | None) -> Any:
        """The JSON value sealed for `column` under this person; None stays None."""
        return None if sealed is None else self.sealer(person).open(column, sealed)

    def seal(self, person: Person, column: str, value: object) -> bytes | None:
        """A JSON value sealed for `column` under this person; None stays None."""
        return None if value is None else self.sealer(person).seal(column, value)


class Repository:
    """One noun's queries within a unit of work."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.session = unit.session

    async def row(self, table: type[Row], key: int) -> Row | None:
        """The row with this primary key, as it was when this unit of work first read it."""
        known = self.unit.known(table, key)
        return known if known is not None else await self.session.get(table, key)
