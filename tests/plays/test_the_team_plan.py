"""The team plan card: what the nurse said to expect is asked about first, and warned of when it is worse."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.actions import expect, sittings
from bot.domain.press import to_data
from bot.domain.team_plan import WHO
from tests.plays.cast import Cast, at_home, begin, forges, open_alert, presses, row_of, says_pain
from tests.town import Phone, Town, a_town

# Maria's treatment was on Sunday, March 1; it is Tuesday, day 2.
TUESDAY = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


async def enters(maria: Phone) -> None:
    """Nausea, days 2 to 5, every 3 weeks; a nurse said so yesterday. Nine taps."""
    await maria.sends("/status")
    await maria.taps("What my team said to expect", "Add what they said", "Feeling sick or throwing up", "Next")
    await presses(maria, ":nausea.2", ":nausea.2.5", ".20260301", ".21", ".nurse", ".20260302")


async def feels_sick(maria: Phone) -> None:
    await maria.sends("/checkin")
    await says_pain(maria, 0)
    await presses(maria, ":bone_signs:done", ":calcium_signs:+nausea", ":calcium_signs:done")


async def at_home_with_a_plan(town: Town) -> Cast:
    cast = await at_home(town, caregivers=1)
    await enters(cast.maria)
    cast.maria.reads_all()
    return cast


async def test_entered_in_a_few_taps_seen_in_status_and_ended(database_url: str) -> None:
    async with a_town(database_url, start=TUESDAY) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("/status")
        cast.maria.reads_all()
        await cast.maria.taps("What my team said to expect")
        cast.maria.hears("Did your team tell you what to expect after a treatment?")
        for tap, question in (
            ("Add what they said", "What did your team say to expect?"),
            ("Feeling sick or throwing up", "What did your team say to expect?"),
            ("Next", "From which day after the treatment?"),
            (":nausea.2", "Up to which day after the treatment?"),
            (":nausea.2.5", "When was your last treatment?"),
            (".20260301", "How often do you get this treatment?"),
            (".21", "Who told you what to expect?"),
            (".nurse", "When did they tell you?"),
        ):
            await (presses(cast.maria, tap) if tap[0] in ":." else cast.maria.taps(tap))
            await t.restart()
            said = cast.maria.hears(question).text
            assert said.count("?") == 1, "one question each"
        await presses(cast.maria, ".20260302")
        line = "feeling sick or throwing up: days 2 to 5 after treatment. Treatment on March 1, every 3 weeks."
        cast.maria.hears("This is what your team said to expect", line, "A nurse said so on March 2.")
        await cast.maria.sends("/status")
        cast.maria.hears("Your team said to expect:", line)
        await cast.maria.taps("End number 1")
        cast.maria.hears("Did your team tell you what to expect")
        await cast.maria.sends("/status")
        assert "Your team said" not in cast.maria.hears("Next check-in").text
        cast.maria.hears_nothing()
        await feels_sick(cast.maria)
        cast.maria.reads_all()
        assert await open_alert(t) is not None, "it warns as always again"
        cast.ana.reads_all()


async def test_as_they_said_is_no_alarm_and_is_not_called_usual(database_url: str) -> None:
    async with a_town(database_url, start=TUESDAY) as t:
        cast = await at_home_with_a_plan(t)
        await feels_sick(cast.maria)
        cast.maria.hears(
            "Your team said to expect this on these days", "Is it the same as they said, and do they know?"
        )
        cast.ana.hears_nothing()
        await cast.maria.taps("Yes, the same, and they know")
        await presses(cast.maria, ":calcium_how:done")
        cast.maria.hears("Nothing new today", "Your team knows about feeling sick", "Call at once if it gets worse")
        assert await open_alert(t) is None
        await cast.maria.sends("/status")
        cast.maria.hears("Usual signs: none")
        cast.ana.hears_nothing()


async def test_worse_than_they_said_is_a_warning(sqlite_url: str) -> None:
    async with a_town(sqlite_url, start=TUESDAY) as t:
        cast = await at_home_with_a_plan(t)
        await feels_sick(cast.maria)
        await cast.maria.taps("No, it is worse or different")
        cast.maria.hears("Call your cancer care team now", loud=True)
        assert await open_alert(t) is not None
        cast.maria.reads_all()
        cast.ana.reads_all()


async def test_no_drink_stays_down_and_another_sign_are_warnings(sqlite_url: str) -> None:
    for more in (("calcium_how:+no_fluids", "calcium_how:done"), None):
        async with a_town(f"{sqlite_url}{'a' if more else 'b'}", start=TUESDAY) as t:
            cast = await at_home_with_a_plan(t)
            await cast.maria.sends("/checkin")
            await says_pain(cast.maria, 0)
            await presses(cast.maria, ":bone_signs:done", ":calcium_signs:+nausea")
            await presses(cast.maria, *(() if more else (":calcium_signs:+thirst",)), ":calcium_signs:done")
            if more:
                await cast.maria.taps("Yes, the same, and they know")
                await presses(cast.maria, *more)
            cast.maria.hears("Call your cancer care team now", loud=True)
            assert await open_alert(t) is not None
            cast.maria.reads_all()
            cast.ana.reads_all()


async def test_confusion_beside_it_is_an_emergency(sqlite_url: str) -> None:
    async with a_town(sqlite_url, start=TUESDAY) as t:
        cast = await at_home_with_a_plan(t)
        await cast.maria.sends("/checkin")
        await says_pain(cast.maria, 0)
        await presses(cast.maria, ":bone_signs:done", ":calcium_signs:+nausea", ":calcium_signs:+confused")
        await presses(cast.maria, ":calcium_signs:done")
        cast.maria.hears("EMERGENCY. Call 112 now", loud=True)
        cast.ana.hears("EMERGENCY: Maria", loud=True)
        cast.maria.reads_all()
        cast.ana.reads_all()


async def test_before_and_after_those_days(sqlite_url: str) -> None:
    async with a_town(sqlite_url, start=TUESDAY) as t:
        cast = await at_home_with_a_plan(t)
        await feels_sick(cast.maria)
        await cast.maria.taps("Yes, the same, and they know")
        await presses(cast.maria, ":calcium_how:done")
        await t.later(days=4, hours=2)
        cast.maria.reads_all()
        await feels_sick(cast.maria)
        cast.maria.hears("Your team said that this should be over by now", "do they know that it is still there?")
        await cast.maria.taps("The same, but not told yet")
        assert await open_alert(t) is not None
        cast.maria.reads_all()
        cast.ana.reads_all()


async def test_typed_words_lead_to_the_same_question(sqlite_url: str) -> None:
    async with a_town(sqlite_url, start=TUESDAY) as t:
        cast = await at_home_with_a_plan(t)
        await cast.maria.sends("I feel so sick and keep throwing up")
        await cast.maria.taps("Yes")
        cast.maria.reads_all()
        await presses(cast.maria, ":calcium_signs:done")
        cast.maria.hears("Your team said to expect this on these days")
        cast.ana.hears_nothing()


async def test_what_was_never_offered_and_strangers(sqlite_url: str) -> None:
    async with a_town(sqlite_url, start=TUESDAY) as t:
        cast = await at_home_with_a_plan(t)
        for choice in ("numbness", "pick.confused", "nausea.5.2", "nausea.2.5.20200101", "end.9", "end.", ".", "x.y.z"):
            assert await forges(cast.maria, f"s:expect:{choice}")
        await forges(cast.ana, "s:expect:nausea.2.5.20260301.21.nurse.20260302")
        cast.ana.reads_all()
        person, patient = await row_of(t, cast.maria)
        assert person is not None
        assert patient is not None
        async with begin(t) as tx:
            assert len(sittings.plans_of(tx, person, patient)) == 1
        cast.maria.reads_all()


async def test_the_phone_of_the_team_and_the_plan_do_not_lose_each_other(sqlite_url: str) -> None:
    async with a_town(sqlite_url, start=TUESDAY) as t:
        cast = await at_home_with_a_plan(t)
        await forges(cast.maria, "s:phone_night:remove")
        await cast.maria.sends("/status")
        cast.maria.hears("Your team said to expect:", "no phone number yet")
        cast.maria.reads_all()


def test_the_longest_button_fits() -> None:
    """Three signs, two digits, two days, the longest word."""
    signs, who = "appetite-nausea-tired", max(WHO, key=len)
    choice = f"{signs}.7.14.20260301.28.{who}.20260302"
    assert len(to_data(expect.SettingPress(expect.SETTING, choice))) <= 64
    assert len(to_data(expect.SettingPress(expect.SETTING, f"{signs}.7.14.20260301.28.{who}.{expect.EARLIER}"))) <= 64
