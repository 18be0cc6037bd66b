"""From a message to its words: small letters, no accents, no apostrophes, and where a thought ends."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Telegram Bot API, Message.text: 0-4096 characters. Anything longer did not come from a chat.
LONGEST = 4096

# A break before a word: none, a soft one (comma), a hard one (end of a sentence).
NO_BREAK, SOFT, HARD = 0, 1, 2

_EMOJI = "[☀-➿\U0001f300-\U0001faff]+"
# One character class an alternative, so that no input makes it slow.
_TOKEN = re.compile(rf"\d+(?:[.,/:]\d+)*|[^\W\d_]+(?:['’`´ʼ][^\W\d_]+)*|[.!?¿…;\n]|[,:()\-–—/]|{_EMOJI}")
_LOOKS = re.compile(_EMOJI)
# "/help" is a command, not a cry.
_COMMAND = re.compile(r"\s*/[a-z_]{1,32}(?:@\w{1,32})?\s*", re.IGNORECASE)
_APOSTROPHES = str.maketrans("", "", "'’`´ʼ")
_HARD_MARKS = frozenset(".!?¿…;\n")
_SOFT_MARKS = frozenset(",:()-–—/")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a message; `breaks[i]` is the break before word i.

    `asked` holds the words of sentences that end in "?", `opened` those that also begin with "¿".
    """

    words: tuple[str, ...]
    breaks: tuple[int, ...]
    asked: frozenset[int] = frozenset()
    opened: frozenset[int] = frozenset()


def split(text: str) -> Words:
    """Cut a message of any script into words; only its first 4,096 characters are read."""
    if _COMMAND.fullmatch(text):
        return Words((), ())
    words: list[str] = []
    breaks: list[int] = []
    asked: set[int] = set()
    pending = HARD
    sentence_start = 0
    opened: set[int] = set()
    spanish = False
    for found in _TOKEN.findall(plain(text[:LONGEST])):
        if found in _HARD_MARKS:
            if found == "?":
                sentence = range(sentence_start, len(words))
                asked.update(sentence)
                opened.update(sentence if spanish else ())
            spanish = found == "¿"
            pending, sentence_start = HARD, len(words)
        elif found in _SOFT_MARKS:
            pending = max(pending, SOFT)
        else:
            for word in _words_of(found):
                words.append(word)
                breaks.append(pending)
                pending = NO_BREAK
    return Words(tuple(words), tuple(breaks), frozenset(asked), frozenset(opened))


def plain(text: str) -> str:
    """Small letters without accents, in one Unicode form."""
    if text.isascii():
        return text.lower()
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


def _words_of(typed: str) -> tuple[str, ...]:
    """`foot's` is a foot and something about it; `can't` is one word; of a row of emoji each counts once."""
    if typed[0].isdigit() or typed.isalpha():
        return (typed,)
    if _LOOKS.fullmatch(typed):
        return tuple(dict.fromkeys(typed))
    bare = typed.translate(_APOSTROPHES)
    if len(typed) > 4 and typed[-1] == "s" and typed[-2] in "'’`´ʼ" and bare[:-1] not in _PRONOUNS:
        return (bare[:-1], "s")
    return (bare,)


# "he's" and "what's" are written "hes" and "whats" as often, so they stay one word.
_PRONOUNS = frozenset(
    ("that", "what", "there", "here", "where", "who", "how", "she", "let", "this", "when", "everything")
)
