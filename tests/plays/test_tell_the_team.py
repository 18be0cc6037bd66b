"""What can wait until today's office hours: told or not, twice not, and two things or a worry that cannot wait."""

from __future__ import annotations

from tests.plays.cast import NIGHT_LINE, NONE, Cast, at_home, is_well, open_alert, presses, says_pain
from tests.town import Town, a_town, plain


async def new_hip_pain(town: Town) -> Cast:
    """BP1 and BP9: tell the team today."""
    cast = await at_home(town, caregivers=1)
    await town.later(hours=1)
    await says_pain(cast.maria, 4)
    await cast.maria.taps("It is new", "Hips", "Send (1)", "A little", "Bit by bit", NONE, NONE)
    return cast


async def test_the_team_is_told_the_next_day(database_url: str) -> None:
    async with a_town(database_url) as t:
        cast = await new_hip_pain(t)
        cast.maria.hears("Contact your cancer care team today", "It may be bone pain", "pain of 4 out of 10")
        cast.maria.reads_all()
        cast.ana.hears_nothing()
        assert await open_alert(t) is None
        await t.later(days=1)
        asked = plain(cast.maria.hears("Have you told your care team?", loud=True).text)
        assert "{" not in asked
        cast.maria.hears("worst pain")
        await cast.maria.taps("Yes, they know")
        cast.maria.hears("your team knows")
        await says_pain(cast.maria, 4)
        await cast.maria.taps("The same")
        assert "2 of 3" in cast.maria.last.text, "a pain that the team knows is not asked about again"
        await cast.maria.taps(NONE, NONE)
        assert "No warning signs" in " ".join(cast.maria.reads_all())
        cast.ana.hears_nothing()


async def test_it_is_gone(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await new_hip_pain(t)
        cast.maria.reads_all()
        await t.later(days=1)
        await cast.maria.taps("It is gone, no need")
        await is_well(cast.maria)
        assert "Noted. If it comes back or gets worse, tell your team." in " ".join(cast.maria.reads_all())
        await t.later(days=1)
        assert not any("Have you told" in text for text in cast.maria.reads_all())
        cast.ana.reads_all()


async def test_twice_not_told_and_still_there_is_right_away(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await new_hip_pain(t)
        cast.maria.reads_all()
        await t.later(days=1)
        cast.maria.hears("Have you told your care team?")
        await cast.maria.taps("Not yet")
        cast.maria.hears("Please tell them today", "not bothering anyone")
        cast.maria.reads_all()
        cast.ana.hears_nothing()
        await t.later(days=1)
        cast.maria.hears("Have you told your care team?")
        await presses(cast.maria, ":told:no")
        cast.maria.hears("Call your cancer care team now", loud=True)
        cast.maria.gets_contact(NIGHT_LINE)
        cast.ana.hears("Maria needs help now", loud=True)
        cast.maria.reads_all()
        cast.ana.reads_all()


async def test_two_patterns_together_cannot_wait(sqlite_url: str) -> None:
    """A1: a new pain that does not ease, and a place that is hard to move."""
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await t.later(hours=1)
        await says_pain(cast.maria, 3)
        await presses(cast.maria, ":pain_change:better", ":pain_known:untold", ":pain_where:+ribs", ":pain_where:done")
        await presses(cast.maria, ":pain_rest:no", ":pain_onset:gradual", ":bone_signs:+fall", ":bone_signs:done")
        await presses(cast.maria, ":injury_how:done")
        cast.maria.reads_all()
        cast.ana.hears_nothing()
        await cast.maria.taps(NONE)
        cast.maria.hears("Two things came up at once", "Call your cancer care team now", "I am telling Ana", loud=True)
        cast.maria.gets_contact(NIGHT_LINE)
        cast.ana.hears("Maria needs help now", loud=True)
        cast.maria.reads_all()


async def test_a_worry_on_top_raises_it(sqlite_url: str) -> None:
    """W1: one step up, to right away at most."""
    async with a_town(sqlite_url) as t:
        cast = await new_hip_pain(t)
        cast.maria.reads_all()
        await cast.maria.taps("I'm worried about this")
        cast.maria.hears("You are worried, and that counts", "Call your cancer care team now", loud=True)
        cast.maria.gets_contact(NIGHT_LINE)
        cast.ana.hears("Maria needs help now", loud=True)
        cast.maria.reads_all()
