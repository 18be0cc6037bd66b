"""How a phrase of the lists is read.

| written | means |
| --- | --- |
| `word` | this word |
| `word+` | this verb or noun in any form |
| `stem*` | any word that starts so |
| `<group>` | a word of the group |
| `a|b|<c>` | one of them |
| `word?` | may be left out |
| `..` | up to three words may come between |
| `...` | up to six words may come between |
| `this & that` | both, in any order, near each other in one sentence |

Between two words of a phrase up to three fillers (the, my, so, very …) may stand.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.recognise.lists import Line, PhraseFault
from bot.domain.recognise.vocabulary import Vocabulary

GAPS = {"..": 3, "...": 6}
# Two gaps a part keep the search short on any input.
MOST_GAPS = 2
# Fillers that may stand between two words of a phrase.
MOST_FILLERS = 3


@dataclass(frozen=True, slots=True)
class Element:
    """One place in a phrase: the meaning wanted, how many free words may come before, and if it may be missing."""

    meaning: int
    gap: int = 0
    optional: bool = False


Part = tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase made ready: its parts, which may come in any order, and the rarest meaning to look for first."""

    text: str
    line: int
    parts: tuple[Part, ...]
    fillers: int

    def needed(self) -> set[int]:
        """The meanings that a message must hold for the phrase to be possible."""
        return {element.meaning for part in self.parts for element in part if not element.optional}


def read_phrase(line: Line, vocabulary: Vocabulary, exact: bool = False) -> Phrase:
    """Make a written phrase ready; an exact one allows no fillers. Raises PhraseFault naming what cannot be read."""
    parts = tuple(_part(text.split(), line, vocabulary) for text in line.text.split("&"))
    return Phrase(line.text, line.number, parts, 0 if exact else MOST_FILLERS)


def _part(tokens: list[str], line: Line, vocabulary: Vocabulary) -> Part:
    elements: list[Element] = []
    gap = gaps = 0
    for token in tokens:
        if token in GAPS:
            gap, gaps = GAPS[token], gaps + 1
            continue
        optional = token.endswith("?")
        meaning = vocabulary.meaning(token.removesuffix("?"), line.number)
        elements.append(Element(meaning, gap, optional))
        gap = 0
    if not elements or elements[0].optional or gap or elements[0].gap:
        raise PhraseFault(f"{line.text!r} must begin and end with a word that cannot be left out", line.number)
    if gaps > MOST_GAPS:
        raise PhraseFault(f"{line.text!r} has more than {MOST_GAPS} gaps", line.number)
    return tuple(elements)
