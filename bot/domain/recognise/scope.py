"""Which words of a message do not speak of the patient here and now, and why not.

Each function gives, for every word, the place of the word that is the reason, or -1.
The phrases that open and close a scope are data; `found` holds where they stand in this message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from bot.domain.recognise.reading import Match, Reading
from bot.domain.recognise.words import HARD, NO_BREAK, SOFT

Found = Mapping[str, Sequence[Match]]
Flags = list[int]

# So many words with a meaning of their own a "no" reaches over: "no weakness in my arms or legs".
_NEGATION_REACH = 4
# However many small words stand between; nobody denies over more.
_NEGATION_END = 16
# "It has never gone away", "not settled down": so near a denial stands before what it denies.
_DENIAL_REACH = 3
# A question that names the sender's own body tells of it: "is it normal that my feet are numb?"


@dataclass(frozen=True, slots=True)
class Segments:
    """The stretch between two sentence ends or contrast words ("but") that each word belongs to."""

    of: tuple[range, ...]

    def whole(self, place: int) -> range:
        """All places of the stretch that holds this place."""
        return self.of[place]


def segments(reading: Reading, found: Found, names: Sequence[str]) -> Segments:
    """Cut the message at sentence ends and before each phrase of the named scopes."""
    cuts = {match[0] for name in names for match in found.get(name, ())}
    starts = [i for i, pause in enumerate(reading.breaks) if pause == HARD or i in cuts]
    of: list[range] = []
    for start, end in zip(starts, [*starts[1:], len(reading)], strict=True):
        of += [range(start, end)] * (end - start)
    return Segments(tuple(of))


def places_of(found: Found, *names: str) -> set[int]:
    """Every place covered by a phrase of these scopes."""
    return {place for name in names for match in found.get(name, ()) for place in match}


def nobody(reading: Reading) -> Flags:
    """No word flagged."""
    return [-1] * len(reading)


# -- negation ------------------------------------------------------------------------------------------------


def negated(reading: Reading, found: Found, used: Set[int]) -> Flags:
    """Words that a "no" or "not" denies, and what a short "no" answers to.

    `used` are negators that belong to a symptom itself, as in "no feeling in my foot".
    """
    flags = nobody(reading)
    spared = used | places_of(found, "not a negation")
    reach = _Reach(
        stops={match[0] for match in found.get("negation stops", ())},
        passes=places_of(found, "negation passes"),
        lists=places_of(found, "negation lists"),
        joins=places_of(found, "or"),
    )
    for match in found.get("negation", ()):
        if spared.isdisjoint(match):
            for place in _denied_after(reading, reach, match[-1]):
                flags[place] = match[0]
    # From the last one back, so that what it denies is not walked again for each one before.
    done = len(reading)
    for match in reversed(found.get("answered no", ())):
        after = match[-1] + 1
        if reading.breaks[match[0]] == NO_BREAK or (after < len(reading) and reading.breaks[after] == NO_BREAK):
            continue  # "none of that tea" answers nothing, "this is nothing like that" neither
        if match[0] <= done:
            denied = _denied_before(reading, match[0])
            for place in denied:
                flags[place] = match[0]
            done = denied.start
    return flags


@dataclass(frozen=True, slots=True)
class _Reach:
    """Places of the words that end a denial, let it pass, may follow in a list, or join its parts."""

    stops: Set[int]
    passes: Set[int]
    lists: Set[int]
    joins: Set[int]


def _denied_after(reading: Reading, reach: _Reach, negator: int) -> list[int]:
    denied: list[int] = []
    steps = 0
    for place in range(negator + 1, min(negator + 1 + _NEGATION_END, len(reading))):
        pause = reading.breaks[place]
        if pause == HARD or place in reach.stops or (pause == SOFT and not _list_goes_on(reading, place, reach)):
            break
        denied.append(place)
        if place not in reach.passes and not reading.fillers[place]:
            steps += 1
            if steps == _NEGATION_REACH:
                break
    return denied


def _list_goes_on(reading: Reading, place: int, reach: _Reach) -> bool:
    """After "no pain," comes "numbness, or …" or "numbness." but not "numb feet"."""
    if place not in reach.lists:
        return False
    after = place + 1
    while after < len(reading) and after in reach.lists and reading.breaks[after] != HARD:
        after += 1
    return after == len(reading) or reading.breaks[after] != NO_BREAK or after in reach.joins


def _denied_before(reading: Reading, answer: int) -> range:
    """ "Pins and needles? None." denies what came before, back to the break before that."""
    start = max(answer - 1, 0)
    while start > 0 and reading.breaks[start] != HARD:
        start -= 1
    return range(start, answer)


# -- time ----------------------------------------------------------------------------------------------------


def long_ago(reading: Reading, found: Found) -> Flags:
    """Words of a time that is past: "used to", "in 2015", unless the same thought says that it goes on."""
    flags = nobody(reading)
    thoughts = segments(reading, found, ("contrast", "now"))
    going_on = places_of(found, "going on")
    for stretch, place in _stretches(thoughts, found.get("long ago", ())):
        if going_on.isdisjoint(stretch):
            for inside in stretch:
                flags[inside] = place
    for match in found.get("used to", ()):
        stretch = thoughts.whole(match[0])
        if flags[stretch[-1]] < 0:
            for place in range(match[0], stretch.stop):
                flags[place] = match[0]
    return flags


def over(reading: Reading, found: Found) -> Flags:
    """Words of a trouble that is said to be gone: "all gone now", unless it came back."""
    flags = nobody(reading)
    thoughts = segments(reading, found, ("contrast",))
    back = max((match[0] for match in found.get("back again", ())), default=-1)
    denials = places_of(found, "negation") | places_of(found, "not a negation")
    for match in found.get("over", ()):
        if not denials.isdisjoint(range(match[0] - _DENIAL_REACH, match[0])):
            continue
        if back > match[0]:
            continue
        stretch = thoughts.whole(match[0])
        if flags[stretch.start] >= 0:
            continue
        start = stretch.start
        if match[0] - start <= 1 and start > 0 and reading.breaks[start] == HARD:
            start = thoughts.whole(start - 1).start
        for place in range(start, stretch.stop):
            flags[place] = match[0]
    return flags


def long_over(over_flags: Flags, found: Found) -> Flags:
    """As `over`, but not when it was there last night or today: a sign of the cord that came and went still counts."""
    return [-1] * len(over_flags) if found.get("recently") else over_flags


# -- asked ---------------------------------------------------------------------------------------------------


def asked(reading: Reading, found: Found) -> Flags:
    """Words of a general question or of something that has not happened: "if my legs go numb"."""
    flags = nobody(reading)
    mine, mine_too = places_of(found, "mine"), places_of(found, "mine too")
    openers = {match[0] for match in found.get("question", ())}
    # "Are cramps normal?" asks; "numb feet?" fears.
    openers |= {match[0] for match in found.get("asks", ()) if reading.asked[match[0]]}
    told: set[int] = set()
    sentences = _sentences(reading)
    for (start, end), (after, after_end) in zip(sentences, [*sentences[1:], (0, 0)], strict=True):
        if not mine_too.isdisjoint(range(after, after_end)):
            told.add(reading.sentence[start])  # "Has anyone had numb feet? I have had it since Sunday."
        elif (start in openers or reading.opened[start]) and mine.isdisjoint(range(start, end)):
            for place in range(start, end):
                flags[place] = start
    _flag_ifs(reading, found, told, flags)
    return flags


def _flag_ifs(reading: Reading, found: Found, told: Set[int], flags: Flags) -> None:
    spared = places_of(found, "not an if")
    # "If I cough, my ribs hurt": after the comma the sender speaks of now.
    senders = places_of(found, "i", "my", "he or she", "answered yes")
    for match in found.get("if", ()):
        start = match[0]
        if reading.sentence[start] in told or flags[start] >= 0 or not spared.isdisjoint(match):
            continue
        for place in range(start, len(reading)):
            pause = reading.breaks[place] if place > start else NO_BREAK
            if pause == HARD or (pause == SOFT and place in senders):
                break
            flags[place] = start


def _sentences(reading: Reading) -> list[tuple[int, int]]:
    starts = [i for i, pause in enumerate(reading.breaks) if pause == HARD]
    return list(zip(starts, [*starts[1:], len(reading)], strict=True))


# -- wherever the phrase stands ------------------------------------------------------------------------------


def covered(reading: Reading, found: Found, name: str) -> Flags:
    """The words of the phrase itself."""
    flags = nobody(reading)
    for match in found.get(name, ()):
        for place in range(min(match), max(match) + 1):
            flags[place] = match[0]
    return flags


def whole_thought(reading: Reading, found: Found, name: str, unless: str | None = None) -> Flags:
    """All words of the thought that holds the phrase, unless the other scope is in it, too."""
    flags = nobody(reading)
    thoughts = segments(reading, found, ("contrast",))
    breakers = places_of(found, unless) if unless else set()
    for stretch, place in _stretches(thoughts, found.get(name, ())):
        if breakers.isdisjoint(stretch):
            for inside in stretch:
                flags[inside] = place
    return flags


def _stretches(thoughts: Segments, matches: Sequence[Match]) -> Iterator[tuple[range, int]]:
    """Each stretch that holds a match, once, with the place of its first match."""
    seen: set[int] = set()
    for match in matches:
        stretch = thoughts.whole(match[0])
        if stretch.start not in seen:
            seen.add(stretch.start)
            yield stretch, match[0]


def whole_message(reading: Reading, found: Found, name: str) -> Flags:
    """Every word, if the phrase stands anywhere."""
    matches = found.get(name, ())
    return [matches[0][0]] * len(reading) if matches else nobody(reading)
