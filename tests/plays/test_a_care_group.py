"""A care group: second line, linked by one of its admins and confirmed by Maria; alerts go there and nothing else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.care_group import GroupPhone, a_group, group_link, link_of, linked
from tests.plays.cast import ZE, Cast, at_home, begin, forges, open_alert, presses
from tests.town import Phone, Town, a_town

LEAVES = "I only work in private chats, so I am leaving this group"


@dataclass
class House:
    """Everybody, and the family's group, which Zé leads."""

    town: Town
    cast: Cast
    ze: Phone
    family: GroupPhone

    @property
    def maria(self) -> Phone:
        return self.cast.maria

    def all_read(self) -> None:
        for phone in self.town.phones.values():
            phone.reads_all()


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    async with a_town(database_url) as town:
        cast = await at_home(town)
        ze = town.person(ZE, "Zé")
        yield House(town, cast, ze, a_group(town, ze, cast.ana, cast.rui))


async def is_numb(house: House, *more: str) -> None:
    """A check-in with numbness; that is right away, and with `more` an emergency."""
    await house.maria.sends("/checkin")
    await presses(house.maria, ":pain:0", ":bone_signs:+numbness", *(f":bone_signs:+{sign}" for sign in more))
    await presses(house.maria, ":bone_signs:done")


async def test_the_whole_way_in(house: House) -> None:
    link = await group_link(house.maria)
    house.family.group.brings_bot(house.ze.user, link)
    await house.town.settle()
    waits = house.family.hears("I now ask the person who made this link")
    assert not re.search("maria|ill|cancer|bone|alert", waits.text, re.IGNORECASE), "nobody is named before the yes"
    house.maria.hears("used up")
    asked = house.maria.hears("Shall the group “Family” get your alerts?", "Zé linked it", "People in it now: 3")
    assert "join" in asked.text
    await is_numb(house)
    await house.town.later(minutes=40)
    house.family.hears_nothing()
    house.all_read()
    await house.maria.taps("Yes, tell them")
    house.maria.hears("The group “Family” now gets your alerts")
    house.family.hears("This group now helps Maria", "I do not read what you write here")
    await house.maria.sends("/caregivers")
    house.maria.hears("The group “Family”: told if nobody answers")
    link_row = await link_of(house.town, house.family)
    assert link_row is not None
    assert (link_row.state, link_row.line, link_row.is_group, link_row.sees) == ("active", 2, True, "alerts")
    await house.town.later(minutes=25)
    house.all_read()


async def test_right_away_reaches_the_group_when_nobody_has_answered(house: House) -> None:
    await linked(house.town, house.maria, house.family, house.ze)
    await is_numb(house)
    house.cast.ana.hears("Maria needs help now")
    await house.town.later(minutes=29)
    house.family.hears_nothing()
    await house.town.later(minutes=2)
    alert = house.family.hears("Maria needs help now", "a numb or odd feeling", loud=True)
    assert alert.labels == ["I'm on it", "I called the team", "Can't reach them", "I called 112", "I'm with them"]
    house.all_read()
    toast = await house.family.somebody_taps(house.ze, "I'm on it")
    assert toast == "Noted. Thank you."
    house.maria.hears("Zé (Family) has answered", "Zé (Family) was told at")
    house.cast.ana.hears("Zé (Family) is on it for Maria")
    house.cast.rui.hears("Zé (Family) is on it for Maria")
    house.family.hears("Zé is on it for Maria")
    house.ze.hears_nothing()
    row = await open_alert(house.town)
    assert row is not None
    assert row.state == "acknowledged"
    await house.town.later(minutes=70)
    house.family.hears_nothing()
    await house.cast.ana.taps("What happened so far")
    house.cast.ana.hears("Zé is on it", "Family was called")
    house.all_read()


async def test_who_answers_first_spares_the_group(house: House) -> None:
    await linked(house.town, house.maria, house.family, house.ze)
    await is_numb(house)
    await house.cast.ana.taps("I'm on it")
    await house.maria.taps("I reached them")
    await house.town.later(hours=3)
    house.family.hears_nothing()
    house.all_read()


async def test_an_emergency_reaches_the_group_at_once(house: House) -> None:
    await linked(house.town, house.maria, house.family, house.ze)
    await is_numb(house, "bladder")
    house.family.hears("EMERGENCY: Maria", loud=True)
    await house.town.later(minutes=10)
    house.family.hears("EMERGENCY: Maria", "Nobody has answered this alert yet")
    await house.family.somebody_taps(house.ze, "Can't reach them")
    house.maria.hears("Zé (Family) cannot reach you")
    house.family.hears("I am asking the next person now")
    house.all_read()
    await house.family.somebody_taps(house.ze, "I'm with them")
    house.family.hears("Zé is with Maria")
    house.maria.hears("Zé (Family) told me that they are with you")
    await house.maria.taps("The ambulance is coming")
    house.family.hears("An ambulance is coming for Maria")
    house.all_read()


async def test_a_second_member_counts_and_the_same_one_does_not(house: House) -> None:
    await linked(house.town, house.maria, house.family, house.ze)
    other = house.town.person(77, "Zé")
    house.family.group.joins(other.user)
    await house.town.settle()
    await is_numb(house, "bladder")
    house.all_read()
    await house.family.somebody_taps(house.ze, "I'm on it")
    assert await house.family.somebody_taps(house.ze, "I'm on it") == "You told me already. Thank you."
    assert await house.family.somebody_taps(other, "I'm on it") == "Noted. Thank you."
    heard = [text for text in house.family.reads_all() if "is on it" in text]
    assert len(heard) == 2
    house.all_read()


async def test_a_caregiver_answers_in_the_group_as_themselves(house: House) -> None:
    await linked(house.town, house.maria, house.family, house.ze)
    await is_numb(house, "bladder")
    house.all_read()
    await house.family.somebody_taps(house.cast.ana, "I'm on it")
    house.maria.hears("Ana has answered")
    house.cast.ana.hears("Thank you. Maria and the others know that you have it")
    house.family.hears("Ana is on it for Maria")
    house.all_read()


async def test_the_group_can_neither_end_nor_look_back(house: House) -> None:
    """Also not with buttons that it was never shown, and not about somebody else."""
    await linked(house.town, house.maria, house.family, house.ze)
    await is_numb(house, "bladder")
    alert = await open_alert(house.town)
    assert alert is not None
    house.all_read()
    for action in ("false_alarm", "details", "say", "better", "same_told", "in_hospital", "reached", "mistap", "safe"):
        assert "did not understand" in await _told(house.family.forges(house.ze, f"a:{alert.id}:{action}"))
    other = a_group(house.town, house.ze, chat_id=-2002)
    other.group.adds_bot(house.ze.user)
    await house.town.settle()
    await other.forges(house.ze, f"a:{alert.id}:ack")
    await house.family.forges(house.ze, f"s:silence:{alert.patient_id}.died_yes")
    await house.family.forges(house.maria, f"a:{alert.id}:ack")
    for phone in (house.maria, house.cast.ana, house.cast.rui, house.family):
        phone.hears_nothing()
    found = await open_alert(house.town)
    assert found is not None
    assert found.state == "raised"
    await house.town.later(minutes=1)
    other.hears(LEAVES)


async def _told(toast: object) -> str:
    said = await toast  # type: ignore[misc]
    return "did not understand" if said else ""


async def test_what_is_no_alert_stays_out_of_the_group(house: House) -> None:
    await linked(house.town, house.maria, house.family, house.ze)
    await house.town.later(hours=30)  # the quiet note to caregivers
    assert any("has not" in text or "heard" in text for text in house.cast.ana.reads_all())
    house.maria.user.blocks()
    await house.town.settle()
    house.maria.user.unblocks()
    await house.town.settle()
    await house.maria.sends("/stop")
    await house.maria.taps("s:stop:yes")
    house.family.hears_nothing()
    house.all_read()


async def test_what_people_write_in_the_group_is_theirs(house: House) -> None:
    await linked(house.town, house.maria, house.family, house.ze)
    house.family.group.chat.members[0] = "administrator"  # so that Telegram shows it to us at all
    for words in ("Maria cannot feel her legs!", "/status", "/help", "/start", "/start nonsense", "I want to die"):
        house.ze.user.sends(words, to=house.family.group.chat)
        house.cast.ana.user.sends(words, to=house.family.group.chat)
    await house.town.settle()
    await house.town.later(hours=2)
    house.family.hears_nothing()
    assert not house.family.group.chat.bot_left
    assert await open_alert(house.town) is None
    house.ze.hears_nothing()
    house.all_read()


async def test_thoughts_of_ending_ones_life_never_reach_the_group(house: House) -> None:
    await linked(house.town, house.maria, house.family, house.ze)
    async with begin(house.town) as tx:
        maria = await tx.people.by_chat(house.maria.user.id)
        assert maria is not None
        tx.people.consent(maria, "self_harm", "1", house.town.clock.now())
    await house.maria.sends("I want to kill myself")
    await house.town.later(minutes=25)
    house.cast.ana.hears("EMERGENCY: Maria")
    house.family.hears_nothing()
    house.all_read()


async def test_only_an_admin_can_link_it(house: House) -> None:
    link = await group_link(house.maria)
    house.family.group.brings_bot(house.cast.rui.user, link)
    await house.town.settle()
    house.family.hears("Only an admin of this group can link it")
    await house.town.later(minutes=1)
    assert house.family.group.chat.bot_left
    house.maria.hears_nothing()
    house.family.group.brings_bot(house.ze.user, link)  # the link was not used up
    await house.town.settle()
    house.maria.hears("Shall the group “Family” get your alerts?", "Zé linked it")
    house.all_read()


async def test_an_admin_without_a_name(house: House) -> None:
    house.family.group.brings_bot(house.ze.user, await group_link(house.maria), in_its_name=True)
    await house.town.settle()
    house.maria.hears("Shall the group “Family” get your alerts?", "One of its admins linked it")
    house.all_read()


async def test_a_link_that_leads_nowhere_tells_the_group_nothing(house: House) -> None:
    used = await group_link(house.maria)
    await presses(house.maria, ".revoke")
    for link in (used, used[:-43] + "x" * 43):
        house.family.group.brings_bot(house.ze.user, link)
        await house.town.later(minutes=1)
        house.family.hears(LEAVES)
        assert house.family.group.chat.bot_left
    house.all_read()


async def test_maria_says_no(house: House) -> None:
    house.family.group.brings_bot(house.ze.user, await group_link(house.maria))
    await house.town.settle()
    house.family.reads_all()
    await house.maria.taps("No, I do not know them")
    house.family.hears("did not say yes to this group")
    await house.town.later(minutes=1)
    assert house.family.group.chat.bot_left
    await is_numb(house, "bladder")
    house.family.hears_nothing()
    house.all_read()


async def test_members_come_and_go(house: House) -> None:
    await linked(house.town, house.maria, house.family, house.ze)
    other = house.town.person(77, "Mallory @ana")
    house.family.group.joins(other.user)
    await house.town.settle()
    notice = house.maria.hears("Mallory @ana has joined the group “Family”", "can read your alerts")
    assert notice.labels == ["Remove the group"]
    house.maria.hears_nothing()
    house.family.group.leaves(other.user)
    house.family.group.joins(house.maria.user)
    await house.town.settle()
    house.maria.hears("has left the group “Family”")
    house.maria.hears_nothing()


async def test_the_bot_is_put_out_and_comes_back(house: House) -> None:
    await linked(house.town, house.maria, house.family, house.ze)
    house.family.group.kicks_bot(house.ze.user)
    await house.town.settle()
    house.maria.hears("I am no longer in the group “Family”")
    await is_numb(house, "bladder")
    house.maria.reads_all()
    await house.town.later(minutes=10)
    house.family.hears_nothing()
    house.all_read()
    house.family.group.adds_bot(house.ze.user)
    await house.town.settle()
    house.maria.hears("I am in the group “Family” again")
    house.family.hears("EMERGENCY: Maria")
    await house.town.later(minutes=1)
    assert not house.family.group.chat.bot_left
    house.all_read()


async def test_put_out_in_the_night_the_next_step_comes_at_once(house: House) -> None:
    await linked(house.town, house.maria, house.family, house.ze)
    for phone in (house.cast.ana, house.cast.rui):
        phone.user.blocks()
    await house.town.settle()
    await is_numb(house)
    house.family.hears("Maria needs help now")  # nobody else is left
    await house.family.somebody_taps(house.ze, "I'm on it")
    house.all_read()
    house.family.group.kicks_bot(house.ze.user)
    await house.town.settle()
    house.maria.hears("I cannot reach Family on Telegram, and there is nobody else to tell")
    house.cast.ana.user.unblocks()
    await house.town.later(minutes=1)
    house.all_read()


async def test_it_becomes_a_supergroup(house: House) -> None:
    await linked(house.town, house.maria, house.family, house.ze)
    await house.family.moves_to(-1009)
    await is_numb(house, "bladder")
    house.family.hears("EMERGENCY: Maria")
    await house.family.somebody_taps(house.ze, "I'm on it")
    house.maria.hears("Zé (Family) has answered")
    house.all_read()


async def test_it_moves_between_the_alert_and_its_sending(house: House) -> None:
    await linked(house.town, house.maria, house.family, house.ze)
    house.town.api.updates.push = _deaf  # type: ignore[method-assign] # Telegram's word of it is lost
    await house.family.moves_to(-1009)
    del house.town.api.updates.push
    await is_numb(house, "bladder")
    house.family.hears("EMERGENCY: Maria")
    await house.town.later(minutes=10)
    house.family.hears("EMERGENCY: Maria")
    house.all_read()


def _deaf(*update: object) -> None:
    """Nobody hears this update."""


async def test_maria_removes_the_group(house: House) -> None:
    await linked(house.town, house.maria, house.family, house.ze)
    await is_numb(house, "bladder")
    message, data = house.family.finds("I'm on it")
    house.all_read()
    await house.maria.sends("/caregivers")
    link = await link_of(house.town, house.family)
    assert link is not None
    await forges(house.maria, f"s:link:{link.id}.first")  # a group is never first line
    await presses(house.maria, f"{link.id}.remove", f"{link.id}.gone")
    house.family.hears("This group gets no more messages about Maria")
    await house.town.later(minutes=10)
    assert house.family.group.chat.bot_left
    house.all_read()
    await house.family.forges(house.ze, data, message.message_id)
    assert (await open_alert(house.town)).state != "acknowledged"  # type: ignore[union-attr]
    house.family.hears_nothing()


async def test_a_rehearsal_rings_in_the_group_too(house: House) -> None:
    await linked(house.town, house.maria, house.family, house.ze)
    await house.maria.sends("/testalert")
    house.family.hears("ONLY A TEST")
    await house.family.somebody_taps(house.ze, "I got it")
    house.family.hears("Thank you")
    house.maria.hears("Family answered")
    house.all_read()
