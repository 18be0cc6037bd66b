"""Keeps a second process off the same SQLite file for as long as the first one lives."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from sqlalchemy.engine import make_url


class InUse(Exception):
    """Another process has this database open; the message says which file."""


class FileLock:
    """An operating-system lock: it ends with the process, however the process ends."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        is_file = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
        self._path = Path(f"{parsed.database}.lock") if is_file else None
        self._handle: int | None = None

    def __enter__(self) -> FileLock:
        if self._path is None:
            return self
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._handle)
            self._handle = None
            raise InUse(f"another BoneWatch uses {self._path.with_suffix('')}; stop it first") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
