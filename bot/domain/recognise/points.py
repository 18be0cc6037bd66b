"""What each clue is worth, kept small: 300,000 clues in some ten megabytes."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable

_EMPTY = 0
# A table more than two thirds full would be slow to say that it does not hold a clue.
_ROOM = 1.5


class Points:
    """For each clue its points, one whole number a column.

    Only a clue's hash is kept, 64 bits: that a clue is taken for another is less likely than a fault of the memory.
    A place for each hash, and the next free one when it is taken (open addressing); the points stand in one long row.

    Raises OverflowError for more points than 16 bits hold.
    """

    def __init__(self, columns: int, worths: Iterable[tuple[str, Iterable[int]]]) -> None:
        self._packed = struct.Struct(f"{columns}h")
        hashes = array("q")
        points = array("h")
        for clue, worth in worths:
            hashes.append(hash(clue))
            points.extend(worth)
        self._points = points.tobytes()
        self._room = 1 << max(1, int(len(hashes) * _ROOM).bit_length())
        self._hashes = array("q", bytes(8 * self._room))
        self._rows = array("I", bytes(array("I").itemsize * self._room))
        taken, last = self._hashes, self._room - 1
        for row, hashed in enumerate(hashes):
            place = hashed & last
            while (here := taken[place]) != hashed and here != _EMPTY:
                place = (place + 1) & last
            taken[place], self._rows[place] = hashed, row * self._packed.size

    def __len__(self) -> int:
        return len(self._points) // self._packed.size

    def of(self, clues: Iterable[str]) -> dict[str, tuple[int, ...]]:
        """The points of those of these clues that are worth anything."""
        hashes, rows, last = self._hashes, self._rows, self._room - 1
        unpack, points = self._packed.unpack_from, self._points
        found = {}
        for clue in clues:
            hashed = hash(clue)
            place = hashed & last
            while (here := hashes[place]) != hashed and here != _EMPTY:
                place = (place + 1) & last
            if here == hashed:
                found[clue] = unpack(points, rows[place])
        return found
