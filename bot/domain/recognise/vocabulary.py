"""Which meanings each word of a language may have.

A meaning is a small number: one for each word group, and one for each set of words that a phrase names itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from bot.domain.recognise.lists import PhraseFault, PhraseList
from bot.domain.recognise.typing_errors import Nearest, TypingErrors
from bot.domain.recognise.words import plain

NOTHING: frozenset[int] = frozenset()

# A stem shorter than this would swallow half the language.
_SHORTEST_STEM = 3
# Words kept ready with their meanings; cleared when full, so that a flood of nonsense cannot fill the memory.
_KEPT = 20_000

_VERTEBRA = re.compile(r"[ctls]\d{1,2}")
_NUMBER = re.compile(r"(\d+)(?:([./,])(\d+))?")
# Meanings that no list can spell out.
SHAPES = ("number", "high", "low", "out_of_ten_high", "out_of_ten_low", "year", "vertebra", "fever_degrees")
# contract.md: the pain scale is 0-10; clinical.md speaks of 4 and more as a pain that matters.
_MATTERS = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """What the lists say of a word as typed."""

    meant: str
    meanings: frozenset[int]
    known: bool


class Vocabulary:
    """Words and several-word expressions of one language, and what each may mean."""

    def __init__(self, listed: PhraseList, nearest: Nearest) -> None:
        self._nearest = nearest
        self._forms = listed.forms
        self._inflects = listed.inflects
        self._ordinary = listed.ordinary
        self.spelled = {word: tuple(meant.split()) for word, meant in listed.spelled.items()}
        self._numbers: dict[str, int] = {}
        self._single: dict[str, set[int]] = {}
        self._stems: dict[str, set[int]] = {}
        self._spans: dict[str, dict[tuple[str, ...], set[int]]] = {}
        self._groups = {group.name: group for group in listed.words}
        self._filled: set[str] = set()
        self._open: list[str] = []
        self._ready: dict[str, Entry] = {}
        self._mended: dict[str, Entry] = {}
        self._errors: TypingErrors | None = None
        self._meant: set[str] = set()
        # While this is set, the words read are those that a mistyped word may have been meant to be.
        self.meant_by_errors = False
        self.places: dict[int, str] = {}

    # -- filling ---------------------------------------------------------------------------------------------

    def meaning(self, written: str, line: int) -> int:
        """The number of `word`, `word+`, `stem*`, `<group>` or several of them joined by `|`."""
        key = "|".join(sorted(set(written.split("|")))) if "|" in written else written
        known = self._numbers.get(key)
        if known is None:
            known = self._numbers[key] = len(self._numbers)
            for one in key.split("|"):
                self._add(one, known, line)
        return known

    def _add(self, written: str, number: int, line: int) -> None:
        if not written.startswith("<"):
            self._add_member(written, number, line)
        elif written[1:-1] in SHAPES:
            self._single.setdefault(written, set()).add(number)
        else:
            self._add_group(written[1:-1], number, line)

    def _add_group(self, name: str, number: int, line: int) -> None:
        group = self._groups.get(name)
        if group is None:
            raise PhraseFault(f"there is no group of words called <{name}>", line)
        if name in self._open:
            raise PhraseFault(f"<{name}> contains itself", line)
        self._open.append(name)
        for member in group.members:
            if member.text.startswith("<"):
                self._add(member.text, number, member.number)
            else:
                self._add_member(member.text, number, member.number)
        self._open.pop()

    def _add_member(self, written: str, number: int, line: int) -> None:
        words = plain(written).replace("'", "").split()
        if not words:
            raise PhraseFault("an empty phrase", line)
        if self.meant_by_errors:
            self._meant.update(form for word in words for form in self.forms_of(word))
        if len(words) > 1 and any(word.endswith("*") for word in words):
            raise PhraseFault(f"{written!r}: in an expression of several words each word is written out", line)
        if len(words) == 1 and words[0].endswith("*"):
            if len(words[0]) <= _SHORTEST_STEM:
                raise PhraseFault(f"the stem {written!r} is too short", line)
            self._stems.setdefault(words[0][:-1], set()).add(number)
        elif len(words) == 1:
            for form in self.forms_of(words[0]):
                self._single.setdefault(form, set()).add(number)
        else:
            for first, *rest in product(*(self.forms_of(word) for word in words)):
                self._spans.setdefault(first, {}).setdefault(tuple(rest), set()).add(number)

    def forms_of(self, written: str) -> tuple[str, ...]:
        """`ache+` stands for all forms of the verb; a plain word for itself."""
        if not written.endswith("+"):
            return (written,)
        word = written[:-1]
        irregular = self._forms.get(word)
        forms = (word, *(_regular(word) if irregular is None else irregular))
        dropped = tuple(form[:-1] for form in forms if self._inflects and form.endswith("ing"))
        return tuple(dict.fromkeys(forms + dropped))

    def close(self) -> None:
        """Call once every phrase is read: from now on words are only looked up, and what filling needed is let go."""
        same: dict[frozenset[int], frozenset[int]] = {}  # hundreds of words mean the same
        self._frozen = {
            word: same.setdefault(meanings, meanings)
            for word, meanings in ((word, frozenset(numbers)) for word, numbers in self._single.items())
        }
        self._errors = TypingErrors((word for word in self._meant if word.isalpha()), self._nearest)
        self._multi: dict[str, dict[str, tuple[tuple[tuple[str, ...], int], ...]]] = {}
        for first, rests in self._spans.items():
            by_second: dict[str, list[tuple[tuple[str, ...], int]]] = {}
            for rest in sorted(rests, key=len, reverse=True):
                by_second.setdefault(rest[0], []).extend((rest[1:], number) for number in rests[rest])
            self._multi[first] = {second: tuple(tails) for second, tails in by_second.items()}
        self._parts = {word for first, rests in self._spans.items() for rest in rests for word in (first, *rest)}
        longest = max((len(stem) for stem in self._stems), default=0)
        self._stem_lengths = range(_SHORTEST_STEM, longest + 1) if self._stems else range(0)
        for filled in (self._single, self._spans, self._meant, self._groups):
            filled.clear()

    # -- looking up ------------------------------------------------------------------------------------------

    def look_up(self, word: str, mend: bool) -> Entry:
        """The word as it was meant, the numbers of its meanings, and if the lists know it.

        Typing errors are mended on request only: "baile" is Spanish, not a mistyped "bile".
        """
        ready = self._mended if mend else self._ready
        found = ready.get(word)
        if found is None:
            if len(ready) >= _KEPT:
                ready.clear()
            found = ready[word] = self._find(word, mend)
        return found

    def _find(self, word: str, mend: bool) -> Entry:
        if word[0].isdigit() or _VERTEBRA.fullmatch(word):
            return Entry(word, self._shape(word) | self._frozen.get(word, NOTHING), False)
        for form in _calmed(word):
            if self._knows(form):
                return Entry(form, self._exactly(form), True)
        if mend and self._errors is not None and word not in self._ordinary:
            meant = self._errors.meant(word)
            if meant is not None:
                return Entry(meant, self._exactly(meant), False)
        return Entry(word, NOTHING, False)

    def _knows(self, word: str) -> bool:
        return word in self._frozen or word in self._parts or word in self.spelled or bool(self._by_stem(word))

    def _exactly(self, word: str) -> frozenset[int]:
        return self._frozen.get(word, NOTHING) | self._by_stem(word)

    def _by_stem(self, word: str) -> frozenset[int]:
        found = [self._stems[word[:size]] for size in self._stem_lengths if word[:size] in self._stems]
        return NOTHING.union(*found) if found else NOTHING

    def _shape(self, word: str) -> frozenset[int]:
        names = [name for name in _shapes(word) if f"<{name}>" in self._frozen]
        return NOTHING.union(*(self._frozen[f"<{name}>"] for name in names)) if names else NOTHING

    def spans_from(self, words: list[str], start: int) -> Iterable[tuple[int, int]]:
        """Each several-word expression that starts at this word, as its meaning and where it ends; longest first."""
        by_second = self._multi.get(words[start])
        if by_second is None or start + 1 == len(words):
            return
        for tail, number in by_second.get(words[start + 1], ()):
            end = start + 2 + len(tail)
            if tuple(words[start + 2 : end]) == tail:
                yield number, end

    @property
    def names(self) -> Mapping[int, str]:
        """Each meaning as the lists write it."""
        return {number: written for written, number in self._numbers.items()}


def _regular(word: str) -> tuple[str, ...]:
    """The forms of a regular English verb or noun, some of them never used."""
    if word.endswith("e"):
        return (f"{word}s", f"{word}d", f"{word[:-1]}ing")
    if word.endswith("y") and word[-2] not in "aeiou":
        return (f"{word[:-1]}ies", f"{word[:-1]}ied", f"{word}ing")
    if word.endswith(("s", "sh", "ch", "x", "z")):
        return (f"{word}es", f"{word}ed", f"{word}ing")
    if len(word) > 2 and word[-1] in "bdgklmnprt" and word[-2] in "aeiou" and word[-3] not in "aeiou":
        return (f"{word}s", f"{word}ed", f"{word}ing", f"{word}{word[-1]}ed", f"{word}{word[-1]}ing")
    return (f"{word}s", f"{word}ed", f"{word}ing")


def _calmed(word: str) -> tuple[str, ...]:
    """The word, then without its drawn-out letters: "soooore" is "soore" or "sore"."""
    if not any(word[i] == word[i + 1] == word[i + 2] for i in range(len(word) - 2)):
        return (word,)
    twice = re.sub(r"(.)\1\1+", r"\1\1", word)
    once = re.sub(r"(.)\1+", r"\1", word)
    return (twice, re.sub(r"(.)\1\1+", r"\1", word), once)


def _shapes(word: str) -> list[str]:
    if _VERTEBRA.fullmatch(word):
        return ["vertebra"]
    found = _NUMBER.fullmatch(word)
    if found is None:
        return []
    whole, mark, part = int(found[1][:6]), found[2], found[3]
    if mark == "/":
        return _out_of_ten(whole, part)
    names = ["number"]
    if mark is None and 1900 <= whole <= 2100:
        names.append("year")
    if 38 <= whole <= 42 or 100 <= whole <= 107:
        # clinical.md: 38 °C (100.4 °F) or more; 100.3 is not.
        names += ["fever_degrees"] if not (whole == 100 and (part or "0") < "4") else []
    if whole <= 10:
        names.append("high" if whole >= _MATTERS else "low")
    return names


def _out_of_ten(whole: int, most: str) -> list[str]:
    if int(most[:6]) != 10 or whole > 10:
        return []
    return ["out_of_ten_high" if whole >= _MATTERS else "out_of_ten_low"]
