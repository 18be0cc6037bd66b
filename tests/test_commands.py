"""What each command says to a patient, a caregiver and a stranger, and what it changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.actions import menus
from bot.actions.happen import happen
from bot.store.queues import DueMoment
from tests.stage import WORLD, Actor, Stage

PATIENT_ONLY = ("/checkin", "/usual", "/status", "/pause", "/stop")
FAREWELL = "You get no more messages about"


@pytest.fixture
async def stage(sqlite_url: str) -> AsyncIterator[Stage]:
    opened = Stage.on(sqlite_url)
    yield opened
    await opened.store.close()


@pytest.fixture
async def maria(stage: Stage) -> Actor:
    actor = stage.actor(1, "Maria")
    await actor.settled()
    return actor


@pytest.fixture
def ze(stage: Stage) -> Actor:
    return stage.actor(9, "Zé")


@pytest.fixture
async def ana(stage: Stage, maria: Actor) -> Actor:
    """Maria's caregiver."""
    actor = stage.actor(2, "Ana")
    await actor.sends("hello")
    caregiver, patient = await actor.person(), await maria.person()
    async with stage.store.begin() as tx:
        link = tx.families.link(patient.id, caregiver.id, stage.clock.now())
        link.state = "active"
    return actor


@pytest.mark.parametrize("command", PATIENT_ONLY)
async def test_a_stranger_is_sent_to_start(ze: Actor, command: str) -> None:
    await ze.sends(command)
    assert "/start" in ze.texts
    assert await ze.patient() is None
    assert len(ze.said) == 1


@pytest.mark.parametrize("command", PATIENT_ONLY)
async def test_a_caregiver_is_refused_kindly_and_told_the_next_step(stage: Stage, ana: Actor, command: str) -> None:
    await ana.sends(command)
    assert "/patients" in ana.texts
    assert "I want check-ins for myself" in ana.said[0].labels
    assert await ana.patient() is None


@pytest.mark.parametrize("command", PATIENT_ONLY)
async def test_half_way_in_the_open_step_comes_again(ze: Actor, command: str) -> None:
    await ze.sends("/start")
    await ze.taps("o:consent:yes")
    await ze.sends(command)
    if command == "/stop":
        assert "have not begun" in ze.texts
    else:
        assert "where you are" in ze.card("welcome").text


async def test_checkin_opens_one_at_any_time(maria: Actor) -> None:
    await maria.sends("/checkin")
    assert "worst pain" in next(said for said in maria.said if said.purpose.startswith("checkin")).text


async def test_usual_counts_at_once(stage: Stage, maria: Actor) -> None:
    await maria.sends("/usual")
    await maria.taps("s:usual:+numbness")
    await maria.forges("s:usual:+numbness")
    person = await maria.person()
    async with stage.store.read() as tx:
        patient = await tx.patients.get(person.id)
        assert patient is not None
        assert tx.patients.usual(person, patient) == {"numbness"}
    await maria.taps("Save (1)")
    assert "Numb" in maria.card("usual").text
    await maria.forges("s:usual:+snap")
    assert maria.toast


async def test_status_shows_what_is_set(stage: Stage, maria: Actor, ana: Actor) -> None:
    async with stage.store.begin() as tx:
        person = await tx.people.get((await maria.person()).id)
        patient = await tx.patients.get(person.id)
        assert patient is not None
        tx.patients.set_care(person, patient, {"night": "+351 21 123 4567"})
        tx.patients.set_usual(person, patient, {"tired"})
        tx.people.set_name(await tx.people.get((await ana.person()).id), "Ana")
    await maria.sends("/status")
    said = maria.said[0].text
    for words in ("Mar 4 at 9:00", "Mar 3 at 8:00", "Ana", "Portugal", "Lisbon", "112"):
        assert words in said.replace("\u202f", " "), words
    for words in ("+351 21 123 4567", "So tired I stay in bed", "I tell your people at once"):
        assert words in said, words


async def test_status_says_who_cannot_be_reached_and_when_nobody_is_told(
    stage: Stage, maria: Actor, ana: Actor
) -> None:
    async with stage.store.begin() as tx:
        (await tx.people.get((await ana.person()).id)).unreachable_at = stage.clock.now()
    await maria.sends("/status")
    assert "cannot be reached" in maria.texts
    async with stage.store.begin() as tx:
        for link in await tx.families.of_patient((await maria.person()).id):
            link.state = "left"
    await maria.sends("/status")
    assert "nobody yet" in maria.texts


async def test_a_pause_has_an_end_that_comes_by_itself(stage: Stage, maria: Actor) -> None:
    await maria.sends("/pause")
    await maria.taps("s:pause:week")
    patient, person = await maria.patient(), await maria.person()
    assert patient is not None
    assert (patient.state, patient.paused_until) == ("paused", stage.clock.now() + timedelta(weeks=1))
    assert await maria.moment("checkin") is None
    assert await maria.moment("resume") == patient.paused_until
    await maria.sends("/status")
    assert "Paused" in maria.texts
    stage.clock.forward(weeks=1)
    async with stage.store.begin() as tx:
        due = DueMoment(kind="resume", subject_id=person.id, patient_id=person.id, due_at=stage.clock.now(), tries=0)
        await happen(stage.world, tx, due, stage.clock.now())
    patient = await maria.patient()
    assert patient is not None
    assert patient.state == "active"
    assert await maria.moment("checkin") is not None
    assert "The pause is over" in "".join(said.text for said in await stage.deliver(1))


async def test_a_pause_without_end_ends_by_a_tap(maria: Actor) -> None:
    await maria.sends("/pause")
    await maria.taps("Until I say so")
    assert await maria.moment("resume") is None
    await maria.taps("Ask me again from now on")
    patient = await maria.patient()
    assert patient is not None
    assert patient.state == "active"
    due = await maria.moment("checkin")
    assert due is not None
    assert due.astimezone(ZoneInfo("Europe/Lisbon")).hour == 9
    await maria.forges("s:pause:resume")
    assert "not paused" in maria.texts


async def test_stop_is_confirmed_and_tells_the_caregivers_once(stage: Stage, maria: Actor, ana: Actor) -> None:
    await maria.sends("/stop")
    patient = await maria.patient()
    assert patient is not None
    assert patient.state == "active", "nothing happens before the yes"
    await stage.deliver(2)
    await maria.taps("Yes, stop")
    assert "will not write to you" in maria.texts
    heard = await stage.deliver(2)
    assert [FAREWELL in said.text for said in heard if said.kind == "send"] == [True]
    patient = await maria.patient()
    assert patient is not None
    assert patient.state == "stopped"
    assert await maria.moment("checkin") is None
    await maria.forges("s:stop:yes")
    assert await stage.deliver(2) == []


async def test_stop_ends_the_check_in_under_way(stage: Stage, maria: Actor) -> None:
    await maria.sends("/checkin")
    await maria.sends("/stop")
    await maria.taps("Yes, stop")
    person = await maria.person()
    async with stage.store.read() as tx:
        assert await tx.checkins.under_way(person.id) is None
        left = await tx.moments.due(datetime.max.replace(tzinfo=ZoneInfo("UTC")), 100)
        assert [moment.kind for moment in left] == []


async def test_a_ticked_warning_sign_is_judged_before_stopping(stage: Stage, maria: Actor, ana: Actor) -> None:
    """Somebody ticks numbness and stops: perhaps because of it."""
    await maria.sends("/checkin")
    card = next(said for said in maria.said if said.purpose.startswith("checkin"))
    number = card.body["buttons"][0][0]["data"].split(":")[1]
    await maria.forges(f"c:{number}:pain:0")
    await maria.forges(f"c:{number}:bone_signs:+numbness")
    await stage.deliver(2)
    await maria.sends("/stop")
    await maria.taps("Yes, stop")
    assert "care team" in maria.said[0].text
    assert "One warning is still open" in maria.texts
    heard = " ".join(said.text for said in await stage.deliver(2))
    assert "still open" in heard
    patient = await maria.patient()
    assert patient is not None
    assert patient.state == "stopped"


async def test_start_brings_everything_back(maria: Actor) -> None:
    await maria.sends("/stop")
    await maria.taps("Yes, stop")
    await maria.sends("/checkin")
    assert "stopped" in maria.texts
    await maria.sends("/start")
    patient = await maria.patient()
    assert patient is not None
    assert patient.state == "active"
    assert await maria.moment("checkin") is not None
    assert "Welcome back" in maria.texts


async def test_somebody_reported_dead_by_mistake_comes_back_by_a_word(stage: Stage, maria: Actor) -> None:
    async with stage.store.begin() as tx:
        patient = await tx.patients.get((await maria.person()).id)
        assert patient is not None
        patient.state = "died"
    await maria.sends("/status")
    patient = await maria.patient()
    assert patient is not None
    assert patient.state == "active"
    assert await maria.moment("checkin") is not None


async def test_no_to_stopping_changes_nothing(maria: Actor) -> None:
    await maria.sends("/stop")
    await maria.taps("No, go on")
    patient = await maria.patient()
    assert patient is not None
    assert patient.state == "active"


async def test_emergency_shows_number_and_cards(stage: Stage, maria: Actor) -> None:
    async with stage.store.begin() as tx:
        person = await tx.people.get((await maria.person()).id)
        patient = await tx.patients.get(person.id)
        assert patient is not None
        tx.patients.set_care(person, patient, {"day": "+351 21 1", "night": "+351 21 2"})
    await maria.sends("/emergency")
    assert "call 112 now" in maria.said[0].text
    assert "I have lung cancer" in maria.said[0].text
    assert [said.body["phone"] for said in maria.said if said.kind == "contact"] == ["112", "+351 21 2", "+351 21 1"]


async def test_emergency_works_for_a_stranger_and_says_that_the_country_is_unknown(ze: Actor) -> None:
    await ze.sends("/emergency")
    assert "112" in ze.said[0].text
    assert "not sure of the emergency number" in ze.said[0].text


async def test_a_caregiver_gets_the_patients_numbers_too(stage: Stage, maria: Actor, ana: Actor) -> None:
    await ana.sends("/emergency")
    assert "For Maria (@maria): the emergency number is 112" in ana.said[0].text
    assert "I have lung cancer" not in ana.said[0].text


@pytest.mark.parametrize(("who", "words"), [("maria", "/caregivers"), ("ana", "/patients"), ("ze", "/start")])
async def test_help_is_in_three_lines_for_each_role(
    request: pytest.FixtureRequest, maria: Actor, ana: Actor, ze: Actor, who: str, words: str
) -> None:
    actor = {"maria": maria, "ana": ana, "ze": ze}[who]
    await actor.sends("/help")
    said = actor.said[0]
    assert words in said.text
    assert str(said.body["text"]).count("•") == 3
    assert "In an emergency call" in said.text
    assert said.labels


async def test_unknown_commands_get_a_way_on(maria: Actor) -> None:
    await maria.sends("/frobnicate")
    assert "/help" in maria.texts
    assert "112" in maria.texts


async def test_a_caregiver_can_become_a_patient_too(ana: Actor) -> None:
    await ana.sends("/start")
    assert "You care for Maria" in ana.texts
    await ana.taps("I want check-ins for myself")
    await ana.taps("o:consent:yes")
    await ana.forges("o:place:PT.Europe/Lisbon")
    await ana.taps("o:hour:09")
    await ana.taps("o:usual:done")
    commands = [said.body["commands"] for said in ana.said if said.kind == "commands"][-1]
    assert {"checkin", "patients"} <= {name for name, _ in commands}


async def test_an_unknown_country_is_asked_for(stage: Stage, ana: Actor) -> None:
    """A caregiver's clock is taken to be the patient's; her country is not."""
    async with stage.store.begin() as tx:
        person = await tx.people.get((await ana.person()).id)
        person.zone, person.zone_source = "Europe/Lisbon", "guessed"
    await ana.forges("s:where:open")
    assert "unknown country" in ana.card("settings").text
    await ana.taps("s:time:yes")
    assert "Which country" in ana.card("settings").text
    await ana.taps("Ireland")
    assert ((await ana.person()).country, (await ana.person()).zone) == ("IE", "Europe/Dublin")


async def test_a_caregivers_no_leaves_the_caregiver_in(stage: Stage, ana: Actor) -> None:
    async with stage.store.begin() as tx:
        tx.people.set_name(await tx.people.get((await ana.person()).id), "Ana")
    await ana.sends("/start")
    await ana.taps("I want check-ins for myself")
    await ana.taps("o:consent:no")
    person = await ana.person()
    assert (person.onboarding, person.name is not None) == (None, True)


def test_every_menu_fits_telegram() -> None:
    """Bot API, BotCommand: a name of 1-32 small letters, digits and _, a description of 1-256 characters."""
    for body in menus.default(WORLD):
        for name, description in body["commands"]:
            assert name.isidentifier()
            assert name == name.lower()
            assert len(name) <= 32
            assert 1 <= len(description) <= 256
    assert "language" not in menus.default(WORLD)[0]
    assert [body["language"] for body in menus.default(WORLD)[1:]] == list(WORLD.texts.languages)
