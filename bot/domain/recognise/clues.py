"""Clues: words that prove nothing alone, but together outweigh a phrase or make up for one that no list foresaw.

Each clue that stands in a message outside of every scope that speaks against it gives its points once, each scope that
is there gives its own, and phrases found give theirs. From the mark of the table `anything` on the bot asks; the tables
of the labels say about what, when no phrase does.
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
    """A label's clue table made ready: the points of each meaning, scope and number of phrases found."""

    label: str
    mark: int
    points: Mapping[int, int]
    scopes: Mapping[str, int]
    found: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What a message tells beside its phrases: meanings that nothing speaks against (each with a word), and scopes."""

    meanings: Mapping[int, str]
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the clues add up to, and the words that gave points, the strongest first."""

    total: int
    mark: int
    words: tuple[str, ...]

    @property
    def enough(self) -> bool:
        """Say whether the bot should ask."""
        return self.total >= self.mark


def make_ready(table: ClueTable, vocabulary: Vocabulary) -> Clues:
    """Look the clues up; `{scope}` is a scope. Raises PhraseFault for a group that does not exist."""
    points: dict[int, int] = {}
    scopes: dict[str, int] = {}
    for line, worth in table.points:
        if line.text.startswith("{"):
            scopes[line.text.strip("{}")] = worth
        else:
            points[vocabulary.meaning(line.text, line.number)] = worth
    return Clues(table.label, table.mark, points, scopes, table.found)


def told(reading: Reading, flagged: Mapping[str, Flags]) -> Told:
    """The meanings that nothing speaks against, and the scopes that are there."""
    meanings: dict[int, str] = {}
    for place in _free(reading, flagged):
        for meaning in reading.meanings[place]:
            meanings.setdefault(meaning, reading.words[place])
        for meaning, end in reading.spans[place].items():
            meanings.setdefault(meaning, " ".join(reading.words[place:end]))
    return Told(meanings, frozenset(name for name, flags in flagged.items() if max(flags) >= 0))


def words_told(reading: Reading, flagged: Mapping[str, Flags]) -> set[str]:
    """The words that nothing speaks against."""
    return {reading.words[place] for place in _free(reading, flagged)}


def _free(reading: Reading, flagged: Mapping[str, Flags]) -> list[int]:
    against = zip(*flagged.values(), strict=True)
    return [place for place, causes in enumerate(against) if max(causes) < 0 and not reading.fillers[place]]


def weigh(table: Clues, message: Told, phrases: int) -> Weighed:
    """Add up what the message tells and how many different phrases were found in it."""
    worth = [(table.points[meaning], message.meanings[meaning]) for meaning in message.meanings.keys() & table.points]
    worth += [(table.scopes[name], f"({name})") for name in message.scopes & table.scopes.keys()]
    if phrases and table.found:
        worth.append((table.found[min(phrases, len(table.found)) - 1], "(phrases found)"))
    worth.sort(key=lambda one: (-abs(one[0]), one[1]))
    return Weighed(
        sum(points for points, _ in worth), table.mark, tuple(f"{word} {points:+d}" for points, word in worth)
    )


def likeliest(tables: tuple[Clues, ...], message: Told) -> str:
    """The label that the clues speak for most."""
    best = max(tables, key=lambda table: (weigh(table, message, 0).total - table.mark, table.label))
    return best.label
