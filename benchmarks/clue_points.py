"""Finds what each clue is worth, from labelled messages: the clue table of a phrase list.

    make clues                                                writes both tables; installs scikit-learn first
    python -m benchmarks.clue_points --language en            prints messages/phrases/en.clues.tsv
    python -m benchmarks.clue_points --language en --unseen   reads each author by what the others taught; a minute each

A logistic regression over the clues (bot/domain/recognise/clues.py says what they are); the points are its weights
times fifty, rounded. Each column is learned from all messages: `anything` from the warnings against the rest, a label
from its own against all others. Messages that the phrases were written from teach nothing about phrases: there every
phrase fits. The files held apart are not read. Takes some two minutes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.sparse import csr_matrix, diags_array
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks.figures import table
from benchmarks.free_text import Message, measure, read_messages, row, tuning_files
from bot.domain.recognise import LABELS, Lists
from bot.domain.recognise.clues import ANYTHING, GRAVE, is_letters, is_near, share_of_each
from bot.domain.recognise.judge import clues_in
from bot.domain.recognise.language import Language
from bot.domain.recognise.lists import ClueTable
from bot.domain.recognise.points import Points
from bot.domain.recognise.words import split
from bot.phrase_files import load_lists

POINTS_PER_UNIT = 50
# A clue seen less often teaches chance, not meaning, and lengthens the table. Words near each other are most of it.
SEEN_AT_LEAST, NEAR_SEEN_AT_LEAST = 3, 4
# A clue worth less is left out of the table: it would only make it long.
WORTH_AT_LEAST, NEAR_WORTH_AT_LEAST = 2, 4
# Letters say the same as words, and there are many of them.
LETTERS_COUNT = 0.5
# How much more a rare clue counts than a common one. Found, as the next, by leaving out authors.
RARE_COUNTS = 1.5
# How far the weights are trusted: the greater, the closer they follow the messages.
TRUST = 2.0
# How much further than even the scale is moved: for asking at all, and for a second label beside a likelier one.
SHIFT = {"en": -0.9, "es": -0.7}
# Where a missed sign costs the most, less is enough.
SECOND_LABEL, SECOND_GRAVE_LABEL = -1.0, -2.0
COLUMNS = (ANYTHING, *LABELS)
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


@dataclass(frozen=True)
class Table:
    """What each clue is worth in each column, and the mark of each."""

    marks: tuple[int, ...]
    points: Mapping[str, Sequence[int]]


def learn(lessons: Sequence[Lesson]) -> list[Weights]:
    """The weights that tell a warning from the rest, then for each label its own from all others."""
    reader = CountVectorizer(analyzer=sorted, binary=True, min_df=SEEN_AT_LEAST, dtype=np.float64)
    told = reader.fit_transform([lesson.clues for lesson in lessons])
    clues = reader.get_feature_names_out()
    often = np.asarray(told.sum(axis=0)).ravel() >= [
        NEAR_SEEN_AT_LEAST if is_near(clue) else SEEN_AT_LEAST for clue in clues
    ]
    told, clues = told[:, often], clues[often]
    shares = diags_array([share_of_each(lesson.clues) for lesson in lessons])
    scale = _scale(told, clues)
    given = (shares @ told @ diags_array(scale)).tocsr()
    wanted = [[bool(lesson.labels) for lesson in lessons]]
    wanted += [[label in lesson.labels for lesson in lessons] for label in LABELS]
    return [_regression(given, column, clues, scale) for column in wanted]


def _scale(told: csr_matrix, clues: np.ndarray) -> np.ndarray:
    """How much a clue counts, the rarer the more, beside the middle one: what stands in every message tells little."""
    rare = np.log((1 + told.shape[0]) / (1 + np.asarray(told.sum(axis=0)).ravel())) ** RARE_COUNTS
    return rare / np.median(rare) * np.where([is_letters(clue) for clue in clues], LETTERS_COUNT, 1.0)


def _regression(given: csr_matrix, wanted: Sequence[bool], clues: np.ndarray, scale: np.ndarray) -> Weights:
    fit = LogisticRegression(C=TRUST, solver="liblinear", dual=True, random_state=1, max_iter=300)
    fit.fit(given, np.array(wanted))
    return Weights(dict(zip(clues, (fit.coef_[0] * scale).tolist(), strict=True)), float(fit.intercept_[0]))


def clue_table(lessons: Sequence[Lesson], language: str) -> Table:
    """One column that decides whether to ask, and one a label that decides about what and helps to decide whether."""
    shifts = [SHIFT[language], *(SECOND_GRAVE_LABEL if label in GRAVE else SECOND_LABEL for label in LABELS)]
    found = list(zip(learn(lessons), shifts, strict=True))
    points: dict[str, list[int]] = {}
    for column, (weights, _) in enumerate(found):
        for clue, weight in weights.of.items():
            worth = round(weight * POINTS_PER_UNIT)
            if abs(worth) >= (NEAR_WORTH_AT_LEAST if is_near(clue) else WORTH_AT_LEAST):
                points.setdefault(clue, [0] * len(found))[column] = worth
    marks = tuple(round((shift - weights.start) * POINTS_PER_UNIT) for weights, shift in found)
    return Table(marks, dict(sorted(points.items())))


def written(learned: Table, language: str) -> str:
    """The table as the file holds it; no points are left empty."""
    lines = [
        f"# What each clue is worth. Not written by hand: python -m benchmarks.clue_points --language {language}",
        "# What the clues are: bot/domain/recognise/clues.py. Nothing here is a message that anybody sent.",
        "\t".join(("clue", *COLUMNS)),
        "\t".join(("(mark)", *map(str, learned.marks))),
    ]
    lines += ["\t".join((clue, *(str(worth or "") for worth in worths))) for clue, worths in learned.points.items()]
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
        learned = clue_table([lesson for other in names if other != name for lesson in lessons[other]], language)
        reader.clues = ClueTable(COLUMNS, learned.marks, Points(len(COLUMNS), learned.points.items()))
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
