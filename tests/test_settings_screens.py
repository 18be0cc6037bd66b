"""Settings by buttons: each changes at once what it says, and nothing else can be set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pytest

from bot.domain.incoming import Location
from tests.stage import Actor, Stage

MADRID = Location(40.42, -3.70)
LISBON = Location(38.72, -9.14)


@pytest.fixture
async def stage(sqlite_url: str) -> AsyncIterator[Stage]:
    opened = Stage.on(sqlite_url)
    yield opened
    await opened.store.close()


@pytest.fixture
async def maria(stage: Stage) -> Actor:
    actor = stage.actor(1, "Maria")
    await actor.settled()
    await actor.sends("/status")
    await actor.taps("Settings")
    return actor


async def hour_of_next(maria: Actor) -> int:
    due = await maria.moment("checkin")
    assert due is not None
    return due.astimezone(ZoneInfo((await maria.person()).zone or "UTC")).hour


async def test_another_hour_moves_the_next_check_in(maria: Actor) -> None:
    await maria.taps("Hour")
    await maria.taps("s:hour:18")
    assert await hour_of_next(maria) == 18
    assert "Saved." in maria.card("settings").text
    assert "6:00" in maria.card("settings").text


async def test_twice_a_day_and_back_to_once(maria: Actor) -> None:
    await maria.taps("Hour")
    await maria.taps("Ask me twice a day")
    assert "s:second:12" not in str(maria.card("settings").body), "too close to nine"
    await maria.taps("s:second:18")
    patient = await maria.patient()
    assert patient is not None
    assert patient.hours == "09:00,18:00"
    await maria.forges("s:second:10")
    assert maria.toast
    await maria.forges("s:hours:open")
    await maria.taps("Ask me once a day")
    patient = await maria.patient()
    assert patient is not None
    assert patient.hours == "09:00"


async def test_chosen_days_keep_one_at_least(maria: Actor) -> None:
    await maria.taps("Days")
    await maria.taps("On days I choose")
    for day in "02":
        await maria.taps(f"s:weekday:-{day}")
    await maria.taps("s:weekday:-4")
    assert "At least one day" in str(maria.toast)
    patient = await maria.patient()
    assert patient is not None
    assert (patient.rhythm, patient.weekdays) == ("weekdays", "4")
    due = await maria.moment("checkin")
    assert due is not None
    assert due.weekday() == 4


async def test_every_other_day_counts_from_today(stage: Stage, maria: Actor) -> None:
    await maria.taps("Days")
    await maria.taps("Every other day")
    patient = await maria.patient()
    assert patient is not None
    assert (patient.rhythm, patient.anchor) == ("every_other", stage.clock.now().date())
    due = await maria.moment("checkin")
    assert due is not None
    assert (due.date() - stage.clock.now().date()).days == 2


async def test_quiet_hours(maria: Actor) -> None:
    await maria.taps("Quiet hours")
    await maria.taps("s:quiet_from:21")
    await maria.taps("s:quiet_to:08")
    patient = await maria.patient()
    assert patient is not None
    assert (patient.quiet_from, patient.quiet_to) == ("21:00", "08:00")
    await maria.forges("s:quiet:never")
    patient = await maria.patient()
    assert patient is not None
    assert patient.quiet_from == patient.quiet_to
    await maria.forges("s:quiet_from:12")
    assert maria.toast


async def test_who_is_told_when_and_switches(maria: Actor) -> None:
    await maria.taps("When others are told")
    assert "In an emergency I always tell them" in maria.card("settings").text
    await maria.taps("s:tell:if_not_reached")
    await maria.taps("s:discreet:on")
    await maria.taps("s:silence_note:off")
    patient = await maria.patient()
    assert patient is not None
    assert (patient.tell, patient.discreet, patient.silence_note) == ("if_not_reached", True, False)


async def test_name_and_phones_are_typed_and_checked(stage: Stage, maria: Actor) -> None:
    await maria.taps("Name")
    await maria.sends("  María  José ")
    assert "María José" in maria.card("settings").text
    await maria.taps("Care team's phones")
    await maria.taps("Change the night number")
    await maria.sends("21 123 4567")
    assert "+351 21 123 4567" in maria.card("settings").text
    await maria.forges("s:phones:open")
    await maria.taps("Remove the night number")
    person, patient = await maria.person(), await maria.patient()
    assert patient is not None
    async with stage.store.read() as tx:
        assert tx.patients.care(person, patient) == {}


async def test_back_takes_back_the_question(stage: Stage, maria: Actor) -> None:
    await maria.taps("Name")
    await maria.taps("Back")
    person = await maria.person()
    async with stage.store.read() as tx:
        assert tx.people.expects(person) is None


async def test_a_journey_offers_the_new_zone_and_moves_the_check_in(maria: Actor) -> None:
    await maria.does(MADRID)
    card = maria.card("settings")
    assert (await maria.person()).zone == "Europe/Lisbon", "only offered"
    await maria.taps(next(label for label in card.labels if "Madrid" in label))
    person = await maria.person()
    assert (person.zone, person.country, person.zone_source) == ("Europe/Madrid", "ES", "said")
    assert await hour_of_next(maria) == 9
    await maria.does(MADRID)
    assert "Nothing has to change" in maria.texts


async def test_the_place_can_be_typed(maria: Actor) -> None:
    await maria.taps("Place and country")
    await maria.taps("No, it is another time")
    await maria.sends("Berlín")
    await maria.taps(next(label for label in maria.card("settings").labels if "Berlin" in label))
    assert (await maria.person()).country == "DE"
    assert "112" in maria.card("settings").text


@pytest.mark.parametrize(
    "data",
    ["s:hour:03", "s:hour:9", "s:rhythm:never", "s:weekday:+9", "s:tell:nobody", "s:discreet:maybe", "s:nothing:on",
     "s:place:DE.Europe/Lisbon", "s:clock:24", "s:language:xx", "s:go:away", "s:phone_day:ring", "s:quiet_to:12"],
)  # fmt: skip
async def test_a_forged_button_changes_nothing(maria: Actor, data: str) -> None:
    before, person_before = await maria.patient(), await maria.person()
    await maria.forges(data)
    assert maria.toast
    assert maria.said == []
    after, person_after = await maria.patient(), await maria.person()
    assert before is not None
    assert after is not None
    assert {c.key: getattr(before, c.key) for c in before.__mapper__.column_attrs} == {
        c.key: getattr(after, c.key) for c in after.__mapper__.column_attrs
    }
    assert (person_before.zone, person_before.country) == (person_after.zone, person_after.country)


@pytest.mark.parametrize("data", ["s:hour:18", "s:tell:at_once", "s:where:open", "s:name:open", "s:go:settings"])
async def test_a_stranger_sets_nothing(stage: Stage, data: str) -> None:
    ze = stage.actor(9, "Zé")
    await ze.forges(data)
    person = await ze.person()
    assert (person.zone, person.name, person.expects) == (None, None, None)
    assert await ze.patient() is None
    assert ze.toast or "/start" in ze.texts
