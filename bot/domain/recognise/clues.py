"""Clues: words that prove nothing alone, but together outweigh a phrase or make up for one that no list foresaw.

Each clue that stands in a message gives its points once. Eight kinds are written in the tables (`en.clues.tsv`):

| written | means |
| --- | --- |
| `word`, `<group>` | a word, or one of a group, that nothing speaks against |
| `~word`, `~<group>` | the same inside a scope that speaks against it (denied, somebody else's, asked, past …) |
| `one_other`, `one__other` | two words that follow each other, or with one between |
| `one+other` | two words with nothing between but fillers (the, my, so …) |
| `<group>+word`, `word+<group>`, `<group>+<group>` | a group, and a word or group at most two words further on |
| `^one`, `^one_other`; `one$`, `one_other$` | the message begins so; it ends so |
| `'umb'` | letters within a word as typed, `_` where it begins or ends: they catch typing errors |
| `{scope}` | the scope is in the message; `{?}`: a question mark |
| `[sign]`, `[label]`, `[2]` | a phrase of this sign or label counts; so many do; `[~label]`: one does not |

The more a message tells, the less each clue counts (`share_of_each`). What they give in the table's first column and
part of what they give the likeliest label (`sureness`) decide whether the bot asks; the columns of the labels say about
what.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import nsmallest
from itertools import compress, pairwise
from operator import not_

from bot.domain.recognise.lists import ClueTable
from bot.domain.recognise.reading import Reading
from bot.domain.recognise.scope import Flags

# The column that decides whether to ask at all; those of the labels only say what to ask.
ANYTHING = "anything"
AGAINST = "~"
# Letters that are looked at together; a word ending counts as one.
_SHORTEST_LETTERS, _LONGEST_LETTERS = 3, 5
# A group is paired with words and groups less than so many words further on: "hip is sore". More brought nothing.
_NEAR = 3
# A message tells what it tells in its first words; bounds the time that long nonsense takes.
MOST_WORDS = 400
_MOST_FOUND = 5
# In a message with so many clues each gives its points as they stand in the table; letters and words near each other
# are not counted, as they only say the same once more.
_IN_FULL = 12
# What the points of the likeliest label count beside those of the first column. Found by leaving out authors.
LIKELIEST_COUNTS = 0.4
# What may be lost for good is asked about sooner than the rest, by so many points: for the milder signs the next
# check-in is early enough.
GRAVE = frozenset(("fracture", "cord", "emergency"))
MILD_LATER = 55
# So many words are named in an explanation.
_NAMED = 12


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the clues of one column add up to."""

    total: int
    mark: int

    @property
    def above(self) -> int:
        """How many points it is above the mark, or below."""
        return self.total - self.mark


def told(
    raw: Sequence[str], reading: Reading, flagged: Mapping[str, Flags], groups: Mapping[int, str], asks: bool
) -> set[str]:
    """Every clue in a message beside the phrases found; `groups` names the meanings that are word groups."""
    found = {f"{{{name}}}" for name, flags in flagged.items() if max(flags) >= 0}
    if asks:
        found.add("{?}")
    against = [max(causes) >= 0 for causes in zip(*flagged.values(), strict=True)]
    words = ["#" if word[0].isdigit() else word for word in reading.words[:MOST_WORDS]]
    meant = [_groups_at(place, reading, groups) for place in range(len(words))]
    for place, word in enumerate(words):
        told_here = (word, *meant[place])
        found.update(AGAINST + name for name in told_here) if against[place] else found.update(told_here)
    found.update(_pairs(words, meant, reading.fillers))
    found.update(_ends(words))
    for word in set(raw[:MOST_WORDS]):
        found.update(letters_of(word))
    return found


def _groups_at(place: int, reading: Reading, groups: Mapping[int, str]) -> list[str]:
    return [groups[meaning] for meaning in {*reading.meanings[place], *reading.spans[place]} if meaning in groups]


def _pairs(words: Sequence[str], meant: Sequence[Sequence[str]], fillers: Sequence[bool]) -> Iterable[str]:
    """Words near each other; one near a group, or two groups, tell of a sign that no message taught word by word."""
    yield from (f"{one}_{other}" for one, other in pairwise(words))
    yield from (f"{one}__{other}" for one, other in zip(words, words[2:], strict=False))
    yield from (f"{one}+{other}" for one, other in pairwise(compress(words, map(not_, fillers))))
    for place, word in enumerate(words):
        for near in range(place + 1, min(place + 1 + _NEAR, len(words))):
            other, others = words[near], meant[near]
            yield from (f"{word}+{name}" for name in others)
            for name in meant[place]:
                yield f"{name}+{other}"
                yield from (f"{name}+{another}" for another in others)


def _ends(words: Sequence[str]) -> Iterable[str]:
    """How a message begins and ends: "can I …", "anyone else …", "… yesterday"."""
    if words:
        yield from (f"^{words[0]}", f"{words[-1]}$")
    if len(words) > 1:
        yield from (f"^{words[0]}_{words[1]}", f"{words[-2]}_{words[-1]}$")


@lru_cache(maxsize=4096)
def letters_of(word: str) -> tuple[str, ...]:
    """The groups of letters of a word as clues: `'_num'`, `'numb'`, `'umb_'`."""
    if not word.isalpha():
        return ()
    framed = f"_{word[:_MOST_LETTERS]}_"
    sizes = range(_SHORTEST_LETTERS, _LONGEST_LETTERS + 1)
    return tuple(f"'{framed[start : start + size]}'" for size in sizes for start in range(len(framed) - size + 1))


# No word is longer; a row of letters without a space is not read to its end.
_MOST_LETTERS = 24


def found_clues(counting: Iterable[tuple[str | None, str, str]], others: Iterable[str | None]) -> set[str]:
    """The clues that phrases give: those that count as label, sign and phrase, and the labels of those that do not."""
    clues: set[str] = set()
    phrases = set()
    labels = set()
    for label, sign, phrase in counting:
        clues.add(f"[{sign}]")
        if label:
            clues.add(f"[{label}]")
            labels.add(label)
            phrases.add(phrase)
    clues.update(f"[{number}]" for number in range(1, min(len(phrases), _MOST_FOUND) + 1))
    if not phrases:
        clues.add("[0]")
    if len(labels) > 1:
        clues.add("[labels]")
    clues.update(f"[{AGAINST}{label}]" for label in others if label)
    return clues


def share_of_each(clues: Iterable[str]) -> float:
    """The part of its points that each clue of a message gives; above 1 where little is told."""
    # is_letters, is_near and the ends, written out: calls for each of some hundred clues would be slow.
    counted = sum(clue[0] not in "'^" and clue[-1] != "$" and "+" not in clue and "__" not in clue for clue in clues)
    return math.sqrt(_IN_FULL / max(1, counted))


def is_letters(clue: str) -> bool:
    """Say whether a clue is letters within a word."""
    return clue[0] == "'" and clue[-1] == "'"


def is_near(clue: str) -> bool:
    """Say whether a clue is two words, or a word and a group, that stand near each other."""
    return "+" in clue or "__" in clue


def sureness(weighed: Mapping[str, Weighed], likeliest: str) -> int:
    """How many points a message is above the mark from which the bot asks, or below.

    Something speaks of a warning the more clearly, the more clearly it speaks of one sign; a grave one needs less.
    """
    sure = weighed[ANYTHING].above + round(weighed[likeliest].above * LIKELIEST_COUNTS)
    return sure if likeliest in GRAVE else sure - MILD_LATER


def weigh(table: ClueTable, clues: set[str]) -> tuple[dict[str, Weighed], tuple[str, ...]]:
    """What each column of the table adds up to, and the clues that gave most in the first, for an explanation."""
    share = share_of_each(clues)
    given = table.points.of(clues)
    totals = [sum(column) for column in zip(*given.values(), strict=True)] or [0] * len(table.columns)
    weighed = {
        name: Weighed(round(total * share), mark)
        for name, total, mark in zip(table.columns, totals, table.marks, strict=True)
    }
    most = nsmallest(_NAMED, (clue for clue in given if given[clue][0]), lambda clue: (-abs(given[clue][0]), clue))
    return weighed, tuple(f"{clue} {round(given[clue][0] * share):+d}" for clue in most)
