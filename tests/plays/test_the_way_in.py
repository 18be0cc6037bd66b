"""The way in: from /start to the first check-in in under a minute, whatever turn somebody takes on it."""

from __future__ import annotations

from sqlalchemy import func, select

from bot.store.queues import InboxRow
from bot.store.tables import Alert, Checkin, Patient, Report
from tests.plays.cast import LINK, MARIA, NONE, RUI, begin, forges, is_well, open_alert, row_of, says_pain, toast_of
from tests.town import Phone, a_town, plain

NEWCOMER = 11


async def starts(phone: Phone) -> None:
    """Press Start, and choose English where there is a choice."""
    await phone.sends("/start")
    if "language" in phone.last.text:
        await phone.taps("English")


async def agrees(phone: Phone) -> None:
    await starts(phone)
    await phone.taps("Yes, you may")


async def lives_in_lisbon(phone: Phone) -> None:
    await phone.sends("Lisbon")
    await phone.taps("Lisbon, Portugal")


async def comes_in(phone: Phone) -> None:
    """Through to the first check-in, at nine."""
    await agrees(phone)
    await lives_in_lisbon(phone)
    await phone.taps("9:00", NONE)
    phone.reads_all()


async def test_from_start_to_the_first_check_in_in_a_few_taps(database_url: str) -> None:
    async with a_town(database_url) as t:
        maria = t.person(MARIA, "Maria", language="en-gb")
        await starts(maria)
        first = plain(
            maria.hears(
                "no emergency service", "Nobody at your clinic reads this chat", "not end-to-end encrypted"
            ).text
        )
        assert "/stop" in first
        assert "doctor" in first
        await maria.taps("Yes, you may")
        maria.hears("Is it", "where you are?", "emergency number")
        await maria.taps("Yes, and I live in")
        maria.hears("At what time shall I ask you each day?")
        await maria.taps("9:00")
        maria.hears("for a long time", "a doctor has checked")
        assert maria.last.labels[0] == NONE, "None comes first"
        await maria.taps(NONE)
        maria.hears("From tomorrow I ask you at 9:00")
        maria.hears("1 of 3", "worst pain")
        await maria.taps("0", NONE, NONE)
        maria.hears("No warning signs of bone trouble in today’s answers", "did not ask about fever")
        maria.hears("What shall I call you?")
        # Start, consent, place, hour, usual, three answers: nine taps at most, nothing typed, and one long text.
        assert len(first.split()) <= 140, "half a minute to read"


async def test_the_cards_after_it(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        maria = t.person(MARIA, "Maria")
        await comes_in(maria)
        await is_well(maria)
        maria.reads_all()
        await maria.taps("Call me Maria")
        maria.hears("Nice to meet you, Maria", "phone number in the daytime")
        await maria.sends("112")
        maria.hears("112 is the emergency number")
        await maria.sends("hello you")
        maria.hears("does not look like a phone number")
        await maria.sends("21 123 4567")
        maria.hears("Saved", "+351 21 123 4567", "at night and on weekends")
        await maria.taps("The same")
        maria.hears("/help")
        maria.hears("Should somebody you trust be told")
        await maria.taps("Invite somebody")
        assert LINK.search(" ".join(maria.reads_all()))
        await maria.sends("/status")
        maria.hears("Next check-in", "Wed", "9:00", "Portugal", "+351 21 123 4567", "nobody yet", "Usual signs: none")
        await maria.sends("/emergency")
        maria.hears("112", "Nobody at a clinic reads this chat")
        maria.gets_contact("112")
        maria.gets_contact("+351 21 123 4567")
        await t.later(hours=25.1)
        maria.hears("Hello Maria", "worst pain", loud=True)


async def test_no_is_respected(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        ze = t.person(NEWCOMER, "Zé", username="ze")
        await starts(ze)
        await ze.taps("No")
        ze.hears("I will not write to you", "112")
        person, patient = await row_of(t, ze)
        assert patient is None
        assert person is not None
        assert person.handle is None
        assert person.name is None
        assert person.zone is None
        await t.later(days=3)
        ze.hears_nothing()
        await ze.sends("/checkin")
        ze.hears("To begin, send /start")
        await ze.taps("I want to look again")
        ze.hears("May I keep what you tell me")


async def test_somebody_who_cares_is_told_how_to_come_in(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        ana = t.person(NEWCOMER, "Ana")
        await starts(ana)
        ana.reads_all()
        await ana.taps("I care for somebody else")
        ana.hears("You need an invitation from the person who is ill", "/caregivers")
        await ana.taps("Back")
        ana.hears("May I keep")


async def test_another_country_has_another_number(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        maria = t.person(MARIA, "Maria", language="pt-pt")
        await agrees(maria)
        maria.hears("Is it 8:00", "Portugal", "112")
        await maria.taps("Yes, but another country")
        maria.hears("Which country do you live in?")
        await maria.sends("United Kingdom")
        maria.reads_all()
        await maria.taps("United Kingdom")
        maria.hears("You live in United Kingdom", "London", "At what time")
        person, _ = await row_of(t, maria)
        assert (person.zone, person.country) == ("Europe/London", "GB")  # type: ignore[union-attr]
        await maria.sends("/emergency")
        maria.hears("999")
        maria.gets_contact("999")


async def test_another_time_and_a_city_with_a_typing_error(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        maria = t.person(MARIA, "Maria")
        await agrees(maria)
        # Plain English is read all over the world: in the morning of London nobody is asked about India.
        maria.hears("What time is it where you are now?", "type the name of your city")
        await maria.sends("Lisbn")
        maria.hears("Which one is it?")
        assert any("Lisbon, Portugal" in label for label in maria.last.labels)
        await maria.taps("None of these")
        maria.hears("What time is it")
        await maria.taps("3:00\u202fAM")
        maria.hears("Which one is it?")
        assert any("New York" in label for label in maria.last.labels)
        await maria.taps("New York")
        maria.hears("on the clock of New York", "911")
        await maria.sends("xqzzt")
        maria.reads_all()
        await maria.taps("Change the place")
        maria.hears("Is it 3:00", "New York")


async def test_a_shared_place_becomes_the_zone_and_is_not_kept(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        maria = t.person(MARIA, "Maria")
        await agrees(maria)
        await maria.taps("Share where I am")
        maria.reads_all()
        maria.user.sends_location(38.72, -9.14)
        await t.settle()
        maria.hears("You are near Lisbon, Portugal", "do not keep the place")
        maria.hears("At what time shall I ask")
        maria.hears("What time is it where you are now?")  # loses its buttons: the way in goes on below


async def test_start_again_in_the_middle_goes_on_at_the_same_step(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        maria = t.person(MARIA, "Maria")
        await agrees(maria)
        await lives_in_lisbon(maria)
        old_hour = maria.finds("9:00")
        maria.reads_all()
        await maria.sends("/start")
        maria.reads_all()
        assert "At what time shall I ask you" in maria.last.text
        await maria.taps("8:00")
        maria.hears("had for a long time")
        toast = await forges(maria, old_hour[1], old_hour[0].message_id)
        assert "over" in toast
        _, patient = await row_of(t, maria)
        assert patient.hours == "08:00"  # type: ignore[union-attr]
        await maria.taps(NONE)
        await says_pain(maria, 0)
        maria.reads_all()
        await maria.sends("/start")
        maria.reads_all()
        assert "2 of 3" in "".join(message.text for message in maria.messages[-3:])
        await maria.taps(NONE, NONE)
        assert "No warning signs" in " ".join(maria.reads_all())


async def test_the_name_of_the_step_is_remembered_over_a_crash(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        maria = t.person(MARIA, "Maria")
        await agrees(maria)
        await t.restart()
        await lives_in_lisbon(maria)
        maria.reads_all()
        await t.restart()
        await maria.taps("9:00")
        await t.restart()
        await maria.taps("Numb, tingling", "Save (1)")
        await t.restart()
        maria.hears("From tomorrow I ask you at 9:00")
        assert "worst pain" in maria.hears("1 of 3").text


async def test_emergency_words_before_any_of_this_are_answered_and_not_kept(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        ze = t.person(NEWCOMER, "Zé")
        ze.user.chat.started = True
        await ze.sends("i have crushing chest pain and cant breathe")
        ze.hears("This may be an emergency", "Call 112 now", loud=True)
        ze.gets_contact("112")
        await ze.sends("I cant feel my legs")
        ze.hears("Please call your care team now", "112", "/start")
        await starts(ze)
        ze.reads_all()
        await ze.sends("I want to kill myself")
        ze.hears("glad that you wrote this", "112")
        ze.gets_contact("112")
        async with begin(t) as tx:
            for table in (Report, Alert, Checkin, Patient):
                assert await tx.session.scalar(select(func.count()).select_from(table)) == 0
            raw = await tx.session.scalars(select(InboxRow.raw).where(InboxRow.raw.is_not(None)))
            assert not raw.all(), "what was typed is blanked once it was answered"
        await t.later(hours=2)
        ze.hears_nothing()


async def test_emergency_words_in_the_middle_do_not_lose_the_step(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        maria = t.person(MARIA, "Maria")
        await agrees(maria)
        await lives_in_lisbon(maria)
        maria.reads_all()
        await maria.sends("help i cannot breathe")
        maria.hears("This may be an emergency", "112")
        maria.gets_contact("112")
        assert await open_alert(t) is None
        await maria.taps("9:00")
        maria.hears("had for a long time")


async def test_usual_signs_are_ticked_once_and_changed_later(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        maria = t.person(MARIA, "Maria")
        await agrees(maria)
        await lives_in_lisbon(maria)
        await maria.taps("9:00", "Numb, tingling", "Hardly eating", "Hardly eating", "Save (1)")
        await is_well(maria)
        maria.reads_all()
        await maria.sends("/status")
        maria.hears("Usual signs", "Numb, tingling or odd feeling")
        await maria.sends("/usual")
        await maria.taps("Numb, tingling", NONE)
        maria.hears("Your usual signs: none")


async def test_a_first_check_in_that_finds_something_goes_first(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        maria = t.person(MARIA, "Maria")
        await comes_in(maria)
        await says_pain(maria, 0)
        maria.reads_all()
        await maria.taps("Numb, tingling", "Send (1)")
        maria.hears("Call your cancer care team now", "Nobody else has been told", loud=True)
        maria.hears("This goes on below")
        await maria.taps(NONE, NONE)
        assert not any("What shall I call you" in text for text in maria.reads_all())
        await maria.sends("/caregivers")
        maria.hears("nobody else is told")


async def test_a_stranger_who_taps_what_is_not_hers_changes_nothing(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        ze = t.person(RUI, "Zé")
        await starts(ze)
        ze.reads_all()
        for data in ("o:hour:09", "o:usual:done", "o:phone_day:skip", "s:hour:08", "s:go:checkin"):
            await forges(ze, data)
            ze.reads_all()
        _, patient = await row_of(t, ze)
        assert patient is None
        assert await toast_of(ze, "No") == ""
        ze.reads_all()
