"""A text as the answer to the question that waits: "7", "about six", "none", "yes my left leg".

Careful on purpose: what is not plainly an answer is None, and the chat asks with its buttons.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import takewhile

from bot.domain.recognise import Lists, recognise
from bot.domain.recognise.language import Language
from bot.domain.recognise.words import NO_BREAK, Words, split

Answer = int | str | frozenset[str]

# contract.md: pain is asked from 0 to 10.
_SCALE = range(11)
# An answer is short; a story is not an answer, whatever words are in it.
_LONGEST_ANSWER = 8
# In figures: 10 is the most.
_LONGEST_NUMBER = 2


def as_answer(text: str, question_id: str, kind: str, choices: Collection[str], lists: Lists) -> Answer | None:
    """The answer that a text gives to a question of the protocol, or None when that is not sure.

    `kind` is `scale`, `one` or `several`; the answer is a whole number, a choice, or a set of choices
    (empty for "none of these").
    """
    words = split(text)
    readers = sorted(
        (reader for reader in lists.languages if not reader.emergency_only), key=lambda one: -one.familiar(words)
    )
    for reader in readers:
        if kind == "scale":
            answer: Answer | None = _number(words, reader)
        elif kind == "one":
            answer = _choice(words, question_id, choices, reader)
        else:
            answer = _none_or_places(words, question_id, choices, reader)
        if answer is not None:
            return answer
    return _ticked(text, question_id, choices, lists) if kind == "several" else None


def number_told(text: str, lists: Lists) -> int | None:
    """The number from 0 to 10 that a longer text plainly gives: "8/10 and my back hurts", "8, it is my hip".

    Only what can mean nothing else: out of ten, or a number that stands alone before a comma or a dash.
    """
    words = split(text)
    for reader in lists.languages:
        found = [] if reader.emergency_only else _out_of_ten(words, reader)
        if found:
            return max(found)
    first = list(takewhile(lambda word: word.isdecimal() and len(word) <= _LONGEST_NUMBER, words.words))
    alone = bool(first) and len(words.words) > 1 and words.breaks[1] > NO_BREAK
    number = max(map(int, first)) if alone else None  # "5-6, my back": rather too much than too little
    return number if number in _SCALE else None


def _out_of_ten(words: Words, reader: Language) -> list[int]:
    """Each number that is said to be out of ten: "8/10", "six out of ten"."""
    said, found = _plain(words, reader), []
    for place, word in enumerate(said):
        value = _value(word, reader)
        if value is None or value not in _SCALE:
            continue
        after = place + 1
        while after < len(said) and _means([said[after]], "out of", reader):
            after += 1
        of_ten = after > place + 1 and after < len(said) and _value(said[after], reader) == _SCALE[-1]
        if "/" in word or of_ten:
            found.append(value)
    return found


def _ticked(text: str, question_id: str, choices: Collection[str], lists: Lists) -> frozenset[str] | None:
    """Signs told in words: "my feet are numb" to the question about bones and nerves."""
    told = recognise(text, lists).signs.get(question_id, frozenset()) & set(choices)
    return told or None


def _number(words: Words, reader: Language) -> int | None:
    """The one number from 0 to 10 that is said, the higher of two ("6 or 7"); words beside it must say nothing."""
    if _says(words, "none", reader):
        return 0
    numbers, rest = [], []
    for word in _plain(words, reader):
        value = _value(word, reader)
        if value is None:
            rest.append(word)
        else:
            numbers.append(value)
    if len(numbers) > 1 and numbers[-1] == 10 and _means(rest, "out of", reader):
        numbers.pop()  # "six out of ten"
    idle = reader.answers.get("beside a number", ())
    if not 1 <= len(numbers) <= 2 or any(word not in idle for word in rest):
        return None
    if len(numbers) == 2 and not _means(rest, "between two numbers", reader):
        return None
    return max(numbers) if max(numbers) in _SCALE else None


def _value(word: str, reader: Language) -> int | None:
    """The number a word says; 7.5 is 8 (rather too much than too little), "7/10" is 7."""
    head, _, most = word.partition("/")
    if most not in {"", "10"}:
        return None
    whole, _, part = head.replace(",", ".").partition(".")
    if whole.isascii() and whole.isdigit() and len(whole) <= 2 and (not part or part.isdigit()):
        return int(whole) + (part.strip("0") != "")
    for value in _SCALE:
        if word in reader.answers.get(str(value), ()):
            return value
    return None


def _choice(words: Words, question_id: str, choices: Collection[str], reader: Language) -> str | None:
    """The one choice that the whole text names."""
    named = {
        choice for choice in choices if _says(words, f"{question_id}:{choice}", reader) or _says(words, choice, reader)
    }
    return named.pop() if len(named) == 1 else None


def _none_or_places(
    words: Words, question_id: str, choices: Collection[str], reader: Language
) -> frozenset[str] | None:
    """Empty for "none of these"; else the places of the body that are named, if the text says nothing more."""
    if _says(words, "none", reader) or _says(words, "no", reader):
        return frozenset()
    named = frozenset(choice for choice in choices if _says(words, f"{question_id}:{choice}", reader))
    if named or question_id != "pain_where" or len(words.words) > _LONGEST_ANSWER:
        return named or None
    reading = reader.read(words)
    idle = reader.answers.get("beside a place", ())
    found: set[str] = set()
    covered: set[int] = set()
    for place in range(len(reading)):
        for meaning in (*reading.spans[place], *reading.meanings[place]):
            code = reader.places.get(meaning)
            if code in choices and code is not None:
                found.add(code)
                covered.update(range(place, reading.end_of(meaning, place)))
    rest = [word for place, word in enumerate(reading.words) if place not in covered and not reading.fillers[place]]
    if len(found) > 1:
        found.discard("elsewhere")  # "ribs on the right side" is ribs
    return frozenset(found) if found and all(word in idle for word in rest) else None


def _says(words: Words, meaning: str, reader: Language) -> bool:
    """Say whether the whole text, without idle words, is one of the ways to say this."""
    said = _plain(words, reader)
    ways = reader.answers.get(meaning, ())
    if " ".join(said) in ways:
        return True
    idle = reader.answers.get("idle", ())
    bare = " ".join(word for word in said if word not in idle)
    return bool(bare) and bare in ways


def _means(rest: Iterable[str], meaning: str, reader: Language) -> bool:
    return any(word in reader.answers.get(meaning, ()) for word in rest)


def _plain(words: Words, reader: Language) -> list[str]:
    """The words as they were meant, without mending: an answer of one word is too short to guess."""
    spelled = reader.vocabulary.spelled
    return [meant for word in words.words for meant in spelled.get(word, (word,))]
