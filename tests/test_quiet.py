"""Quiet hours, re-checks and snoozing, also when the clocks change in the night."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.calendar import Slot
from bot.domain.quiet import (
    QuietHours,
    Snooze,
    end_of_quiet,
    next_day,
    next_morning,
    prompt_at,
    quiet,
    snooze_until,
)

LISBON = ZoneInfo("Europe/Lisbon")
BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(time(22), time(7))
MINUTE = timedelta(minutes=1)

zones = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
wall_times = st.integers(0, 24 * 60 - 1).map(lambda m: time(m // 60, m % 60))
moments = st.datetimes(datetime(2010, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))
# In this half the clocks of most zones that change are about to.
near_changes = st.sampled_from([(2026, 3, 28), (2026, 10, 24), (2011, 12, 29)]).flatmap(
    lambda day: st.integers(0, 72 * 60).map(lambda m: datetime(*day, tzinfo=UTC) + m * MINUTE)
)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("hour", "is_quiet"), [(21, False), (22, True), (23, True), (0, True), (6, True), (7, False), (12, False)]
)
def test_the_night_spans_midnight(hour: int, is_quiet: bool) -> None:
    assert quiet(utc(2026, 11, 23, hour), LISBON, *NIGHT) is is_quiet


def test_equal_times_mean_never_quiet() -> None:
    assert not any(quiet(utc(2026, 11, 23, hour), LISBON, time(7), time(7)) for hour in range(24))


def test_what_waits_goes_out_when_the_night_ends() -> None:
    assert end_of_quiet(utc(2026, 11, 23, 23), LISBON, *NIGHT) == utc(2026, 11, 24, 7)
    assert end_of_quiet(utc(2026, 11, 23, 3), LISBON, *NIGHT) == utc(2026, 11, 23, 7)
    assert end_of_quiet(utc(2026, 11, 23, 12), LISBON, *NIGHT) == utc(2026, 11, 23, 12)


def test_a_night_that_ends_in_an_hour_that_comes_twice_ends_once_more() -> None:
    """Berlin, 25 October 2026: at 03:00 it is 02:00 again, and until 02:30 quiet again."""
    again = utc(2026, 10, 25, 1, 10)  # 02:10, the second time
    assert end_of_quiet(again, BERLIN, time(22), time(2, 30)) == utc(2026, 10, 25, 1, 30)


@settings(max_examples=400, deadline=None)
@given(near_changes | moments, zones, wall_times, wall_times)
def test_quiet_ends_at_the_first_moment_that_is_not(now: datetime, zone: ZoneInfo, start: time, end: time) -> None:
    until = end_of_quiet(now, zone, start, end)
    assert now <= until <= now + timedelta(hours=49)
    assert not quiet(until, zone, start, end)
    # An end in a gap may come up to the gap (3 hours at most) later; nothing before that was free.
    step, free = now, until - timedelta(hours=3)
    while step < free:
        assert quiet(step, zone, start, end)
        step += timedelta(minutes=7)


def test_a_prompt_at_the_chosen_hour_goes_out_even_at_night_but_a_late_one_waits() -> None:
    slot = Slot(date(2026, 11, 23), 0, utc(2026, 11, 23, 3))
    assert prompt_at(slot, utc(2026, 11, 23, 3, 5), LISBON, NIGHT) == utc(2026, 11, 23, 3, 5)
    assert prompt_at(slot, utc(2026, 11, 23, 5), LISBON, NIGHT) == utc(2026, 11, 23, 7)
    assert prompt_at(slot, utc(2026, 11, 23, 5), LISBON, None) == utc(2026, 11, 23, 5)


@pytest.mark.parametrize(
    ("now", "hour", "expected"),
    [
        (utc(2026, 11, 23, 14), time(9), utc(2026, 11, 24, 9)),
        (utc(2026, 11, 23, 23), time(9), utc(2026, 11, 24, 9)),
        (utc(2026, 11, 23, 0, 30), time(9), utc(2026, 11, 23, 9)),  # before 04:00: the morning to come
        (utc(2026, 11, 23, 14), time(20), utc(2026, 11, 24, 20)),
        (utc(2026, 11, 23, 14), time(5), utc(2026, 11, 24, 7)),  # too early: when the night ends
        (utc(2026, 11, 23, 14), time(22, 30), utc(2026, 11, 24, 7)),  # too late: that same morning
    ],
)
def test_a_re_check_comes_next_morning_and_wakes_nobody(now: datetime, hour: time, expected: datetime) -> None:
    assert next_morning(now, LISBON, hour, NIGHT) == expected


def test_whether_the_team_was_told_is_asked_on_the_next_date_even_after_midnight() -> None:
    assert next_day(utc(2026, 11, 23, 0, 30), LISBON, time(9), NIGHT) == utc(2026, 11, 24, 9)
    assert next_day(utc(2026, 11, 23, 0, 30), LISBON, time(23), None) == utc(2026, 11, 24, 23)


@settings(max_examples=400, deadline=None)
@given(near_changes | moments, zones, wall_times, st.none() | st.builds(QuietHours, wall_times, wall_times))
def test_re_checks_lie_ahead_within_two_days_and_never_in_quiet_hours(
    now: datetime, zone: ZoneInfo, hour: time, hours: QuietHours | None
) -> None:
    for found in (next_morning(now, zone, hour, hours), next_day(now, zone, hour, hours)):
        assert now < found <= now + timedelta(hours=75)  # a skipped date, and a quiet day, in between
        assert hours is None or not quiet(found, zone, *hours)


def test_snoozing_says_when() -> None:
    now = utc(2026, 11, 23, 14)
    assert snooze_until(Snooze.QUARTER, now, LISBON) == utc(2026, 11, 23, 14, 15)
    assert snooze_until(Snooze.HOUR, now, LISBON) == utc(2026, 11, 23, 15)
    assert snooze_until(Snooze.EVENING, now, LISBON) == utc(2026, 11, 23, 19)
    assert snooze_until(Snooze.EVENING, utc(2026, 11, 23, 19), LISBON) == utc(2026, 11, 24, 19)
