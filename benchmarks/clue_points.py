"""Finds what each clue is worth, from labelled messages: the clue table of a phrase list.

    python -m benchmarks.clue_points --language en            prints messages/phrases/en.clues.tsv
    python -m benchmarks.clue_points --language en --unseen   reads each author's messages with what the others taught

A logistic regression over the clues (bot/domain/recognise/clues.py says what they are); the points are its weights
times fifty, rounded. The column `anything` is learned from all messages, those of the labels from the warnings, each
against the other warnings. Messages that the phrases were written from teach nothing about phrases: there every
phrase fits. The files held apart are not read. Takes a minute or two.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from benchmarks.figures import table
from benchmarks.free_text import Message, measure, read_messages, row, tuning_files
from bot.domain.recognise import LABELS, Lists
from bot.domain.recognise.clues import ANYTHING, is_letters, is_near, share_of_each
from bot.domain.recognise.judge import clues_in
from bot.domain.recognise.language import Language
from bot.domain.recognise.lists import ClueTable, pack_of
from bot.domain.recognise.words import split
from bot.phrase_files import load_lists

POINTS_PER_UNIT = 50
# A clue seen less often teaches chance, not meaning, and lengthens the table.
SEEN_AT_LEAST = 3
# A clue worth less is left out of the table: it would only make it long. Two words near each other are most of it.
WORTH_AT_LEAST, NEAR_WORTH_AT_LEAST = 3, 4
# Letters say the same as words, and there are many of them.
LETTERS_COUNT = 0.6
# How much more a rare clue counts than a common one. Found, as the next two, by leaving out authors.
RARE_COUNTS = 1.5
# How far the weights are trusted: the greater, the closer they follow the messages.
TRUST, LABEL_TRUST = 1.5, 0.5
# How much further than even the scale is moved: for asking at all, and for a second label beside a likelier one.
SHIFT, SECOND_LABEL = {"en": -0.56, "es": 0.0}, -1.5
ROUNDS = 30
# The phrases were written from these.
WRITTEN_FROM = frozenset(("en_tune.tsv", "en_paraphrases.tsv", "en_sample.tsv", "es_tune.tsv", "es_paraphrases.tsv"))


@dataclass(frozen=True)
class Lesson:
    """A message as its clues and what it should be read as."""

    clues: frozenset[str]
    labels: frozenset[str]


@dataclass(frozen=True)
class Weights:
    """What a regression found: a weight for each clue, and what the scale starts from."""

    of: Mapping[str, float]
    start: float


def learn(lessons: Sequence[Lesson], wanted: Sequence[bool], trust: float) -> Weights:
    """Logistic regression with a penalty, by dual coordinate descent (Yu, Huang and Lin, 2011).

    A clue is given the more weight the rarer it is: what stands in every message tells little.
    """
    seen = Counter(clue for lesson in lessons for clue in lesson.clues)
    clues = sorted(clue for clue, times in seen.items() if times >= SEEN_AT_LEAST)
    numbers = {clue: i for i, clue in enumerate(clues)}
    rows = [[numbers[clue] for clue in sorted(lesson.clues) if clue in numbers] for lesson in lessons]
    shares = [share_of_each(lesson.clues) for lesson in lessons]
    reach = _reach(clues, seen, len(lessons))
    worths = [0.0] * len(numbers)
    start = 0.0
    dual = [min(0.001 * trust, 1e-8)] * len(rows)
    sizes = [1 + shares[i] ** 2 * sum(map(reach.__getitem__, rows[i])) for i in range(len(rows))]
    for i in range(len(rows)):
        start += _step(worths, rows[i], reach, shares[i], dual[i] if wanted[i] else -dual[i])
    order = list(range(len(rows)))
    chance = random.Random(1)
    worth_of = worths.__getitem__
    for _ in range(ROUNDS):
        chance.shuffle(order)
        for i in order:
            sure = start + shares[i] * sum(map(worth_of, rows[i]))
            better = _best_dual(dual[i], sure if wanted[i] else -sure, sizes[i], trust)
            change = (better - dual[i]) * (1 if wanted[i] else -1)
            dual[i] = better
            if abs(change) > 1e-6:
                start += _step(worths, rows[i], reach, shares[i], change)
    return Weights({clue: worths[i] for clue, i in numbers.items()}, start)


def _reach(clues: Sequence[str], seen: Mapping[str, int], messages: int) -> list[float]:
    """How far one step moves each clue: its rareness, squared, beside that of the middle one."""
    rare = [math.log((1 + messages) / (1 + seen[clue])) for clue in clues]
    middle = statistics.median(rare)
    counts = [(rareness / middle) ** RARE_COUNTS for rareness in rare]
    return [
        (count * (LETTERS_COUNT if is_letters(clue) else 1)) ** 2 for clue, count in zip(clues, counts, strict=True)
    ]


def _step(worths: list[float], row: Sequence[int], reach: Sequence[float], share: float, by: float) -> float:
    for clue in row:
        worths[clue] += by * share * reach[clue]
    return by


def _best_dual(dual: float, margin: float, size: float, trust: float) -> float:
    """The value between 0 and `trust` that serves this message best, by Newton steps from the old one."""
    value = dual
    for _ in range(8):
        slope = size * (value - dual) + margin + math.log(value / (trust - value))
        steep = size + trust / (value * (trust - value))
        after = value - slope / steep
        if after <= 0:
            after = value * 0.1
        elif after >= trust:
            after = trust - (trust - value) * 0.1
        if abs(after - value) < 1e-9:
            break
        value = after
    return min(max(value, 1e-10), trust - 1e-10)


def clue_table(lessons: Sequence[Lesson], language: str) -> ClueTable:
    """One column that decides whether to ask, and one a label that decides about what."""
    warns = [lesson for lesson in lessons if lesson.labels]
    found = [(learn(lessons, [bool(lesson.labels) for lesson in lessons], TRUST), SHIFT.get(language, 0.0))]
    wanted = {label: [label in lesson.labels for lesson in warns] for label in LABELS}
    found += [(learn(warns, wanted[label], LABEL_TRUST), SECOND_LABEL) for label in LABELS]
    points: dict[str, list[int]] = {}
    for column, (weights, _) in enumerate(found):
        for clue, weight in weights.of.items():
            worth = round(weight * POINTS_PER_UNIT)
            if abs(worth) >= (NEAR_WORTH_AT_LEAST if is_near(clue) else WORTH_AT_LEAST):
                points.setdefault(clue, [0] * len(found))[column] = worth
    marks = tuple(round((shift - weights.start) * POINTS_PER_UNIT) for weights, shift in found)
    packed = pack_of(len(found))
    return ClueTable(
        (ANYTHING, *LABELS), marks, {clue: packed.pack(*worths) for clue, worths in sorted(points.items())}
    )


def written(learned: ClueTable, language: str) -> str:
    """The table as the file holds it; no points are left empty."""
    lines = [
        f"# What each clue is worth. Not written by hand: python -m benchmarks.clue_points --language {language}",
        "# What the clues are: bot/domain/recognise/clues.py. Nothing here is a message that anybody sent.",
        "\t".join(("clue", *learned.columns)),
        "\t".join(("(mark)", *map(str, learned.marks))),
    ]
    unpack = pack_of(len(learned.columns)).unpack
    lines += ["\t".join((clue, *(str(worth or "") for worth in unpack(row)))) for clue, row in learned.points.items()]
    return "\n".join(lines) + "\n"


def lessons_of(name: str, language: Language) -> list[Lesson]:
    """The messages of one file as lessons."""
    return [_lesson(message, language, name not in WRITTEN_FROM) for message in read_messages(name)]


@cache
def _lesson(message: Message, language: Language, phrases: bool) -> Lesson:
    return Lesson(frozenset(clues_in(split(message.text), language, phrases)), message.labels)


def unseen(lists: Lists, names: Sequence[str], language: str) -> list[list[object]]:
    """The figures of each file, read with what the other files taught; the whole at the end."""
    reader = next(one for one in lists.languages if one.name == language)
    others = [one for one in lists.languages if one is not reader]
    lessons = {name: lessons_of(name, reader) for name in names}
    found = []
    for name in names:
        if name in WRITTEN_FROM:
            continue
        reader.clues = clue_table([lesson for other in names if other != name for lesson in lessons[other]], language)
        found.append(row(name, measure(read_messages(name), Lists((reader, *others)), language)))
        print(found[-1], file=sys.stderr)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", default="en")
    parser.add_argument("--unseen", action="store_true")
    chosen = parser.parse_args()
    lists = load_lists()
    names = tuning_files(chosen.language)
    if chosen.unseen:
        head = ["author", "of", "some warning", "critical not none", "everyday raised", *LABELS]
        print(table(head, unseen(lists, names, chosen.language)))
        return
    reader = next(one for one in lists.languages if one.name == chosen.language)
    learned = clue_table([lesson for name in names for lesson in lessons_of(name, reader)], chosen.language)
    print(written(learned, chosen.language), end="")


if __name__ == "__main__":
    main()
