"""How many years of school a text asks for.

Flesch-Kincaid grade level: 0.39 words/sentences + 11.8 syllables/words - 15.59 (Kincaid, Fishburne, Rogers and
Chissom 1975, "Derivation of New Readability Formulas for Navy Enlisted Personnel", Research Branch Report 8-75).
Syllables are counted by where pyphen would break a word, which is one less than it has of them; but it never breaks
off a single letter ("e-mergency"), so that the groups of vowels count where there are more of them.
"""

from __future__ import annotations

import re

import pyphen

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# A full stop, a question, a colon before a list; a new line, since each point of a list is read on its own.
SENTENCE_ENDS = re.compile(r"[.!?:;]+(?=\s|$|[”\"’])|\n+")
HYPHENATION = pyphen.Pyphen(lang="en_US")


def syllables(word: str) -> int:
    """The larger of two counts: pyphen's parts, and groups of vowels without a silent e at the end."""
    lower = word.lower()
    groups = len(re.findall(r"[aeiouy]+", lower))
    silent = lower.endswith("e") and not lower.endswith("le") and groups > 1
    return max(1, groups - silent, len(HYPHENATION.positions(lower)) + 1)


def words_of(text: str) -> list[str]:
    """The words of a text, without markup; {placeholders} count as a short word."""
    return WORD.findall(_plain(text))


def _plain(text: str) -> str:
    text = re.sub(r"</?[a-z]+>", "", text)
    return re.sub(r"/\w+", "this", re.sub(r"\{\w+\}", "Ana", text))


def grade(text: str, excused: frozenset[str]) -> float:
    """The school grade; each excused word counts as one syllable."""
    words = words_of(text)
    sentences = sum(1 for part in SENTENCE_ENDS.split(_plain(text)) if WORD.search(part))
    spoken = sum(1 if word.lower() in excused else syllables(word) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * spoken / len(words) - 15.59
