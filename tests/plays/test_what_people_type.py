"""People in trouble type. Whatever they type is heard, and what is not an answer gets a kind one."""

from __future__ import annotations

import pytest

from tests.household import button
from tests.plays.cast import (
    NIGHT_LINE,
    NONE,
    ZE,
    answers_of,
    at_home,
    checkin_of,
    forges,
    is_well,
    open_alert,
    presses,
    says_pain,
)
from tests.town import Phone, a_town, plain


async def test_it_sounds_as_if_yes(database_url: str) -> None:
    async with a_town(database_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("cant feel my feet")
        cast.maria.hears("It sounds as if you have numbness", "Is that right?", "112", loud=True)
        cast.ana.hears_nothing()
        await presses(cast.maria, ".yes")
        cast.maria.hears("Call your cancer care team now", loud=True)
        cast.maria.gets_contact(NIGHT_LINE)
        cast.ana.hears("Maria needs help now", "a numb or odd feeling", loud=True)
        assert (await checkin_of(t)).state == "open"
        cast.maria.reads_all()


async def test_an_emergency_that_is_only_guessed_beside_something_else_is_asked_about(sqlite_url: str) -> None:
    """ "I'm confused" may be an emergency: that is asked, and nobody is frightened by a guess."""
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("I'm confused")
        cast.maria.hears("It sounds as if", "Is that right?", loud=True)
        await t.later(minutes=2)
        cast.ana.hears_nothing()


async def test_it_sounds_as_if_no(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("cant feel my feet")
        cast.maria.reads_all()
        await presses(cast.maria, ".no")
        cast.maria.hears("I have noted that", "112")
        await t.later(minutes=40)
        cast.maria.hears_nothing()
        cast.ana.hears_nothing()


async def test_it_sounds_as_if_something_else(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("cant feel my feet")
        cast.maria.reads_all()
        await presses(cast.maria, ".else")
        cast.maria.hears("let us go through it")
        cast.maria.hears("worst pain")
        await is_well(cast.maria)
        cast.maria.hears("No warning signs")
        cast.ana.hears_nothing()


async def test_unanswered_twice_counts_as_yes(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        t.clock.moment = t.clock.moment.replace(hour=12)
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("cant feel my feet")
        cast.maria.reads_all()
        await t.later(minutes=14.5)
        cast.maria.hears_nothing()
        await t.later(minutes=1)
        cast.maria.hears("You wrote something that worries me", "Is that right?", loud=True)
        cast.ana.hears_nothing()
        await t.later(minutes=15)
        cast.maria.hears("I take it as a yes")
        cast.maria.hears("Call your cancer care team now", loud=True)
        cast.maria.gets_contact(NIGHT_LINE)
        cast.ana.hears("Maria needs help now", loud=True)
        cast.maria.reads_all()


async def test_thirst_is_asked_once_more_and_then_comes_ticked(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        t.clock.moment = t.clock.moment.replace(hour=12)
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("i am so thirsty all the time")
        cast.maria.hears("It sounds as if you have much thirst")
        await t.later(minutes=31)
        cast.maria.hears("You wrote something that worries me", loud=True)
        await t.later(hours=3)
        cast.maria.hears_nothing()
        cast.ana.hears_nothing()
        await t.later(hours=18)
        cast.maria.hears("worst pain")
        await says_pain(cast.maria, 0)
        await presses(cast.maria, ":bone_signs:done")
        assert "☑ Much more thirsty than usual" in cast.maria.last.labels
        await cast.maria.taps("Send (1)")
        cast.maria.hears("Ask for a blood test for calcium today", loud=True)
        cast.ana.hears("Maria needs help now", loud=True)
        cast.maria.reads_all()


async def test_an_emergency_taken_back_within_a_minute(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("i cant breathe")
        cast.maria.hears("This may be an emergency. Call 112 now", "I will tell Ana in one minute", loud=True)
        cast.maria.gets_contact("112")
        await t.later(seconds=50)
        cast.ana.hears_nothing()
        await cast.maria.taps("Mistake, I am safe")
        cast.maria.hears("I have told nobody", "112")
        await t.later(minutes=30)
        cast.ana.hears_nothing()
        assert await open_alert(t) is None


async def test_an_emergency_that_is_not_taken_back(database_url: str) -> None:
    async with a_town(database_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("i cant breathe")
        cast.maria.reads_all()
        await t.later(seconds=61)
        cast.ana.hears("EMERGENCY: Maria", loud=True)
        await cast.maria.taps("Mistake, I am safe")
        cast.ana.hears("Maria says that it was a mis-tap", "Please check with them once", loud=True)
        cast.maria.reads_all()
        assert await open_alert(t) is not None, "somebody checks before it is over"
        await cast.ana.taps("False alarm")
        cast.ana.hears("is closed")
        cast.maria.hears("Ana told me that this was a false alarm")
        assert await open_alert(t) is None


async def test_fever(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("shivering and my temperature is 38.6")
        cast.maria.hears("24-hour line now", "infection that cannot wait", loud=True)
        cast.maria.gets_contact(NIGHT_LINE)
        cast.ana.hears("Maria needs help now", "fever or shivering", loud=True)


async def test_self_harm_is_told_to_nobody_without_consent(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("i want to kill myself")
        cast.maria.hears("I am glad that you wrote this", "112")
        cast.maria.gets_contact("112")
        cast.maria.hears("I have told nobody", "Shall I tell Ana", loud=True)
        await t.later(minutes=30)
        cast.ana.hears_nothing()
        cast.maria.hears_nothing()


async def test_self_harm_is_told_once_when_she_says_so_then(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("i want to kill myself")
        cast.maria.reads_all()
        await cast.maria.taps("Yes, tell them now")
        cast.ana.hears("EMERGENCY: Maria", "words of great distress", loud=True)
        cast.maria.reads_all()
        await cast.ana.taps("False alarm")
        cast.ana.reads_all()
        cast.maria.reads_all()
        await cast.maria.sends("i want to kill myself")
        cast.maria.hears("I am glad that you wrote this")
        cast.maria.gets_contact("112")
        cast.maria.hears("Shall I tell Ana")
        cast.ana.hears_nothing()


async def test_self_harm_is_told_after_a_minute_with_consent_and_not_once_it_is_withdrawn(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await _shares(cast.maria, "If I may harm myself")
        await cast.maria.sends("i want to kill myself")
        cast.maria.hears("I am glad that you wrote this", "112", "I will tell Ana in one minute")
        cast.maria.gets_contact("112")
        await t.later(minutes=2)
        cast.ana.hears("EMERGENCY: Maria", loud=True)
        await cast.ana.taps("False alarm")
        cast.ana.reads_all()
        cast.maria.reads_all()
        await _shares(cast.maria, "If I may harm myself")
        await cast.maria.sends("i want to kill myself")
        assert "Shall I tell Ana" in " ".join(cast.maria.reads_all())
        await t.later(minutes=2)
        cast.ana.hears_nothing()


async def _shares(phone: Phone, what: str) -> None:
    """A tap on the switch in the settings: on, or off again; the tick is seen to change."""
    await phone.sends("/settings")
    await phone.taps("What my people may read")
    phone.reads_all()
    before = next(label for label in phone.last.labels if label.endswith(what))
    await phone.taps(before)
    phone.reads_all()
    after = next(label for label in phone.last.labels if label.endswith(what))
    assert {before[0], after[0]} == {"☐", "☑"}


@pytest.mark.parametrize("shared", [False, True])
async def test_ana_reads_what_was_written_only_if_maria_shares_her_words(sqlite_url: str, shared: bool) -> None:
    async with a_town(sqlite_url) as t:
        t.clock.moment = t.clock.moment.replace(hour=12)
        cast = await at_home(t, caregivers=1)
        if shared:
            await _shares(cast.maria, "My own words")
        await cast.maria.sends("cant feel my <feet> " + "at all " * 500)
        await t.later(minutes=31)
        cast.maria.reads_all()
        told = cast.ana.hears("Maria needs help now", "Please check on Maria", loud=True).text
        assert ("Maria wrote: “cant feel my <feet> at all" in plain(told)) is shared
        assert ("cant feel" in told) is shared
        assert len(told) < 1_200, "however long it is, the alert fits into one message"


async def test_what_maria_says_yes_to_is_no_guess(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await _shares(cast.maria, "My own words")
        await cast.maria.sends("cant feel my feet")
        await presses(cast.maria, ".yes")
        cast.maria.reads_all()
        told = cast.ana.hears("Maria needs help now", "Maria wrote: “cant feel my feet”", loud=True).text
        assert "check on" not in told


async def test_two_messages_of_one_kind_are_one_question(database_url: str) -> None:
    """The second is not asked about later than the first would have been, and neither is forgotten."""
    async with a_town(database_url) as t:
        t.clock.moment = t.clock.moment.replace(hour=12)
        cast = await at_home(t, caregivers=1)
        await _shares(cast.maria, "My own words")
        await cast.maria.sends("my left leg is weak")
        cast.maria.hears("Is that right?")
        await t.later(minutes=10)
        await cast.maria.sends("cant feel my feet")
        cast.maria.hears("Is that right?")
        await t.later(minutes=6)
        cast.maria.hears("You wrote something that worries me", loud=True)
        cast.maria.hears_nothing()
        await t.later(minutes=15)
        cast.maria.hears("I take it as a yes")
        told = cast.ana.hears("a numb or odd feeling", "weak", "Please check on Maria", loud=True).text
        assert "my left leg is weak / cant feel my feet" in told
        cast.maria.reads_all()
        await t.later(minutes=20)
        assert "I take it as a yes" not in " ".join(cast.maria.reads_all())
        cast.ana.reads_all()


async def test_a_yes_under_the_first_of_two_is_a_yes_to_both(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("my left leg is weak")
        first = cast.maria.last.message_id
        await cast.maria.sends("cant feel my feet")
        cast.maria.reads_all()
        data = button(cast.maria, ".yes")[1]
        await forges(cast.maria, data, first)
        cast.ana.hears("a numb or odd feeling", "weak", loud=True)
        cast.maria.reads_all()
        await t.later(minutes=25)
        assert "worries me" not in " ".join(cast.maria.reads_all())
        cast.ana.reads_all()


async def test_words_that_are_shared_no_longer_are_not_in_the_next_call(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await _shares(cast.maria, "My own words")
        await cast.maria.sends("i cant breathe")
        await t.later(minutes=2)
        cast.ana.hears("EMERGENCY: Maria", "Maria wrote: “i cant breathe”", loud=True)
        await _shares(cast.maria, "My own words")
        await t.later(minutes=10)
        assert "wrote" not in cast.ana.hears("EMERGENCY: Maria", loud=True).text
        cast.ana.reads_all()
        cast.maria.reads_all()


async def test_a_caregivers_text_is_a_report_about_the_patient(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t)
        await cast.ana.sends("she can't feel her legs")
        cast.ana.hears("It sounds as if Maria has numbness", "Is that right?")
        await presses(cast.ana, ".yes")
        cast.ana.reads_all()
        cast.rui.hears("Maria needs help now", loud=True)
        assert (await open_alert(t)) is not None
        cast.maria.reads_all()


async def test_a_caregivers_emergency_does_not_wait_a_minute(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t)
        await cast.ana.sends("mum collapsed and wont wake up")
        assert "112" in " ".join(cast.ana.reads_all())
        cast.rui.hears("EMERGENCY: Maria", loud=True)
        cast.maria.reads_all()
        cast.ana.reads_all()


async def test_answers_typed_in_the_middle(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("/checkin")
        cast.maria.hears("worst pain")
        await cast.maria.sends("about 2")
        assert (await answers_of(t))["pain"] == 2
        await cast.maria.sends("the same")
        cast.maria.reads_all()
        assert (await answers_of(t))["pain_change"] == "same"
        await presses(cast.maria, ":pain_known:yes")
        cast.maria.reads_all()
        await cast.maria.sends("none")
        cast.maria.hears("3 of 3")
        await cast.maria.sends("nothing like that")
        assert "Saved" in " ".join(cast.maria.reads_all())
        cast.ana.hears_nothing()


async def test_a_warning_typed_in_the_middle_raises(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("/checkin")
        await says_pain(cast.maria, 0)
        cast.maria.reads_all()
        await cast.maria.sends("yes my left leg is numb")
        assert "☑ Numb, tingling or odd feeling" in cast.maria.last.labels
        await t.later(seconds=95)
        cast.maria.hears("Call your cancer care team now", loud=True)
        cast.ana.hears("Maria needs help now", loud=True)
        cast.maria.reads_all()


async def test_a_first_prompt_is_answered_by_a_number(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=0)
        await t.later(hours=1)
        cast.maria.reads_all()
        await cast.maria.sends("0")
        assert (await answers_of(t)).get("pain") == 0
        cast.maria.hears("2 of 3")
        cast.maria.hears("worst pain")  # what was asked stays above the answer, without its buttons


async def test_everyday_talk_and_what_cannot_be_read(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        phone = cast.maria.user
        await cast.maria.sends("thank you, lovely weather today")
        cast.maria.hears("/checkin", "/status", "/emergency", "112")
        for act, words in (
            (phone.sends_sticker, "only read words and taps"),
            (phone.sends_voice, "cannot listen to voice messages"),
            (phone.sends_photo, "cannot look at pictures"),
        ):
            await t.later(minutes=1)
            act()
            await t.settle()
            cast.maria.hears(words, "112")
        phone.sends_photo("my leg is numb")
        await t.settle()
        cast.maria.hears("It sounds as if you have numbness")
        await presses(cast.maria, ".no")
        cast.maria.reads_all()
        await cast.maria.sends("/horoscope")
        cast.maria.hears("do not know that command", "/help", "112")
        await cast.maria.sends("/helpme cant breathe")
        cast.maria.hears("This may be an emergency")
        await cast.maria.taps("Mistake, I am safe")
        cast.maria.reads_all()
        cast.ana.hears_nothing()


async def test_an_edit_never_withdraws_and_can_report(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        t.clock.moment = t.clock.moment.replace(hour=12)
        cast = await at_home(t, caregivers=1)
        cast.maria.user.chat.started = True
        sent = cast.maria.user.sends("my leg is numb")
        await t.settle()
        cast.maria.hears("It sounds as if you have numbness")
        cast.maria.user.edits(sent.message_id, "never mind")
        await t.settle()
        cast.maria.hears_nothing()
        cast.maria.user.deletes(sent.message_id)
        await t.later(minutes=31)
        cast.ana.hears("Maria needs help now")
        cast.maria.reads_all()


async def test_a_group_is_left_with_one_line(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        ze = t.person(ZE, "Zé")
        group = t.api.add_group(-100, "Family", [ze.user])
        group.adds_bot(ze.user)
        await t.settle()
        await t.later(minutes=1)
        assert [plain(message.text) for message in group.chat.from_bot] == [
            "I only work in private chats, so I am leaving this group. Tap my name to write to me."
        ]
        assert group.chat.bot_left
        ze.hears_nothing()


async def test_a_stranger_who_chats(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        ze = t.person(ZE, "Zé")
        await ze.sends("hello")
        ze.hears("/start begins", "112")


async def test_a_kill_between_any_two_taps_goes_on_at_the_same_question(database_url: str) -> None:
    async with a_town(database_url) as t:
        cast = await at_home(t, caregivers=1)
        await t.later(hours=1)
        cast.maria.reads_all()
        taps = ((":pain:4", "Has this pain changed"), (":pain_change:same", "know about this pain"))
        taps += ((":pain_known:yes", "2 of 3"), (":bone_signs:+numbness", "Send (1)"), (":bone_signs:done", "so now?"))
        taps += ((":nerve_how:done", "3 of 3"), (":calcium_signs:done", "still holds"))
        for ending, then in taps:
            await t.restart()
            await presses(cast.maria, ending)
            await t.restart()
            await t.settle()
            shown = " ".join([*(m.text for m in cast.maria.messages[-3:]), *cast.maria.last.labels])
            assert then in shown, f"after {ending}"
        cast.ana.hears("Maria needs help now")
        assert len([m for m in cast.ana.messages if "needs help" in m.text]) == 1
        assert (await checkin_of(t)).state == "done"
        cast.maria.reads_all()
        assert NONE not in cast.maria.last.labels


async def test_words_in_a_script_that_no_list_reads_get_the_symptoms_as_buttons(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("我的腿没有感觉")
        cast.maria.hears("I cannot read this yet", "What is wrong?", "112")
        assert cast.maria.last.labels == [
            "🤕 Pain",
            "🦵 Fall, numb, weak, toilet",
            "🥤 Thirsty, sick, sleepy",
            "🆘 Something else is wrong",
        ]
        await cast.maria.taps("🦵 Fall, numb, weak, toilet")
        assert "☐ Numb, tingling or odd feeling" in cast.maria.last.labels
        await presses(cast.maria, ":bone_signs:+numbness", ":bone_signs:done")
        cast.ana.hears("Maria needs help now", loud=True)
        cast.maria.reads_all()
