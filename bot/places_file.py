"""Reads cities, time zones and telephone numbers, and says file and entry of what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Annotated, TypeVar
from zoneinfo import available_timezones

import yaml
from babel import Locale, UnknownLocaleError
from babel.core import get_global
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.domain.cities import City
from bot.domain.help_lines import CrisisLine, EmergencyNumber, HelpLines
from bot.domain.places import Names, Places, Speakers

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Short = Annotated[str, Field(pattern=r"^[0-9]{2,6}$")]
Dialled = Annotated[str, Field(pattern=r"^\*?[0-9][0-9 -]{1,18}$")]


class PlacesBroken(ValueError):
    """A file of places or numbers cannot be used; the message names the file, the entry and what is wrong."""


def _quoted(rows: object) -> object:
    if isinstance(rows, dict) and not all(isinstance(country, str) for country in rows):
        raise ValueError('quote every country: YAML reads a bare NO as "no"')
    return rows


QuotedKeys = BeforeValidator(_quoted)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Source(_Strict):
    name: str
    checked: date


class _EmergencyRow(_Strict):
    number: Short
    also: Short | None = None
    source: str


class _EmergencyFile(_Strict):
    default: Short
    reviewed: str | None
    sources: dict[str, _Source]
    numbers: Annotated[dict[Country, _EmergencyRow], QuotedKeys]


class _CrisisRow(_Strict):
    number: Dialled
    name: str
    source: str


class _CrisisFile(_Strict):
    reviewed: str | None
    checked: date
    lines: Annotated[dict[Country, _CrisisRow], QuotedKeys]


File = TypeVar("File", bound=BaseModel)


def load_places(folder: Traversable | None = None) -> Places:
    """Read everything about places; `folder` stands for messages/. Raises `PlacesBroken`."""
    messages = folder or resources.files("messages")
    zones = _zones()
    cities = tuple(_cities(messages / "cities.tsv"))
    known = {city.zone for city in cities}
    remote = tuple(city for city in zones.principal if city.zone not in known)
    return Places(cities + remote, zones.countries, zones.renamed, _speakers(), load_help_lines(messages))


def load_help_lines(messages: Traversable) -> HelpLines:
    """Read emergency_numbers.yaml and crisis_lines.yaml. Raises `PlacesBroken`."""
    emergency = _read(messages / "emergency_numbers.yaml", _EmergencyFile)
    crisis = _read(messages / "crisis_lines.yaml", _CrisisFile)
    numbers = {}
    for country, row in emergency.numbers.items():
        if row.source not in emergency.sources:
            raise PlacesBroken(f"emergency_numbers.yaml: numbers › {country}: there is no source {row.source!r}")
        source = emergency.sources[row.source]
        numbers[country] = EmergencyNumber(row.number, row.also, source.name, source.checked)
    lines = {
        country: CrisisLine(line.number, line.name, line.source, crisis.checked)
        for country, line in crisis.lines.items()
    }
    return HelpLines(numbers, lines, emergency.default)


def _read(path: Traversable, shape: type[File]) -> File:
    try:
        return shape.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as why:
        raise PlacesBroken(f"{path.name}: cannot be read ({why.strerror})") from why
    except yaml.YAMLError as why:
        raise PlacesBroken(f"{path.name}: {why}") from why
    except ValidationError as why:
        wrong = why.errors()[0]
        where = " › ".join(str(step) for step in wrong["loc"] if step != "[key]")
        raise PlacesBroken(f"{path.name}: {where}: {wrong['msg']}") from why


def _cities(path: Traversable) -> Iterator[City]:
    zones = available_timezones()
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as why:
        raise PlacesBroken(f"{path.name}: cannot be read ({why.strerror})") from why
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            continue
        try:
            name, country, zone, latitude, longitude, people, *also = line.split("\t")
            city = City(name, country, zone, float(latitude), float(longitude), int(people), tuple(also))
        except ValueError as why:
            raise PlacesBroken(f"{path.name}:{number}: not a city: {why}") from why
        if city.zone not in zones:
            raise PlacesBroken(f"{path.name}:{number}: there is no zone {city.zone!r}")
        yield city


@dataclass(frozen=True)
class _Zones:
    principal: tuple[City, ...]
    countries: dict[str, tuple[str, ...]]
    renamed: dict[str, str]


def _zones() -> _Zones:
    """Read the tables that the time zone database ships (zone.tab, zone1970.tab, and the links in tzdata.zi)."""
    folder = resources.files("tzdata.zoneinfo")
    known = available_timezones()
    rows = [row for row in _rows(folder / "zone.tab", "\t") if row[2] in known]
    own = {row[2]: row[0] for row in rows}
    shared = {row[2]: row[0].split(",") for row in _rows(folder / "zone1970.tab", "\t")}
    links = {row[2]: row[1] for row in _rows(folder / "tzdata.zi", " ") if row[0] == "L"}
    countries = {}
    for zone in known:
        target = links.get(zone, zone)
        likeliest = [own[name] for name in (zone, target) if name in own][:1]
        countries[zone] = tuple(dict.fromkeys([*likeliest, *shared.get(target, ())]))
    return _Zones(tuple(map(_principal, rows)), countries, {old: new for old, new in links.items() if old not in own})


def _rows(path: Traversable, separator: str) -> list[list[str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split(separator) for line in lines if line and not line.startswith("#")]


def _principal(row: list[str]) -> City:
    """A zone's principal place as a tiny city: Kiritimati, or a station in the Antarctic, where nobody lives."""
    country, at, zone = row[:3]
    split = max(at.rfind("+"), at.rfind("-"))
    name, people = zone.rsplit("/", 1)[-1].replace("_", " "), 0 if country == "AQ" else 1
    return City(name, country, zone, _degrees(at[:split]), _degrees(at[split:]), people)


def _degrees(text: str) -> float:
    """Read ISO 6709 ±DDMM, ±DDDMM, ±DDMMSS or ±DDDMMSS."""
    digits = text[1:]
    whole = 3 if len(digits) in (5, 7) else 2
    minutes, seconds = int(digits[whole : whole + 2]), int(digits[whole + 2 :] or 0)
    return (-1 if text[0] == "-" else 1) * (int(digits[:whole]) + minutes / 60 + seconds / 3600)


def _speakers() -> Speakers:
    """Who speaks what, from CLDR (territoryInfo and likelySubtags) by way of Babel."""
    shares: dict[str, dict[str, float]] = {}
    for country, languages in get_global("territory_languages").items():
        for language, spoken in languages.items():
            shares.setdefault(language, {})[country] = spoken["population_percent"] / 100
    subtags: Mapping[str, str] = get_global("likely_subtags")
    native = {tag: likely.rsplit("_", 1)[-1] for tag, likely in subtags.items() if tag in shares}
    return Speakers(shares, native)


@lru_cache(maxsize=32)
def names_in(language: str) -> Names:
    """Return how a language calls cities and countries (CLDR by way of Babel); English for one that it lacks."""
    try:
        locale = Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    zones = {zone: info["city"] for zone, info in locale.time_zones.items() if "city" in info}
    return Names(zones, dict(locale.territories))
