"""Cities as a way to a time zone: by a typed name, by a place on the globe."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

EARTH_KM = 6371.0

# Two typing mistakes in a name of eight letters still find it; "Paris" does not find "Lagos".
ALIKE = 0.74
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class City:
    """A city with its country (ISO 3166-1 alpha-2), IANA zone, place in degrees, and number of people."""

    name: str
    country: str
    zone: str
    latitude: float
    longitude: float
    people: int
    also: tuple[str, ...] = ()  # other names people type: "Bombay"

    @property
    def home(self) -> tuple[str, str]:
        """The zone and the country: all that is kept of where a person lives."""
        return self.zone, self.country


class Near(NamedTuple):
    """A city and how far away it is, in kilometres."""

    city: City
    km: float


def fold(name: str) -> str:
    """Reduce a name to its letters and digits in small, without accents, as people type it in a hurry."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in plain if letter.isalnum())


def by_name(named: Iterable[tuple[str, City]]) -> dict[str, tuple[City, ...]]:
    """Return the cities by the folded names that they are given here, the largest of each name first."""
    index: dict[str, list[City]] = {}
    for name, city in sorted(named, key=lambda pair: -pair[1].people):
        if folded := fold(name):
            index.setdefault(folded, []).append(city)
    return {name: tuple(same) for name, same in index.items()}


def named_like(typed: str, index: Mapping[str, tuple[City, ...]]) -> Iterator[City]:
    """Yield what a typed name may mean: that very name, names that begin so, then names with typing mistakes."""
    wanted = fold(typed[:LONGEST_NAME])
    if not wanted:
        return
    yield from index.get(wanted, ())
    if len(wanted) >= 3:
        begins = (city for name, same in index.items() if name.startswith(wanted) and name != wanted for city in same)
        yield from sorted(begins, key=lambda city: -city.people)
    if len(wanted) >= 4:
        for _, name in sorted(_alike(wanted, index), reverse=True):
            yield from index[name]


def _alike(wanted: str, names: Iterable[str]) -> Iterator[tuple[float, str]]:
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    for name in names:
        # Hands rarely miss the first and the last letter both; this leaves one name in ten to compare (3 ms).
        if abs(len(name) - len(wanted)) > 2 or (name[0] != wanted[0] and name[-1] != wanted[-1]):
            continue
        matcher.set_seq1(name)
        if matcher.quick_ratio() >= ALIKE and (ratio := matcher.ratio()) >= ALIKE and name != wanted:
            yield ratio, name


def is_namesake(city: City) -> bool:
    """Say whether the zone is called after this city: "New York City" in America/New_York."""
    return fold(city.name).startswith(fold(city.zone.rsplit("/", 1)[-1]))


def kilometres(latitude: float, longitude: float, city: City) -> float:
    """Return the distance over the globe from a place in degrees (haversine)."""
    phi, here = radians(latitude), radians(city.latitude)
    half = sin((here - phi) / 2) ** 2 + cos(phi) * cos(here) * sin(radians(city.longitude - longitude) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def first_of_each(found: Iterable[City], limit: int) -> tuple[City, ...]:
    """Keep the first city of each zone and country, `limit` at most."""
    kept: dict[tuple[str, str], City] = {}
    for city in found:
        kept.setdefault(city.home, city)
        if len(kept) == limit:
            break
    return tuple(kept.values())
