"""Who is called first when somebody is off or asleep; and what caregivers and patients are asked once a month."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.store.tables import CareLink
from tests.plays.cast import ANA, RUI, Cast, at_home, begin, forges, presses, says_pain, toast_of
from tests.town import Phone, Town, a_town

ZOE = 5
EVENING = datetime(2026, 3, 3, 20, 0, tzinfo=UTC)


async def with_zoe(t: Town, cast: Cast) -> Phone:
    """A third caregiver, second line."""
    zoe = t.person(ZOE, "Zoe", username="zoe")
    zoe.user.chat.started = True
    async with begin(t) as tx:
        maria = await tx.people.by_chat(1)
        assert maria is not None
        caregiver = tx.people.add(ZOE, "en", t.clock.now())
        caregiver.zone = "Europe/Lisbon"
        tx.people.set_name(caregiver, "Zoe")
        link = tx.families.link(maria.id, caregiver.id, t.clock.now())
        link.state, link.line, link.position = "active", 2, 1
    return zoe


async def numb(cast: Cast) -> None:
    await cast.maria.sends("/checkin")
    await says_pain(cast.maria, 0)
    await cast.maria.taps("Numb, tingling", "Send (1)")
    cast.maria.reads_all()


async def opens_nights(phone: Phone) -> None:
    await phone.sends("/patients")
    await phone.taps("My nights")
    phone.reads_all()


async def sleeps(t: Town, chat: int, start: str, end: str) -> None:
    async with begin(t) as tx:
        person = await tx.people.by_chat(chat)
        assert person is not None
        person.sleeps_from, person.sleeps_to = start, end


async def test_ana_is_off_and_rui_covers_without_being_asked_who(database_url: str) -> None:
    async with a_town(database_url, start=EVENING) as t:
        cast = await at_home(t)
        async with begin(t) as tx:  # Rui is second line otherwise
            links = (await tx.session.scalars(select(CareLink).order_by(CareLink.position))).all()
            links[1].line = 2
        await opens_nights(cast.ana)
        await cast.ana.taps("I am off tonight")
        cast.ana.hears("You are off until 8:00", "Rui covers for you")
        cast.rui.hears("Ana is off tonight, until 8:00", "You cover for Maria", loud=False)
        await t.later(hours=3)
        await numb(cast)
        cast.rui.hears("Maria needs help now", loud=True)
        cast.ana.hears_nothing()
        await t.later(minutes=15)
        cast.rui.hears("Nobody has answered")
        cast.ana.hears_nothing()
        await t.later(minutes=15)
        cast.ana.hears("Maria needs help now", "Nobody has answered")
        await cast.ana.taps("I'm on it")
        for phone in (cast.maria, cast.ana, cast.rui):
            phone.reads_all()


async def test_ana_chooses_zoe_of_two_and_zoe_is_first_line_until_eight(sqlite_url: str) -> None:
    async with a_town(sqlite_url, start=EVENING) as t:
        cast = await at_home(t)
        zoe = await with_zoe(t, cast)
        await sleeps(t, RUI, "21:00", "06:00")
        await opens_nights(cast.ana)
        await cast.ana.taps("I am off tonight")
        cast.ana.hears("Who covers for you tonight?")
        cast.rui.hears_nothing()
        await cast.ana.taps("Zoe covers")
        cast.ana.hears("You are off until 8:00", "Zoe covers for you")
        zoe.hears("Ana is off tonight", "You cover for Maria", loud=False)
        cast.rui.hears("Ana is off until 8:00", "Zoe covers for Maria", loud=False)
        await t.later(hours=3)
        await numb(cast)
        zoe.hears("Maria needs help now", loud=True)
        cast.ana.hears_nothing()
        cast.rui.hears_nothing()
        await zoe.taps("I'm on it")
        for phone in (cast.maria, cast.ana, cast.rui, zoe):
            phone.reads_all()
        await cast.maria.taps("I reached them")
        await t.later(hours=10)
        for phone in (cast.maria, cast.ana, cast.rui, zoe):
            phone.reads_all()
        await opens_nights(cast.ana)
        assert cast.ana.finds("I am off tonight")


async def test_zoe_cannot_and_ana_hears_it(sqlite_url: str) -> None:
    async with a_town(sqlite_url, start=EVENING) as t:
        cast = await at_home(t)
        zoe = await with_zoe(t, cast)
        await opens_nights(cast.ana)
        await cast.ana.taps("I am off tonight", "Zoe covers")
        cast.ana.reads_all()
        cast.rui.reads_all()
        zoe.reads_all()
        await zoe.taps("I cannot tonight")
        zoe.hears("All right. I told Ana")
        cast.ana.hears("Zoe cannot cover for you tonight", "You are still off", loud=True)
        cast.ana.hears("You are off until 8:00")
        assert await toast_of(zoe, "I cannot tonight")
        zoe.hears_nothing()
        await cast.ana.taps("Choose who covers", "Rui covers")
        cast.ana.hears("Rui covers for you")
        cast.rui.hears("You cover for Maria")
        zoe.hears("Rui covers for Maria")
        await cast.ana.taps("I am back")
        cast.ana.reads_all()
        cast.rui.hears("Ana is back for Maria")
        zoe.hears("Ana is back for Maria")
        await numb(cast)
        cast.ana.hears("Maria needs help now")
        cast.rui.hears("Maria needs help now")
        zoe.hears_nothing()
        await cast.ana.taps("I'm on it")
        zoe.hears("Ana is on it")
        for phone in (cast.maria, cast.ana, cast.rui):
            phone.reads_all()


async def test_who_is_alone_is_called_although_off(sqlite_url: str) -> None:
    async with a_town(sqlite_url, start=EVENING) as t:
        cast = await at_home(t, caregivers=1)
        await opens_nights(cast.ana)
        await cast.ana.taps("I am off tonight")
        cast.ana.hears("You are off until", "nobody else to call first", "I still call you")
        await numb(cast)
        cast.ana.hears("Maria needs help now", loud=True)
        await cast.ana.taps("I'm on it")
        cast.ana.reads_all()
        cast.maria.reads_all()


async def test_an_emergency_calls_also_who_is_off_or_asleep(sqlite_url: str) -> None:
    async with a_town(sqlite_url, start=EVENING) as t:
        cast = await at_home(t)
        await sleeps(t, RUI, "19:00", "06:00")
        await opens_nights(cast.ana)
        await cast.ana.taps("I am off tonight")
        cast.ana.reads_all()
        await cast.maria.sends("/checkin")
        await says_pain(cast.maria, 0)
        await cast.maria.taps("Numb, tingling", "Hard to pass urine", "Send (2)")
        cast.maria.reads_all()
        cast.ana.hears("Maria", "emergency", loud=True)
        cast.rui.hears("Maria", "emergency", loud=True)
        await cast.ana.taps("I'm on it")
        cast.ana.reads_all()
        cast.rui.reads_all()
        cast.maria.reads_all()


async def test_who_sleeps_is_second_line_until_they_wake(database_url: str) -> None:
    async with a_town(database_url, start=datetime(2026, 3, 3, 5, 40, tzinfo=UTC)) as t:
        cast = await at_home(t)
        await sleeps(t, ANA, "22:00", "06:00")
        await numb(cast)
        cast.rui.hears("Maria needs help now", loud=True)
        cast.ana.hears_nothing()
        await t.later(minutes=15)  # 5:55
        cast.rui.hears("Nobody has answered")
        cast.ana.hears_nothing()
        await t.later(minutes=15)  # 6:10: awake, and first line again; the second line's step calls whoever is there
        assert cast.ana.unread() or cast.rui.unread()
        cast.rui.reads_all()
        cast.ana.reads_all()
        cast.maria.reads_all()
        await t.later(minutes=30)
        cast.ana.hears("Maria needs help now")
        await cast.ana.taps("I'm on it")
        for phone in (cast.maria, cast.ana, cast.rui):
            phone.reads_all()


async def test_at_half_past_seven_tonight_is_the_night_to_come(sqlite_url: str) -> None:
    async with a_town(sqlite_url, start=datetime(2026, 3, 3, 7, 30, tzinfo=UTC)) as t:
        cast = await at_home(t)
        await opens_nights(cast.ana)
        await cast.ana.taps("I am off tonight")
        cast.ana.reads_all()
        cast.rui.reads_all()
        async with begin(t) as tx:
            ana = await tx.people.by_chat(ANA)
            assert ana is not None
            assert ana.off_until == datetime(2026, 3, 4, 8, 0, tzinfo=UTC)


async def test_a_stranger_moves_nobodys_night(sqlite_url: str) -> None:
    async with a_town(sqlite_url, start=EVENING) as t:
        cast = await at_home(t)
        async with begin(t) as tx:
            ana = await tx.people.by_chat(ANA)
            assert ana is not None
        ze = t.person(4, "Zé")
        await ze.sends("/start")
        ze.reads_all()
        for choice in ("off", f"{ana.id}.cover", f"{ana.id}.cannot", "everybody"):
            assert await forges(ze, f"s:nights:{choice}")
        for choice in (f"{ana.id}.cannot", "77.cannot", "77.cover"):
            await forges(cast.rui, f"s:nights:{choice}")
        ze.hears_nothing()
        cast.rui.reads_all()
        cast.ana.hears_nothing()
        async with begin(t) as tx:
            rui, ana = await tx.people.by_chat(RUI), await tx.people.by_chat(ANA)
            assert (ana.off_until, rui.off_until, rui.cover_id) == (None, None, None)  # type: ignore[union-attr]


async def test_once_a_month_a_caregiver_is_asked_how_they_are(sqlite_url: str) -> None:
    async with a_town(sqlite_url, start=datetime(2026, 3, 3, 23, 50, tzinfo=UTC)) as t:
        cast = await at_home(t, caregivers=0)
        await cast.maria.sends("/pause")
        cast.maria.reads_all()
        from tests.plays.test_those_who_care import joins

        await joins(cast.maria, cast.ana)
        cast.ana.reads_all()
        cast.maria.reads_all()
        await stop_asking(t)
        await t.later(days=29)
        cast.ana.hears_nothing()
        await t.later(days=2)
        message = cast.ana.hears("How are you doing yourself?", "Maria", "I tell nobody", loud=False)
        assert message.date == int(datetime(2026, 4, 3, 10, 0, tzinfo=UTC).timestamp()), "11:00 in Lisbon"
        await cast.ana.taps("Not well")
        cast.ana.hears("Thank you for telling me", "You need not do this alone")
        await t.later(days=30)
        cast.ana.hears("How are you doing yourself?")
        await cast.ana.sends("/patients")
        await cast.ana.taps("Stop for Maria", "Yes, stop")
        cast.ana.reads_all()
        await t.later(days=40)
        cast.ana.hears_nothing()
        cast.maria.reads_all()


async def stop_asking(t: Town) -> None:
    """Maria's own check-ins and rehearsals are another play's."""
    async with begin(t) as tx:
        maria = await tx.people.by_chat(1)
        assert maria is not None
        patient = await tx.patients.get(maria.id)
        assert patient is not None
        patient.state, patient.silence_note = "paused", False
        tx.moments.clear_all(("checkin", "silence", "resume", "rehearse"), maria.id)


@pytest.mark.slow
async def test_after_thirty_days_of_yes_the_team_should_look_again(database_url: str) -> None:
    async with a_town(database_url) as t:
        cast = await at_home(t, caregivers=0, usual=frozenset({"numbness"}))
        maria = cast.maria
        await t.later(hours=14)  # she answers at 22:00, in her quiet hours
        maria.reads_all()
        await says_pain(maria, 0)
        await maria.taps("Numb, tingling", "Send (1)")
        await presses(maria, ":bone_known:yes")
        await presses(maria, ":nerve_how:done", ":calcium_signs:done")
        maria.reads_all()
        heard: list[tuple[int, str]] = []
        for _ in range(31):
            await t.later(days=1)
            heard += [(m.date, m.text) for m in maria.unread() if "looked at this in the last month" in m.text]
            maria.reads_all()
        assert len(heard) == 1
        assert heard[0][0] == int(datetime(2026, 4, 2, 8, 0, tzinfo=UTC).timestamp()), "nine o'clock in Lisbon"
        assert "numb" in heard[0][1].lower()
        message = next(m for m in maria.messages if "looked at this in the last month" in m.text)
        _, no = maria.finds("No", message)
        maria.user.taps(message.message_id, no)
        await t.settle()
        maria.hears("contact your care team today")
        await t.later(days=1)
        maria.hears("your team has not looked at your signs lately", "Have you told your care team?")
        maria.reads_all()
