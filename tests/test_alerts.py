"""Alerts as people live them: who is called when, what an answer does, and what is asked afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.household import Household, move_in, presses
from tests.town import Town, a_town, plain


@pytest.fixture
async def home(sqlite_url: str) -> AsyncIterator[Household]:
    async with a_town(sqlite_url) as town:
        town.restarts = False
        yield await move_in(town)


async def test_both_first_liners_hear_it_at_once_and_again_after_15_minutes(home: Household) -> None:
    await home.feels("numbness")
    home.maria.reads_all()
    home.ana.hears("Maria needs help now", "numb", loud=True)
    home.rui.hears("Maria needs help now", loud=True)
    await home.town.later(minutes=15)
    home.ana.hears("Maria needs help now", "Nobody has answered")
    home.rui.hears("Nobody has answered")


async def test_an_answer_stops_the_calling_and_everybody_hears_whose_it_is(home: Household) -> None:
    await home.feels("numbness")
    home.all_read()
    await home.town.later(minutes=2)
    await presses(home.ana, ":ack")
    home.ana.hears("Thank you")
    home.rui.hears("Ana is on it")
    home.maria.hears("Ana has answered", "Ana was told at 8:00", "8:02")
    await home.town.later(minutes=25)
    home.ana.hears_nothing()
    home.rui.hears_nothing()
    home.maria.hears_nothing()


async def test_nausea_alone_is_one_silent_note_and_the_ladder_half_an_hour_later(home: Household) -> None:
    await home.feels("nausea")
    home.maria.reads_all()
    home.ana.hears("A quiet note about Maria", loud=False)
    home.rui.hears("A quiet note about Maria", loud=False)
    await home.town.later(minutes=29)
    home.ana.hears_nothing()
    await home.town.later(minutes=1)
    home.ana.hears("Maria needs help now", loud=True)
    home.all_read()


async def test_reached_in_time_and_nobody_is_called(home: Household) -> None:
    await home.feels("nausea")
    home.all_read()
    await presses(home.maria, ":reached")
    home.ana.hears("Maria has reached their care team")
    home.all_read()
    await home.town.later(hours=12)
    home.ana.hears_nothing()
    home.rui.hears_nothing()
    home.maria.reads_all()


async def test_only_if_not_reached_tells_nobody_before(home: Household) -> None:
    await home.sets(tell="if_not_reached")
    await home.feels("numbness")
    await presses(home.maria, ":not_reached")
    home.ana.hears_nothing()
    await presses(home.maria, ":reached")
    home.ana.hears_nothing()
    await home.town.later(hours=4)
    home.ana.hears_nothing()
    home.rui.hears_nothing()
    home.maria.reads_all()


async def test_only_if_not_reached_calls_after_half_an_hour_or_when_nobody_can_be_reached(home: Household) -> None:
    await home.sets(tell="if_not_reached")
    await home.feels("numbness")
    home.ana.hears_nothing()
    await home.town.later(minutes=5)
    await presses(home.maria, ":not_reached")
    home.ana.hears_nothing()
    await home.town.later(minutes=30)
    await presses(home.maria, ":cant_get_through")
    home.ana.hears("Maria needs help now", loud=True)
    home.all_read()


async def test_cannot_reach_goes_to_the_next_and_when_nobody_can_somebody_goes_there(home: Household) -> None:
    await home.feels("numbness")
    await presses(home.ana, ":ack")
    home.all_read()
    await presses(home.ana, ":cant_reach")
    home.rui.hears("Maria needs help now", loud=True)
    home.rui.hears("Ana cannot reach Maria")
    home.maria.hears("Ana cannot reach you")
    home.ana.hears("asking the next person")
    await presses(home.rui, ":cant_reach")
    home.ana.hears("Nobody can reach Maria", "Go there now")
    home.rui.hears("Nobody can reach Maria", "112")
    home.all_read()
    assert (await home.alert()).state == "escalated"


async def test_a_mis_tap_ends_with_a_caregivers_word_only(home: Household) -> None:
    await home.feels("numbness")
    home.all_read()
    await home.town.later(minutes=30)
    await presses(home.maria, ":mistap")
    home.ana.hears("mis-tap", "check with them once")
    assert (await home.alert()).state != "closed"
    await presses(home.ana, ":false_alarm")
    home.maria.hears("false alarm")
    assert (await home.alert()).closed_why == "false_alarm"
    home.all_read()


async def test_whoever_only_said_on_it_loses_an_emergency_that_nobody_vouches_for(home: Household) -> None:
    await home.feels("numbness", "bladder")
    await presses(home.ana, ":ack")
    await home.town.later(minutes=119)
    home.all_read()
    await home.town.later(minutes=1)
    home.ana.hears("Is Maria being looked after now?")
    home.rui.hears_nothing()
    home.all_read()
    await home.town.later(minutes=31)
    home.ana.hears("EMERGENCY: Maria")
    home.rui.hears("EMERGENCY: Maria")
    home.all_read()
    await presses(home.rui, ":with_them")
    assert (await home.alert()).state == "acknowledged"
    home.all_read()


async def test_the_tight_schedule_of_silence_after_a_warning(home: Household) -> None:
    """Reminders after 15 and 30 min, the owner after 60, the others after 90 (clinical.md, Silence)."""
    await home.feels("numbness")
    await presses(home.ana, ":ack")
    home.all_read()
    await home.town.later(minutes=300 - 1)  # asked after 30, silent at 60, and four hours on the re-check
    home.maria.reads_all()
    await home.town.later(minutes=1)
    home.maria.hears("How is it now")
    for minutes in (15, 15):
        await home.town.later(minutes=minutes)
        home.maria.hears("Please tell me how you are")
        home.ana.hears_nothing()
    await home.town.later(minutes=30)
    home.ana.hears("does not answer me after a warning", loud=True)
    home.rui.hears_nothing()
    await home.town.later(minutes=30)
    home.rui.hears("does not answer me after a warning", loud=True)
    await presses(home.rui, ":better")
    home.maria.hears("Rui told me that you are better")
    assert (await home.alert()).closed_why == "better"
    home.all_read()


async def test_the_patient_reached_the_team_and_is_asked_next_morning_only(home: Household) -> None:
    await home.feels("numbness")
    await presses(home.maria, ":reached")
    home.all_read()
    await home.town.later(hours=24)  # from eight to eight; the chosen hour is nine
    assert not [text for text in home.maria.reads_all() if "How is it now" in text]
    await home.town.later(hours=1)
    assert [text for text in home.maria.reads_all() if "How is it now" in text]
    await presses(home.maria, ":same_told")
    assert (await home.alert()).closed_why == "same_told"
    home.all_read()


async def test_a_test_alert_meets_no_real_one(home: Household) -> None:
    await home.feels("numbness")
    home.all_read()
    home.rui.user.deactivates()
    await home.maria.sends("/testalert")
    home.maria.hears("Test alert sent", "Ana was told", "cannot reach Rui")
    home.ana.hears("THIS IS ONLY A TEST", "Do Not Disturb", loud=True)
    await presses(home.ana, ":test_ok")
    home.ana.hears("only a test")
    home.maria.hears("Ana answered at")
    await home.town.later(minutes=21)
    assert [text for text in home.maria.reads_all() if "The test is over. Not everybody" in text]
    assert (await home.alert()).state == "escalated", "the real alert went on"
    home.all_read()


async def test_what_happened_so_far_and_what_to_say(home: Household) -> None:
    await home.feels("numbness")
    home.all_read()
    await presses(home.ana, ":details")
    home.ana.hears("CC1", "Ana was called", "queued", "handed over to Telegram for Ana")
    await presses(home.ana, ":say")
    home.ana.hears("I am calling for Maria", "lung cancer", "pressure on the spinal cord")
    await presses(home.maria, ":say")
    home.maria.hears("I have lung cancer", "numb")
    await presses(home.ana, ":ack")
    home.all_read()
    await home.town.later(minutes=30)
    await presses(home.maria, ":details")
    home.maria.hears("Ana has seen it", "Ana is on it")
    home.all_read()


async def test_a_reminder_can_be_put_off(home: Household) -> None:
    await home.town.later(hours=3.1)  # asked at nine, reminded at eleven
    home.maria.reads_all()
    await presses(home.maria, ".1h")
    home.maria.hears("I will ask again at 12:06")
    await home.town.later(minutes=55)
    home.maria.hears_nothing()
    await home.town.later(minutes=6)
    assert home.maria.reads_all()
    await home.town.later(hours=5)
    home.maria.hears_nothing()


async def test_a_caregiver_who_reports_owns_it_and_is_asked_first(home: Household) -> None:
    await home.ana.sends("/patients")
    await presses(home.ana, ".open")
    await presses(home.ana, ".open")
    home.all_read()
    person, _ = await home.patient()
    home.ana.user.forges(home.ana.messages[-1].message_id, f"s:report:{person.id}.open")
    await home.town.settle()
    await presses(home.ana, ":pain:0", ":bone_signs:+numbness", ":bone_signs:done")
    home.rui.hears("Ana reported about Maria", loud=True)
    assert (await home.alert()).owner_id is not None
    home.all_read()
    await home.town.later(minutes=30)
    home.ana.hears("Did you reach the care team for Maria?")
    await home.town.later(minutes=30)
    home.rui.hears("Maria needs help now")
    assert [text for text in home.maria.reads_all() if "Did you reach your care team" in text]
    home.all_read()


async def test_has_died_stops_everything_until_the_patient_taps(home: Household) -> None:
    await home.feels("numbness")
    person, _ = await home.patient()
    for choice in ("died", "died_yes"):
        home.ana.user.forges(home.ana.messages[-1].message_id, f"s:silence:{person.id}.{choice}")
        await home.town.settle()
    home.ana.hears("sorry for your loss")
    home.all_read()
    await home.town.later(days=8)
    for phone in home.everybody:
        phone.hears_nothing()
    assert (await home.alert()).closed_why == "died"
    await presses(home.maria, ":say")
    assert (await home.patient())[1].state == "active"
    home.all_read()


async def test_after_an_outage_each_is_called_once_and_told_why_it_is_late(home: Household) -> None:
    await home.feels("numbness", "bladder")
    home.all_read()
    town = home.town
    await town.die()
    town._jump(town.clock.moment + timedelta(minutes=65))
    await town.boot()
    await town.settle()
    home.ana.hears("EMERGENCY: Maria", "I was offline at 8:10", "9:05")
    home.rui.hears("I was offline at 8:10")
    assert sum("EMERGENCY" in plain(m.text) for m in home.ana.messages) == 2, "six steps were due, one call went out"
    home.all_read()


async def test_a_prompt_that_an_outage_held_up_says_so(home: Household) -> None:
    town = home.town
    await town.die()
    town._jump(town.clock.moment + timedelta(hours=3))
    await town.boot()
    await town.settle()
    home.maria.hears("I was offline at 9:00", "11:00", "1 of 3")


async def _is_away(town: Town, **delta: float) -> None:
    """The watchdog has noted that we live; then nobody is there for a while."""
    assert town.app is not None
    for _ in range(2):
        await town.app.watchdog.once()
    await town.die()
    town._jump(town.clock.moment + timedelta(**delta))
    await town.boot()
    await town.settle()


async def test_an_outage_is_told_from_its_beginning_to_its_end(home: Household) -> None:
    await home.feels("numbness", "bladder")
    home.all_read()
    await home.town.later(minutes=4)
    await _is_away(home.town, minutes=61)
    home.ana.hears("EMERGENCY: Maria", "I was offline from 8:04 AM to 9:05 AM")
    home.rui.hears("I was offline from 8:04 AM to 9:05 AM")
    home.all_read()


async def test_a_second_restart_does_not_forget_the_outage(home: Household) -> None:
    town = home.town
    await town.later(minutes=15)
    assert town.app is not None
    for _ in range(2):
        await town.app.watchdog.once()
    await town.die()
    town._jump(town.clock.moment + timedelta(hours=3))
    await town.boot()
    for _ in range(2):
        await town.app.watchdog.once()  # notes that we live again, before what was held up is said
    await town.restart()
    await town.settle()
    home.maria.hears("I was offline from 8:15 AM to 11:15 AM", "1 of 3")


async def test_an_outage_over_night_names_the_day(home: Household) -> None:
    await home.town.later(minutes=50)
    await _is_away(home.town, hours=25)
    home.maria.hears("I was offline from Tuesday 8:50 AM to 9:50 AM", "1 of 3")
    home.all_read()


async def test_an_agreed_plan_comes_first(home: Household) -> None:
    await home.maria.sends("/status")
    await home.maria.taps("Settings")
    await presses(home.maria, "s:phones:open", "s:phone_plan_phone:open")
    await home.maria.sends("+351 21 111 11 11")
    home.all_read()
    await home.feels("numbness")
    assert plain(home.maria.hears("You have an agreed plan. Call this number first").text).index("agreed plan") < 40
    home.all_read()
