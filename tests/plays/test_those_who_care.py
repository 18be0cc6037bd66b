"""Caregivers: the link, the two yeses, and what happens when one of them is not there."""

from __future__ import annotations

from tests.plays.cast import ANA, LINK, ZE, Cast, at_home, open_alert, presses, says_pain
from tests.town import Phone, Town, a_town, plain


async def link_from(maria: Phone) -> str:
    await maria.sends("/caregivers")
    await maria.taps("Invite somebody")
    return LINK.findall(" ".join(maria.reads_all()))[-1]


async def joins(maria: Phone, joiner: Phone) -> None:
    """Ana opens the link, says yes, and Maria says yes."""
    await joiner.opens(await link_from(maria))
    await joiner.taps("Yes, I will be there")
    joiner.reads_all()
    maria.reads_all()
    await maria.taps("Yes, tell them")


async def feels_numb(town: Town, maria: Phone) -> None:
    await maria.sends("/checkin")
    await says_pain(maria, 0)
    await maria.taps("Numb, tingling", "Send (1)")


async def test_invited_confirmed_and_told(database_url: str) -> None:
    async with a_town(database_url) as t:
        cast = await at_home(t, caregivers=0)
        maria, ana = cast.maria, cast.ana
        link = await link_from(maria)
        await ana.opens(link)
        asked = plain(ana.hears("would like you to be their caregiver", "Nobody at a clinic reads this chat").text)
        assert "Maria" not in asked
        assert "cancer" not in asked
        maria.hears("Somebody has opened this link")
        maria.reads_all()
        await ana.taps("Yes, I will be there")
        ana.hears("I now ask the person who invited you")
        maria.hears("Ana (@ana) wants to get your alerts", "Is this the person you invited?", loud=True)
        maria.reads_all()
        await maria.taps("Yes, tell them")
        maria.hears("Ana (@ana) is now told when I see a warning sign")
        ana.hears("Maria said yes", "You are their caregiver now", "I'm on it")
        maria.reads_all()
        await feels_numb(t, maria)
        ana.hears("Maria needs help now", "a numb or odd feeling", loud=True)
        maria.hears("I am telling Ana")
        maria.reads_all()
        cast.rui.hears_nothing()


async def test_maria_says_it_is_not_who_she_invited(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=0)
        ze = t.person(ZE, "Zé")
        await ze.opens(await link_from(cast.maria))
        await ze.taps("Yes, I will be there")
        ze.reads_all()
        await cast.maria.taps("No, I do not know them")
        cast.maria.reads_all()
        refused = plain(ze.hears("did not confirm that it is you").text)
        assert "Maria" not in refused
        await feels_numb(t, cast.maria)
        cast.maria.reads_all()
        ze.hears_nothing()
        await ze.sends("/patients")
        assert "Maria" not in " ".join(ze.reads_all())


async def test_a_link_works_once_and_for_two_days(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=0)
        ze = t.person(ZE, "Zé")
        used, late, back = [await link_from(cast.maria) for _ in range(3)]
        await cast.ana.opens(used)
        cast.ana.reads_all()
        await ze.opens(used)
        ze.hears("This link has been used already")
        await presses(cast.maria, ".revoke")
        await ze.opens(back)
        ze.hears("does not work any more")
        await t.later(hours=48.1)
        await ze.opens(late)
        ze.hears("This link is over", "48 hours")
        await cast.maria.sends("/start")
        cast.maria.reads_all()
        cast.ana.reads_all()


async def test_removed_and_left(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t)
        await cast.maria.sends("/caregivers")
        await cast.maria.taps("Rui: remove", "Yes, remove")
        cast.rui.hears("You are no longer a caregiver for Maria")
        cast.maria.reads_all()
        await cast.ana.sends("/patients")
        cast.ana.hears("You are a caregiver for", "Maria")
        await cast.ana.taps("Stop for Maria", "Yes, stop")
        cast.ana.hears("You are no longer a caregiver for Maria")
        cast.maria.hears("Ana is no longer your caregiver", "Now nobody else is told")
        cast.maria.reads_all()
        await feels_numb(t, cast.maria)
        cast.maria.hears("Nobody else has been told")
        cast.maria.reads_all()
        cast.ana.hears_nothing()
        cast.rui.hears_nothing()


async def test_ana_blocked_the_bot_so_the_next_person_is_called_at_once(database_url: str) -> None:
    async with a_town(database_url) as t:
        cast = await at_home(t)
        await cast.maria.sends("/caregivers")
        await cast.maria.taps("Rui: later")
        cast.maria.reads_all()
        cast.ana.user.chat.blocked = True  # Telegram has not told us yet
        await feels_numb(t, cast.maria)
        cast.rui.hears("Maria needs help now", loud=True)
        cast.maria.hears("I cannot reach Ana on Telegram", "asking the next person now", loud=True)
        cast.maria.reads_all()


async def test_nobody_can_be_reached_any_more(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, caregivers=1)
        cast.ana.user.chat.blocked = True
        await feels_numb(t, cast.maria)
        cast.maria.hears("I cannot reach Ana on Telegram, and there is nobody else to tell", "Please call now")
        cast.maria.reads_all()


async def test_each_reads_in_her_own_time(sqlite_url: str) -> None:
    """Ana lives in São Paulo: 9:00 in Lisbon is 6:00 where she is."""
    async with a_town(sqlite_url) as t:
        cast = await at_home(t)
        async with t.app.store.begin() as tx:  # type: ignore[union-attr]
            (await tx.people.by_chat(ANA)).zone = "America/Sao_Paulo"  # type: ignore[union-attr]
        await t.later(hours=1)
        await says_pain(cast.maria, 0)
        await cast.maria.taps("Numb, tingling", "Send (1)")
        cast.ana.hears("Maria told me at 6:00")
        cast.rui.hears("Maria told me at 9:00")
        await cast.ana.taps("I'm on it")
        cast.maria.hears("Ana has answered (9:00")
        cast.rui.hears("Ana is on it for Maria (9:00")
        await t.later(minutes=1)
        await cast.rui.taps("I called the team")
        cast.ana.hears("Rui called the care team for Maria (6:01")
        cast.maria.reads_all()
        cast.ana.reads_all()
        cast.rui.reads_all()
        assert (await open_alert(t)).state == "acknowledged"  # type: ignore[union-attr]


async def test_before_anybody_says_yes_the_link_shows_nothing(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        cast: Cast = await at_home(t, caregivers=0)
        await cast.ana.opens(await link_from(cast.maria))
        await cast.ana.taps("No, not now")
        cast.ana.hears("I will not send you anything")
        cast.maria.hears("said no, not now", "Nothing was shared")
        cast.maria.reads_all()
        await joins(cast.maria, cast.rui)
        cast.maria.reads_all()
        cast.rui.hears("You are their caregiver now")
        cast.ana.hears_nothing()
