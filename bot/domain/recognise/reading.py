"""One message as one language's list sees it, and the search for phrases in it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.domain.recognise.phrases import Part, Phrase
from bot.domain.recognise.vocabulary import Vocabulary
from bot.domain.recognise.words import HARD, Words

# The same phrase found this often in one message tells nothing new; keeps long nonsense quick.
_MOST_FINDS = 12

# A part of a phrase seldom spans more words than this; a longer one is only looked for forwards.
_LONGEST_PART = 12

Match = tuple[int, ...]


@dataclass(slots=True)
class Reading:
    """The words with their meanings, and where each meaning stands."""

    words: list[str]
    breaks: list[int]
    asked: list[bool]
    opened: list[bool]
    fillers: list[bool]
    meanings: list[frozenset[int]] = field(default_factory=list)
    spans: list[dict[int, int]] = field(default_factory=list)
    where: dict[int, list[int]] = field(default_factory=dict)
    sentence: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.words)

    def end_of(self, meaning: int, start: int) -> int:
        """Where the expression with this meaning that starts here ends; 0 if there is none."""
        end = self.spans[start].get(meaning, 0)
        if end:
            return end
        return start + 1 if meaning in self.meanings[start] else 0

    def text(self, match: Match) -> str:
        """The words of a match as read."""
        return " ".join(self.words[i] for i in match)


def read(text: Words, vocabulary: Vocabulary, fillers: frozenset[str], mend: bool) -> Reading:
    """Look every word up; `mend` forgives typing errors."""
    reading = Reading([], [], [], [], [])
    for i, raw in enumerate(text.words):
        before = len(reading)
        _take(reading, raw, text.breaks[i], vocabulary, mend)
        new = len(reading) - before
        reading.asked += [i in text.asked] * new
        reading.opened += [i in text.opened] * new
    count = 0
    for i, word in enumerate(reading.words):
        count += reading.breaks[i] == HARD
        reading.sentence.append(count)
        reading.fillers.append(word in fillers)
        reading.spans.append({})
    for i, meanings in enumerate(reading.meanings):
        for meaning in meanings:
            reading.where.setdefault(meaning, []).append(i)
        _take_spans(reading, i, vocabulary)
    return reading


def _take(reading: Reading, raw: str, pause: int, vocabulary: Vocabulary, mend: bool) -> None:
    spelled = vocabulary.spelled.get(raw)
    if spelled is None:
        meant = vocabulary.look_up(raw, mend).meant
        spelled = vocabulary.spelled.get(meant, (meant,))
    for word in spelled:
        reading.words.append(word)
        reading.meanings.append(vocabulary.look_up(word, mend).meanings)
        reading.breaks.append(pause)
        pause = 0


def _take_spans(reading: Reading, start: int, vocabulary: Vocabulary) -> None:
    for meaning, end in vocabulary.spans_from(reading.words, start):
        if HARD in reading.breaks[start + 1 : end]:
            continue
        if meaning not in reading.spans[start]:  # the longest comes first
            reading.spans[start][meaning] = end
            if meaning not in reading.meanings[start]:
                reading.where.setdefault(meaning, []).append(start)


def find(phrase: Phrase, reading: Reading, near: int, across: bool) -> Iterator[Match]:
    """Each place where the phrase stands, as the places of its words."""
    first, *others = (_matches(part, phrase.fillers, reading) for part in phrase.parts)
    if not others:
        yield from first
        return
    if not first or not all(others):
        return
    found = 0
    for match in first:
        for whole in _joined(match, others, reading, near, across):
            yield whole
            found += 1
            if found >= _MOST_FINDS:
                return


def _matches(part: Part, fillers: int, reading: Reading) -> list[Match]:
    found: list[Match] = []
    for start in reading.where.get(part[0].meaning, ()):
        end = reading.end_of(part[0].meaning, start)
        rest = _rest(part, 1, end, fillers, reading)
        if rest is not None:
            found.append((*range(start, end), *rest))
    return found


def _rest(part: Part, k: int, start: int, most_fillers: int, reading: Reading) -> Match | None:
    """The places of the elements from the k-th on, the nearest first."""
    if k == len(part):
        return ()
    element = part[k]
    free, fillers = element.gap, most_fillers
    for place in range(start, len(reading)):
        if reading.breaks[place] == HARD:
            break
        end = reading.end_of(element.meaning, place)
        if end:
            rest = _rest(part, k + 1, end, most_fillers, reading)
            if rest is not None:
                return (*range(place, end), *rest)
        if reading.fillers[place] and fillers:
            fillers -= 1
        elif free:
            free -= 1
        else:
            break
    return _rest(part, k + 1, start, most_fillers, reading) if element.optional else None


def _joined(match: Match, others: list[list[Match]], reading: Reading, near: int, across: bool) -> Iterator[Match]:
    """The match with its nearest neighbour from each other part, once looking back and once looking on."""
    seen: set[Match] = set()
    for look_on in (True, False):
        whole = match
        for candidates in others:
            nearest = _nearest(match, whole, candidates, reading, near, across, look_on)
            if nearest is None:
                break
            whole = (*whole, *nearest)
        else:
            if whole not in seen:
                seen.add(whole)
                yield whole


def _nearest(
    match: Match, taken: Match, candidates: list[Match], reading: Reading, near: int, across: bool, look_on: bool
) -> Match | None:
    """The candidate with the fewest words between; the wanted side wins over the nearer one."""
    best: Match | None = None
    best_rank = (True, near + 1)
    for candidate in candidates[bisect_left(candidates, (match[0] - near - _LONGEST_PART,)) :]:
        if candidate[0] > match[-1] + near + 1:
            break
        away = _words_between(match, candidate)
        rank = ((candidate[0] > match[0]) != look_on, away)
        if away < 0 or rank >= best_rank or away > near or not set(candidate).isdisjoint(taken):
            continue
        if across or reading.sentence[candidate[0]] == reading.sentence[match[0]]:
            best, best_rank = candidate, rank
    return best


def _words_between(one: Match, other: Match) -> int:
    if one[0] <= other[0]:
        return other[0] - one[-1] - 1
    return one[0] - other[-1] - 1
