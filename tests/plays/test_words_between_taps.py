"""What a person notices on a small phone: where the next question stands, what is said twice, what is not heard."""

from __future__ import annotations

import pytest

from tests.plays.cast import (
    MARIA,
    NONE,
    answers_of,
    at_home,
    button,
    checkin_of,
    forges,
    is_well,
    presses,
    row_of,
    says_pain,
)
from tests.plays.test_the_way_in import agrees, comes_in, lives_in_lisbon
from tests.town import a_town, plain


@pytest.mark.parametrize(
    "text", ["8/10", "8/10 and my back hurts", "8, my back is killing me", "8 out of 10 in my hip"]
)
async def test_a_number_at_the_pain_question_is_the_answer_first(sqlite_url: str, text: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("/checkin")
        cast.maria.hears("worst pain")
        await cast.maria.sends(text)
        assert (await answers_of(t))["pain"] == 8
        cast.maria.hears("Has this pain changed")
        cast.maria.hears("worst pain")  # has lost its buttons
        cast.ana.hears_nothing()


async def test_a_number_and_a_sign_are_both_heard(database_url: str) -> None:
    async with a_town(database_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("/checkin")
        cast.maria.reads_all()
        await cast.maria.sends("8/10 and i cant feel my feet")
        cast.maria.hears("It sounds as if you have numbness", "Is that right?", loud=True)
        assert (await answers_of(t))["pain"] == 8
        await presses(cast.maria, ".yes")
        cast.maria.hears("Call your cancer care team now", "a numb or odd feeling", loud=True)
        cast.ana.hears("Maria needs help now", loud=True)
        texts = [plain(message.text) for message in cast.maria.messages]
        assert "This goes on below" not in " ".join(texts[-2:]), "no line that leads nowhere after the advice"
        cast.maria.reads_all()


async def test_a_story_with_a_number_in_it_is_no_answer(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("/checkin")
        cast.maria.reads_all()
        await cast.maria.sends("my back hurts 3 weeks now")
        cast.maria.hears("It sounds as if you have pain", "Is that right?")
        assert "pain" not in await answers_of(t)


async def test_after_a_typed_answer_the_next_question_stands_below_it(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("/checkin")
        first = cast.maria.hears("worst pain")
        await cast.maria.sends("none")
        newest = cast.maria.last
        assert "2 of 3" in plain(newest.text)
        assert newest.message_id > first.message_id
        assert not first.buttons
        assert "worst pain" in first.text
        await cast.maria.taps(NONE, NONE)
        assert "No warning signs" in " ".join(cast.maria.reads_all())


async def test_im_worried_leaves_the_result_where_it_is(database_url: str) -> None:
    async with a_town(database_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("/checkin")
        await is_well(cast.maria)
        result = cast.maria.hears("No warning signs of bone trouble")
        await cast.maria.taps("I'm worried about this")
        advice = cast.maria.hears("You are worried, and that counts", "Contact your cancer care team today")
        cast.maria.hears("Shall I also tell Ana")
        cast.maria.hears("No warning signs of bone trouble")
        assert result.buttons == []
        assert not any("worried" in label for label in advice.labels), "it is noted: nothing to tap again"
        assert "This goes on below" not in " ".join(message.text for message in cast.maria.messages)
        assert (await checkin_of(t)).worried


async def test_nothing_is_sent_only_to_say_that_it_goes_on_below(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("cant feel my feet")
        await presses(cast.maria, ".yes")
        assert not any("This goes on below" in text for text in cast.maria.reads_all())
        cast.ana.reads_all()


async def test_the_hour_may_be_typed(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        maria = t.person(MARIA, "Maria")
        await agrees(maria)
        await lives_in_lisbon(maria)
        maria.reads_all()
        await maria.sends("3 am")
        maria.hears("Please tap a button")
        await maria.sends("at 9 am")
        maria.hears("had for a long time")
        _, patient = await row_of(t, maria)
        assert patient is not None
        assert patient.hours == "09:00"
        maria.reads_all()


async def test_a_name_that_is_too_long_can_be_typed_again(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        maria = t.person(MARIA, "Maria")
        await comes_in(maria)
        await is_well(maria)
        maria.reads_all()
        await maria.sends("Maria " + "da Conceição " * 12)
        maria.hears("type a short answer", "What shall I call you?")
        await maria.sends("Dona Maria")
        maria.hears("Nice to meet you, Dona Maria")
        maria.reads_all()


async def test_settings_is_a_command(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t)
        await cast.maria.sends("/settings")
        cast.maria.hears("Your settings", "Check-in: 9:00")
        await cast.ana.sends("/settings")
        cast.ana.reads_all()
        ze = t.person(9, "Zé")
        ze.user.chat.started = True
        await ze.sends("/settings")
        ze.hears("To begin, send /start")


@pytest.mark.parametrize(("hours", "said"), [("09:00", "on Wednesday at 9:00"), ("20:00", "on Wednesday at 8:00")])
async def test_when_it_asks_again_is_said_plainly(sqlite_url: str, hours: str, said: str) -> None:
    """Who is asked in the evening is not promised a question in the morning."""
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=0, hours=hours)
        await cast.maria.sends("/checkin")
        await says_pain(cast.maria, 0)
        await presses(cast.maria, ":bone_signs:+numbness", ":bone_signs:done")
        cast.maria.reads_all()
        await cast.maria.taps("I reached them")
        cast.maria.hears("I will ask how you are", said)


async def test_who_is_the_only_one_does_not_read_of_others(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("cant feel my feet")
        await presses(cast.maria, ".yes")
        cast.ana.hears("Maria needs help now")
        await cast.ana.taps("I'm on it")
        thanks = cast.ana.hears("Maria knows that you have it")
        assert "others" not in thanks.text
        await cast.ana.taps("I called 112")
        thanks = cast.ana.hears("I have told Maria that you called 112")
        cast.maria.reads_all()


async def test_talk_in_the_middle_of_the_questions_leads_back_to_the_question(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("/checkin")
        await says_pain(cast.maria, 0)
        cast.maria.reads_all()
        await cast.maria.sends("im fine just tired of the rain")
        again = cast.maria.hears("could not read that as an answer", "112", "2 of 3")
        assert NONE in again.labels
        cast.maria.reads_all()
        cast.ana.hears_nothing()
        await cast.maria.taps(NONE, NONE)
        assert "No warning signs" in " ".join(cast.maria.reads_all())


async def test_a_caregiver_who_answers_for_the_patient_reads_about_whom(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.ana.sends("thank you, bot")
        cast.ana.hears("write what you see", "/patients", "112")
        await cast.ana.sends("she can't feel her legs")
        cast.ana.hears("It sounds as if Maria has numbness")
        await presses(cast.ana, ".no")
        said = cast.ana.hears("I have noted that", "/patients", "112")
        assert "/checkin" not in said.text
        await cast.ana.sends("/patients")
        await cast.ana.taps("What I can do for Maria", "Answer as I see it")
        cast.ana.hears("About Maria", "mean Maria here", "worst pain")
        cast.ana.reads_all()
        await cast.maria.sends("/checkin")
        assert "mean Maria" not in cast.maria.hears("worst pain").text


async def test_a_shaking_hand_taps_twice(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=0)
        await cast.maria.sends("/checkin")
        message, data = button(cast.maria, ":pain:3")
        _, other = button(cast.maria, ":pain:5")
        assert await forges(cast.maria, data, message) == ""
        assert await forges(cast.maria, data, message) == "", "the same answer twice needs no words"
        assert "answered already" in await forges(cast.maria, other, message)
        assert (await answers_of(t))["pain"] == 3
        cast.maria.reads_all()


async def test_a_sticker_and_a_voice_message_each_get_their_line(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=0)
        cast.maria.user.sends_sticker()
        cast.maria.user.sends_sticker()
        cast.maria.user.sends_voice()
        await t.settle()
        cast.maria.hears("I can only read words and taps")
        cast.maria.hears("I cannot listen to voice messages", "112")
