"""From the phrases found to what the message tells: each find counts, or says why not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain.recognise import clues, people, scope
from bot.domain.recognise.language import Entry, Language
from bot.domain.recognise.lists import OUTWEIGHED, TOO_LITTLE, ClueTable, PhraseGroup
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
    sign: str = ""
    guessed: bool = False  # beside another label, from the clues alone

    @property
    def counts(self) -> bool:
        """Say whether nothing speaks against it."""
        return self.why_not is None


# These hold when they hold for every word: "my wife lifts my leg" speaks of my leg.
_ABOUT_PEOPLE = frozenset(("someone else", "someone unnamed", "a stranger"))
Flagged = Mapping[str, scope.Flags]
# So many points less than others a phrase of an emergency needs: half a life is worth many a needless question.
_GRAVE_LEAVE = 30
# And one with so few other words beside it that they can hardly make it something else.
_PLAIN_LEAVE, _LITTLE = 40, 3


@dataclass(frozen=True, slots=True)
class Read:
    """A message as one language sees it: the signs found, the words flagged, not yet judged."""

    reading: Reading
    told: tuple[tuple[Entry, PhraseGroup, Match], ...]
    flagged: Flagged
    raw: tuple[str, ...]
    asks: bool


def hits(text: Words, language: Language, sender_cares: bool, mend: bool) -> list[Hit]:
    """Everything that one language's list finds in a message; `mend` forgives typing errors."""
    if not text.words:
        return []
    read = _read(text, language, sender_cares, mend)
    judged = [_hit(entry, group, match, read, language) for entry, group, match in read.told]
    return judged if language.clues is None else _weighed(judged, read, language, language.clues)


def clues_in(text: Words, language: Language, phrases: bool = True) -> set[str]:
    """Every clue in a message, as the clue tables write them; those of the phrases found only on request."""
    if not text.words:
        return set()
    read = _read(text, language, sender_cares=False, mend=True)
    judged = [_hit(entry, group, match, read, language) for entry, group, match in read.told]
    found = _clues(judged if phrases else [], read, language)
    return found if phrases else found - {"[0]"}


def _read(text: Words, language: Language, sender_cares: bool, mend: bool) -> Read:
    reading = language.read(text, mend)
    found: dict[str, list[Match]] = {}
    told: list[tuple[Entry, PhraseGroup, Match]] = []
    for entry, match in language.found(reading):
        if entry.group is None:
            found.setdefault(entry.scope, []).append(match)
        elif not entry.group.alone or len(match) == len(reading):
            told.append((entry, entry.group, match))
    flagged = _flagged(reading, found, told, sender_cares)
    return Read(reading, tuple(told), flagged, text.words, bool(text.asked))


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
        group.note,
    )


def _clues(judged: list[Hit], read: Read, language: Language) -> set[str]:
    counting = [(hit.label or hit.kind, hit.sign, hit.phrase) for hit in judged if hit.counts]
    others = [hit.label for hit in judged if not hit.counts]
    beside = clues.told(read.raw, read.reading, read.flagged, language.group_names, read.asks)
    return beside | clues.found_clues(counting, others)


def _weighed(judged: list[Hit], read: Read, language: Language, table: ClueTable) -> list[Hit]:
    """Let the clues outweigh what was found, or ask where nothing was."""
    weighed, most = clues.weigh(table, _clues(judged, read, language))
    labels = {name: one for name, one in weighed.items() if name != clues.ANYTHING}
    likeliest = max(labels, key=lambda label: (labels[label].above, label))
    sure = clues.sureness(weighed, likeliest)
    counted = [hit for hit in judged if hit.counts and hit.label]
    if sure < -_leave(counted, read):
        against = next((clue for clue in most if clue.rpartition(" ")[2].startswith("-")), "")
        told = f"clues {sure:+d} points from the mark"
        silent = Hit(language.name, told, 0, ", ".join(most), None, None, (), TOO_LITTLE, against)
        return [
            *(replace(hit, why_not=OUTWEIGHED, because_of=against) if hit in counted else hit for hit in judged),
            silent,
        ]
    heard = {hit.label for hit in counted}
    for label, one in labels.items():
        if label not in heard and (one.above >= 0 or (label == likeliest and not heard)):
            phrase = f"clues {sure:+d} points from the mark, {one.above:+d} for {label}"
            beside = bool(heard) or label != likeliest
            judged.append(Hit(language.name, phrase, 0, ", ".join(most), label, None, (), guessed=beside))
    return judged


def _leave(counted: list[Hit], read: Read) -> float:
    """How many points less than the mark are enough, for what is grave or told plainly."""
    leave = _GRAVE_LEAVE if any(hit.always for hit in counted) else 0
    if not counted or read.asks or any(max(flags) >= 0 for flags in read.flagged.values()):
        return leave
    told = {word for hit in counted for word in hit.words.split()}
    words = [word for place, word in enumerate(read.reading.words) if not read.reading.fillers[place]]
    beside = len([word for word in words if word not in told])
    if len(told.intersection(words)) >= 2 and beside <= 1:
        return math.inf  # "I broke my knee cap": hardly more than the sign, so that no clue can speak against it
    return max(leave, _PLAIN_LEAVE if beside <= _LITTLE else 0)


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
        if all(negated[place] < 0 for place in match)
        and match[-1] - 1 not in denials
        and not reading.asked[match[-1]]  # "My leg is weak, is this normal?"
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
