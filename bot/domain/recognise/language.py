"""One language's list made ready for reading."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import islice

from bot.domain.recognise.lists import Line, PhraseFault, PhraseGroup, PhraseList
from bot.domain.recognise.phrases import Phrase, read_phrase
from bot.domain.recognise.reading import Match, Reading, find, read
from bot.domain.recognise.typing_errors import Nearest
from bot.domain.recognise.vocabulary import Vocabulary
from bot.domain.recognise.words import Words

# Scopes that the engine knows; another name in a list is a slip of the pen.
SCOPES = frozenset(
    (
        "negation",
        "negation passes",
        "negation stops",
        "negation lists",
        "or",
        "not a negation",
        "answered no",
        "answered yes",
        "contrast",
        "now",
        "long ago",
        "used to",
        "going on",
        "over",
        "back again",
        "if",
        "not an if",
        "question",
        "asks",
        "mine",
        "mine too",
        "recently",
        "family",
        "stranger",
        "he or she",
        "i",
        "my",
        "object",
        "carer",
        "idiom",
        "well",
        "as usual",
        "worse",
        "joking",
        "harmless",
    )
)


# The same sign told more often than this in one message tells nothing new; keeps long nonsense quick.
_MOST_FINDS = 24

# An idiom is just these words: "pop in" is a visit, "a pop in my hip" is not.
_EXACT = frozenset(("idiom", "not a negation", "not an if", "over", "harmless", "joking", "carer"))


@dataclass(frozen=True, slots=True)
class Entry:
    """A phrase, and the group of signs or the scope that it belongs to."""

    phrase: Phrase
    needed: tuple[int, ...]
    group: PhraseGroup | None
    scope: str = ""


class Language:
    """Reads messages with one language's list. Raises PhraseFault for a list that does not hold together."""

    def __init__(self, listed: PhraseList, nearest: Nearest) -> None:
        self.name = listed.language
        self.script = listed.script
        self.emergency_only = listed.emergency_only
        self.fillers = listed.fillers
        self.answers = listed.answers
        self.vocabulary = Vocabulary(listed, nearest)
        # Signs first: their words, not those of idioms, are what a mistyped word may mean.
        self.vocabulary.meant_by_errors = True
        entries = [*self._groups(listed), *self._scopes(listed, frozenset(("negation",)))]
        self.vocabulary.meant_by_errors = False
        entries += self._scopes(listed, SCOPES - {"negation"})
        for group in listed.words:  # those that no phrase names are clues
            self.vocabulary.meaning(f"<{group.name}>", 0)
        self.places = {
            self.vocabulary.meaning(f"<{group.name}>", 0): group.where for group in listed.words if group.where
        }
        self.clues = listed.clues
        self.vocabulary.close()
        names = self.vocabulary.names.items()
        self.group_names = {number: name for number, name in names if name.startswith("<") and "|" not in name}
        self._by_first = _indexed(entries)
        self.entries = tuple(entries)

    def _scopes(self, listed: PhraseList, wanted: Set[str]) -> Iterator[Entry]:
        for name, lines in listed.scopes.items():
            if name not in SCOPES:
                raise PhraseFault(f"there is no scope called {name!r}", lines[0].number if lines else 0)
            if name not in wanted:
                continue
            single = [line for line in lines if " " not in line.text]
            if single:
                joined = "|".join(line.text for line in single)
                yield self._entry(Line(joined, single[0].number), None, name)
            for line in lines:
                if " " in line.text:
                    yield self._entry(line, None, name)

    def _groups(self, listed: PhraseList) -> Iterator[Entry]:
        for group in listed.groups:
            for line in group.phrases:
                yield self._entry(line, group, "")

    def _entry(self, line: Line, group: PhraseGroup | None, scope: str) -> Entry:
        phrase = read_phrase(line, self.vocabulary, exact=scope in _EXACT)
        return Entry(phrase, tuple(phrase.needed()), group, scope)

    def knows(self, word: str) -> bool:
        """Say whether the lists have this word."""
        return self.vocabulary.look_up(word, mend=False).known

    def familiar(self, text: Words) -> int:
        """How many words of the message the lists know."""
        return sum(self.knows(word) for word in text.words)

    def read(self, text: Words, mend: bool = True) -> Reading:
        """The message as this language sees it; `mend` forgives typing errors."""
        return read(text, self.vocabulary, self.fillers, mend)

    def found(self, reading: Reading) -> Iterator[tuple[Entry, Match]]:
        """Each phrase that stands in the message, and where."""
        here = reading.where.keys()
        for meaning in here:
            for entry in self._by_first.get(meaning, ()):
                if all(needed in here for needed in entry.needed):
                    near, across = (entry.group.near, entry.group.across) if entry.group else (8, False)
                    found = find(entry.phrase, reading, near, across)
                    for match in islice(found, _MOST_FINDS) if entry.group else found:
                        yield entry, match


def _indexed(entries: list[Entry]) -> dict[int, list[Entry]]:
    """Each phrase under the one of its meanings that the fewest phrases need, so that few are ever tried."""
    often: dict[int, int] = {}
    for entry in entries:
        for meaning in entry.needed:
            often[meaning] = often.get(meaning, 0) + 1
    index: dict[int, list[Entry]] = {}
    for entry in entries:
        rarest = min(entry.needed, key=lambda meaning: (often[meaning], meaning))
        index.setdefault(rarest, []).append(entry)
    return index
