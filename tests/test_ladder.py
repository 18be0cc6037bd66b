"""Who is called when: the times of clinical.md, nobody reachable left out, and a policy that stays as stamped."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ladder import Contact, Step, called, due_steps, is_loud, stamp, step
from bot.domain.protocol import Ladder, Rung, Urgency
from bot.protocol_file import load_protocol

PROTOCOL = load_protocol()
MINUTE = 60.0
BEGAN = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
LADDERS = {urgency: PROTOCOL.ladder(urgency) for urgency in Urgency}


def ladder_of(urgency: Urgency) -> Ladder:
    ladder = LADDERS[urgency]
    assert ladder is not None
    return ladder


def minutes_of(stamped: dict[str, Any], most: int = 30) -> list[tuple[float, str, bool]]:
    found = []
    for number in range(most):
        at = step(stamped, number)
        if at is None:
            break
        found.append((at.after.total_seconds() / MINUTE, at.who, at.last_word))
    return found


class TestTheTimes:
    def test_an_emergency_calls_all_at_once_and_every_ten_minutes_for_two_hours_then_hourly(self) -> None:
        found = minutes_of(stamp(ladder_of(Urgency.EMERGENCY)), 16)
        assert found[:13] == [(ten * 10, "everyone", ten == 12) for ten in range(13)]
        assert found[13:] == [(180, "everyone", False), (240, "everyone", False), (300, "everyone", False)]

    def test_right_away_calls_the_first_line_twice_and_then_the_others(self) -> None:
        found = minutes_of(stamp(ladder_of(Urgency.RIGHT_AWAY)))
        assert found[:3] == [(0, "first", False), (15, "first", False), (30, "second", False)]
        assert [at[0] for at in found[3:]] == [60, 90, 120, 150, 180]
        assert [at[2] for at in found[3:]] == [False] * 4 + [True]

    def test_nobody_is_called_for_what_can_wait(self) -> None:
        assert LADDERS[Urgency.NONE] is None
        assert LADDERS[Urgency.TELL_TEAM] is None

    def test_a_soft_finding_is_a_silent_note_now_and_calls_half_an_hour_later(self) -> None:
        stamped = stamp(ladder_of(Urgency.RIGHT_AWAY), wait=timedelta(minutes=30), note=True)
        assert minutes_of(stamped)[:3] == [(0, "note", False), (30, "first", False), (45, "first", False)]
        assert not is_loud(stamped, 0)
        assert not is_loud(stamped, 1), "the note makes no sound"
        assert is_loud(stamped, 2)

    def test_a_patient_who_tries_the_team_first_puts_everything_off(self) -> None:
        stamped = stamp(ladder_of(Urgency.RIGHT_AWAY), wait=timedelta(minutes=30))
        assert minutes_of(stamped)[0] == (30, "first", False)


LADDER = st.builds(
    Ladder,
    urgency=st.just(Urgency.EMERGENCY),
    rungs=st.lists(st.integers(0, 120), min_size=1, max_size=4, unique=True).map(
        lambda found: tuple(Rung(timedelta(minutes=m), "first") for m in sorted(found))
    ),
    then_every=st.integers(1, 90).map(lambda m: timedelta(minutes=m)),
    last_word=st.integers(121, 400).map(lambda m: timedelta(minutes=m)),
    afterwards_every=st.none() | st.integers(1, 120).map(lambda m: timedelta(minutes=m)),
    ask_again=st.none() | st.just(timedelta(hours=2)),
)
STAMPED = st.builds(stamp, LADDER, st.integers(0, 60).map(lambda m: timedelta(minutes=m)), st.booleans())


class TestAnyLadder:
    @given(STAMPED)
    def test_steps_only_go_up_and_one_of_them_is_the_last_word(self, stamped: dict[str, Any]) -> None:
        found = minutes_of(stamped, 500)
        times = [at[0] for at in found]
        assert times == sorted(times)
        assert len(set(times[1:])) == len(times[1:]), "no two calls at one moment, but the note with the first"
        assert sum(at[2] for at in found) == 1
        assert (len(found) == 500) == (stamped["afterwards"] is not None), "hourly for ever, or an end"

    @given(STAMPED)
    def test_it_is_kept_as_json(self, stamped: dict[str, Any]) -> None:
        assert json.loads(json.dumps(stamped)) == stamped

    @given(STAMPED, st.integers(0, 20), st.integers(-60, 3_000), st.booleans())
    def test_what_is_due_is_what_has_come_and_nothing_is_skipped(
        self, stamped: dict[str, Any], rung: int, minutes: int, hurry: bool
    ) -> None:
        now = BEGAN + timedelta(minutes=minutes)
        found = due_steps(stamped, rung, BEGAN, now, hurry)
        assert [at.number for at in found] == list(range(rung, rung + len(found)))
        early = [at for at in found if BEGAN + at.after > now]
        assert early == ([found[0]] if hurry and found and BEGAN + found[0].after > now else [])
        upcoming = step(stamped, rung + len(found))
        assert upcoming is None or BEGAN + upcoming.after > now
        assert found or not hurry or step(stamped, rung) is None, "hurry takes the next step, if there is one"


CONTACTS = st.lists(
    st.builds(Contact, st.integers(1, 9), st.sampled_from([1, 2]), st.booleans(), st.booleans(), st.booleans()),
    max_size=5,
    unique_by=lambda contact: contact.person,
)
STEPS = st.sampled_from(["first", "second", "everyone", "note"]).map(lambda who: Step(0, timedelta(), who))


class TestWhoIsCalled:
    @given(STEPS, CONTACTS)
    def test_somebody_is_called_as_long_as_anybody_can_be_reached(self, at: Step, contacts: list[Contact]) -> None:
        chosen = called(at, contacts)
        reachable = [contact.person for contact in contacts if contact.reachable]
        assert bool(chosen) == bool(reachable)
        assert set(chosen) <= set(reachable)
        assert chosen == [person for person in reachable if person in chosen], "in their own order, each once"

    @given(CONTACTS)
    def test_everyone_leaves_out_only_who_cannot_reach_the_patient(self, contacts: list[Contact]) -> None:
        chosen = called(Step(0, timedelta(), "everyone"), contacts)
        able = [c.person for c in contacts if c.reachable and not c.said_cannot_reach]
        assert chosen == (able or [c.person for c in contacts if c.reachable])

    @given(CONTACTS)
    def test_the_first_and_the_second_call_together_leave_out_nobody(self, contacts: list[Contact]) -> None:
        both = {p for who in ("first", "second") for p in called(Step(0, timedelta(), who), contacts)}
        assert both == set(called(Step(0, timedelta(), "everyone"), contacts))

    @pytest.mark.parametrize(
        ("who", "expected"),
        [("first", [1]), ("note", [1]), ("second", [2, 3]), ("everyone", [1, 2, 3])],
    )
    def test_who_sleeps_is_second_line_for_now(self, who: str, expected: list[int]) -> None:
        contacts = [Contact(1, 1), Contact(2, 1, available=False), Contact(3, 2), Contact(4, 1, reachable=False)]
        assert called(Step(0, timedelta(), who), contacts) == expected
