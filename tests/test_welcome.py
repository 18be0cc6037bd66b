"""The way in: each step on one card, nothing twice, a no respected, and the right emergency number."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.actions.voice import Voice
from bot.actions.welcome_screens import consent_version
from bot.domain.incoming import Location, SharedContact
from bot.store.tables import Consent
from bot.texts import Texts
from tests.stage import Actor, Stage

# Lisbon is on UTC at this moment (before summer time); Austin six hours behind.
LISBON = Location(38.72, -9.14)
GENEVA = Location(46.20, 6.14)


@pytest.fixture
async def stage(sqlite_url: str) -> AsyncIterator[Stage]:
    opened = Stage.on(sqlite_url)
    yield opened
    await opened.store.close()


@pytest.fixture
def maria(stage: Stage) -> Actor:
    return stage.actor(1, "Maria", "pt-pt")


async def test_from_start_to_the_first_check_in(maria: Actor) -> None:
    await maria.sends("/start")
    first = maria.card("welcome")
    for promise in ("no emergency service", "Nobody at your clinic", "no medical device", "not end-to-end encrypted"):
        assert promise in first.text
    await maria.taps("o:consent:yes")
    asked = maria.card("welcome")
    assert asked.message_id == first.message_id, "one card, edited in place"
    assert "8:00" in asked.text
    assert "where you are?" in asked.text
    await maria.taps("Yes, and I live in Portugal")
    assert "At what time" in maria.card("welcome").text
    await maria.taps("o:hour:09")
    usual = maria.card("welcome")
    assert usual.labels[0] == "None of these"
    await maria.taps("None of these")
    assert "from tomorrow" in maria.card("welcome").text.lower()
    assert any(said.purpose.startswith("checkin") for said in maria.said), "the first check-in comes at once"
    patient = await maria.patient()
    assert patient is not None
    assert (patient.state, patient.hours) == ("active", "09:00")
    assert maria.said[-1].text


async def test_the_next_check_in_is_tomorrow(maria: Actor) -> None:
    """The first check-in counts as today's, also when the chosen hour is still to come."""
    await maria.welcomed()
    due = await maria.moment("checkin")
    assert due is not None
    assert due.date() > datetime(2026, 3, 3, tzinfo=UTC).date()


async def test_consent_is_kept_with_its_words_and_language(stage: Stage, maria: Actor) -> None:
    await maria.sends("/start")
    await maria.taps("o:consent:yes")
    person = await maria.person()
    async with stage.store.read() as tx:
        consents = await tx.people.consents(person.id)
        version = consent_version(Voice(stage.world, tx, person, stage.clock.now()))
    assert consents["storing"].text_version == version
    assert (consents["storing"].language, consents["storing"].given_at) == ("en", stage.clock.now())


async def test_a_no_keeps_nothing_and_can_be_taken_back(stage: Stage, maria: Actor) -> None:
    await maria.sends("/start")
    await maria.taps("o:consent:no")
    assert "keep nothing" in maria.card("welcome").text
    person = await maria.person()
    assert await maria.patient() is None
    kept = (person.name, person.handle, person.zone, person.country, person.settings, person.expects)
    assert kept == (None,) * len(kept)
    async with stage.store.read() as tx:
        assert await tx.people.consents(person.id) == {}
    await maria.taps("o:consent:show")
    await maria.taps("o:consent:yes")
    assert await maria.patient() is not None


async def test_whoever_cares_for_somebody_hears_how_to_get_in(maria: Actor) -> None:
    await maria.sends("/start")
    await maria.taps("I care for somebody else")
    assert "invitation" in maria.card("welcome").text
    assert await maria.patient() is None
    await maria.taps("Back")
    assert "May I keep" in maria.card("welcome").text


async def test_the_same_tap_twice_changes_nothing(stage: Stage, maria: Actor) -> None:
    await maria.sends("/start")
    await maria.taps("o:consent:yes")
    await maria.forges("o:consent:yes")
    assert maria.toast
    assert maria.said == []
    person = await maria.person()
    assert person.onboarding == "time"
    async with stage.store.read() as tx:
        assert await tx.session.scalar(select(func.count()).select_from(Consent)) == 1


@pytest.mark.parametrize(
    "data",
    ["o:hour:09", "o:usual:done", "o:usual:+numbness", "o:name:use", "o:language:xx", "o:place:XX.Mars/Base"],
)
async def test_a_button_of_another_step_changes_nothing(maria: Actor, data: str) -> None:
    await maria.sends("/start")
    await maria.taps("o:consent:yes")
    before = await maria.person()
    await maria.forges(data)
    assert maria.toast
    after = await maria.person()
    assert (before.onboarding, before.zone, before.country) == (after.onboarding, after.zone, after.country)


async def test_start_again_shows_the_same_step_below(maria: Actor) -> None:
    await maria.sends("/start")
    await maria.taps("o:consent:yes")
    earlier = maria.card("welcome")
    await maria.sends("/start")
    later = maria.card("welcome")
    assert later.text == earlier.text
    assert later.message_id != earlier.message_id
    assert [said.body for said in maria.said if said.kind == "bare"] == [{"message_id": earlier.message_id}]


async def test_another_time_leads_to_the_right_zone_and_number(stage: Stage) -> None:
    """Half past one in the night in Austin, eight in the morning UTC."""
    zoe = stage.actor(2, "Zoe", "en")
    await zoe.sends("/start")
    await zoe.taps("o:consent:yes")
    await zoe.taps("o:clock:02")
    assert "o:place:US.America/Chicago" in str(zoe.card("welcome").body)
    await zoe.taps("o:place:US.America/Chicago")
    person = await zoe.person()
    assert (person.zone, person.country, person.zone_source) == ("America/Chicago", "US", "said")
    assert "911" in zoe.card("welcome").text


async def test_half_hour_zones_are_found_by_their_hour(stage: Stage) -> None:
    zoe = stage.actor(2, "Zoe", "en")
    await zoe.sends("/start")
    await zoe.taps("o:consent:yes")
    await zoe.taps("o:clock:13")  # 13:30 in Kolkata
    assert "o:place:IN.Asia/Kolkata" in str(zoe.card("welcome").body)


async def test_a_typed_city_is_found_and_a_typed_time(maria: Actor) -> None:
    await maria.sends("/start")
    await maria.taps("o:consent:yes")
    await maria.taps("o:time:no")
    await maria.sends("Pourto Alegre")
    assert "Brazil" in str(maria.card("welcome").labels)
    await maria.sends("9:00")
    assert "o:place:DE.Europe/Berlin" in str(maria.card("welcome").body) or "Spain" in str(maria.card("welcome").labels)
    await maria.sends("xxqqzz")
    assert "do not know that place" in maria.texts


async def test_another_country_on_the_same_clock(stage: Stage) -> None:
    zoe = stage.actor(2, "Zoe", "de")
    await zoe.sends("/start")
    await zoe.taps("o:consent:yes")
    async with stage.store.begin() as tx:
        person = await tx.people.by_chat(2)
        assert person is not None
        person.zone, person.country = "Europe/Berlin", "DE"  # what the guess was
    await zoe.taps("Yes, but another country")
    await zoe.taps("Austria")
    person = await zoe.person()
    assert (person.zone, person.country) == ("Europe/Vienna", "AT")
    assert "144" in zoe.card("welcome").text


async def test_a_shared_location_is_taken_and_not_kept(maria: Actor) -> None:
    await maria.sends("/start")
    await maria.taps("o:consent:yes")
    await maria.taps("o:time:no")
    await maria.taps("o:time:locate")
    assert maria.said[0].body["locate"] is True
    await maria.does(LISBON)
    person = await maria.person()
    assert (person.zone, person.country, person.zone_source) == ("Europe/Lisbon", "PT", "location")
    assert maria.said[0].body["remove_keyboard"] is True
    assert "At what time" in maria.card("welcome").text


async def test_near_a_border_the_country_is_asked_for(maria: Actor) -> None:
    await maria.sends("/start")
    await maria.taps("o:consent:yes")
    await maria.does(GENEVA)
    labels = str(maria.card("welcome").labels)
    assert "Switzerland" in labels
    assert "France" in labels
    assert (await maria.person()).onboarding == "time"


async def test_not_sharing_brings_the_hours_back(maria: Actor) -> None:
    await maria.sends("/start")
    await maria.taps("o:consent:yes")
    await maria.taps("o:time:no")
    await maria.taps("o:time:locate")
    await maria.sends("Do not share")
    assert maria.said[0].body["remove_keyboard"] is True
    assert "What time is it" in maria.card("welcome").text


async def test_the_place_can_be_changed_at_the_next_step(maria: Actor) -> None:
    await maria.sends("/start")
    await maria.taps("o:consent:yes")
    await maria.taps("o:time:yes")
    await maria.forges("o:time:no")
    assert maria.toast
    assert (await maria.person()).onboarding == "hour"
    await maria.sends("/start")
    await maria.taps("Change the place")
    assert "where you are?" in maria.card("welcome").text


async def test_usual_signs_are_ticked_and_unticked(stage: Stage, maria: Actor) -> None:
    await maria.sends("/start")
    for data in ("o:consent:yes", "o:time:yes", "o:hour:09", "o:usual:+numbness", "o:usual:+pain", "o:usual:-pain"):
        await maria.taps(data)
    assert "Save (1)" in maria.card("welcome").labels
    await maria.taps("Save (1)")
    person = await maria.person()
    async with stage.store.read() as tx:
        patient = await tx.patients.get(person.id)
        assert patient is not None
        assert tx.patients.usual(person, patient) == {"numbness"}


async def test_a_fall_can_never_be_usual(maria: Actor) -> None:
    await maria.sends("/start")
    for data in ("o:consent:yes", "o:time:yes", "o:hour:09"):
        await maria.taps(data)
    assert not [label for label in maria.card("welcome").labels if "Fall" in label]
    await maria.forges("o:usual:+fall")
    assert maria.toast


async def test_cards_follow_the_first_check_in_one_at_a_time(stage: Stage, maria: Actor) -> None:
    await maria.welcomed()
    await maria.is_well()
    assert "What shall I call you" in maria.card("welcome").text
    await maria.taps("Call me Maria")
    card = maria.card("welcome")
    assert "Nice to meet you, Maria" in card.text
    assert "daytime" in card.text
    await maria.sends("21 123 4567")
    card = maria.card("welcome")
    assert "+351 21 123 4567" in card.text
    assert "at night" in card.text
    await maria.taps("o:phone_night:same")
    assert "That is all I need" in maria.card("welcome").text
    assert "invite" in [said.purpose for said in maria.said]
    person = await maria.person()
    assert person.onboarding is None
    async with stage.store.read() as tx:
        patient = await tx.patients.get(person.id)
        assert patient is not None
        assert tx.patients.care(person, patient) == {"day": "+351 21 123 4567", "night": "+351 21 123 4567"}
        assert tx.people.name(person) == "Maria"
        assert tx.people.expects(person) is None


async def test_every_card_can_be_skipped(maria: Actor) -> None:
    await maria.settled()
    assert (await maria.person()).onboarding is None


async def test_what_is_no_number_is_asked_again(maria: Actor) -> None:
    await maria.welcomed()
    await maria.is_well()
    await maria.taps("Skip")
    await maria.sends("call me")
    assert "does not look like a phone number" in maria.texts
    await maria.does(SharedContact("112"))
    assert "is the emergency number" in maria.texts
    await maria.sends("21 123 4567")
    assert "Saved" in maria.texts


async def test_a_long_line_is_no_name(maria: Actor) -> None:
    await maria.welcomed()
    await maria.is_well()
    await maria.sends("well what should I say to that now")
    person = await maria.person()
    assert person.onboarding == "name"
    assert person.name is None


async def test_the_menu_of_commands_changes_with_the_role(maria: Actor) -> None:
    await maria.welcomed()
    menus = [said.body["commands"] for said in maria.said if said.kind == "commands"]
    assert [name for name, _ in menus[0]][:3] == ["checkin", "status", "usual"]


async def test_start_after_the_welcome_greets(maria: Actor) -> None:
    await maria.settled()
    await maria.sends("/start")
    assert "Check in now" in maria.said[0].labels
    assert "112" in maria.said[0].text


async def test_typing_where_a_tap_is_needed_shows_the_step_again(maria: Actor) -> None:
    await maria.sends("/start")
    await maria.sends("what is this about")
    card = maria.card("welcome")
    assert "Please tap a button" in card.text
    assert "Yes, you may" in card.labels


async def test_a_city_may_be_typed_at_once(maria: Actor) -> None:
    await maria.sends("/start")
    await maria.taps("o:consent:yes")
    await maria.sends("Lisboa")
    assert "o:place:PT.Europe/Lisbon" in str(maria.card("welcome").body)


async def test_start_in_the_first_check_in_shows_it_again(maria: Actor) -> None:
    await maria.welcomed()
    await maria.sends("/start")
    assert "worst pain" in [said for said in maria.said if said.purpose.startswith("checkin")][-1].text


async def test_the_cards_wait_while_an_alert_is_open(stage: Stage, maria: Actor) -> None:
    await maria.welcomed()
    await maria.taps(next(data for data in _checkin_datas(maria) if data.endswith(":pain:0")))
    await maria.taps(next(data for data in _checkin_datas(maria) if data.endswith(":+numbness")))
    await maria.taps(next(data for data in _checkin_datas(maria) if data.endswith(":done")))
    heard = ""
    for _ in range(5):
        dones = [data for data in _checkin_datas(maria) if data.endswith((":done", ":no"))]
        if not dones:
            break
        await maria.taps(dones[-1])
        heard += maria.texts
    person = await maria.person()
    async with stage.store.read() as tx:
        assert await tx.alerts.open_of(person.id) is not None
    assert "What shall I call you" not in heard
    assert person.onboarding == "first"


def _checkin_datas(actor: Actor) -> list[str]:
    shown = [said for said in actor.said if said.purpose.startswith("checkin")]
    return [button["data"] for said in shown[-1:] for row in said.body.get("buttons", ()) for button in row]


async def test_two_languages_are_asked_for_the_closest_first(stage: Stage, tmp_path: Path) -> None:
    english = (Path(str(resources.files("messages"))) / "en.po").read_text("utf-8")
    spanish = english.replace('msgstr "English"', 'msgstr "Español"').replace("Language: en", "Language: es")
    for language, text in (("en", english), ("es", spanish)):
        (tmp_path / f"{language}.po").write_text(text, "utf-8")
    stage.world = replace(stage.world, texts=Texts(tmp_path))
    zoe = stage.actor(3, "Zoe", "es-mx")
    await zoe.sends("/start")
    assert zoe.card("welcome").labels == ["Español", "English"]
    await zoe.taps("English")
    assert (await zoe.person()).language == "en"
    assert "Yes, you may" in zoe.card("welcome").labels
