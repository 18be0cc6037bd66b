"""The server's memory on disk: an append-only file of JSON lines, so that a killed process loses nothing.

Each line says the newest state of one thing; the last line about a thing wins. A line is written before
the call it belongs to is answered. At start the file is read and written anew without what is outdated.
No fsync: it guards against a killed process, not against a power cut, and holds no real data.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class Memory:
    """Appends records to a file and reads them back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)

    def keep(self, kind: str, record: Record) -> None:
        """Append one record."""
        self._file.write(as_line(kind, record))

    def recall(self) -> Iterator[tuple[str, Record]]:
        """Every record, oldest first; a last line that a kill cut short is left out."""
        with self.path.open("rb") as lines:
            for line in lines:
                try:
                    kind, record = json.loads(line)
                except ValueError:
                    continue
                yield kind, record

    def rewrite(self, records: Iterable[tuple[str, Record]]) -> None:
        """Replace the file by these records, all or nothing."""
        fresh = self.path.with_suffix(".new")
        fresh.write_bytes(b"".join(as_line(kind, record) for kind, record in records))
        fresh.chmod(0o600)
        self._file.close()
        fresh.replace(self.path)
        self._file = self.path.open("ab", buffering=0)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def as_line(kind: str, record: Record) -> bytes:
    """One record as one line."""
    return json.dumps([kind, record], ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
