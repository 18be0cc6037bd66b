"""The pure parts of the way in: steps, homes, hours, phones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cities import City, Near
from bot.domain.homes import across_a_border, home_of, homes_at_hour, place_code
from bot.domain.local_time import zone_named
from bot.domain.onboarding import AFTERWARDS, BUTTONS, Step, afterwards, first_name, first_step, fits, hour_of, toggled
from bot.domain.press import MOST_BYTES, SettingPress, StepPress, to_data
from bot.domain.timetable import far_enough, with_day, with_first, with_second
from bot.phones import LONGEST, IsEmergencyNumber, read_phone
from tests.stage import WORLD

NOW = datetime(2026, 3, 3, 8, 20, tzinfo=UTC)
PLACES = WORLD.places


def test_every_step_knows_its_buttons() -> None:
    assert set(BUTTONS) == set(Step)


def test_a_button_fits_only_its_step() -> None:
    assert fits(Step.CONSENT, "consent")
    assert not fits(Step.CONSENT, "hour")
    assert not fits(None, "consent")


def test_nobody_is_asked_for_the_only_language() -> None:
    assert first_step(["en"]) is Step.CONSENT
    assert first_step(["en", "es"]) is Step.LANGUAGE


def test_the_cards_afterwards_come_once_each() -> None:
    seen, step = [], Step.FIRST
    while (following := afterwards(step)) is not None:
        seen.append(following)
        step = following
    assert tuple(seen) == AFTERWARDS


@given(st.text(max_size=4))
def test_only_offered_hours_are_taken(choice: str) -> None:
    hour = hour_of(choice)
    assert hour is None or (6 <= int(choice) <= 22 and hour == f"{choice}:00")


@given(st.text(max_size=12))
def test_only_offered_signs_are_ticked(choice: str) -> None:
    offered = WORLD.protocol.usual_choices
    after = toggled(frozenset({"pain"}), choice, offered)
    assert after is None or after <= set(offered)


def test_ticking_twice_is_ticking_once() -> None:
    once = toggled(frozenset(), "+numbness", WORLD.protocol.usual_choices)
    assert once == {"numbness"}
    assert toggled(once, "+numbness", WORLD.protocol.usual_choices) == once
    assert toggled(once, "-numbness", WORLD.protocol.usual_choices) == frozenset()


@pytest.mark.parametrize(
    ("handle", "name"),
    [("Ana Maria (@ana)", "Ana"), ("Ana", "Ana"), ("", ""), (" (@ana)", ""), ("A (B) (@c)", "A"), ("(@x)", "(@x)")],
)
def test_first_names(handle: str, name: str) -> None:
    assert first_name(handle) == name


def test_every_home_fits_a_button_and_comes_back() -> None:
    for home in PLACES.homes:
        code = place_code(home)
        for press in (StepPress("place", code), SettingPress("place", code)):
            assert len(to_data(press).encode()) <= MOST_BYTES
        assert home_of(PLACES, code) == home


@given(st.text(max_size=40))
def test_no_other_letters_are_a_home(code: str) -> None:
    found = home_of(PLACES, code)
    assert found is None or place_code(found) == code


@pytest.mark.parametrize("hour", range(24))
def test_at_each_hour_somebody_is_found_and_her_clock_shows_it(hour: int) -> None:
    homes = homes_at_hour(PLACES, NOW, hour, "en")
    assert homes
    assert {NOW.astimezone(zone_named(home.zone)).hour for home in homes} == {hour}


def test_zones_a_quarter_of_an_hour_off_are_found() -> None:
    assert "Asia/Kathmandu" in {home.zone for home in homes_at_hour(PLACES, NOW, 14, "ne")}  # 14:05


def city(country: str, zone: str, km: float) -> Near:
    return Near(City("X", country, zone, 0, 0, 1), km)


def test_a_border_nearby_is_asked_about() -> None:
    here = city("PT", "Europe/Lisbon", 10)
    assert len(across_a_border([here, city("ES", "Europe/Madrid", 400)], NOW)) == 1
    assert len(across_a_border([here, city("ES", "Europe/Madrid", 100)], NOW)) == 2
    assert len(across_a_border([here, city("PT", "Atlantic/Azores", 100)], NOW)) == 2, "another clock"
    assert len(across_a_border([here, city("PT", "Atlantic/Madeira", 100)], NOW)) == 1, "the same clock and country"
    assert across_a_border([], NOW) == ()


def test_two_hours_keep_their_distance() -> None:
    assert with_second("09:00", "18:00") == "09:00,18:00"
    assert with_second("09:00", "06:00") is None
    assert with_second("22:00", "06:00") == "06:00,22:00"
    assert with_second("09:00,18:00", None) == "09:00"
    assert with_first("09:00,18:00", "16:00") == "16:00"
    assert with_first("09:00,18:00", "10:00") == "10:00,18:00"
    assert not far_enough("09:00", "12:59")


@given(st.sampled_from(["0", "024", "0123456"]), st.text(max_size=3))
def test_there_is_always_a_day(days: str, choice: str) -> None:
    after = with_day(days, choice)
    assert after is None or (set(after) <= set("0123456") and after)


@pytest.mark.parametrize(
    ("typed", "country", "read"),
    [
        ("21 123 4567", "PT", "+351 21 123 4567"),
        ("351211234567", "PT", "+351 21 123 4567"),  # as contact cards have it
        ("+351211234567", None, "+351 21 123 4567"),
        ("0044 20 7946 0958", "PT", "+44 20 7946 0958"),
        ("(415) 555-2671 ext 5", "US", "+1 415-555-2671"),
        ("1177", "SE", "1177"),
        ("12", "PT", None),
        ("hello", "PT", None),
        ("", "PT", None),
        ("9" * (LONGEST + 1), "PT", None),
    ],
)
def test_phones(typed: str, country: str | None, read: str | None) -> None:
    assert read_phone(typed, country) == read


@pytest.mark.parametrize(("typed", "country"), [("112", "PT"), ("911", "US"), ("9-9-9", "GB")])
def test_the_emergency_number_is_no_teams_number(typed: str, country: str) -> None:
    with pytest.raises(IsEmergencyNumber):
        read_phone(typed, country)


@given(st.text(max_size=50), st.sampled_from([None, "PT", "US", "XX"]))
def test_anything_may_be_typed_as_a_phone(typed: str, country: str | None) -> None:
    try:
        found = read_phone(typed, country)
    except IsEmergencyNumber:
        return
    assert found is None or any(letter.isdigit() for letter in found)
