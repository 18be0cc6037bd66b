"""Clues: words that prove nothing alone, but tell together what no phrase of the lists could foresee.

Only asked when no phrase counts. Each clue that stands in the message, outside of every scope that speaks against it,
gives its points once. From the mark of the table `anything` on the bot asks; the tables of the labels say about what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.recognise.lists import ClueTable
from bot.domain.recognise.reading import Reading
from bot.domain.recognise.scope import Flags
from bot.domain.recognise.vocabulary import Vocabulary

# The table that decides whether to ask at all; those of the labels only say what to ask.
ANYTHING = "anything"


@dataclass(frozen=True, slots=True)
class Clues:
    """A label's clue table made ready: the points of each meaning."""

    label: str
    mark: int
    points: Mapping[int, int]


def make_ready(table: ClueTable, vocabulary: Vocabulary) -> Clues:
    """Look the clues up. Raises PhraseFault for a group that does not exist."""
    points = {vocabulary.meaning(line.text, line.number): worth for line, worth in table.points}
    return Clues(table.label, table.mark, points)


def meanings_told(reading: Reading, flagged: Mapping[str, Flags]) -> dict[int, str]:
    """The meanings of the words that nothing speaks against, each with a word that has it."""
    told: dict[int, str] = {}
    for place in _told(reading, flagged):
        for meaning in reading.meanings[place]:
            told.setdefault(meaning, reading.words[place])
        for meaning, end in reading.spans[place].items():
            told.setdefault(meaning, " ".join(reading.words[place:end]))
    return told


def words_told(reading: Reading, flagged: Mapping[str, Flags]) -> set[str]:
    """The words that nothing speaks against."""
    return {reading.words[place] for place in _told(reading, flagged)}


def _told(reading: Reading, flagged: Mapping[str, Flags]) -> list[int]:
    against = zip(*flagged.values(), strict=True)
    return [place for place, causes in enumerate(against) if max(causes) < 0 and not reading.fillers[place]]


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What the clues add up to: the label that they speak for most, and how."""

    label: str
    total: int
    mark: int
    words: tuple[str, ...]


def suspicion(tables: tuple[Clues, ...], told: Mapping[int, str]) -> Suspicion | None:
    """What the clues tell together; None when they stay below the mark of `anything`."""
    by_label = {table.label: table for table in tables}
    anything = by_label.pop(ANYTHING, None)
    if anything is None or not by_label:
        return None
    total = _total(anything, told)
    if total < anything.mark:
        return None
    label = max(by_label, key=lambda name: (_total(by_label[name], told) - by_label[name].mark, name))
    worth = sorted((anything.points[meaning], told[meaning]) for meaning in told.keys() & anything.points.keys())
    return Suspicion(label, total, anything.mark, tuple(f"{word} {points:+d}" for points, word in reversed(worth)))


def _total(table: Clues, told: Mapping[int, str]) -> int:
    return sum(table.points[meaning] for meaning in told.keys() & table.points.keys())
