"""Which script a message is written in, so that one that no list reads is not taken for idle talk."""

from __future__ import annotations

import unicodedata
from collections import Counter

# Enough letters to tell; more would only cost time.
_LOOKED_AT = 200


def readable(text: str, scripts: frozenset[str]) -> bool:
    """Say whether a message is in a script that some list reads; one without letters (numbers, emoji) is."""
    counts: Counter[str] = Counter()
    for letter in text:
        if letter.isalpha():
            counts[script_of(letter)] += 1
            if counts.total() >= _LOOKED_AT:
                break
    return not counts or counts.most_common(1)[0][0] in scripts


def script_of(letter: str) -> str:
    """`latin`, `arabic`, `cyrillic`, `han` …, from the letter's Unicode name."""
    if letter.isascii():
        return "latin"
    first = unicodedata.name(letter, "unknown").partition(" ")[0].lower()
    return {"cjk": "han", "fullwidth": "latin", "feminine": "latin", "masculine": "latin"}.get(first, first)
