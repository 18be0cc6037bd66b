"""Typing errors: the listed word that a mistyped word was meant to be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

# A shorter word is too easily another word: "pan" and "pain", "sole" and "sore".
SHORTEST = 4
# From this length two errors are forgiven.
LONG = 8
LONGEST = 18

# The nearest of these words that is at most so many errors from a word, the first of those equally near; None if there
# is none. An error is a letter too many, missing, wrong, or swapped with its neighbour.
Nearest = Callable[[str, Sequence[str], int], str | None]


class TypingErrors:
    """Finds the listed word that a mistyped word was meant to be."""

    def __init__(self, words: Iterable[str], nearest: Nearest) -> None:
        self._nearest = nearest
        self._by_letter: dict[str, list[str]] = {}
        for word in sorted({word for word in words if SHORTEST <= len(word) <= LONGEST}):
            self._by_letter.setdefault(word[0], []).append(word)

    def meant(self, word: str) -> str | None:
        """The nearest listed word: one error in four letters or more, two in eight or more; None if there is none.

        The first letter is taken as typed: people seldom miss it, and "numb" is not "dumb".
        """
        if not SHORTEST <= len(word) <= LONGEST:
            return None
        meant = self._nearest(word, self._by_letter.get(word[0], ()), allowed(word))
        # A short word that is listed is not what a long one with two errors was meant to be.
        if meant is None or (allowed(meant) < allowed(word) and self._nearest(word, (meant,), allowed(meant)) is None):
            return None
        return meant


def allowed(word: str) -> int:
    """How many typing errors a word of this length forgives."""
    return 2 if len(word) >= LONG else 1
