"""From what a person says, types or shares to the few homes (zone and country) that she may mean."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time

from bot.domain.cities import City, Near
from bot.domain.local_time import zone_named
from bot.domain.places import UNSPOKEN, Places

MOST_OFFERED = 8

# Our list has cities of 100,000 people and more, often this far apart: the city nearest to a small town near a
# border may lie on the other side. Asking once more costs a tap, a wrong country a wrong emergency number.
NEAR_THE_BORDER_KM = 150.0

# Clocks differ by whole, half or quarter hours.
QUARTERS = (0, 30, 45, 15)

PLACE_SEPARATOR = "."


def place_code(home: City) -> str:
    """A home in the letters of a button, such as PT.Europe/Lisbon (at most 36 bytes)."""
    return f"{home.country}{PLACE_SEPARATOR}{home.zone}"


def home_of(places: Places, code: str) -> City | None:
    """The home behind a button's letters; None for one that is in no list of ours."""
    country, _, zone = code.partition(PLACE_SEPARATOR)
    return home_in(places, zone, country)


def home_in(places: Places, zone: str | None, country: str | None) -> City | None:
    """The home of this zone and country; None when there is none."""
    return next((home for home in places.homes if home.home == (zone, country)), None)


def homes_at_hour(places: Places, now: datetime, hour: int, language: str | None) -> tuple[City, ...]:
    """Where the clock on the wall now shows this hour, whatever its minutes, likeliest first."""
    found: dict[tuple[str, str], City] = {}
    for quarter in QUARTERS:
        said = time(hour, (now.minute + quarter) % 60)
        for home in places.zones_by_local_time(now, said, language):
            if now.astimezone(zone_named(home.zone)).hour == hour:
                found.setdefault(home.home, home)
    weights = places.speakers.weights(language)
    ranked = sorted(found.values(), key=lambda home: -home.people * weights.get(home.country, UNSPOKEN))
    return tuple(ranked[:MOST_OFFERED])


def across_a_border(near: Iterable[Near], now: datetime) -> tuple[City, ...]:
    """The homes to choose between for a shared location: a single one when no other country or clock is close."""
    ranked = list(near)
    if not ranked:
        return ()
    first = ranked[0]
    close = [n.city for n in ranked if n.km - first.km <= NEAR_THE_BORDER_KM and _differs(n.city, first.city, now)]
    return (first.city, *close)


def _differs(one: City, other: City, now: datetime) -> bool:
    clocks = {now.astimezone(zone_named(city.zone)).utcoffset() for city in (one, other)}
    return one.country != other.country or len(clocks) > 1
