"""How well free text is read, and how fast.

    python -m benchmarks.free_text [--language en] [--misses]

Prints the figures of the issue for the messages that the lists were tuned on and, apart, for those held back, with
the confusions; then messages a second and the slowest long input. `--misses` shows single messages, of the tuning
files only: the held ones are run, never read.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import machine, table
from bot.domain.recognise import LABELS, NONE, Lists, recognise
from bot.domain.recognise.words import LONGEST
from bot.phrase_files import load_lists

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "free_text"
LANGUAGES = ("en", "es")
# An unseen sign of these may cost the use of the legs, or a life.
CRITICAL = frozenset(("emergency", "cord", "fracture"))
ROUNDS = 3

LONG_INPUTS = {
    "letters without a space": "a" * LONGEST,
    "the same complaint again and again": ("no pain in my leg numb " * 200)[:LONGEST],
    "mistyped words": ("numbnes tinglng weaknss hospitl appontment " * 100)[:LONGEST],
    "commas": "no pain, " * (LONGEST // 9),
    "Arabic": "الألم في ظهري شديد جدا " * 170,
    "Chinese": "我的腿没有感觉了" * 512,
    "emoji": "😂🦴" * 2048,
    "digits and slashes": "8/10 " * 800,
    "combining marks": "e\u0301" * 2048,
}


@dataclass(frozen=True)
class Message:
    """A labelled message; no labels means everyday talk."""

    text: str
    labels: frozenset[str]


@dataclass(frozen=True)
class Figures:
    """The figures of the issue for one set of messages."""

    messages: int
    some: float
    critical: float
    raised: float
    recall: dict[str, float]
    confusions: Counter[tuple[str, str]]


def read_messages(name: str) -> list[Message]:
    """The messages of one file of tests/free_text."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()[1:]
    pairs = (line.rsplit("\t", 1) for line in lines if line.strip())
    return [Message(text, frozenset(labels.split(",")) - {NONE}) for text, labels in pairs]


def tuning_files(language: str) -> list[str]:
    """The files that may be read while the lists of this language are changed."""
    return sorted(file.name for file in FOLDER.glob(f"{language}_*.tsv") if "held" not in file.name)


def held_files(language: str) -> list[str]:
    """The files that are only run."""
    return sorted(file.name for file in FOLDER.glob(f"{language}_*held*.tsv"))


def tuning_messages(language: str) -> list[Message]:
    """All messages that may be read while the lists of this language are changed."""
    return [message for name in tuning_files(language) for message in read_messages(name)]


def measure(messages: Sequence[Message], lists: Lists, language: str) -> Figures:
    """Read every message and compare."""
    found = [(message.labels, recognise(message.text, lists, language).labels) for message in messages]
    warnings = [(wanted, got) for wanted, got in found if wanted]
    everyday = [got for wanted, got in found if not wanted]
    critical = [got for wanted, got in warnings if wanted & CRITICAL]
    confusions: Counter[tuple[str, str]] = Counter()
    for wanted, got in found:
        for label in wanted or {NONE}:
            confusions.update((label, other) for other in (got or {NONE}))
    return Figures(
        messages=len(messages),
        some=share(bool(got) for _, got in warnings),
        critical=share(bool(got) for got in critical),
        raised=share(bool(got) for got in everyday),
        recall={label: share(label in got for wanted, got in warnings if label in wanted) for label in LABELS},
        confusions=confusions,
    )


def share(truths: object) -> float:
    """The part of the truths that hold; 1 when there are none."""
    held = [bool(truth) for truth in truths]  # type: ignore[attr-defined]
    return sum(held) / len(held) if held else 1.0


def messages_a_second(messages: Sequence[Message], lists: Lists) -> float:
    """Messages read in a second of one core; the best of three rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        for message in messages:
            recognise(message.text, lists, "en")
        best = min(best, time.process_time() - begun)
    return len(messages) / best


def slowest(lists: Lists) -> list[list[object]]:
    """Milliseconds for each kind of long input, each read once with nothing prepared."""
    rows: list[list[object]] = []
    for kind, text in LONG_INPUTS.items():
        begun = time.process_time()
        recognise(text[:LONGEST], lists, "en")
        rows.append([kind, len(text[:LONGEST]), f"{(time.process_time() - begun) * 1000:.1f}"])
    return rows


def row(name: str, figures: Figures) -> list[object]:
    """A line of the table of figures."""
    recall = [f"{figures.recall[label]:.3f}" for label in LABELS]
    return [name, figures.messages, f"{figures.some:.3f}", f"{figures.critical:.3f}", f"{figures.raised:.3f}", *recall]


def confusion_rows(figures: Figures) -> list[list[object]]:
    """How often each label was read as each other, as counts; a message with two labels counts for both."""
    names = (*LABELS, NONE)
    return [[wanted, *(figures.confusions[wanted, got] for got in names)] for wanted in names]


def show_misses(messages: Sequence[Message], lists: Lists, language: str) -> None:
    """Print the messages that were not read as labelled."""
    for message in messages:
        got = recognise(message.text, lists, language)
        if message.labels - got.labels or (got.labels and not message.labels):
            wanted = ",".join(label for label in LABELS if label in message.labels) or NONE
            print(f"{wanted} read as {got.printed()}: {message.text}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", choices=LANGUAGES, action="append")
    parser.add_argument("--misses", action="store_true")
    chosen = parser.parse_args()
    lists = load_lists()
    print(machine())
    for language in chosen.language or LANGUAGES:
        parts = {"tune": tuning_messages(language)}
        parts |= {name.removesuffix(".tsv"): read_messages(name) for name in held_files(language)}
        measured = {part: measure(messages, lists, language) for part, messages in parts.items()}
        head = ["messages", "of", "some warning", "critical not none", "everyday raised", *LABELS]
        print(table(head, [row(f"{language} {part}", figures) for part, figures in measured.items()]))
        for part, figures in measured.items():
            print(table([f"{language} {part}: is \\ read as", *LABELS, NONE], confusion_rows(figures)))
        if chosen.misses:
            show_misses(parts["tune"], lists, language)
    print(f"{messages_a_second(tuning_messages('en'), lists):.0f} messages a second on one core (at least 1,000)")
    print(table(["long input", "characters", "ms (below 20)"], slowest(load_lists())))


if __name__ == "__main__":
    main()
