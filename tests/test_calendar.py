"""The calendar, in every zone there is.

What is walked: each clock of this machine's time zone database (zones that show the same time all along
are one), every single day of ten years, with one hour per clock; three days around each of its changes of
those years, and around those that ever skipped a whole date since 1970, with ten hours; other rhythms by
hypothesis. Every zone with three hours on every day takes a minute: `make chaos` runs it.
"""

from __future__ import annotations

import os
from collections.abc import Set
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.calendar import (
    EXPIRES_AFTER,
    Late,
    Rhythm,
    Schedule,
    Slot,
    catch_up,
    expires_at,
    lateness,
    next_slot,
    rhythm_days,
)
from bot.domain.local_time import UnknownZone, moment, next_moment, read_time, zone_named

ZONES = sorted(available_timezones())
FIRST, LAST = date(2026, 1, 1), date(2035, 12, 31)
DAY = timedelta(days=1)
HOURS = tuple(map(time.fromisoformat, "00:00 00:30 01:15 02:00 02:30 03:00 09:00 22:30 23:30 23:59".split()))
LISBON, BERLIN, NUUK, APIA = map(ZoneInfo, ["Europe/Lisbon", "Europe/Berlin", "America/Nuuk", "Pacific/Apia"])


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def days(first: date, last: date) -> list[date]:
    return [first + DAY * n for n in range((last - first).days + 1)]


def exists(day: date, zone: ZoneInfo) -> bool:
    """Whether any quarter of an hour of this date is ever shown, found without the code under test."""
    noon = datetime.combine(day, time(12), UTC)
    shown = ((noon + timedelta(minutes=15 * n)).astimezone(zone).date() for n in range(-112, 113))
    return day in shown


def walk(schedule: Schedule, first: date, last: date) -> list[Slot]:
    """Every check-in from `first` to `last`, each asked for from the one before."""
    slots: list[Slot] = []
    after = datetime.combine(first, time(0), UTC) - 2 * DAY
    while True:
        slot = next_slot(schedule, after)
        if slot.local_day > last:
            return slots
        if slot.local_day >= first:
            slots.append(slot)
        after = slot.due_at


def assert_one_each(schedule: Schedule, first: date, last: date, missing: Set[date] = frozenset()) -> None:
    slots = walk(schedule, first, last)
    wanted = [(day, n) for day in days(first, last) if day not in missing for n in range(len(schedule.hours))]
    assert [slot.key for slot in slots] == wanted, schedule
    assert all(a.due_at < b.due_at for a, b in pairwise(slots)), schedule
    assert all(s.due_at.astimezone(schedule.zone).date() == s.local_day for s in slots), schedule


def changes(zone: ZoneInfo, first: date, last: date) -> list[date]:
    """The dates whose noon (UTC) has another offset than the noon before."""
    noons = [datetime.combine(day, time(12), UTC) for day in days(first, last)]
    offsets = [noon.astimezone(zone).utcoffset() for noon in noons]
    return [noon.date() for noon, a, b in zip(noons[1:], offsets, offsets[1:], strict=False) if a != b]


def clock(zone: ZoneInfo) -> tuple[object, ...]:
    """What tells two zones apart from `FIRST` to `LAST`: the offset at first, and when it becomes which."""
    start = datetime.combine(FIRST, time(12), UTC) - 2 * DAY
    hours = (
        datetime.combine(day, time(12), UTC) - timedelta(minutes=30 * n)
        for day in changes(zone, FIRST - 2 * DAY, LAST + 2 * DAY)
        for n in range(49)
    )
    return (start.astimezone(zone).utcoffset(), *((at, at.astimezone(zone).utcoffset()) for at in hours))


def clocks() -> list[str]:
    """One zone for each clock."""
    return list({clock(ZoneInfo(name)): name for name in ZONES}.values())


def date_line_crossings(zone: ZoneInfo) -> list[date]:
    """When the zone moved over the date line since 1970: by half a day and more, found month by month."""
    months = [date(y, m, 1) for y in range(1970, FIRST.year) for m in range(1, 13)]
    offsets = [datetime.combine(day, time(12), UTC).astimezone(zone).utcoffset() for day in months]
    assert None not in offsets
    jumps = [n for n in range(1, len(months)) if abs(offsets[n] - offsets[n - 1]) > DAY / 2]  # type: ignore[operator]
    return [day for n in jumps for day in changes(zone, months[n - 1], months[n])]


# --- every zone -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_clock_has_one_check_in_on_every_day_of_ten_years() -> None:
    names = clocks()
    assert len(names) > 50
    for n, name in enumerate(names):
        assert_one_each(Schedule(ZoneInfo(name), (HOURS[n % len(HOURS)],)), FIRST, LAST)


@pytest.mark.slow
def test_around_every_clock_change_every_hour_keeps_its_one_check_in() -> None:
    seen = 0
    for name in clocks():
        zone = ZoneInfo(name)
        for day in changes(zone, FIRST, LAST):
            seen += 1
            for hour in HOURS:
                assert_one_each(Schedule(zone, (hour,)), day - 3 * DAY, day + 3 * DAY)
            assert_one_each(Schedule(zone, (time(2, 30), time(22, 30))), day - 3 * DAY, day + 3 * DAY)
    assert seen > 500


def test_dates_that_a_zone_once_skipped_are_passed_over_and_the_next_is_kept() -> None:
    skipped: set[tuple[str, date]] = set()
    for name in ZONES:
        zone = ZoneInfo(name)
        for day in date_line_crossings(zone):
            missing = frozenset(d for d in days(day - 2 * DAY, day + 2 * DAY) if not exists(d, zone))
            skipped |= {(name, d) for d in missing}
            for hour in HOURS:
                assert_one_each(Schedule(zone, (hour,)), day - 3 * DAY, day + 3 * DAY, missing)
    assert ("Pacific/Apia", date(2011, 12, 30)) in skipped
    assert ("Pacific/Kwajalein", date(1993, 8, 21)) in skipped


@pytest.mark.chaos
@pytest.mark.skipif(os.environ.get("BONEWATCH_TEST_CHAOS") != "long", reason="takes a minute: make chaos")
def test_every_zone_three_hours_every_day_of_ten_years() -> None:
    for name in ZONES:
        for hour in (time(0, 30), time(2, 30), time(23, 30)):
            assert_one_each(Schedule(ZoneInfo(name), (hour,)), FIRST, LAST)


# --- clock changes one can check by hand ------------------------------------------------------------------


def test_a_time_that_comes_twice_is_asked_the_first_time() -> None:
    assert moment(date(2026, 10, 25), time(2, 30), BERLIN) == utc(2026, 10, 25, 0, 30)


def test_a_time_that_is_left_out_moves_forward() -> None:
    assert moment(date(2026, 3, 29), time(2, 30), BERLIN) == utc(2026, 3, 29, 1, 30)  # 03:30 on her clock


def test_a_time_left_out_before_midnight_stays_on_its_day() -> None:
    """In Nuuk the clock goes from 23:00 on Saturday straight to Sunday."""
    assert moment(date(2026, 3, 28), time(23, 30), NUUK) == utc(2026, 3, 29, 0, 30)  # 22:30 on her clock


def test_a_weekly_check_in_on_a_skipped_friday_comes_the_friday_after() -> None:
    fridays = Schedule(APIA, (time(9),), Rhythm.WEEKDAYS, frozenset({4}))
    assert [s.local_day for s in walk(fridays, date(2011, 12, 20), date(2012, 1, 8))] == [
        date(2011, 12, 23),
        date(2012, 1, 6),
    ]


def test_the_29th_of_february_has_its_check_in() -> None:
    slots = walk(Schedule(LISBON, (time(9),)), date(2028, 2, 28), date(2028, 3, 1))
    assert [s.local_day.day for s in slots] == [28, 29, 1]


# --- rhythms ----------------------------------------------------------------------------------------------

zones = st.sampled_from(ZONES).map(ZoneInfo)
wall_times = st.times().map(lambda t: t.replace(second=0, microsecond=0, fold=0))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))


@st.composite
def hours_of_a_day(draw: st.DrawFn) -> tuple[time, ...]:
    first = draw(st.integers(0, 24 * 60 - 1))
    apart = draw(st.none() | st.integers(4 * 60, 20 * 60))
    minutes = [first] if apart is None else sorted([first, (first + apart) % (24 * 60)])
    return tuple(time(m // 60, m % 60) for m in minutes)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    return Schedule(
        draw(zones),
        draw(hours_of_a_day()),
        draw(st.sampled_from(Rhythm)),
        draw(st.frozensets(st.integers(0, 6), min_size=1)),
        draw(st.dates(date(2025, 1, 1), date(2030, 1, 1))),
    )


def wanted_by(schedule: Schedule, day: date) -> bool:
    assert schedule.anchor is not None
    return {
        Rhythm.DAILY: True,
        Rhythm.EVERY_OTHER: (day.toordinal() - schedule.anchor.toordinal()) % 2 == 0,
        Rhythm.WEEKDAYS: day.isoweekday() - 1 in schedule.weekdays,
    }[schedule.rhythm]


@settings(max_examples=200, deadline=None)
@given(schedules(), moments)
def test_any_rhythm_asks_each_of_its_days_and_hours_once(schedule: Schedule, start: datetime) -> None:
    first, last = start.date(), start.date() + 21 * DAY
    slots = walk(schedule, first, last)
    wanted = [day for day in days(first, last) if wanted_by(schedule, day)]
    assert [s.key for s in slots] == [(day, n) for day in wanted for n in range(len(schedule.hours))]
    assert all(a.due_at < b.due_at for a, b in pairwise(slots))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(schedules(), st.integers(1, 90)), min_size=2, max_size=8), moments)
def test_no_change_of_zone_or_hours_brings_a_second_check_in(
    changes_of_mind: list[tuple[Schedule, int]], now: datetime
) -> None:
    """A person who moves and changes her mind every few hours is never asked the same slot twice."""
    asked: list[tuple[date, int]] = []
    for schedule, hours in changes_of_mind:
        until = now + timedelta(hours=hours)
        while (slot := next_slot(schedule, now, asked[-1] if asked else None)).due_at <= until:
            assert slot.due_at > now
            asked.append(slot.key)
            now = slot.due_at
        now = until
    assert asked == sorted(set(asked))


def test_an_hour_changed_after_todays_check_in_waits_for_tomorrow() -> None:
    asked = (date(2026, 11, 23), 0)
    slot = next_slot(Schedule(LISBON, (time(18),)), utc(2026, 11, 23, 10), asked)
    assert slot == Slot(date(2026, 11, 24), 0, utc(2026, 11, 24, 18))


def test_a_second_hour_added_at_noon_is_asked_the_same_evening() -> None:
    slot = next_slot(Schedule(LISBON, (time(9), time(20))), utc(2026, 11, 23, 12), (date(2026, 11, 23), 0))
    assert slot.key == (date(2026, 11, 23), 1)


def test_flying_west_over_the_date_line_does_not_ask_tuesday_twice() -> None:
    asked = (date(2026, 11, 24), 0)  # in Auckland, where it is Tuesday
    slot = next_slot(Schedule(ZoneInfo("America/Los_Angeles"), (time(9),)), utc(2026, 11, 23, 23), asked)
    assert slot.local_day == date(2026, 11, 25)


@pytest.mark.parametrize(
    ("hours", "rhythm", "weekdays", "anchor"),
    [
        ((), Rhythm.DAILY, frozenset(), None),
        ((time(9), time(12)), Rhythm.DAILY, frozenset(), None),
        ((time(18), time(9)), Rhythm.DAILY, frozenset(), None),
        ((time(1), time(23)), Rhythm.DAILY, frozenset(), None),
        ((time(9, tzinfo=UTC),), Rhythm.DAILY, frozenset(), None),
        ((time(9),), Rhythm.WEEKDAYS, frozenset(), None),
        ((time(9),), Rhythm.WEEKDAYS, frozenset({7}), None),
        ((time(9),), Rhythm.EVERY_OTHER, frozenset(), None),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(
    hours: tuple[time, ...], rhythm: Rhythm, weekdays: frozenset[int], anchor: date | None
) -> None:
    with pytest.raises(ValueError, match=r"hours|weekdays|every other"):
        Schedule(LISBON, hours, rhythm, weekdays, anchor)


def test_rhythm_days_is_what_one_check_in_stands_for() -> None:
    def weekly(*weekdays: int) -> Schedule:
        return Schedule(LISBON, (time(9),), Rhythm.WEEKDAYS, frozenset(weekdays))

    assert rhythm_days(Schedule(LISBON, (time(9), time(20)))) == 1
    assert rhythm_days(Schedule(LISBON, (time(9),), Rhythm.EVERY_OTHER, anchor=FIRST)) == 2
    assert [rhythm_days(weekly(*range(n))) for n in range(1, 8)] == [7, 4, 3, 2, 2, 2, 1]


# --- being late -------------------------------------------------------------------------------------------


def test_a_check_in_expires_when_the_next_opens_after_20_hours_at_most() -> None:
    due = utc(2026, 11, 23, 9)
    assert expires_at(due, due + timedelta(hours=11)) == due + timedelta(hours=11)
    assert expires_at(due, due + DAY) == due + timedelta(hours=20)
    assert lateness(due, due + EXPIRES_AFTER - timedelta(seconds=1), due + DAY) is Late.ASK_NOW
    assert lateness(due, due + EXPIRES_AFTER, due + DAY) is Late.RECORD_MISSED


@pytest.mark.parametrize("rhythm", [Rhythm.DAILY, Rhythm.EVERY_OTHER])
def test_three_days_offline_come_down_to_one_prompt(rhythm: Rhythm) -> None:
    schedule = Schedule(LISBON, (time(9), time(20)), rhythm, anchor=date(2026, 11, 23))
    due = next_slot(schedule, utc(2026, 11, 23, 0))
    caught = catch_up(schedule, due, utc(2026, 11, 25, 21))
    assert caught.ask is not None
    assert caught.ask.key == (date(2026, 11, 25), 1)
    asked_days = 3 if rhythm is Rhythm.DAILY else 2
    assert len(caught.missed) == 2 * asked_days - 1
    assert caught.following.due_at > utc(2026, 11, 25, 21)


def test_back_when_everything_has_expired_nothing_is_asked() -> None:
    schedule = Schedule(LISBON, (time(9),))
    due = next_slot(schedule, utc(2026, 11, 23, 0))
    caught = catch_up(schedule, due, utc(2026, 11, 24, 6))
    assert (caught.missed, caught.ask, caught.following.local_day) == ((due,), None, date(2026, 11, 24))


@settings(max_examples=200, deadline=None)
@given(schedules(), moments, st.integers(0, 24 * 30))
def test_catching_up_loses_and_doubles_nothing(schedule: Schedule, start: datetime, hours: int) -> None:
    due, now = next_slot(schedule, start), start + timedelta(hours=hours)
    missed, ask, following = catch_up(schedule, due, now)
    seen = [*missed, *([ask] if ask else []), following]
    assert seen[0] == due
    assert all(next_slot(schedule, a.due_at) == b for a, b in pairwise(seen))
    assert following.due_at > now
    assert ask is None or ask.due_at <= now < ask.due_at + EXPIRES_AFTER


# --- wall clocks ------------------------------------------------------------------------------------------


def test_next_moment_is_the_next_time_the_clock_shows_it() -> None:
    assert next_moment(utc(2026, 11, 23, 9), time(9), LISBON) == utc(2026, 11, 24, 9)
    assert next_moment(utc(2011, 12, 30, 0), time(9), APIA) == utc(2011, 12, 30, 19)  # the 31st, there


@pytest.mark.parametrize("name", ["", "Europe", "Mars/Base", "../etc/passwd", "Europe/Lisbon\0"])
def test_what_is_no_zone_is_refused_by_name(name: str) -> None:
    with pytest.raises(UnknownZone):
        zone_named(name)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("14:05", time(14, 5)),
        ("14.05", time(14, 5)),
        ("1405", time(14, 5)),
        ("14h05", time(14, 5)),
        ("14h", time(14)),
        (" 9 ", time(9)),
        ("2:05 pm", time(14, 5)),
        ("2:05 P.M.", time(14, 5)),
        ("12 am", time(0)),
        ("12:30pm", time(12, 30)),
        ("٠٩:٣٠", time(9, 30)),
        ("24:00", None),
        ("13 pm", None),
        ("9:60", None),
        ("half past", None),
        ("", None),
    ],
)
def test_times_are_read_as_people_type_them(typed: str, meant: time | None) -> None:
    assert read_time(typed) == meant
