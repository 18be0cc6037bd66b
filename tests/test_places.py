"""Where somebody lives, and whom to call there."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
import pytest
import yaml
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.cities import City, is_namesake, kilometres
from bot.places_file import PlacesBroken, load_help_lines, load_places, names_in

PLACES = load_places()
WINTER = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 14, 5, tzinfo=UTC)
MESSAGES = Path(str(resources.files("messages")))


def shown(cities: tuple[City, ...]) -> list[str]:
    return [f"{city.name}, {city.country}" for city in cities]


# --- whom to call -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("country", sorted(PLACES.help_lines.emergency_numbers))
def test_every_emergency_number_is_one_for_googles_library_too(country: str) -> None:
    row = PLACES.emergency_row(country)
    assert row is not None
    assert phonenumbers.is_emergency_number(row.number, country)
    assert row.also is None or phonenumbers.is_emergency_number(row.also, country)
    assert row.also != row.number
    assert phonenumbers.__version__ in row.source, "a new version: check the rows and the date, then say so"
    assert row.checked >= date(2026, 11, 23)


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("PT", "112"),
        ("ES", "112"),
        ("US", "911"),
        ("GB", "999"),
        ("NO", "113"),  # 112 is the police there
        ("CH", "144"),
        ("AU", "000"),
        ("BR", "192"),
        ("JP", "119"),  # 110 is the police there
        ("CN", "120"),
        ("ZA", "10177"),
    ],
)
def test_the_number_is_the_one_that_brings_an_ambulance(country: str, number: str) -> None:
    assert PLACES.emergency_number(country) == number


def test_most_people_live_where_we_know_the_number() -> None:
    people = sum(home.people for home in PLACES.homes)
    covered = sum(home.people for home in PLACES.homes if PLACES.emergency_number(home.country))
    assert covered / people > 0.9
    assert len(PLACES.help_lines.emergency_numbers) >= 180


@pytest.mark.parametrize("country", [None, "", "RS", "ZZ", "pt"])
def test_where_we_are_not_sure_we_say_nothing(country: str | None) -> None:
    assert PLACES.emergency_number(country) is None
    assert PLACES.crisis_line(country) is None
    assert PLACES.help_lines.default_number == "112"


def test_crisis_lines_have_a_name_a_source_and_a_date() -> None:
    line = PLACES.crisis_line("US")
    assert line is not None
    assert (line.number, line.name) == ("988", "988 Suicide & Crisis Lifeline")
    for country, row in PLACES.help_lines.crisis_lines.items():
        assert row.name, country
        assert row.source, country
        assert row.checked >= date(2026, 11, 23), country
        assert PLACES.emergency_number(country), f"{country}: the text names both numbers"


def test_every_country_of_the_files_has_a_name() -> None:
    territories = Locale("en").territories
    codes = {*PLACES.help_lines.emergency_numbers, *PLACES.help_lines.crisis_lines, *(c.country for c in PLACES.cities)}
    assert codes <= territories.keys()


# --- the files --------------------------------------------------------------------------------------------


def folder_with(tmp_path: Path, **changed: str) -> Path:
    for name in ("cities.tsv", "emergency_numbers.yaml", "crisis_lines.yaml"):
        (tmp_path / name).write_text((MESSAGES / name).read_text(encoding="utf-8"), encoding="utf-8")
    for name, text in changed.items():
        (tmp_path / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return tmp_path


EMERGENCY = "default: '112'\nreviewed: null\nsources: {x: {name: X, checked: 2026-11-23}}\nnumbers: {%s}\n"
CRISIS = "reviewed: null\nchecked: 2026-11-23\nlines: {%s}\n"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("emergency_numbers__yaml", EMERGENCY % "NO: {number: '113', source: x}", "quote every country"),
        ("emergency_numbers__yaml", EMERGENCY % "'PT': {number: 112, source: x}", "numbers › PT › number"),
        ("emergency_numbers__yaml", EMERGENCY % "'PT': {number: '1 2', source: x}", "numbers › PT › number"),
        ("emergency_numbers__yaml", EMERGENCY % "'PT': {number: '112'}", "numbers › PT › source"),
        ("emergency_numbers__yaml", EMERGENCY % "'PT': {number: '112', source: y}", "no source 'y'"),
        ("emergency_numbers__yaml", EMERGENCY % "'PT': {number: '112', source: x, colour: red}", "colour"),
        ("emergency_numbers__yaml", "numbers: [", "emergency_numbers.yaml"),
        ("emergency_numbers__yaml", "", "emergency_numbers.yaml"),
        ("crisis_lines__yaml", CRISIS % "'US': {number: call us, name: n, source: s}", "lines › US › number"),
        ("crisis_lines__yaml", CRISIS % "'usa': {number: '988', name: n, source: s}", "lines › usa"),
        ("cities__tsv", "Lisbon\tPT\tEurope/Lisbone\t38.7\t-9.1\t500000\n", "cities.tsv:1: there is no zone"),
        ("cities__tsv", "# a\nLisbon\tPT\n", "cities.tsv:2: not a city"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_entry(tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(PlacesBroken) as broken:
        load_places(folder_with(tmp_path, **{name: text}))
    assert says in str(broken.value)
    assert name.replace("__", ".") in str(broken.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlacesBroken, match=r"emergency_numbers\.yaml: cannot be read"):
        load_help_lines(tmp_path)


def test_no_country_is_written_twice() -> None:
    """YAML would keep the second in silence."""
    for name in ("emergency_numbers.yaml", "crisis_lines.yaml"):
        text = (MESSAGES / name).read_text(encoding="utf-8")
        rows = [line.split('"')[1] for line in text.splitlines() if line.startswith('  "')]
        assert len(rows) == len(set(rows)) == len(yaml.safe_load(text)[name.split("_")[-1].removesuffix(".yaml")])


# --- zones and countries ----------------------------------------------------------------------------------


def test_every_zone_of_the_world_leads_to_its_country() -> None:
    without = {zone for zone in available_timezones() if PLACES.country_of(zone) is None}
    assert {zone for zone in without if "/" in zone and not zone.startswith("Etc/")} == set()
    assert {zone: PLACES.country_of(zone) for zone in ("Europe/Lisbon", "Europe/Oslo", "US/Pacific", "Etc/UTC")} == {
        "Europe/Lisbon": "PT",
        "Europe/Oslo": "NO",
        "US/Pacific": "US",
        "Etc/UTC": None,
    }
    assert PLACES.country_of("Mars/Base") is None


def test_every_city_shares_its_country_with_its_zone() -> None:
    """GeoNames and the time zone database agree, but for Kosovo, which has no zone of its own."""
    strange = {city.home for city in PLACES.cities if city.country not in PLACES.zone_countries[city.zone]}
    assert strange == {("Europe/Belgrade", "XK")}


def test_an_austrian_who_took_the_guess_berlin_finds_austria_and_gets_vienna() -> None:
    offered = PLACES.countries_for("Europe/Berlin", WINTER, "de")
    assert offered[0].country == "DE"
    assert ("Europe/Vienna", "AT") in [city.home for city in offered]
    assert len({city.country for city in offered}) == len(offered) <= 8


@pytest.mark.parametrize("zone", ["Asia/Calcutta", "Etc/UTC", "Pacific/Kiritimati", "Antarctica/Troll"])
def test_odd_zones_offer_what_there_is(zone: str) -> None:
    offered = PLACES.countries_for(zone, WINTER, "en")
    assert offered
    assert all(_same_time(city.zone, zone, WINTER) for city in offered)


def _same_time(one: str, other: str, now: datetime) -> bool:
    return now.astimezone(ZoneInfo(one)).utcoffset() == now.astimezone(ZoneInfo(other)).utcoffset()


# --- guessing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "zone"),
    [
        ("en", "America/New_York"),
        ("en-gb", "Europe/London"),
        ("es", "Europe/Madrid"),
        ("es-mx", "America/Mexico_City"),
        ("pt-br", "America/Sao_Paulo"),
        ("pt-pt", "Europe/Lisbon"),
        ("de", "Europe/Berlin"),
        ("ar", "Africa/Cairo"),
        ("zh-hans", "Asia/Shanghai"),
        ("zh-hant", "Asia/Taipei"),
        ("nb", "Europe/Oslo"),
        ("iw", "Asia/Jerusalem"),  # what Hebrew was called before 1989
        (None, "America/New_York"),
    ],
)
def test_the_language_of_the_app_gives_a_first_guess(language: str | None, zone: str) -> None:
    assert PLACES.guess(WINTER, language).zone == zone


def test_a_person_who_is_awake_is_guessed_where_it_is_day() -> None:
    night_in_new_york = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    there = PLACES.guess(night_in_new_york, "en").zone
    assert 6 <= night_in_new_york.astimezone(ZoneInfo(there)).hour < 24


@pytest.mark.parametrize(
    ("language", "hour", "country"),
    [("en", 8, None), ("en", 15, "US"), ("en-gb", 8, "GB"), ("pt-pt", 8, "PT"), ("de", 3, "DE"), ("fr", 8, "FR")],
)
def test_a_guess_that_would_puzzle_most_people_is_not_put_to_them(
    language: str, hour: int, country: str | None
) -> None:
    guess = PLACES.good_guess(datetime(2026, 3, 3, hour, tzinfo=UTC), language)
    assert (guess and guess.country) == country


@given(st.text(max_size=20))
def test_any_language_code_gives_some_guess(code: str) -> None:
    assert PLACES.guess(WINTER, code).people > 0


# --- by the clock on the wall -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "said", "language", "first"),
    [
        (WINTER, time(9, 5), "en", "New York City, US"),
        (WINTER, time(9, 7), "es", "Bogotá, CO"),
        (WINTER, time(14, 5), "en", "London, GB"),
        (WINTER, time(14, 5), "pt", "Lisbon, PT"),
        (SUMMER, time(15, 5), "pt-pt", "Lisbon, PT"),
        (SUMMER, time(19, 35), "en", "Kolkata, IN"),
        (WINTER, time(19, 50), "ne", "Kathmandu, NP"),
        (WINTER, time(9, 15), "en", "New York City, US"),  # a clock ten minutes fast
        (WINTER.replace(minute=58), time(0, 2), "ru", "Yakutsk, RU"),  # over midnight, four minutes fast
    ],
)
def test_the_time_a_person_reads_off_the_clock_tells_the_zone(
    now: datetime, said: time, language: str, first: str
) -> None:
    assert shown(PLACES.zones_by_local_time(now, said, language))[0] == first


def test_each_way_clocks_go_is_offered_once_before_another_country_on_the_same_clock() -> None:
    offered = shown(PLACES.zones_by_local_time(WINTER, time(9, 5), "es"))
    assert {"Bogotá, CO", "New York City, US", "Havana, CU", "Lima, PE"} <= set(offered)
    assert len(offered) == 6


def test_both_sides_of_the_date_line_are_offered() -> None:
    offered = {city.zone for city in PLACES.zones_by_local_time(WINTER, time(4, 5), "en")}
    assert {"Pacific/Honolulu", "Pacific/Kiritimati"} <= offered


@settings(max_examples=150, deadline=None)
@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC)),
    st.sampled_from([home for home in PLACES.homes if home.people]),
    st.integers(-3, 3),
    st.sampled_from(["en", "es", "pt-br", "", "xx"]),
)
def test_the_clock_somebody_lives_by_is_always_among_the_offers(
    now: datetime, home: City, off: int, language: str
) -> None:
    said = (now + timedelta(minutes=off)).astimezone(ZoneInfo(home.zone)).time()
    every = PLACES.zones_by_local_time(now, said, language, limit=40)
    assert any(_same_time(city.zone, home.zone, now) for city in every)
    few = PLACES.zones_by_local_time(now, said, language)
    assert 1 <= len(few) <= 6
    assert len({city.home for city in few}) == len(few)


# --- by name ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "language", "first"),
    [
        ("Lisbon", "en", "Lisbon, PT"),
        ("lisboa", "pt", "Lisbon, PT"),
        ("Lissabon", "de", "Lisbon, PT"),
        ("Londres", "es", "London, GB"),
        ("القاهرة", "ar", "Cairo, EG"),
        ("sao paulo", "pt", "São Paulo, BR"),
        ("München", "en", "Munich, DE"),
        ("bombay", "en", "Mumbai, IN"),
        ("Calcutta", "en", "Kolkata, IN"),
        ("new yrok", "en", "New York City, US"),
        ("Lisbn", "en", "Lisbon, PT"),
        ("Barcelnoa", "es", "Barcelona, ES"),
        ("san fran", "en", "San Francisco, US"),
        ("Brasil", "pt", "São Paulo, BR"),
        ("uk", "en", "London, GB"),
        ("Deutschland", "de", "Berlin, DE"),
        ("Troll", "en", "Troll, AQ"),
    ],
)
def test_a_typed_city_or_country_is_found(typed: str, language: str, first: str) -> None:
    assert shown(PLACES.search(typed, names_in(language)))[0] == first


@pytest.mark.parametrize("typed", ["", " ", "!?", "qqqq", "x" * 5000])
def test_what_is_no_place_finds_nothing(typed: str) -> None:
    assert PLACES.search(typed) == ()


def test_namesakes_in_other_zones_are_all_offered() -> None:
    assert {city.home for city in PLACES.search("London")} >= {("Europe/London", "GB"), ("America/Toronto", "CA")}


@pytest.mark.parametrize("city", PLACES.cities[::97], ids=lambda city: city.name)
def test_a_city_is_found_by_its_own_name(city: City) -> None:
    assert city.home in {found.home for found in PLACES.search(city.name, limit=50)}


def test_names_are_shown_in_the_readers_language() -> None:
    lisbon = PLACES.search("Lisbon")[0]
    assert is_namesake(lisbon)
    assert names_in("es").of(lisbon) == "Lisboa"
    assert names_in("es").of(PLACES.search("Porto")[0]) == "Porto"
    assert names_in("xx") == names_in("en")


# --- by location ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latitude", "longitude", "zone", "country"),
    [
        (38.72, -9.14, "Europe/Lisbon", "PT"),
        (44.84, -0.58, "Europe/Paris", "FR"),  # Bordeaux lies nearer to Andorra than to Paris
        (32.72, -117.16, "America/Los_Angeles", "US"),  # San Diego, nearer to Tijuana than to Los Angeles
        (-33.87, 151.21, "Australia/Sydney", "AU"),
        (64.15, -21.94, "Atlantic/Reykjavik", "IS"),
        (-17.8, 179.95, "Pacific/Fiji", "FJ"),  # beside the 180th meridian
        (-72.01, 2.54, "Antarctica/Troll", "AQ"),
    ],
)
def test_a_shared_location_gives_zone_and_country(latitude: float, longitude: float, zone: str, country: str) -> None:
    assert PLACES.nearest(latitude, longitude)[0].city.home == (zone, country)


def test_near_a_border_the_other_country_is_offered_too() -> None:
    detroit = PLACES.nearest(42.33, -83.05)
    assert [near.city.country for near in detroit[:2]] == ["US", "CA"]
    assert detroit[0].km < detroit[1].km < 20


def test_distances_are_those_of_the_globe() -> None:
    london = PLACES.search("London")[0]
    assert kilometres(48.8566, 2.3522, london) == pytest.approx(343.6, abs=2)  # from Paris, by any atlas
    assert kilometres(-51.51, 179.87, london) == pytest.approx(20_015, abs=2)  # the other end of the world


@settings(max_examples=50, deadline=None)
@given(st.floats(-90, 90), st.floats(-180, 180))
def test_anywhere_on_the_globe_something_is_nearest(latitude: float, longitude: float) -> None:
    found = PLACES.nearest(latitude, longitude)
    assert len(found) == 4
    assert [near.km for near in found] == sorted(near.km for near in found)
    assert found[0].km < 20_016  # half way round
