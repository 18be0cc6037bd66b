"""Free text: what a message tells of, in the labels of the contract, and why (clinical.md, "Free text")."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.recognise.judge import Hit, hits
from bot.domain.recognise.language import Language
from bot.domain.recognise.lists import FEVER, LABELS, SELF_HARM, PhraseList
from bot.domain.recognise.script import readable
from bot.domain.recognise.words import Words, split

NONE, EMERGENCY = "none", "emergency"
# A second language in a message is listened to when its lists know more than this part of the words.
_PART = 0.34
# Words of up to so many letters ("a", "me", "do") stand in every language.
_TINY = 3
PATIENT, CAREGIVER = "patient", "caregiver"


@dataclass(frozen=True, slots=True)
class Lists:
    """The phrase lists of all languages, made ready."""

    languages: tuple[Language, ...]

    @property
    def scripts(self) -> frozenset[str]:
        """The scripts that some list can read in full."""
        return frozenset(language.script for language in self.languages if not language.emergency_only)


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a message tells: labels, kinds (`self_harm`, `fever`), contract codes to tick, and every find."""

    labels: frozenset[str]
    kinds: frozenset[str]
    hits: tuple[Hit, ...]
    unreadable: bool = False

    @property
    def self_harm(self) -> bool:
        """The sender speaks of ending or harming their life."""
        return SELF_HARM in self.kinds

    @property
    def is_emergency(self) -> bool:
        """An emergency is told, not only guessed beside something else: "I'm confused" is asked about first."""
        told = any(hit.counts and hit.label == EMERGENCY and not hit.guessed for hit in self.hits)
        return told or self.labels == {EMERGENCY}

    @property
    def to_ask(self) -> tuple[str, ...]:
        """The labels to ask the sender about, in the contract's order."""
        return tuple(label for label in LABELS if label in self.labels and (label != EMERGENCY or self.is_emergency))

    @property
    def is_fever(self) -> bool:
        """Fever or shivering: no label of its own, but the care team is to be called now."""
        return FEVER in self.kinds

    @property
    def signs(self) -> dict[str, frozenset[str]]:
        """What was said, as contract codes by question: `{"bone_signs": {"numbness"}}`."""
        ticked: dict[str, set[str]] = {}
        for hit in self.hits:
            for tick in hit.ticks if hit.counts else ():
                question, _, choice = tick.partition(":")
                ticked.setdefault(question, set()).add(choice)
        return {question: frozenset(choices) for question, choices in sorted(ticked.items())}

    def printed(self) -> str:
        """The labels in the contract's order, comma-separated, or `none`."""
        return ",".join(label for label in LABELS if label in self.labels) or NONE


def recognise(text: str, lists: Lists, language: str | None = None, sender: str = PATIENT) -> Recognised:
    """Say what a message tells of; the lists of all languages are tried, whatever the chat's `language`.

    `sender` is `patient` or `caregiver`: a caregiver's text is about the patient.
    """
    words = split(text)
    found: list[Hit] = []
    spoken = _spoken(words, lists, language)
    for reader in lists.languages:
        if reader is spoken or _heard(words, reader):
            found += hits(words, reader, sender == CAREGIVER, mend=reader is spoken)
    counted = [hit for hit in found if hit.counts]
    return Recognised(
        labels=frozenset(hit.label for hit in counted if hit.label),
        kinds=frozenset(hit.kind for hit in counted if hit.kind),
        hits=tuple(found),
        unreadable=not counted and not readable(text, lists.scripts),
    )


def _spoken(words: Words, lists: Lists, language: str | None) -> Language | None:
    """The language whose lists know most of the words; the chat's own when that says nothing."""
    full = [reader for reader in lists.languages if not reader.emergency_only]
    return max(full, key=lambda reader: (reader.familiar(words), reader.name == language), default=None)


def _heard(words: Words, reader: Language) -> bool:
    """Say whether part of the message may be in this language: "late" alone is not the Spanish for throbbing.

    The few phrases of a list for emergencies only are so particular that one known word that is not tiny is enough.
    """
    if reader.emergency_only:
        return any(len(word) > _TINY and reader.knows(word) for word in words.words)
    return reader.familiar(words) > _PART * len(words.words)


__all__ = [
    "CAREGIVER",
    "LABELS",
    "NONE",
    "PATIENT",
    "Hit",
    "Lists",
    "PhraseList",
    "Recognised",
    "Words",
    "recognise",
]
