"""From the phrases found to what the message tells: each find counts, or says why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain.recognise import clues, people, scope
from bot.domain.recognise.language import Entry, Language
from bot.domain.recognise.lists import OUTWEIGHED, PhraseGroup
from bot.domain.recognise.reading import Match, Reading
from bot.domain.recognise.words import Words


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase that was found: where it comes from, the words it matched, and why it does not count, if so."""

    language: str
    phrase: str
    line: int
    words: str
    label: str | None
    kind: str | None
    ticks: tuple[str, ...]
    why_not: str | None = None
    because_of: str = ""
    always: bool = False

    @property
    def counts(self) -> bool:
        """Say whether nothing speaks against it."""
        return self.why_not is None


# These hold when they hold for every word: "my wife lifts my leg" speaks of my leg.
_ABOUT_PEOPLE = frozenset(("someone else", "someone unnamed", "a stranger"))
Flagged = Mapping[str, scope.Flags]


@dataclass(frozen=True, slots=True)
class Read:
    """A message as one language sees it: the signs found, the words flagged, not yet judged."""

    reading: Reading
    told: tuple[tuple[Entry, PhraseGroup, Match], ...]
    flagged: Flagged


def hits(text: Words, language: Language, sender_cares: bool, mend: bool) -> list[Hit]:
    """Everything that one language's list finds in a message; `mend` forgives typing errors."""
    if not text.words:
        return []
    read = _read(text, language, sender_cares, mend)
    judged = [_hit(entry, group, match, read, language) for entry, group, match in read.told]
    return judged if language.anything is None else _weighed(judged, read, language, language.anything)


def clues_in(text: Words, language: Language) -> set[str]:
    """What a message tells beside its phrases: words, `<groups>` and `{scopes}`, as the clue tables write them."""
    if not text.words:
        return set()
    read = _read(text, language, sender_cares=False, mend=True)
    message = clues.told(read.reading, read.flagged)
    names = language.vocabulary.names
    groups = {names[meaning] for meaning in message.meanings if names[meaning].startswith("<")}
    return groups | clues.words_told(read.reading, read.flagged) | {f"{{{name}}}" for name in message.scopes}


def _read(text: Words, language: Language, sender_cares: bool, mend: bool) -> Read:
    reading = language.read(text, mend)
    found: dict[str, list[Match]] = {}
    told: list[tuple[Entry, PhraseGroup, Match]] = []
    for entry, match in language.found(reading):
        if entry.group is None:
            found.setdefault(entry.scope, []).append(match)
        elif not entry.group.alone or len(match) == len(reading):
            told.append((entry, entry.group, match))
    return Read(reading, tuple(told), _flagged(reading, found, told, sender_cares))


def _hit(entry: Entry, group: PhraseGroup, match: Match, read: Read, language: Language) -> Hit:
    why_not, because = _why_not(group, match, read, language)
    return Hit(
        language.name,
        entry.phrase.text,
        entry.phrase.line,
        read.reading.text(tuple(sorted(match))),
        group.label,
        group.kind,
        group.ticks + _places(match, read.reading, language) if group.label == "pain" else group.ticks,
        why_not,
        because,
        group.always,
    )


def _weighed(judged: list[Hit], read: Read, language: Language, anything: clues.Clues) -> list[Hit]:
    """Let the clues outweigh what was found, or ask where nothing was."""
    counted = [hit for hit in judged if hit.counts and hit.label]
    if any(hit.always for hit in counted):
        return judged
    message = clues.told(read.reading, read.flagged)
    weighed = clues.weigh(anything, message, len({hit.phrase for hit in counted}))
    if counted and not weighed.enough:
        against = next((word for word in weighed.words if "-" in word), "")
        return [replace(hit, why_not=OUTWEIGHED, because_of=against) if hit in counted else hit for hit in judged]
    if not counted and weighed.enough and language.label_clues:
        label = clues.likeliest(language.label_clues, message)
        phrase = f"clues worth {weighed.total} points, {weighed.mark} wanted"
        judged.append(Hit(language.name, phrase, 0, ", ".join(weighed.words), label, None, ()))
    return judged


def _flagged(
    reading: Reading,
    found: dict[str, list[Match]],
    told: list[tuple[Entry, PhraseGroup, Match]],
    sender_cares: bool,
) -> Flagged:
    negators = scope.places_of(found, "negation")
    used = {place for _, _, match in told for place in match if place in negators}
    negated = scope.negated(reading, found, used)
    over = scope.over(reading, found)
    return {
        "idiom": scope.covered(reading, found, "idiom"),
        "negated": negated,
        "someone else": people.someone_else(reading, found, sender_cares),
        "someone unnamed": people.unnamed(reading, found, sender_cares),
        "a stranger": people.stranger(reading, found, sender_cares),
        "asked": scope.asked(reading, found),
        "long ago": scope.long_ago(reading, found),
        "long over": scope.long_over(over, found),
        "over": over,
        "well": _well(reading, found, negated),
        "as usual": scope.whole_thought(reading, found, "as usual", unless="worse"),
        "joking": scope.whole_message(reading, found, "joking"),
        "harmless": scope.whole_thought(reading, found, "harmless"),
    }


def _well(reading: Reading, found: dict[str, list[Match]], negated: scope.Flags) -> scope.Flags:
    denials = scope.places_of(found, "negation", "not a negation")
    sure = [
        match
        for match in found.get("well", ())
        if all(negated[place] < 0 for place in match) and match[-1] - 1 not in denials
    ]
    return scope.covered(reading, {"well": sure}, "well")


def _why_not(group: PhraseGroup, match: Match, read: Read, language: Language) -> tuple[str | None, str]:
    reading = read.reading
    content = [place for place in match if not reading.fillers[place]] or list(match)
    telling = [place for place in content if group.strict or not _is_place(place, reading, language)] or content
    for reason, flags in read.flagged.items():
        if reason in group.even_if:
            continue
        if reason in _ABOUT_PEOPLE:
            causes = [flags[place] for place in content]
            cause = causes[0] if all(found >= 0 for found in causes) else -1
        else:
            # A "no" inside the phrase ("no strength") is part of the sign, not a denial of it.
            own = match if reason == "negated" else ()
            cause = next((flags[place] for place in telling if flags[place] >= 0 and flags[place] not in own), -1)
        if cause >= 0:
            return reason, reading.words[cause]
    return None, ""


def _is_place(place: int, reading: Reading, language: Language) -> bool:
    return not language.places.keys().isdisjoint(reading.meanings[place])


def _places(match: Match, reading: Reading, language: Language) -> tuple[str, ...]:
    codes = set()
    for place in match:
        for meaning in reading.meanings[place] | reading.spans[place].keys():
            code = language.places.get(meaning)
            if code and code != "-":
                codes.add(f"pain_where:{code}")
    return tuple(sorted(codes))
