"""What a language's phrase list holds, as plain values; `bot.phrase_files` reads them from `messages/phrases`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.recognise.points import Points

# The contract's order for printing.
LABELS = ("pain", "fracture", "cord", "hypercalcemia", "emergency")

# Kinds that the chat treats in their own way (clinical.md, "Something else is wrong").
SELF_HARM = "self_harm"
FEVER = "fever"

# Why a phrase that was found may not count. A group of phrases lists those that it is blind to in `even_if`.
REASONS = (
    "idiom",
    "negated",
    "someone else",
    "someone unnamed",
    "a stranger",
    "asked",
    "long ago",
    "long over",
    "over",
    "well",
    "as usual",
    "joking",
    "harmless",
)
# A find that everyday words outweigh (clues.py).
OUTWEIGHED = "outweighed"
# All clues together do not reach the mark.
TOO_LITTLE = "too little"


class PhraseFault(ValueError):
    """A phrase list does not hold together; `line` is where, 1 for the first line, 0 when unknown."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True, slots=True)
class Line:
    """A word or phrase as written in a list, and the line of the file it stands on."""

    text: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class WordGroup:
    """Words that mean the same for our purpose; `where` is the `pain_where` choice of a place in the body."""

    name: str
    members: tuple[Line, ...]
    where: str | None = None


@dataclass(frozen=True, slots=True)
class PhraseGroup:
    """Phrases that tell of one sign.

    `ticks` are contract codes such as `bone_signs:numbness`; `across` lets the parts of a phrase stand in
    different sentences; `near` is the greatest number of words between two parts; `alone` wants the phrase to be
    the whole message; `strict` lets a denied place deny the whole ("no pain in my ribs at night");
    `always` counts whatever the clues around it say.
    """

    label: str | None
    phrases: tuple[Line, ...]
    note: str
    ticks: tuple[str, ...] = ()
    kind: str | None = None
    even_if: frozenset[str] = frozenset()
    across: bool = False
    alone: bool = False
    strict: bool = False
    always: bool = False
    near: int = 8


@dataclass(frozen=True, slots=True)
class ClueTable:
    """What each clue is worth: points in each column (`anything`, then the labels), and the mark of each."""

    columns: tuple[str, ...]
    marks: tuple[int, ...]
    points: Points


@dataclass(frozen=True, slots=True)
class PhraseList:
    """All that is known of one language.

    `spelled` maps what people type to what they mean, `forms` an irregular verb to its forms, `scopes` the name
    of a scope to its phrases, `answers` a meaning (such as `none`) to the words that say it;
    `ordinary` are words that look like a listed word and are no typing error.
    """

    language: str
    script: str = "latin"
    emergency_only: bool = False
    inflects: bool = False
    spelled: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fillers: frozenset[str] = frozenset()
    ordinary: frozenset[str] = frozenset()
    words: tuple[WordGroup, ...] = ()
    scopes: Mapping[str, tuple[Line, ...]] = field(default_factory=dict)
    groups: tuple[PhraseGroup, ...] = ()
    clues: ClueTable | None = None
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
