"""A stable person with known signs: three taps, and nothing said that the team knows; anything worse is heard."""

from __future__ import annotations

import pytest

from tests.plays.cast import (
    NIGHT_LINE,
    NONE,
    ZE,
    Cast,
    answers_of,
    at_home,
    button,
    checkin_of,
    forges,
    is_well,
    open_alert,
    presses,
    says_pain,
)
from tests.town import Town, a_town

USUAL = frozenset({"numbness", "pain"})


async def stable(town: Town, caregivers: int = 1) -> Cast:
    """Yesterday she had pain 3 and numbness as always, and her team knows; now it is the next morning."""
    cast = await at_home(town, caregivers, usual=USUAL)
    await town.later(hours=1)
    await says_pain(cast.maria, 3)
    await presses(cast.maria, ":pain_change:same", ":bone_signs:+numbness", ":bone_signs:done", ":bone_known:yes")
    await presses(cast.maria, ":nerve_how:done", ":calcium_signs:done")
    cast.maria.hears("Nothing new today", "numb")
    cast.maria.reads_all()
    cast.ana.hears_nothing()
    await town.later(days=1)
    return cast


async def test_three_taps_and_no_alert(database_url: str) -> None:
    async with a_town(database_url) as t:
        cast = await stable(t)
        prompt = cast.maria.hears("worst pain", loud=True)
        assert prompt.labels[0] == "Same as usual (pain 3)"
        await cast.maria.taps("Same as usual (pain 3)")
        cast.maria.hears("2 of 3")
        assert "☑ Numb, tingling or odd feeling" in cast.maria.last.labels
        await cast.maria.taps("Send (1)", NONE)
        cast.maria.hears(
            "Nothing new today", "Your team knows about a numb or odd feeling", "Call at once if it gets worse"
        )
        assert (await answers_of(t))["pain"] == 3
        assert await open_alert(t) is None
        cast.ana.hears_nothing()


async def test_worse_than_usual_is_an_alert(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await stable(t)
        await says_pain(cast.maria, 3)
        await presses(cast.maria, ":pain_change:same", ":bone_signs:+numbness", ":bone_signs:done")
        cast.maria.reads_all()
        assert "Is it the same as then, and does your team know?" in cast.maria.last.text.replace("\n", " ")
        assert "Tuesday" in cast.maria.last.text
        cast.ana.hears_nothing()
        await cast.maria.taps("No, it is worse or different")
        cast.maria.hears("Call your cancer care team now", loud=True)
        cast.maria.gets_contact(NIGHT_LINE)
        cast.ana.hears("Maria needs help now", loud=True)
        cast.maria.reads_all()


async def test_a_new_sign_beside_the_usual_one(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await stable(t)
        await cast.maria.taps("Same as usual (pain 3)", "Hard to pass urine")
        cast.maria.reads_all()
        await cast.maria.taps("Send (2)")
        cast.maria.hears("EMERGENCY. Call 112 now", loud=True)
        cast.maria.gets_contact("112")
        cast.ana.hears("EMERGENCY: Maria", loud=True)
        cast.maria.reads_all()


async def test_unanswered_for_two_minutes_counts_as_no(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await stable(t)
        await says_pain(cast.maria, 3)
        await presses(cast.maria, ":pain_change:same", ":bone_signs:+numbness", ":bone_signs:done")
        cast.maria.reads_all()
        await t.later(seconds=110)
        cast.maria.hears_nothing()
        cast.ana.hears_nothing()
        await t.later(seconds=20)
        cast.maria.hears("Call your cancer care team now", loud=True)
        cast.maria.gets_contact(NIGHT_LINE)
        cast.ana.hears("Maria needs help now", loud=True)
        cast.maria.reads_all()
        await presses(cast.maria, ":bone_known:yes")
        assert await open_alert(t) is not None, "a yes that comes late does not end what went out"
        cast.maria.reads_all()


async def test_ticks_that_were_never_sent_are_judged_after_90_seconds(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await t.later(hours=1)
        await says_pain(cast.maria, 0)
        await cast.maria.taps("Weak arm or leg")
        cast.maria.reads_all()
        await t.later(seconds=85)
        cast.maria.hears_nothing()
        await t.later(seconds=10)
        cast.maria.hears("Call your cancer care team now", "weakness", loud=True)
        cast.maria.gets_contact(NIGHT_LINE)
        cast.ana.hears("Maria needs help now", loud=True)
        assert cast.maria.reads_all()
        assert "☑ Weak arm or leg, or unsteady" in cast.maria.last.labels, "what she ticked still waits for Send"
        await cast.maria.taps("Send (1)")
        assert not any("Call your cancer care team" in text for text in cast.maria.reads_all()), "said once"
        cast.ana.hears_nothing()


async def test_back_and_another_answer(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await t.later(hours=1)
        await says_pain(cast.maria, 8)
        cast.maria.reads_all()
        await cast.maria.taps("« Previous question")
        cast.maria.hears("worst pain")
        await is_well(cast.maria)
        cast.maria.hears("Worst pain: 0", "No warning signs")
        assert (await answers_of(t))["pain"] == 0
        cast.ana.hears_nothing()


async def test_a_correction_never_ends_what_went_out(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await t.later(hours=1)
        await says_pain(cast.maria, 0)
        await cast.maria.taps("Weak arm or leg", "Send (1)")
        cast.ana.reads_all()
        cast.maria.reads_all()
        await cast.maria.taps("« Previous question", "Weak arm or leg", NONE, NONE)
        cast.maria.reads_all()
        assert await open_alert(t) is not None
        cast.ana.hears_nothing()


@pytest.mark.parametrize(
    "data", ["c:1:pain:0", "c:999:bone_signs:+numbness", "a:1:ack", "x" * 64, "\U0001f9b4" * 16, "c::"]
)
async def test_forged_buttons_change_nothing_and_get_a_kind_line(sqlite_url: str, data: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        await t.later(hours=1)
        cast.maria.reads_all()
        assert "Nothing was changed" in await forges(cast.maria, data)
        assert (await checkin_of(t)).state == "prompted"
        assert await answers_of(t) == {}


async def test_stale_and_foreign_buttons_change_nothing(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        ze = t.person(ZE, "Zé")
        await t.later(hours=1)
        message, data = button(cast.maria, ":pain:0")
        worse = data.replace(":pain:0", ":pain:9")
        for phone in (ze, cast.ana):
            assert "I do not know this button" in await forges(phone, worse, message)
        assert await answers_of(t) == {}
        await forges(cast.maria, data, message)
        assert "answered already" in await forges(cast.maria, worse, message)
        assert (await answers_of(t))["pain"] == 0
        await forges(cast.maria, data.replace(":pain:0", ":bone_signs:+fall"), message)
        await forges(cast.maria, data.replace(":pain:0", ":bone_signs:+fall"), message)
        assert "Send (1)" in cast.maria.last.labels, "a double tap ticks once"
        cast.maria.reads_all()
        ze.hears_nothing()
        cast.ana.hears_nothing()
