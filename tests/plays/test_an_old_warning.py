"""A warning tapped on a check-in that is over: is this so now? Silence counts as yes."""

from __future__ import annotations

from tests.plays.cast import NIGHT_LINE, NONE, Cast, at_home, button, checkin_of, forges, is_well, open_alert, says_pain
from tests.town import Town, a_town


async def next_morning(town: Town) -> tuple[Cast, int, str]:
    """Yesterday's check-in was left at the bone signs; its buttons are still on an old screen."""
    cast = await at_home(town, caregivers=1)
    await town.later(hours=1)
    await says_pain(cast.maria, 0)
    message, data = button(cast.maria, ":bone_signs:+numbness")
    await town.later(hours=24)
    cast.maria.reads_all()
    await is_well(cast.maria)
    cast.maria.reads_all()
    cast.ana.reads_all()
    return cast, message, data


async def test_is_this_so_now_and_no(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast, message, data = await next_morning(t)
        old = await checkin_of(t)
        await forges(cast.maria, data, message)
        cast.maria.hears("You tapped an old message: a numb or odd feeling", "Is this so now?")
        assert (await checkin_of(t)).id != old.id
        assert "☑ Numb, tingling or odd feeling" in cast.maria.last.labels
        await cast.maria.taps("☑ Numb, tingling", NONE)
        cast.maria.reads_all()
        await t.later(minutes=10)
        assert await open_alert(t) is None
        cast.ana.hears_nothing()


async def test_five_minutes_of_silence_count_as_yes(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast, message, data = await next_morning(t)
        await forges(cast.maria, data, message)
        cast.maria.reads_all()
        await t.later(minutes=4.9)
        cast.maria.hears_nothing()
        cast.ana.hears_nothing()
        await t.later(minutes=0.2)
        cast.maria.hears("Call your cancer care team now", loud=True)
        cast.maria.gets_contact(NIGHT_LINE)
        cast.ana.hears("Maria needs help now", loud=True)
        cast.maria.reads_all()


async def test_yes_is_judged_at_once(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast, message, data = await next_morning(t)
        await forges(cast.maria, data, message)
        await cast.maria.taps("Send (1)")
        cast.maria.hears("Call your cancer care team now", loud=True)
        cast.maria.gets_contact(NIGHT_LINE)
        cast.ana.hears("Maria needs help now", loud=True)
        cast.maria.reads_all()


async def test_other_old_buttons_change_nothing(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast, message, data = await next_morning(t)
        newest = await checkin_of(t)
        for choice in ("-numbness", "done", "back"):
            assert "over" in await forges(cast.maria, data.replace("+numbness", choice), message)
        assert "over" in await forges(cast.maria, data.replace("bone_signs:+numbness", "pain:9"), message)
        assert (await checkin_of(t)).id == newest.id
        cast.maria.hears_nothing()
