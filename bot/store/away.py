"""Tells a database that is away (to be waited for) from a statement that is wrong (to be looked into)."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# https://www.sqlite.org/rescode.html, primary codes: whoever holds the lock lets go, the disk has room again, the
# file's folder is mounted again.
SQLITE_WAITS = frozenset({"SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN"})
# https://www.postgresql.org/docs/current/errcodes-appendix.html: connection, resources, shutdown, system.
POSTGRES_WAITS = ("08", "53", "57P", "58")


def is_away(error: BaseException) -> bool:
    """Whether the database could not be asked at all: refused, cut off, shutting down, locked or without room."""
    if isinstance(error, PoolTimeout | OSError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    # SQLAlchemy wraps the driver's error in one of its own.
    causes = (error.orig, getattr(error.orig, "__cause__", None))
    return any(_says_wait(cause) for cause in causes if cause is not None)


def _says_wait(cause: BaseException) -> bool:
    if isinstance(cause, OSError):
        return True
    state = getattr(cause, "sqlstate", None)
    if isinstance(state, str) and state.startswith(POSTGRES_WAITS):
        return True
    name = getattr(cause, "sqlite_errorname", None)
    return isinstance(name, str) and any(name == code or name.startswith(code + "_") for code in SQLITE_WAITS)
