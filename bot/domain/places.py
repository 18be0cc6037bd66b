"""Where does she live: the time zone and the country, and from these whom to call. Guesses are always asked about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache

from bot.domain.cities import City, Near, by_name, first_of_each, is_namesake, kilometres, named_like
from bot.domain.help_lines import CrisisLine, EmergencyNumber, HelpLines
from bot.domain.local_time import ONE_DAY, zone_named

# How far a clock on the wall may be off, or the answer late, and still mean this zone. Zones lie 15
# minutes apart at least, so up to 3 minutes only one can be meant; beyond, the larger cities go first.
CLOCK_IS_OFF = timedelta(minutes=12)

# Weights of a guess, chosen by looking at what comes first for the languages of Telegram's apps (tests).
NATIVE = 4.0  # the country that CLDR names first for a language
ELSEWHERE = 0.02  # a country other than the one the app says ("pt-br" in Portugal)
UNSPOKEN = 0.0005  # nobody there is known to speak it; somebody always does
ASLEEP = 0.2  # between midnight and six people seldom meet a new bot

# A guess that is right for fewer than one person in four is not put to anybody: it would only puzzle the others.
SURE_ENOUGH = 0.25

# What people type for a country, besides its code and its name in their language.
SHORT = {"UK": "GB", "England": "GB", "Scotland": "GB", "Wales": "GB", "USA": "US", "UAE": "AE"}

# What languages were once called, and some apps still say.
FORMER = {"iw": "he", "in": "id", "ji": "yi", "no": "nb", "tl": "fil"}


@dataclass(frozen=True)
class Names:
    """How one language calls zones' cities and countries, so that people may type "Lisboa" or "Portugal"."""

    cities: Mapping[str, str] = field(default_factory=dict)  # zone → city
    countries: Mapping[str, str] = field(default_factory=dict)  # code → country

    def of(self, city: City) -> str:
        """Return the city's name in this language where it has one, else its own."""
        return self.cities.get(city.zone, city.name) if is_namesake(city) else city.name


@dataclass(frozen=True)
class Speakers:
    """Who speaks what: language → country → share of its people, and the country CLDR names first."""

    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    native: Mapping[str, str] = field(default_factory=dict)

    def weights(self, code: str | None) -> Mapping[str, float]:
        """Return country → weight for an IETF tag as Telegram gives it ("en", "pt-br", "zh-hans"); rest: UNSPOKEN."""
        language, script, territory = _parts(code or "en")
        written = f"{language}_{script}"
        shares = self.shares.get(written) or self.shares.get(language, {})
        native = territory or self.native.get(written) or self.native.get(language)
        weights = {country: share * (ELSEWHERE if territory else 1) for country, share in shares.items()}
        if native:
            weights[native] = NATIVE * max(shares.get(native, 0), 0.5)
        return weights


def _parts(code: str) -> tuple[str, str, str]:
    language, *rest = code.replace("_", "-").lower().split("-")
    script = next((part.title() for part in rest if len(part) == 4), "")
    territory = next((part.upper() for part in rest if len(part) == 2), "")
    return FORMER.get(language, language), script, territory


@dataclass(frozen=True)
class Places:
    """All cities, zones and countries we know, and the numbers to call there. Built by `bot.places_file`."""

    cities: tuple[City, ...]
    zone_countries: Mapping[str, tuple[str, ...]]  # every zone's name, old ones too → countries, likeliest first
    renamed: Mapping[str, str]  # a zone's other names → the zone: "Asia/Calcutta" → "Asia/Kolkata"
    speakers: Speakers
    help_lines: HelpLines

    @cached_property
    def homes(self) -> tuple[City, ...]:
        """One city for each zone and country, with the people of all its cities; the most people first.

        The city is the one that the zone is called after, else the largest.
        """
        chosen: dict[tuple[str, str], City] = {}
        people: dict[tuple[str, str], int] = {}
        for city in sorted(self.cities, key=lambda city: (not is_namesake(city), -city.people)):
            chosen.setdefault(city.home, city)
            people[city.home] = people.get(city.home, 0) + city.people
        homes = (replace(city, people=people[home]) for home, city in chosen.items())
        return tuple(sorted(homes, key=lambda city: -city.people))

    @cached_property
    def _index(self) -> Mapping[str, tuple[City, ...]]:
        named = [(name, city) for city in self.cities for name in (city.name, *city.also)]
        for home in self.homes:
            if home.people:
                named += [(short, home) for short, country in SHORT.items() if country == home.country]
                named.append((home.country, home))
        homes = {home.zone: home for home in self.homes[::-1]}
        for zone in {*homes, *self.renamed} - {city.zone for city in self.cities if is_namesake(city)}:
            known = homes.get(zone) or homes.get(self.renamed.get(zone, ""))
            named += [(zone.rsplit("/", 1)[-1], known)] if known else []
        return by_name(named)

    def guess(self, now: datetime, language: str | None) -> City:
        """Return where a person with this app language most likely lives, for "Is it 14:05 where you are?"."""
        return self._likeliest(now, language)[0]

    def good_guess(self, now: datetime, language: str | None) -> City | None:
        """Return the guess, or None when too many people with this app language live in other countries."""
        home, share = self._likeliest(now, language)
        return home if share >= SURE_ENOUGH else None

    def _likeliest(self, now: datetime, language: str | None) -> tuple[City, float]:
        """The likeliest home, and how much of all that is likely lies in its country."""
        weights = self.speakers.weights(language)

        def weight(home: City) -> float:
            awake = now.astimezone(zone_named(home.zone)).hour >= 6
            return home.people * weights.get(home.country, UNSPOKEN) * (1 if awake else ASLEEP)

        weighed = {home: weight(home) for home in self.homes}
        best = max(self.homes, key=weighed.__getitem__)
        there = sum(likely for home, likely in weighed.items() if home.country == best.country)
        return best, there / sum(weighed.values())

    def zones_by_local_time(
        self, now: datetime, said: time, language: str | None = None, limit: int = 6
    ) -> tuple[City, ...]:
        """Return where it is about the time of day that a person says it is, likeliest first.

        One city for each way clocks go (offset and clock changes of the coming year); places left over
        go to other countries on the same clocks, since the country decides the emergency number.
        """
        off = {home: _off(now, said, home.zone) for home in self.homes if home.people}
        nearest = max(min(off.values()), CLOCK_IS_OFF)
        weights = self.speakers.weights(language)
        there = sorted(
            (home for home in off if off[home] <= nearest),
            key=lambda home: -home.people * weights.get(home.country, UNSPOKEN),
        )
        return _one_for_each_clock(there, now, limit)

    def search(self, typed: str, names: Names | None = None, limit: int = 5) -> tuple[City, ...]:
        """Return what a typed city or country may mean, typing mistakes allowed; one city for each zone and country."""
        index = dict(self._index)
        for name, cities in by_name(self._called(names or Names())).items():
            index[name] = index.get(name, ()) + cities
        return first_of_each(named_like(typed, index), limit)

    def _called(self, names: Names) -> Iterable[tuple[str, City]]:
        for home in self.homes:
            if home.people:
                yield names.countries.get(home.country, ""), home
            yield names.cities.get(home.zone, "") if is_namesake(home) else "", home

    def nearest(self, latitude: float, longitude: float, limit: int = 4) -> tuple[Near, ...]:
        """Return the nearest city of each zone and country around a shared location, the nearest first.

        Close to a border the second may be the right one: ask when it is in another country.
        """
        near = {city: kilometres(latitude, longitude, city) for city in self.cities}
        return tuple(Near(city, near[city]) for city in first_of_each(sorted(near, key=near.__getitem__), limit))

    def country_of(self, zone: str) -> str | None:
        """Return the country of a zone, or None for one without ("Etc/UTC")."""
        return next(iter(self.zone_countries.get(zone, ())), None)

    def countries_for(self, zone: str, now: datetime, language: str | None, limit: int = 8) -> tuple[City, ...]:
        """Return the countries to offer to a person in this zone, each with its own zone on the same clocks.

        The zone's own country comes first, then the likeliest for the language. An Austrian who took the
        guess "Berlin" chooses Austria here, and her zone becomes Vienna.
        """
        weights, own, clock = self.speakers.weights(language), self.country_of(zone), _clock(zone, now.date())
        there = [home for home in self.homes if _clock(home.zone, now.date()) == clock]
        there.sort(key=lambda home: (home.country != own, -home.people * weights.get(home.country, UNSPOKEN)))
        return tuple({home.country: home for home in reversed(there)}.values())[::-1][:limit]

    def emergency_number(self, country: str | None) -> str | None:
        """Return the number that brings an ambulance in a country, or None where we are not sure of one."""
        row = self.help_lines.emergency(country)
        return row.number if row else None

    def emergency_row(self, country: str | None) -> EmergencyNumber | None:
        """Return the country's emergency number with its second number, source and date."""
        return self.help_lines.emergency(country)

    def crisis_line(self, country: str | None) -> CrisisLine | None:
        """Return the country's line for people who think of ending their life, or None where we are not sure of one."""
        return self.help_lines.crisis(country)


def _off(now: datetime, said: time, zone: str) -> timedelta:
    """How far the wall clock in the zone is from the time somebody reads off theirs, over midnight too."""
    shown = now.astimezone(zone_named(zone))
    ahead = timedelta(hours=shown.hour - said.hour, minutes=shown.minute - said.minute) % ONE_DAY
    return min(ahead, ONE_DAY - ahead)


@lru_cache(maxsize=4096)
def _clock(zone: str, day: date) -> tuple[timedelta | None, ...]:
    """How the clocks go for a year from this day: the offset every second week tells all clock changes apart."""
    noon = datetime.combine(day, time(12), UTC)
    return tuple((noon + n * timedelta(days=14)).astimezone(zone_named(zone)).utcoffset() for n in range(27))


def _one_for_each_clock(ranked: list[City], now: datetime, limit: int) -> tuple[City, ...]:
    clocks: dict[tuple[timedelta | None, ...], City] = {}
    for home in ranked:
        clocks.setdefault(_clock(home.zone, now.date()), home)
    chosen = list(clocks.values())[:limit]
    countries = {home.country for home in chosen}
    for home in ranked:
        if len(chosen) < limit and home.country not in countries:
            chosen.append(home)
            countries.add(home.country)
    return tuple(sorted(chosen, key=ranked.index))
