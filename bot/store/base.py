"""What all tables are made of: the base class, the column types, and how constraints are written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine

# SQLite makes only an INTEGER primary key the row's own address.
Id = BigInteger().with_variant(Integer, "sqlite")


class _Written(sqlite.DATETIME):
    """SQLAlchemy's own text for a moment, made in one call instead of seven; a morning writes hundreds of thousands."""

    def bind_processor(self, dialect: Dialect) -> Any:
        """To text such as `2026-05-04 09:00:00.000000`."""
        return lambda value: None if value is None else value.isoformat(" ", "microseconds")


class Moment(TypeDecorator[datetime]):
    """An aware UTC moment; SQLite keeps it without its zone, because it has no type for one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """As text on SQLite, with its zone on PostgreSQL."""
        return dialect.type_descriptor(_Written() if dialect.name == "sqlite" else self.impl_instance)  # type: ignore[no-untyped-call]

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC, without a zone on SQLite."""
        if value is None:
            return None
        utc = value if value.tzinfo is UTC else value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Always aware, in UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Base(DeclarativeBase):
    """What all tables share: how their constraints are named."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {int: Id, datetime: Moment, date: Date, bytes: LargeBinary, str: String}  # noqa: RUF012


def table_of(of: type[Base]) -> Table:
    """The plain table of a row's class, for statements that run once for many rows."""
    found = of.__table__
    if not isinstance(found, Table):
        raise TypeError(f"{of.__name__} has no table of its own")
    return found


def points_at(column: str) -> ForeignKey:
    """A foreign key, checked at the commit: within a unit of work rows may be written in any order."""
    return ForeignKey(column, deferrable=True, initially="DEFERRED")


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index on some of the rows: those for which `where`, as SQL, is true."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


def one_of(column: str, words: tuple[str, ...]) -> CheckConstraint:
    """A column that holds one of these words and no other; the constraint bears the column's name."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(word) for word in words)})", name=column)
