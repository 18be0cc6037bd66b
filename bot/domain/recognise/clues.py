"""Clues: words that prove nothing alone, but together outweigh a phrase or make up for one that no list foresaw.

Each clue that stands in a message gives its points once. Five kinds are written in the tables (`en.clues.tsv`):

| written | means |
| --- | --- |
| `word`, `<group>` | a word, or one of a group, that nothing speaks against |
| `~word`, `~<group>` | the same inside a scope that speaks against it (denied, somebody else's, asked, past …) |
| `one_other` | two words that follow each other |
| `'umb'` | letters within a word as typed, `_` where it begins or ends: they catch typing errors |
| `{scope}` | the scope is in the message; `{?}`: a question mark |
| `[sign]`, `[label]`, `[2]` | a phrase of this sign or label counts; so many do; `[~label]`: one does not |

From the mark of the table's first column on the bot asks; the columns of the labels say about what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.recognise.lists import ClueTable
from bot.domain.recognise.reading import Reading
from bot.domain.recognise.scope import Flags

# The column that decides whether to ask at all; those of the labels only say what to ask.
ANYTHING = "anything"
AGAINST = "~"
# Letters that are looked at together; a word ending counts as one.
_SHORTEST_LETTERS, _LONGEST_LETTERS = 3, 5
# A message tells what it tells in its first words; bounds the time that long nonsense takes.
MOST_WORDS = 400
_MOST_FOUND = 5
# So many words are named in an explanation.
_NAMED = 12


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the clues of one column add up to, and the clues that gave most."""

    total: int
    mark: int
    clues: tuple[str, ...]

    @property
    def enough(self) -> bool:
        """Say whether the mark is reached."""
        return self.total >= self.mark


def told(
    raw: Sequence[str], reading: Reading, flagged: Mapping[str, Flags], groups: Mapping[int, str], asks: bool
) -> set[str]:
    """Every clue in a message beside the phrases found; `groups` names the meanings that are word groups."""
    found = {f"{{{name}}}" for name, flags in flagged.items() if max(flags) >= 0}
    if asks:
        found.add("{?}")
    against = [max(causes) >= 0 for causes in zip(*flagged.values(), strict=True)]
    before = ""
    for place, word in enumerate(reading.words[:MOST_WORDS]):
        plain = "#" if word[0].isdigit() else word
        meant = [groups[meaning] for meaning in reading.meanings[place] if meaning in groups]
        meant += [groups[meaning] for meaning in reading.spans[place] if meaning in groups]
        if against[place]:
            found.add(AGAINST + plain)
            found.update(AGAINST + name for name in meant)
        else:
            found.add(plain)
            found.update(meant)
        if before:
            found.add(f"{before}_{plain}")
        before = plain
    for word in set(raw[:MOST_WORDS]):
        found.update(letters_of(word))
    return found


def letters_of(word: str) -> Iterable[str]:
    """The groups of letters of a word as clues: `'_num'`, `'numb'`, `'umb_'`."""
    if not word.isalpha():
        return
    framed = f"_{word[:_MOST_LETTERS]}_"
    for size in range(_SHORTEST_LETTERS, _LONGEST_LETTERS + 1):
        for start in range(len(framed) - size + 1):
            yield f"'{framed[start : start + size]}'"


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


def weigh(table: ClueTable, clues: set[str]) -> dict[str, Weighed]:
    """Add up each column of the table."""
    points = table.points
    told_here = [(points[clue], clue) for clue in sorted(clues & points.keys())]
    weighed = {}
    for column, name in enumerate(table.columns):
        worth = sorted(((row[column], clue) for row, clue in told_here if row[column]), key=lambda one: -abs(one[0]))
        named = tuple(f"{clue} {value:+d}" for value, clue in worth[:_NAMED])
        weighed[name] = Weighed(sum(value for value, _ in worth), table.marks[column], named)
    return weighed
