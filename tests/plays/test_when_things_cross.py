"""An alert is open, and then something else happens, too: who still hears what, and who does not any more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.care_group import GroupPhone, a_linked_group
from tests.household import ANA, RUI, ZE, Household, button, move_in
from tests.household import presses as taps
from tests.plays.cast import begin, forges
from tests.plays.test_a_care_group import _deaf as deaf
from tests.town import Phone, Town, a_town, plain

OPERATOR = 900


@dataclass
class Home(Household):
    """The household with the family's group and somebody who operates the bot."""

    family: GroupPhone
    ze: Phone
    operator: Phone

    def all_read(self) -> None:
        for phone in self.town.phones.values():
            phone.reads_all()

    async def says_about_maria(self, who: Phone, *said: str) -> str:
        """A button of the quiet note, or of what can be done for a patient; the toast of the last."""
        person, _ = await self.patient()
        message_id = who.messages[-1].message_id if who.messages else 1
        toasts = [await forges(who, f"s:{one.format(person.id)}", message_id) for one in said]
        return toasts[-1]

    async def links(self) -> dict[int, int]:
        """Care links by the caregiver's chat."""
        async with begin(self.town) as tx:
            people = [await tx.people.by_chat(chat) for chat in (ANA, RUI)]
            return {p.chat_id: (await tx.families.of_caregiver(p.id))[0].id for p in people if p}

    async def rui_is_second(self) -> None:
        links = await self.links()
        async with begin(self.town) as tx:
            link = await tx.families.get(links[RUI])
            assert link is not None
            link.line = 2


@pytest.fixture
async def home(sqlite_url: str) -> AsyncIterator[Home]:
    async with a_town(sqlite_url, operators=(OPERATOR,)) as town:
        town.restarts = False
        yield await _with_a_group(town)


async def _with_a_group(town: Town) -> Home:
    house, ze, operator = await move_in(town), town.person(ZE, "Zé"), town.person(OPERATOR, "Operator")
    operator.user.chat.started = True
    family = await a_linked_group(town, ze, house.ana)
    return Home(town, house.maria, house.ana, house.rui, family, ze, operator)


async def test_hospital_from_the_quiet_note_is_told_to_all_who_were_called(database_url: str) -> None:
    async with a_town(database_url) as town:
        home = await _with_a_group(town)
        await home.feels("numbness", "bladder")
        home.all_read()
        await home.says_about_maria(home.ana, "silence:{}.hospital")
        assert (await home.alert()).closed_why == "in_hospital"
        home.rui.hears("Ana says that Maria is in hospital")
        home.family.hears("Ana says that Maria is in hospital")
        home.maria.hears("I hope you are in good hands")
        home.ana.hears("Thank you for telling me")
        await home.says_about_maria(home.ana, "silence:{}.hospital")
        home.rui.hears_nothing()
        home.all_read()


async def test_hospital_without_an_alert_is_told_softly_and_not_to_the_group(home: Home) -> None:
    await home.says_about_maria(home.ana, "silence:{}.hospital")
    home.rui.hears("Ana says that Maria is in hospital", loud=False)
    home.family.hears_nothing()
    home.all_read()


async def test_after_a_death_nobody_hears_anything_about_maria(home: Home) -> None:
    await home.feels("numbness", "bladder")
    await home.says_about_maria(home.ana, "silence:{}.died", "silence:{}.died_yes")
    home.all_read()
    home.family.group.joins(home.town.person(77, "Zoe").user)
    await home.town.settle()
    await forges(home.rui, "s:nights:off")
    await forges(home.rui, "s:nights:back")
    links = await home.links()
    await forges(home.rui, f"s:leave:{links[RUI]}.yes")
    for phone in (home.maria, home.ana, home.family):
        phone.hears_nothing()
    home.all_read()


async def test_after_a_death_a_caregiver_opens_and_raises_nothing(home: Home) -> None:
    await home.says_about_maria(home.rui, "report:{}.open")
    home.all_read()
    await home.says_about_maria(home.ana, "silence:{}.died", "silence:{}.died_yes")
    home.ana.hears("Shall I stop every message to and about Maria?")
    home.ana.hears("sorry for your loss")
    for said in ("report:{}.open", "silence:{}.hospital", "silence:{}.fine"):
        assert "they have died" in await home.says_about_maria(home.rui, said)
    message_id, data = button(home.rui, ":pain:9")
    assert "they have died" in await forges(home.rui, data, message_id)
    home.rui.hears_nothing()
    await home.rui.sends("she is not breathing")
    home.rui.hears("Call 112 now")  # it may be about somebody else: the words stand, and nobody is called
    home.rui.reads_all()
    assert await home.alerts() == []
    await home.town.later(hours=3)
    for phone in home.town.phones.values():
        phone.hears_nothing()


async def test_who_had_it_is_gone_and_whoever_comes_back_is_called(home: Home) -> None:
    home.rui.user.blocks()
    home.family.group.kicks_bot(home.ze.user)
    await home.feels("numbness")
    await taps(home.ana, ":ack")
    home.ana.user.blocks()
    await home.town.settle()
    home.maria.hears("I cannot reach Ana", "nobody else to tell")
    assert (await home.alert()).state == "escalated"
    home.all_read()
    home.rui.user.unblocks()
    await home.town.settle()
    home.rui.hears("Maria needs help now", loud=True)
    await home.town.later(hours=3)
    home.operator.hears("the ladder ran out", "The patient was told")
    home.maria.hears("Nobody has answered me yet")
    home.all_read()


async def test_whoever_was_called_alone_leaves_and_the_next_is_called_at_once(home: Home) -> None:
    await home.rui_is_second()
    await home.feels("numbness")
    home.all_read()
    links = await home.links()
    await forges(home.ana, f"s:leave:{links[ANA]}.yes", home.ana.messages[-1].message_id)
    home.rui.hears("Maria needs help now", loud=True)
    home.all_read()


async def test_a_caregiver_is_lost_while_maria_tries_her_team_and_nobody_is_called(home: Home) -> None:
    await home.sets(tell="if_not_reached")
    await home.feels("numbness")
    home.all_read()
    home.ana.user.blocks()
    await home.town.settle()
    said = home.maria.hears("I cannot reach Ana")
    assert "next person" not in said.text
    home.rui.hears_nothing()
    home.family.hears_nothing()
    await home.town.later(minutes=30)
    home.rui.hears("Maria needs help now", loud=True)
    home.all_read()


async def test_another_has_it_so_nobody_is_asked_next(home: Home) -> None:
    await home.feels("numbness")
    await taps(home.ana, ":ack")
    home.all_read()
    home.rui.user.blocks()
    await home.town.settle()
    assert "next person" not in home.maria.hears("I cannot reach Rui").text
    home.ana.hears_nothing()
    home.family.hears_nothing()


async def test_maria_closes_the_chat_during_an_emergency(home: Home) -> None:
    await home.feels("numbness", "bladder")
    home.all_read()
    home.maria.user.blocks()
    await home.town.settle()
    for phone in (home.ana, home.rui, home.family):
        said = phone.hears("Maria has closed the chat with me", "call 112", loud=True)
        assert "not an alert" not in said.text
    await home.town.later(hours=2)
    home.operator.hears("the ladder ran out", "could not be told")
    home.all_read()


async def test_maria_closes_the_chat_while_she_tries_her_team(home: Home) -> None:
    """Whom she did not want told hears nothing before its time."""
    await home.sets(tell="if_not_reached")
    await home.feels("numbness")
    home.maria.user.blocks()
    await home.town.settle()
    for phone in (home.ana, home.rui, home.family):
        phone.hears_nothing()
    await home.town.later(minutes=30)
    home.ana.hears("Maria needs help now")
    home.all_read()


async def test_a_mis_tap_before_anybody_was_called_is_read_with_the_call(home: Home) -> None:
    await home.sets(tell="if_not_reached")
    await home.feels("numbness")
    alert = await home.alert()
    await forges(home.maria, f"a:{alert.id}:mistap", home.maria.messages[-1].message_id)
    home.all_read()
    await home.town.later(minutes=30)
    home.ana.hears("Maria needs help now", "Maria says that it was a mis-tap (8:00 AM). Please check with them once")
    home.rui.hears("mis-tap")
    await home.feels("weakness")
    home.all_read()
    await home.town.later(minutes=15)
    assert "mis-tap" not in home.ana.hears("Maria needs help now").text, "what is new since then is no mis-tap"
    home.all_read()


async def test_the_group_moved_and_put_us_out_before_it_could_be_called(home: Home) -> None:
    """Telegram's word of both is lost: the call finds out, first the one and then the other."""
    async with begin(home.town) as tx:
        for chat in (ANA, RUI):
            person = await tx.people.by_chat(chat)
            assert person is not None
            person.off_until = home.town.clock.moment.replace(hour=23)
    home.town.api.updates.push = deaf  # type: ignore[method-assign]
    await home.family.moves_to(-1009)
    home.family.group.kicks_bot(home.ze.user)
    del home.town.api.updates.push
    await home.feels("numbness", "bladder")
    home.maria.hears("I cannot reach Family")
    home.all_read()


async def test_who_was_asked_to_call_hears_who_has_it(home: Home) -> None:
    """The group was not called, but after a long silence it is asked, like everybody."""
    await home.feels("numbness")
    await taps(home.ana, ":ack")
    await home.town.later(minutes=300 + 90)
    home.family.hears("Maria does not answer me after a warning")
    home.all_read()
    await taps(home.rui, ":with_them")
    home.family.hears("Rui is with Maria")
    home.all_read()


async def test_a_long_timeline_of_long_names_still_fits_one_message(home: Home) -> None:
    async with begin(home.town) as tx:
        for chat in (ANA, RUI):
            person = await tx.people.by_chat(chat)
            assert person is not None
            tx.people.set_name(person, "N" * 64)
    await home.feels("numbness", "bladder")
    await home.town.later(hours=4)
    home.all_read()
    await taps(home.ana, ":details")
    shown = home.ana.hears("CC2")
    assert len(plain(shown.text)) < 4_000


async def test_reached_late_in_the_evening_is_asked_about_in_the_morning_and_not_at_night(home: Home) -> None:
    await home.town.later(hours=14)
    await home.feels("numbness", "bladder")
    await taps(home.maria, ":reached")
    home.all_read()
    await home.town.later(hours=10, minutes=59)
    home.ana.hears("Is Maria being looked after now?")
    home.maria.hears_nothing()
    await home.town.later(minutes=1)
    home.maria.hears("How is it now")
    home.all_read()


async def test_an_unanswered_re_check_comes_again_in_the_morning(home: Home) -> None:
    """Asked at two at night, since nobody said that they had reached anybody; Ana is there, so it can wait then."""
    await home.town.later(hours=14)
    await home.feels("numbness", "bladder")
    await taps(home.ana, ":with_them")
    await home.town.later(hours=10)
    home.all_read()
    await home.town.later(hours=1)
    home.maria.hears("How is it now")
    home.all_read()


async def _ana_cares_for_zoe_too(home: Home) -> Phone:
    zoe = home.town.person(50, "Zoe")
    zoe.user.chat.started = True
    async with begin(home.town) as tx:
        now, ana = home.town.clock.now(), await tx.people.by_chat(ANA)
        assert ana is not None
        person = tx.people.add(50, "en", now)
        person.country = "PT"
        tx.people.set_name(person, "Zoe")
        tx.patients.add(person, now).state = "active"
        tx.families.link(person.id, ana.id, now).state = "active"
    return zoe


async def test_ana_cares_for_two_and_types_an_emergency(home: Home) -> None:
    """The words at once, then who it is about: and the others who care for that one are called."""
    zoe = await _ana_cares_for_zoe_too(home)
    await home.ana.sends("she cannot breathe")
    home.ana.hears("Call 112 now")
    home.ana.hears("Who is this about?")
    home.rui.hears_nothing()
    await home.ana.taps("Maria")
    home.rui.hears("EMERGENCY: Maria", "Ana reported about Maria", loud=True)
    home.family.hears("EMERGENCY: Maria")
    zoe.hears_nothing()
    person, _ = await home.patient()
    alert = await home.alert()
    assert (alert.urgency, alert.patient_id) == ("emergency", person.id)
    assert "Nothing was changed" in await home.says_about_maria(home.ze, "report:{}.open")
    home.all_read()
    await home.town.later(minutes=10)
    home.ana.hears("for Maria?")
    home.all_read()


async def test_ana_reports_worse_than_what_is_open_and_has_it_from_then_on(database_url: str) -> None:
    """Nobody is called with words that Maria never said: Ana has the advice, the follow-ups and the alert."""
    async with a_town(database_url) as town:
        home = await _with_a_group(town)
        await home.feels("numbness")
        await taps(home.rui, ":ack")
        home.all_read()
        await home.says_about_maria(home.ana, "report:{}.open")
        await taps(home.ana, ":pain:0", ":bone_signs:+numbness", ":bone_signs:+bladder", ":bone_signs:done")
        said = " ".join(home.ana.reads_all())
        assert "Call 112 now" in said
        assert "I am telling Rui and Family now" in said
        for phone in (home.rui, home.family):
            heard = phone.hears("EMERGENCY: Maria", "It got worse", "Ana reported about Maria", loud=True).text
            assert "Maria told me" not in heard
            assert "I told Maria" not in heard
        home.maria.hears("Ana told me of signs in you that need help now", "call 112")
        alert = await home.alert()
        assert (alert.urgency, alert.state, alert.owner_id) == ("emergency", "acknowledged", alert.reporter_id)
        home.all_read()
        await town.later(minutes=10)
        home.ana.hears("Did you reach 112 for Maria?")
        home.maria.hears_nothing()
        home.rui.hears_nothing()
        await town.later(minutes=10)
        called = home.rui.hears(
            "EMERGENCY: Maria",
            "Maria told me at 8:00 AM: a numb or odd feeling",
            "I told Ana to call 112 now",
            "Ana told me about Maria at 8:00 AM: trouble passing urine",
        ).text
        assert "I told Maria" not in called
        home.all_read()


async def test_what_ana_types_makes_an_open_alert_worse(home: Home) -> None:
    await home.feels("numbness")
    home.all_read()
    await home.ana.sends("she collapsed and cannot breathe")
    home.ana.hears("Call 112 now", "I am telling Rui and Family now")
    heard = home.rui.hears("EMERGENCY: Maria", "Ana reported about Maria", loud=True).text
    assert "I told Maria" not in heard
    home.maria.hears("Ana told me of signs in you")
    home.all_read()
    await home.town.later(minutes=10)
    home.ana.hears("Did you reach 112 for Maria?")
    home.maria.hears_nothing()
    home.all_read()


async def test_after_anas_report_maria_says_that_it_is_worse_herself(home: Home) -> None:
    await home.says_about_maria(home.ana, "report:{}.open")
    await taps(home.ana, ":pain:0", ":bone_signs:+numbness", ":bone_signs:done")
    home.all_read()
    await home.feels("numbness", "bladder")
    home.rui.hears(
        "EMERGENCY: Maria",
        "Maria told me at 8:00 AM: trouble passing urine",
        "Ana told me about Maria at 8:00 AM: a numb or odd feeling",
        "I told Maria to call 112 now",
        loud=True,
    )
    home.all_read()


async def test_a_report_that_somebody_has_does_not_wake_who_is_off_or_asleep(home: Home) -> None:
    """Right away, and Ana has it: Rui reads it in the morning. An emergency sounds for everybody."""
    async with begin(home.town) as tx:
        rui = await tx.people.by_chat(RUI)
        assert rui is not None
        rui.off_until = home.town.clock.moment.replace(hour=23)
    await home.says_about_maria(home.ana, "report:{}.open")
    await taps(home.ana, ":pain:0", ":bone_signs:+numbness", ":bone_signs:done")
    home.rui.hears("Ana reported about Maria", loud=False)
    home.all_read()
    await home.ana.sends("she cannot breathe")
    home.rui.hears("EMERGENCY: Maria", loud=True)
    home.all_read()


async def test_ana_cares_for_two_and_types_signs_that_are_no_emergency(home: Home) -> None:
    """What she wrote is kept until we know whom it is about, and then asked about that one."""
    zoe = await _ana_cares_for_zoe_too(home)
    await home.ana.sends("she can't feel her legs")
    home.ana.hears("Who is this about?")
    data = button(home.ana, "")[1].removeprefix("s:")
    assert data.startswith("about:")
    await home.says_about_maria(home.ze, data)
    await home.says_about_maria(home.ana, f"heard:{data.split(':')[1].split('.')[0]}.yes")
    home.ana.hears_nothing()
    await home.ana.taps("Maria")
    home.ana.hears("It sounds as if Maria has numbness", "Is that right?")
    await taps(home.ana, ".yes")
    home.rui.hears("Maria needs help now", "Ana reported about Maria: a numb or odd feeling")
    person, _ = await home.patient()
    assert (await home.alert()).patient_id == person.id
    zoe.hears_nothing()
    home.all_read()


async def test_ana_cares_for_two_and_does_not_answer_whether_that_is_right(home: Home) -> None:
    """Once we know whom it is about, grave words count as yes when nobody says no."""
    await _ana_cares_for_zoe_too(home)
    await home.ana.sends("she can't feel her legs")
    await home.ana.taps("Maria")
    home.all_read()
    await home.town.later(minutes=30)
    home.rui.hears("Ana reported about Maria: a numb or odd feeling")
    home.all_read()


async def test_ana_cares_for_two_and_does_not_say_who_it_is_about(home: Home) -> None:
    """What she wrote is not forgotten: she is asked again, and what she then says goes on as if said at once."""
    zoe = await _ana_cares_for_zoe_too(home)
    await home.ana.sends("she can't feel her legs")
    home.ana.hears("Who is this about?")
    await home.town.later(minutes=15)
    home.ana.hears("You wrote something that worries me", "Who is it about?", loud=True)
    await home.town.later(minutes=15)
    home.ana.hears("Who is it about?", loud=True)
    await home.town.later(minutes=60)
    home.ana.hears_nothing()
    await home.ana.taps("Maria")
    home.ana.hears("It sounds as if Maria has numbness", "Is that right?")
    await taps(home.ana, ".yes")
    home.rui.hears("Maria needs help now", "Ana reported about Maria: a numb or odd feeling")
    zoe.hears_nothing()
    home.all_read()


async def test_an_emergency_of_which_nobody_knows_who_has_it_is_asked_about_after_a_minute(home: Home) -> None:
    await _ana_cares_for_zoe_too(home)
    await home.ana.sends("she cannot breathe")
    home.ana.hears("Call 112 now")
    home.ana.hears("Who is this about?")
    await home.town.later(minutes=1)
    home.ana.hears("Who is it about?", "call 112", loud=True)
    await home.ana.taps("Maria")
    home.rui.hears("EMERGENCY: Maria", "Ana reported about Maria", loud=True)
    home.all_read()
    await home.town.later(minutes=9)
    home.ana.hears_nothing()
