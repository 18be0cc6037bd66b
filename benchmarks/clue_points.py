"""Finds what each clue is worth, from the tuning messages: the block `clues` of a phrase list.

    python -m benchmarks.clue_points --language en

Prints the block to put into messages/phrases/<language>.yaml. A logistic regression over the words and word groups
that nothing speaks against (no negation, no other person, no question); the points are its weights times five,
rounded. The files held apart are not read.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.free_text import Message, tuning_messages
from bot.domain.recognise import LABELS, Lists
from bot.domain.recognise.clues import ANYTHING
from bot.domain.recognise.judge import clues_in
from bot.domain.recognise.language import Language
from bot.domain.recognise.words import split
from bot.phrase_files import load_lists

POINTS_PER_UNIT = 5
# A word seen less often teaches chance, not meaning.
SEEN_AT_LEAST = 3
# Pulls the weights of rare words to nought; found by leaving out an eighth of the messages in turn.
RESTRAINT = 1.0
ROUNDS = 400
# What phrases found are worth beside the clues: one, two, three or more; and how far the scale moves for them. Found
# with 1,158 messages that were written after the phrases, so that neither had been fitted to the other; phrases are
# trusted too much by messages they were made from.
FOUND = (11, 17, 21)
SHIFT = 5


@dataclass(frozen=True)
class Weights:
    """What a regression found: a weight for each clue, and what the scale starts from."""

    of: Mapping[str, float]
    start: float


def clues_of(text: str, language: Language) -> set[str]:
    """The words, `<groups>` and `{scopes}` of a message that a clue table can name."""
    return {name for name in clues_in(split(text), language) if _nameable(name)}


def _nameable(name: str) -> bool:
    return "|" not in name and (name.isalpha() or (name[0] in "<{" and not name.startswith("<number")))


def learn(rows: Sequence[set[str]], wanted: Sequence[bool], clues: Iterable[str]) -> Weights:
    """Logistic regression with a penalty, by gradient steps; small enough to need no library."""
    weights = dict.fromkeys(clues, 0.0)
    pace = dict.fromkeys(weights, 1e-8)
    start, start_pace = 0.0, 1e-8
    for _ in range(ROUNDS):
        slope = {clue: RESTRAINT * weight for clue, weight in weights.items()}
        start_slope = 0.0
        for row, is_so in zip(rows, wanted, strict=True):
            sure = start + sum(weights[clue] for clue in row)
            error = 1 / (1 + math.exp(-max(-30.0, min(30.0, sure)))) - is_so
            start_slope += error
            for clue in row:
                slope[clue] += error
        start_pace += start_slope**2
        start -= start_slope / math.sqrt(start_pace)
        for clue, steep in slope.items():
            pace[clue] += steep**2
            weights[clue] -= 0.5 * steep / math.sqrt(pace[clue])
    return Weights(weights, start)


def block(lists: Lists, messages: Sequence[Message], language: str) -> str:
    """The YAML block: one table that decides whether to ask, and one a label that decides about what."""
    reader = next(one for one in lists.languages if one.name == language)
    rows = [clues_of(message.text, reader) for message in messages]
    seen = Counter(clue for row in rows for clue in row)
    often = {clue for clue, times in seen.items() if times >= SEEN_AT_LEAST}
    rows = [row & often for row in rows]
    warns = [bool(message.labels) for message in messages]
    found = learn(rows, warns, often)
    lines = ["clues:", *_table(ANYTHING, found, SHIFT, f"    found: {', '.join(map(str, FOUND))}")]
    words = {clue for clue in often if not clue.startswith("{")}
    rows = [row & words for row in rows]
    for label in LABELS:
        kept = [i for i, message in enumerate(messages) if label in message.labels or not warns[i]]
        found = learn([rows[i] for i in kept], [label in messages[i].labels for i in kept], words)
        lines += _table(label, found, 0, least=2)
    return "\n".join(lines) + "\n"


def _table(name: str, found: Weights, above: int, *more: str, least: int = 1) -> list[str]:
    worth: dict[int, list[str]] = {}
    for clue, weight in sorted(found.of.items()):
        points = round(weight * POINTS_PER_UNIT)
        if abs(points) >= least:
            worth.setdefault(points, []).append(clue)
    mark = max(0, math.ceil(above - found.start * POINTS_PER_UNIT))
    lines = [f"  {name}:", f"    mark: {mark}", *more]
    for points in sorted(worth, reverse=True):
        lines += [f"    {points}: |", *_wrapped(worth[points])]
    return lines


def _wrapped(words: Sequence[str]) -> list[str]:
    lines = [" " * 6]
    for word in words:
        if len(lines[-1]) + len(word) > 108:
            lines.append(" " * 6)
        lines[-1] += f"{word}, "
    return [line.rstrip(", ") for line in lines]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", default="en")
    language = parser.parse_args().language
    print(block(load_lists(), tuning_messages(language), language), end="")


if __name__ == "__main__":
    main()
