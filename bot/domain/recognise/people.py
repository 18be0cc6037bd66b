"""Whose trouble it is: the sender's own, or somebody else's.

A message starts as the sender's own. "my sister" as the one who does or has something passes it to her, "I" or
"my ribs" takes it back.
"""

from __future__ import annotations

from collections.abc import Set

from bot.domain.recognise.reading import Reading
from bot.domain.recognise.scope import Flags, Found, nobody, places_of
from bot.domain.recognise.words import HARD

# So many words back a "with" or "over" makes a person the object: "tripped over our old dog".
_OBJECT_REACH = 3


def someone_else(reading: Reading, found: Found, sender_cares: bool) -> Flags:
    """Words about another person or an animal.

    When the sender is a caregiver (by role, or "I'm his wife"), he and she are the patient and "I" is not.
    """
    if sender_cares or found.get("carer"):
        return _carers_own(reading, found)
    return _others(reading, found, places_of(found, "family", "stranger"))


def unnamed(reading: Reading, found: Found, sender_cares: bool) -> Flags:
    """Words about a he or she of whom nothing else is said: "he cant feel his legs"."""
    if sender_cares or found.get("carer") or found.get("family") or found.get("stranger"):
        return nobody(reading)
    flags = nobody(reading)
    pronouns, mine = places_of(found, "he or she"), places_of(found, "i", "my")
    owner = -1
    for place in range(len(reading)):
        if reading.breaks[place] == HARD or place in mine:
            owner = -1
        elif place in pronouns:
            owner = place
        flags[place] = owner
    return flags


def stranger(reading: Reading, found: Found, sender_cares: bool) -> Flags:
    """Words about somebody who is surely not the patient: an emergency of "dad" may be the patient's."""
    if sender_cares or found.get("carer"):
        return nobody(reading)
    return _others(reading, found, places_of(found, "stranger"))


def _others(reading: Reading, found: Found, people: Set[int]) -> Flags:
    flags = nobody(reading)
    pronouns = places_of(found, "he or she")
    mine, bearers = places_of(found, "i"), places_of(found, "my")
    objects = places_of(found, "object")
    owner = -1
    named = -1
    for place in range(len(reading)):
        if reading.breaks[place] == HARD:
            owner = -1
        if place in people:
            named = place
            if _leads(reading, objects, place, people):
                owner = place
        elif place in pronouns and named >= 0:
            owner = place
        elif place in mine or (place in bearers and not _ahead(reading, place, people)):
            owner = -1
        flags[place] = owner
    return flags


def _leads(reading: Reading, objects: Set[int], place: int, people: Set[int]) -> bool:
    """Say whether the person acts or owns, instead of being "with my sister" or "over the dog"."""
    for back in range(place - 1, max(place - 1 - _OBJECT_REACH, -1), -1):
        if reading.breaks[back + 1] != 0:
            return True
        if back in objects:
            return place + 1 < len(reading) and reading.words[place + 1] in {"s", "who", "que"}
        if back in people:
            return True
    return True


def _ahead(reading: Reading, place: int, people: Set[int]) -> bool:
    """Say whether "my" belongs to a person: "my lovely wife"."""
    return any(
        ahead in people and reading.breaks[ahead] == 0 for ahead in range(place + 1, min(place + 3, len(reading)))
    )


def _carers_own(reading: Reading, found: Found) -> Flags:
    """A caregiver's own aches are not the patient's."""
    flags = nobody(reading)
    people, pronouns = places_of(found, "family", "stranger"), places_of(found, "he or she")
    mine, bearers = places_of(found, "i"), places_of(found, "my")
    owner = -1
    for place in range(len(reading)):
        if reading.breaks[place] == HARD:
            owner = -1
        if place in people or place in pronouns:
            owner = -1
        elif place in mine or (place in bearers and not _ahead(reading, place, people)):
            owner = place
        flags[place] = owner
    return flags
