"""An emergency in the middle of a check-in: the words in the same moment, and people who answer."""

from __future__ import annotations

import pytest

from tests.plays.cast import NIGHT_LINE, NONE, Cast, answers_of, at_home, checkin_of, open_alert, presses, says_pain
from tests.town import Town, a_town, plain

KINDS = [
    ("Chest pain or hard to breathe", "chest pain or cannot breathe well", "112", "EMERGENCY: Maria"),
    ("Bleeding that does not stop", "Say where you bleed", "112", "EMERGENCY: Maria"),
    ("Collapse, or a fit", "Lie on your side", "112", "EMERGENCY: Maria"),
    ("Fever", "24-hour line now", NIGHT_LINE, "Maria needs help now"),
]


async def asked(town: Town, cast: Cast) -> None:
    """The prompt of nine, up to the bone signs."""
    await town.later(hours=1)
    await says_pain(cast.maria, 0)
    cast.maria.reads_all()


async def test_the_words_at_once_and_the_phones_before_the_check_in_is_over(database_url: str) -> None:
    async with a_town(database_url) as t:
        cast = await at_home(t)
        maria, ana, rui = cast.maria, cast.ana, cast.rui
        await asked(t, cast)
        before = t.clock.now()
        await maria.taps("Numb, tingling", "Hard to pass urine", "Send (2)")
        assert t.clock.now() == before, "in the same moment"
        advice = plain(
            maria.hears("EMERGENCY. Call 112 now", "a numb or odd feeling", "trouble passing urine", loud=True).text
        )
        for words in (
            "Something may press on the nerves in your spine",
            "Lie flat",
            "Do not drive yourself",
            "Nobody at a clinic reads this chat. Calling is never a bother",
            "I am telling Ana and Rui now",
        ):
            assert words in advice
        maria.gets_contact("112")
        assert (await checkin_of(t)).state == "open", "before the check-in is finished"
        for phone in (ana, rui):
            alert = plain(phone.hears("EMERGENCY: Maria", "a numb or odd feeling", "at 9:00", loud=True).text)
            assert "I told Maria to call 112 now" in alert
            assert NIGHT_LINE in alert
        await ana.taps("I'm on it")
        ana.hears("Maria and the others know that you have it")
        maria.hears("Ana has answered", "Still make your own call", loud=True)
        rui.hears("Ana is on it for Maria", loud=True)
        maria.hears("This goes on below")
        maria.hears("Is any of this so now?")
        assert advice.count("?") <= 2
        await maria.taps(NONE, NONE)
        maria.hears("What I told you above still holds", "112")
        assert (await checkin_of(t)).state == "done"
        assert (await answers_of(t))["bone_signs"] == ["bladder", "numbness"]
        await maria.taps("I reached them")
        maria.hears("Good that you called")
        for phone in (ana, rui):
            phone.hears("Maria has reached their care team")
        assert (await open_alert(t)).state == "acknowledged"  # type: ignore[union-attr]


async def test_checkin_goes_on_below_the_advice(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=0)
        await asked(t, cast)
        await cast.maria.taps("Numb, tingling", "Send (1)")
        advice = cast.maria.hears("Call your cancer care team now", "Ask someone to stay with you", "Do not drive")
        cast.maria.gets_contact(NIGHT_LINE)
        below = cast.maria.hears("Is any of this so now?")
        assert below.message_id > advice.message_id
        cast.maria.hears("This goes on below")
        await cast.maria.sends("/checkin")
        again = cast.maria.hears("Is any of this so now?")
        assert again.message_id > below.message_id
        cast.maria.reads_all()
        assert not below.buttons
        await cast.maria.taps("Worse from hour to hour", "Send (1)")
        cast.maria.reads_all()
        await cast.maria.taps(NONE)
        cast.maria.hears("still holds")


async def test_nobody_else_has_been_told_is_said_plainly(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=0)
        await asked(t, cast)
        await cast.maria.taps("Numb, tingling", "Hard to pass urine", "Send (2)")
        text = plain(cast.maria.hears("EMERGENCY. Call 112 now").text)
        assert "Nobody else has been told. Please call now. Unlock your door, or ring a neighbour, if you can." in text
        cast.maria.gets_contact("112")
        cast.maria.reads_all()


async def test_it_grows_worse_in_the_follow_up_question(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await asked(t, cast)
        await cast.maria.taps("Weak arm or leg", "Send (1)")
        cast.maria.hears("Call your cancer care team now", loud=True)
        cast.ana.hears("Maria needs help now", loud=True)
        cast.maria.reads_all()
        await cast.maria.taps("I can no longer walk or stand", "Send (1)")
        cast.maria.hears("EMERGENCY. Call 112 now", "no longer walking or standing", loud=True)
        cast.maria.gets_contact("112")
        cast.ana.hears("EMERGENCY: Maria", "no longer walking or standing", loud=True)
        cast.maria.reads_all()


async def test_why_am_i_seeing_this(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=0)
        await asked(t, cast)
        await cast.maria.taps("Numb, tingling", "Send (1)")
        cast.maria.reads_all()
        await cast.maria.taps("Why am I seeing this?")
        why = plain(cast.maria.hears("Why you see this", "Pressure on the spinal cord").text)
        assert "CC1: Numb or weak, or trouble with bladder or bowels." in why
        assert "Your answers: Numb, tingling or odd feeling" in why
        assert "Numbness and Weakness" in why


async def test_i_am_worried_on_a_well_day(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await asked(t, cast)
        await cast.maria.taps(NONE, NONE)
        cast.maria.reads_all()
        await cast.maria.taps("I'm worried about this")
        cast.maria.hears("You are worried, and that counts", "Contact your cancer care team today")
        cast.maria.hears("Shall I also tell Ana that you are worried?")
        cast.ana.hears_nothing()
        await cast.maria.taps("Yes, tell them")
        cast.ana.hears("Maria is worried about how they feel today")
        cast.maria.reads_all()
        assert await open_alert(t) is None


@pytest.mark.parametrize(("label", "words", "card", "to_ana"), KINDS)
async def test_something_else_is_wrong(sqlite_url: str, label: str, words: str, card: str, to_ana: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await asked(t, cast)
        await cast.maria.taps(NONE, NONE)
        cast.maria.reads_all()
        await cast.maria.taps("Something else is wrong")
        cast.maria.hears("What is wrong?", "112")
        await cast.maria.taps(label)
        cast.maria.hears(words, "I am telling Ana now", loud=True)
        cast.maria.gets_contact(card)
        cast.ana.hears(to_ana, loud=True)


async def test_something_else_in_her_own_words(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("/help")
        cast.maria.hears("What I can do", "112")
        await cast.maria.taps("Something else is wrong", "Something else")
        cast.maria.reads_all()
        await cast.maria.sends("my leg is numb since this morning")
        cast.maria.hears("It sounds as if you have numbness", "Is that right?", loud=True)
        await presses(cast.maria, ".no")
        cast.maria.hears("I have noted that")
