"""A well morning: asked at the chosen hour, three taps, the plain words, and silence."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from bot.store.tables import Checkin
from tests.plays.cast import NONE, Cast, at_home, begin, button, checkin_of, forges, is_well, presses, says_pain, until
from tests.town import Town, a_town, plain

# The Saturday before clocks go forward in Lisbon (29 March 2026, 01:00) and back (25 October 2026, 02:00).
BEFORE_SPRING = datetime(2026, 3, 28, 7, 0, tzinfo=UTC)
BEFORE_AUTUMN = datetime(2026, 10, 24, 7, 0, tzinfo=UTC)


async def states(town: Town) -> list[str]:
    """The state of each check-in, oldest first."""
    async with begin(town) as tx:
        return list(await tx.session.scalars(select(Checkin.state).order_by(Checkin.opened_at, Checkin.id)))


async def settings(cast: Cast, *endings: str) -> None:
    await cast.maria.sends("/start")
    await cast.maria.taps("Settings")
    await presses(cast.maria, *endings)
    cast.maria.reads_all()


async def test_asked_at_nine_and_done_with_three_taps(database_url: str) -> None:
    async with a_town(database_url) as t:
        cast = await at_home(t)
        maria = cast.maria
        await t.later(minutes=59)
        maria.hears_nothing()
        await t.later(minutes=2)
        prompt = maria.hears("Hello Maria", "1 of 3", "worst pain in the last 24 hours", loud=True)
        assert prompt.date == int(datetime(2026, 3, 3, 9, 0, tzinfo=UTC).timestamp())
        await maria.taps("0")
        maria.hears("2 of 3", "in the last few days")
        await maria.taps(NONE)
        maria.hears("3 of 3", "thirsty")
        await maria.taps(NONE)
        said = maria.hears("Saved", "No warning signs of bone trouble in today’s answers")
        assert said.message_id == prompt.message_id, "one message, edited in place: no sound after the prompt"
        text = plain(said.text)
        assert "I did not ask about fever, breathing, chest pain or bleeding" in text
        assert "112 if it cannot wait" in text
        assert not any(word in text.lower() for word in ("fine", "all is well", "good news"))
        assert len(maria.messages) == 1
        await t.later(hours=23)
        maria.hears_nothing()
        cast.ana.hears_nothing()
        await t.later(hours=1.1)
        maria.hears("worst pain", loud=True)
        assert await states(t) == ["done", "prompted"]


async def test_signs_are_asked_since_the_day_of_the_last_one(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t)
        await t.later(hours=1)
        await is_well(cast.maria)
        cast.maria.reads_all()
        await t.later(days=1)
        await says_pain(cast.maria, 0)
        cast.maria.hears("since we last spoke (Tuesday)")


async def test_twice_a_day(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t)
        await settings(cast, "hours:open", "second:open", "second:19")
        for hours in (1.1, 10, 14):
            await t.later(hours=hours)
            cast.maria.hears("worst pain", loud=True)
            await is_well(cast.maria)
            cast.maria.hears("No warning signs")
        assert [checkin for checkin in await states(t) if checkin == "done"] == ["done"] * 3


async def test_quiet_hours_keep_reminders_back_but_not_the_chosen_hour(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, hours="21:00")
        await settings(cast, "quiet:open", "quiet_from:22", "quiet_to:07")
        await t.later(hours=13)
        cast.maria.hears("worst pain", loud=True)
        await t.later(hours=9)
        cast.maria.hears_nothing()  # the reminders of 23:00 and 03:00
        await settings(cast, "quiet:open", "quiet_from:20", "quiet_to:10")
        await is_well(cast.maria)
        cast.maria.reads_all()
        await t.later(hours=15.1)
        cast.maria.hears("worst pain", loud=True)  # the hour she chose herself


async def test_reminded_twice_then_missed_and_a_quiet_note_after_a_day(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await t.later(hours=1)
        first = cast.maria.hears("worst pain")
        await t.later(hours=2)
        cast.maria.hears("A short reminder", "worst pain", loud=True)
        cast.maria.hears("This goes on below")
        assert not first.buttons, "the older prompt is not left to be tapped beside the new one"
        await t.later(hours=4)
        cast.maria.hears("A short reminder", loud=True)
        cast.maria.hears("This goes on below")
        await t.later(hours=17.9)
        cast.maria.hears("This check-in is over")
        cast.ana.hears_nothing()
        await t.later(hours=0.2)
        cast.maria.hears("worst pain", loud=True)
        cast.ana.hears("A quiet note", "Maria has not answered", loud=False)
        assert await states(t) == ["expired", "prompted"]
        await is_well(cast.maria)
        cast.maria.hears("No warning signs")
        await t.later(hours=20)
        cast.ana.hears_nothing()


async def test_an_unanswered_prompt_is_replaced_not_stacked(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, hours="09:00,13:00")
        await t.later(hours=1)
        old = cast.maria.hears("worst pain")
        old_tap = button(cast.maria, ":pain:0")[1]
        await t.later(hours=2)
        cast.maria.reads_all()
        await t.later(hours=2)
        new = cast.maria.hears("worst pain", "Hello", loud=True)
        assert new.message_id != old.message_id
        assert cast.maria.reads_all()
        assert [message for message in cast.maria.messages if message.buttons] == [new]
        assert (await states(t))[-1] == "prompted"
        assert "prompted" not in (await states(t))[:-1]
        toast = await forges(cast.maria, old_tap, old.message_id)
        assert "over" in toast
        assert (await checkin_of(t)).state == "prompted"
        await is_well(cast.maria)
        cast.maria.hears("No warning signs")


async def test_an_hour_that_was_slept_through_is_asked_late_and_only_once(sqlite_url: str) -> None:
    """The bot was away from before nine until noon, then for three days."""
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=0)
        t._jump(t.clock.moment.replace(hour=12))
        await t.settle()
        cast.maria.hears("worst pain")
        await is_well(cast.maria)
        cast.maria.hears("No warning signs")
        t._jump(t.clock.moment.replace(day=6))
        await t.settle()
        cast.maria.hears("worst pain", loud=True)
        cast.maria.hears_nothing()
        await is_well(cast.maria)
        cast.maria.hears("No warning signs")


async def test_nine_stays_nine_when_the_clocks_change(sqlite_url: str, sqlite: object) -> None:
    urls = [sqlite_url, await sqlite.fresh()]  # type: ignore[attr-defined]
    expected = (
        [datetime(2026, 3, 28, 9, tzinfo=UTC), datetime(2026, 3, 29, 8, tzinfo=UTC)],
        [datetime(2026, 10, 24, 8, tzinfo=UTC), datetime(2026, 10, 25, 9, tzinfo=UTC)],
    )
    for url, start, moments in zip(urls, (BEFORE_SPRING, BEFORE_AUTUMN), expected, strict=True):
        async with a_town(url, start=start) as t:
            cast = await at_home(t, caregivers=0)
            for moment in moments:
                await until(t, cast.maria, "worst pain")
                asked = cast.maria.hears("worst pain")
                assert datetime.fromtimestamp(asked.date, UTC) == moment
                await is_well(cast.maria)
                cast.maria.reads_all()


async def test_a_pause_is_a_pause(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("/pause")
        cast.maria.hears("For how long")
        await cast.maria.taps("1 week")
        cast.maria.reads_all()
        await t.later(days=6)
        cast.maria.hears_nothing()
        await cast.maria.sends("/checkin")
        cast.maria.hears("worst pain")
        await is_well(cast.maria)
        cast.maria.hears("No warning signs")
        await t.later(days=1.1)
        assert "worst pain" in " ".join(cast.maria.reads_all())


async def test_stop_and_come_back(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await cast.maria.sends("/stop")
        cast.maria.hears("Do you want me to stop?")
        await cast.maria.taps("Yes, stop")
        cast.maria.hears("I have stopped", "112")
        cast.ana.hears("Maria has stopped BoneWatch", "says nothing about how Maria is")
        await t.later(days=3)
        cast.maria.hears_nothing()
        cast.ana.hears_nothing()
        await cast.maria.sends("/start")
        cast.maria.hears("Welcome back")
        cast.maria.hears("Hello, Maria")
        await until(t, cast.maria, "worst pain")
        cast.maria.reads_all()
