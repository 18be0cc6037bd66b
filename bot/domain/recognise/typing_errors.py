"""Typing errors, mended by a deletion index: docs/free-text.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# A shorter word is too easily another word: "pan" and "pain", "sole" and "sore".
SHORTEST = 4
# From this length two errors are forgiven.
LONG = 8
LONGEST = 18


class TypingErrors:
    """Finds the listed word that a mistyped word was meant to be."""

    def __init__(self, words: Iterable[str]) -> None:
        self._index: dict[str, tuple[str, ...]] = {}
        for word in sorted({word for word in words if SHORTEST <= len(word) <= LONGEST}):
            alone = (word,)  # shared by most of the word's forms: a list for each took 6 MB
            for shorter in _shortened(word, allowed(word)):
                known = self._index.get(shorter)
                self._index[shorter] = alone if known is None else (*known, word)

    def meant(self, word: str) -> str | None:
        """The nearest listed word: one error in four letters or more, two in eight or more; None if there is none.

        The first letter is taken as typed: people seldom miss it, and "numb" is not "dumb".
        """
        if not SHORTEST <= len(word) <= LONGEST:
            return None
        near = {
            listed
            for shorter in _shortened(word, allowed(word))
            for listed in self._index.get(shorter, ())
            if listed[0] == word[0]
        }
        best = min(((distance(word, listed), listed) for listed in near), default=None)
        if best is None or best[0] > min(allowed(word), allowed(best[1])):
            return None
        return best[1]


def allowed(word: str) -> int:
    """How many typing errors a word of this length forgives."""
    return 2 if len(word) >= LONG else 1


def distance(one: str, other: str) -> int:
    """Letters to add, drop, change or swap with their neighbour to get from one word to the other."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def _shortened(word: str, times: int) -> Iterator[str]:
    """The word with up to `times` letters left out; each form once."""
    seen = {word}
    yield word
    latest = {word}
    for _ in range(times):
        latest = {form[:i] + form[i + 1 :] for form in latest for i in range(len(form))} - seen
        seen |= latest
        yield from latest
