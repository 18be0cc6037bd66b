"""Caregivers come in by a link and a yes, see alerts and nothing else, and go without a trace of what follows."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bot.actions import caregivers, invite
from bot.actions.open_checkin import schedule_next
from bot.actions.visit import Visit
from bot.domain.press import MOST_BYTES
from bot.store.database import Store
from bot.store.tables import CareLink, Person
from bot.store.unit import Tx
from tests.town import WORLD, Phone, Town, a_town

MARIA, ANA, RUI, ZE = 1, 2, 3, 4
LINK = re.compile(r"https://t\.me/\w+\?start=([A-Za-z0-9_-]+)")


@pytest.fixture
async def town(sqlite_url: str) -> AsyncIterator[Town]:
    async with a_town(sqlite_url) as running:
        running.restarts = False
        yield running


@pytest.fixture
async def maria(town: Town) -> Phone:
    """A patient who is through the welcome and checks in at nine."""
    phone = town.person(MARIA, "Maria", username="maria_p")
    phone.user.presses_start()
    await town.settle()
    assert town.app is not None
    async with town.app.store.begin() as tx:
        person = await tx.people.by_chat(MARIA)
        assert person is not None
        person.zone, person.country, person.onboarding = "Europe/Lisbon", "PT", None
        tx.people.set_name(person, "Maria")
        patient = tx.patients.add(person, town.clock.now())
        patient.state = "active"
        schedule_next(tx, person, patient, town.clock.now())
    phone.reads_all()
    return phone


@pytest.fixture
def ana(town: Town) -> Phone:
    return town.person(ANA, "Ana", username="ana")


@pytest.fixture
def rui(town: Town) -> Phone:
    return town.person(RUI, "Rui", username="rui")


@pytest.fixture
def ze(town: Town) -> Phone:
    return town.person(ZE, "Zé")


def data_of(phone: Phone, ending: str) -> tuple[int, str]:
    """The newest button whose callback data ends so: its message and its data."""
    for message in reversed(phone.messages):
        for row in message.buttons:
            for button in row:
                if button.get("callback_data", "").endswith(ending):
                    return message.message_id, button["callback_data"]
    raise AssertionError(f"{phone.name} has no button that ends with {ending}")


async def presses(phone: Phone, *endings: str) -> str:
    """Tap the newest button whose callback data ends so; the toast of the last."""
    toast = ""
    for ending in endings:
        toast = await forges(phone, *data_of(phone, ending))
    return toast


async def forges(phone: Phone, message_id: int, data: str) -> str:
    query = phone.user.forges(message_id, data)
    await phone.town.settle()
    return phone.town.api.answers.get(query, "")


async def new_link(maria: Phone) -> str:
    await maria.sends("/caregivers")
    await presses(maria, "invite:new")
    found = [LINK.search(text) for text in maria.reads_all()]
    return next(match[0] for match in reversed(found) if match)


async def joins(maria: Phone, joiner: Phone) -> None:
    """The whole way in."""
    await joiner.opens(await new_link(maria))
    await presses(joiner, ".yes")
    await presses(maria, ".yes")
    maria.reads_all()
    joiner.reads_all()


async def links(town: Town) -> dict[int, CareLink]:
    """Care links by the caregiver's chat."""
    assert town.app is not None
    async with town.app.store.read() as tx:
        maria = await tx.people.by_chat(MARIA)
        assert maria is not None
        found = await tx.families.of_patient(maria.id, ("pending", "active", "refused", "removed", "left"))
        return {(await tx.people.get(link.caregiver_id)).chat_id: link for link in found}


async def feels_numb(maria: Phone) -> None:
    """A check-in with one sign that is right away (CC1)."""
    await maria.sends("/checkin")
    await presses(maria, ":pain:0", ":bone_signs:+numbness", ":bone_signs:done")


# ------------------------------------------------------------------------ the way in


async def test_the_whole_way_in(town: Town, maria: Phone, ana: Phone) -> None:
    await maria.sends("/caregivers")
    maria.hears("nobody else is told")
    await presses(maria, "invite:new")
    card = maria.hears("works once, until Thursday, 8:00", "right person", "You could write")
    link = LINK.search(card.text)
    assert link is not None
    share = next(button["url"] for row in card.buttons for button in row if "url" in button)
    assert share.startswith("https://t.me/share/url?url=https%3A%2F%2Ft.me%2F")
    assert link[1] in share
    assert [button["copy_text"]["text"] for row in card.buttons for button in row if "copy_text" in button] == [link[0]]
    maria.hears("open link, until Thursday")

    await ana.opens(link[0])
    meaning = ana.hears("would like you to be their caregiver", "at night", "not an emergency service")
    assert "not end-to-end encrypted" in meaning.text
    assert "Maria" not in meaning.text, "nothing about the patient before her yes"
    maria.hears("opened this link")
    assert not LINK.search(card.text), "a link that is used up is gone from the chat, too"
    maria.reads_all()

    await presses(ana, ".yes")
    ana.hears("I now ask the person who invited you")
    ana.hears_nothing()
    maria.hears("Ana (@ana) wants to get your alerts", "phone of your care team", loud=True)
    maria.reads_all()

    await presses(maria, ".yes")
    maria.hears("Ana (@ana) is now told")
    ana.hears("Maria said yes", "Do Not Disturb", "They see you as “Ana (@ana)”")
    maria.hears("Ana (@ana): told at once")
    assert (await links(town))[ANA].state == "active"


async def test_both_consents_are_kept_with_their_words(town: Town, maria: Phone, ana: Phone, rui: Phone) -> None:
    await joins(maria, ana)
    assert town.app is not None
    async with town.app.store.read() as tx:
        kept = {}
        for chat in (MARIA, ANA):
            person = await tx.people.by_chat(chat)
            assert person is not None
            kept[chat] = await tx.people.consents(person.id)
    assert set(kept[MARIA]) == {"sharing"}
    assert set(kept[ANA]) == {"caregiving"}
    assert kept[MARIA]["sharing"].text_version != kept[ANA]["caregiving"].text_version
    await rui.opens(await new_link(maria))
    rui.reads_all()
    maria.reads_all()
    await presses(rui, ".yes")
    rui.reads_all()
    question = maria.hears("Rui (@rui) wants to get your alerts")
    assert "care team" not in question.text, "what is shared was agreed to with the first person"
    maria.reads_all()


async def test_the_menu_follows_the_role(town: Town, maria: Phone, ana: Phone) -> None:
    await joins(maria, ana)
    await town.later(seconds=5)
    names = [command["command"] for command in _menu(town, ANA)]
    assert "patients" in names
    assert "checkin" not in names
    await maria.sends("/caregivers")
    await presses(maria, ".remove", ".gone")
    await town.later(seconds=5)
    assert "patients" not in [command["command"] for command in _menu(town, ANA)]
    maria.reads_all()
    ana.reads_all()


def _menu(town: Town, chat_id: int) -> list[dict[str, str]]:
    found = [menu for key, menu in town.api.commands.items() if str(chat_id) in str(key)]
    return found[-1]


async def test_nothing_flows_before_the_yes(town: Town, maria: Phone, ana: Phone) -> None:
    await ana.opens(await new_link(maria))
    await presses(ana, ".yes")
    ana.reads_all()
    await feels_numb(maria)
    assert any("nobody else has been told" in text.lower() for text in maria.reads_all())
    await town.later(minutes=45)
    ana.hears_nothing()
    maria.reads_all()
    await presses(maria, ".yes")
    assert any("Maria" in text and "umb" in text for text in ana.reads_all()), "an alert that had nobody has Ana now"
    maria.reads_all()


async def test_after_the_yes_an_alert_comes_with_a_sound(maria: Phone, ana: Phone) -> None:
    await joins(maria, ana)
    await feels_numb(maria)
    ana.hears("Maria", "umb", loud=True)
    maria.reads_all()


async def test_the_patient_says_no(town: Town, maria: Phone, ze: Phone) -> None:
    await ze.opens(await new_link(maria))
    await presses(ze, ".yes")
    ze.reads_all()
    maria.reads_all()
    await presses(maria, ".no")
    maria.hears("Zé gets nothing")
    refused = ze.hears("did not confirm")
    assert "Maria" not in refused.text
    maria.reads_all()
    assert (await links(town))[ZE].state == "refused"
    assert "answered this already" in await forges(maria, 1, f"s:link:{(await links(town))[ZE].id}.yes")
    assert (await links(town))[ZE].state == "refused"


async def test_the_joiner_says_no(town: Town, maria: Phone, ana: Phone) -> None:
    link = await new_link(maria)
    await ana.opens(link)
    ana.reads_all()
    maria.reads_all()
    await presses(ana, ".no")
    ana.hears("I will not send you anything")
    maria.hears("said no")
    assert await links(town) == {}
    await ana.opens(link)
    ana.hears("does not work any more")


async def test_who_was_refused_can_be_invited_again(town: Town, maria: Phone, ana: Phone) -> None:
    await ana.opens(await new_link(maria))
    await presses(ana, ".yes")
    await presses(maria, ".no")
    await joins(maria, ana)
    assert (await links(town))[ANA].state == "active"


async def test_at_night_the_question_makes_no_sound(town: Town, maria: Phone, ana: Phone) -> None:
    link = await new_link(maria)
    await town.later(hours=15, minutes=30)  # 23:30 in Lisbon, within her quiet hours
    maria.reads_all()
    await ana.opens(link)
    await presses(ana, ".yes")
    ana.reads_all()
    maria.hears("wants to get your alerts", loud=False)
    maria.reads_all()


async def test_a_caregiver_for_two_and_a_patient_too(town: Town, maria: Phone, ana: Phone, rui: Phone) -> None:
    await joins(maria, ana)
    assert town.app is not None
    async with town.app.store.begin() as tx:
        for phone in (ana, rui):
            person = await tx.people.by_chat(phone.user.id) or tx.people.add(phone.user.id, "en", town.clock.now())
            tx.patients.add(person, town.clock.now()).state = "active"
            tx.people.set_name(person, phone.name)
    await joins(rui, ana)
    await joins(ana, maria)  # they look after each other
    await ana.sends("/patients")
    ana.hears("Maria", "Rui")
    await ana.sends("/caregivers")
    ana.hears("Maria: told at once")
    await maria.sends("/patients")
    maria.hears("Ana")
    ana.reads_all()


# ------------------------------------------------------------------------ links that lead nowhere


async def test_links_that_lead_nowhere_tell_a_stranger_nothing(town: Town, maria: Phone, ana: Phone, ze: Phone) -> None:
    used, revoked = await new_link(maria), await new_link(maria)
    await presses(maria, ".revoke")
    expired = await new_link(maria)
    await ana.opens(used)
    await town.later(hours=49)
    ana.reads_all()
    maria.reads_all()
    for link, word in ((used, "used"), (revoked, "not work any more"), (expired, "over"), (used + "x", "not know")):
        await ze.opens(link)
        said = ze.hears(word).text
        assert said.count("\n") == 0
        assert not re.search("maria|ill|cancer|bone|sign|patient", said, re.IGNORECASE)
    maria.hears_nothing()


async def test_a_link_is_over_after_48_hours(town: Town, maria: Phone, ana: Phone, rui: Phone) -> None:
    first, second = await new_link(maria), await new_link(maria)
    await town.later(hours=47, minutes=59)
    await ana.opens(first)
    ana.hears("would like you to be their caregiver")
    await town.later(minutes=1)
    await rui.opens(second)
    assert rui.hears("This link is over").text.count("\n") == 0
    await presses(ana, ".yes")
    ana.hears("This link is over")
    assert await links(town) == {}
    maria.reads_all()


async def test_a_revoked_link_is_over_and_so_is_its_button(town: Town, maria: Phone, ana: Phone) -> None:
    link = await new_link(maria)
    message, data = data_of(maria, ".revoke")
    assert await forges(maria, message, data) == "Taken back."
    maria.hears("I have taken this link back")
    assert "over already" in await forges(maria, message, data)
    await ana.opens(link)
    ana.hears("does not work any more")
    maria.reads_all()


async def test_an_opened_link_cannot_be_taken_back_any_more(maria: Phone, ana: Phone) -> None:
    link = await new_link(maria)
    button = data_of(maria, ".revoke")
    await ana.opens(link)
    assert "I ask you before they see anything" in await forges(maria, *button)
    ana.reads_all()
    maria.reads_all()


async def test_own_already_and_waiting(town: Town, maria: Phone, ana: Phone, rui: Phone) -> None:
    link = await new_link(maria)
    await maria.opens(link)
    maria.hears("your own link")
    await ana.opens(link)
    ana.hears("caregiver")
    await ana.opens(link)  # the same person may open it twice, while they have not answered
    ana.hears("caregiver")
    await presses(ana, ".yes")
    ana.reads_all()
    await ana.opens(link)
    ana.hears("I wait for the answer")
    await presses(maria, ".yes")
    ana.reads_all()
    await ana.opens(link)
    ana.hears("already")
    second = await new_link(maria)
    await ana.opens(second)
    ana.hears("caregiver for this person already")
    await rui.opens(second)
    rui.hears("would like you to be their caregiver")  # it was not used up by Ana
    maria.reads_all()
    assert (await links(town)).keys() == {ANA}


async def test_a_stopped_patients_link_leads_nowhere(town: Town, maria: Phone, ana: Phone, rui: Phone) -> None:
    opened, unopened = await new_link(maria), await new_link(maria)
    await ana.opens(opened)
    ana.reads_all()
    await maria.sends("/stop")
    await presses(maria, "stop:yes")
    maria.reads_all()
    await presses(ana, ".yes")
    ana.hears("does not work any more")
    await rui.opens(unopened)
    rui.hears("does not work any more")
    assert await links(town) == {}
    await maria.sends("/caregivers")
    maria.hears("stopped")


async def test_five_wrong_links_an_hour_and_then_not_even_a_right_one(town: Town, maria: Phone, ze: Phone) -> None:
    right = LINK.search(await new_link(maria))
    assert right is not None
    for word in ("x", "A" * 43, "A" * 64, "'; DROP TABLE people; --", right[1][:-1]):
        await ze.sends(f"/start {word}")
        ze.hears("I do not know this link")
    await ze.opens(right[0])
    ze.hears("wait an hour")
    maria.hears_nothing()
    await town.later(minutes=59)
    await ze.opens(right[0])
    ze.hears("wait an hour")
    await town.later(minutes=1)
    await ze.opens(right[0])
    ze.hears("would like you to be their caregiver")
    maria.reads_all()


async def test_a_copied_link_may_bring_a_full_stop_along(maria: Phone, ana: Phone) -> None:
    found = LINK.search(await new_link(maria))
    assert found is not None
    await ana.sends(f"/start {found[1]}.")
    ana.hears("would like you to be their caregiver")
    maria.reads_all()


async def test_not_more_open_links_than_one_can_look_after(maria: Phone) -> None:
    for _ in range(invite.MOST_OPEN):
        await new_link(maria)
    await presses(maria, "invite:new")
    maria.hears("many people or open links")
    maria.reads_all()


def test_a_token_fits_a_link_and_a_hash_tells_nothing_of_it() -> None:
    import secrets

    tokens = {secrets.token_urlsafe(invite.TOKEN_BYTES) for _ in range(1_000)}
    assert len(tokens) == 1_000
    assert {len(token) for token in tokens} == {43}
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", token) for token in tokens)
    assert invite.TOKEN_BYTES * 8 == 256
    assert len(invite.fingerprint(tokens.pop())) == 32


async def test_no_token_lies_in_the_database(town: Town, maria: Phone) -> None:
    found = LINK.search(await new_link(maria))
    assert found is not None
    path = Path(str(make_url(town.database_url).database))
    with sqlite3.connect(path) as database:
        dump = b"\n".join(
            cell if isinstance(cell, bytes) else str(cell).encode()
            for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for row in database.execute(f"SELECT * FROM {table}")
            for cell in row
        )
    database.close()
    assert invite.fingerprint(found[1]) in dump
    assert found[1].encode() not in dump


# ------------------------------------------------------------------------ who may tap what


async def test_nobody_else_can_tap_these_buttons(town: Town, maria: Phone, ana: Phone, rui: Phone, ze: Phone) -> None:
    """Every button about every row, tapped by everybody whom it does not belong to: nothing changes."""
    await joins(maria, ana)
    await rui.opens(await new_link(maria))
    await presses(rui, ".yes")
    open_link = await new_link(maria)
    await ze.opens(await new_link(maria))
    assert open_link
    assert town.app is not None
    async with town.app.store.read() as tx:
        person = await tx.people.by_chat(MARIA)
        assert person is not None
        invited = [i.id for i in await tx.families.open_invitations(person.id, town.clock.now())]
    found = await links(town)
    opened = int(data_of(ze, ".yes")[1].split(":")[2].split(".")[0])
    for phone in (maria, ana, rui, ze):
        phone.reads_all()
    patient_only = [f"s:link:{link.id}.{a}" for link in found.values() for a in ("yes", "no", "ask", "first", "second")]
    patient_only += [f"s:link:{link.id}.{a}" for link in found.values() for a in ("remove", "gone")]
    patient_only += [f"s:invite:{i}.revoke" for i in (*invited, opened)] + ["s:invite:new", "s:invite:later"]
    ana_only = [f"s:leave:{found[ANA].id}.{a}" for a in ("ask", "yes")] + [f"s:link:{found[ANA].id}.name"]
    ze_only = [f"s:join:{opened}.{a}" for a in ("yes", "no")]
    nobody = [f"s:join:{i}.{a}" for i in invited for a in ("yes", "no")]
    nobody += [
        "s:link:1.yes",
        f"s:link:{2**63}.gone",
        "s:link:-1.no",
        "s:leave:x.yes",
        "s:join:.yes",
        "s:invite:0.revoke",
    ]
    stranger = town.person(9, "Nobody")
    stranger.user.presses_start()
    await town.settle()
    stranger.reads_all()
    before = await snapshot(town)
    for buttons, owner in ((patient_only, maria), (ana_only, ana), (ze_only, ze), (nobody, None)):
        for data in buttons:
            assert len(data.encode()) <= MOST_BYTES
            for phone in {maria, ana, rui, ze, stranger} - {owner}:
                toast = await forges(phone, 1, data)
                assert toast, f"{phone.name} taps {data}: no word"
                assert len(toast) <= 200
                phone.hears_nothing()
    assert await snapshot(town) == before


async def snapshot(town: Town) -> list[object]:
    """Everything about families."""
    path = Path(str(make_url(town.database_url).database))
    with sqlite3.connect(path) as database:
        rows = [
            sorted(database.execute(f"SELECT * FROM {table}").fetchall(), key=str)
            for table in ("care_links", "invitations", "consents", "patients", "cards", "wrong_guesses")
        ]
    database.close()
    return list(rows)


# ------------------------------------------------------------------------ the list


async def test_first_and_second_line(town: Town, maria: Phone, ana: Phone, rui: Phone) -> None:
    await joins(maria, ana)
    await joins(maria, rui)
    await maria.sends("/caregivers")
    await presses(maria, f"{(await links(town))[ANA].id}.second")
    listed = maria.hears("Ana (@ana): told if nobody answers", "Rui (@rui): told at once")
    assert listed.text.index("Rui") < listed.text.index("Ana"), "in the order in which they are called"
    maria.reads_all()
    await feels_numb(maria)
    rui.hears("Maria", loud=True)
    ana.hears_nothing()
    await town.later(minutes=31)
    ana.hears("Maria", loud=True)
    rui.reads_all()
    maria.reads_all()
    await presses(maria, f"{(await links(town))[ANA].id}.first")
    assert [link.line for link in (await links(town)).values()] == [1, 1]
    maria.reads_all()


async def test_a_removed_caregiver_hears_it_once_and_then_nothing(town: Town, maria: Phone, ana: Phone) -> None:
    await joins(maria, ana)
    await maria.sends("/caregivers")
    await presses(maria, ".remove")
    maria.hears("Remove Ana (@ana)?")
    await presses(maria, "link:list")
    assert (await links(town))[ANA].state == "active", "the first tap only asks"
    await presses(maria, ".remove", ".gone")
    ana.hears("no longer a caregiver for Maria")
    maria.hears("nobody else is told")
    assert "not on your list" in await forges(maria, 1, f"s:link:{(await links(town))[ANA].id}.gone")
    await feels_numb(maria)
    await town.later(hours=2)
    ana.hears_nothing()
    await ana.sends("/patients")
    ana.hears("nobody's caregiver")
    maria.reads_all()


async def test_what_still_waits_for_a_removed_caregiver_is_taken_back(town: Town, maria: Phone, ana: Phone) -> None:
    await joins(maria, ana)
    assert town.app is not None
    async with town.app.store.begin() as tx:
        person = await tx.people.by_chat(MARIA)
        assert person is not None
        later = town.clock.now() + timedelta(minutes=5)
        tx.outbox.put(ANA, person, "send", {"text": "secret of Maria"}, 0, later)
    await maria.sends("/caregivers")
    await presses(maria, ".remove", ".gone")
    await town.later(minutes=10)
    assert not any("secret" in text for text in ana.reads_all())
    maria.reads_all()


async def test_an_alert_whose_owner_goes_is_nobodys_for_no_moment(
    town: Town, maria: Phone, ana: Phone, rui: Phone
) -> None:
    await joins(maria, ana)
    await joins(maria, rui)
    await feels_numb(maria)
    await presses(ana, ":ack")
    for phone in (maria, ana, rui):
        phone.reads_all()
    await ana.sends("/patients")
    await presses(ana, f"{(await links(town))[ANA].id}.ask", f"{(await links(town))[ANA].id}.yes")
    ana.reads_all()
    maria.hears("Ana (@ana) is no longer your caregiver")
    rui.hears("Maria", loud=True)
    maria.reads_all()


async def test_a_caregiver_leaves_and_the_patient_hears_that_nobody_is_left(
    town: Town, maria: Phone, ana: Phone
) -> None:
    await joins(maria, ana)
    await ana.sends("/patients")
    ana.hears("You are a caregiver for", "Maria")
    await presses(ana, ".ask")
    ana.hears("Stop being a caregiver for Maria?")
    await presses(ana, "leave:list", ".ask", ".yes")
    ana.hears("no longer a caregiver for Maria")
    maria.hears("Now nobody else is told")
    maria.reads_all()
    assert (await links(town))[ANA].state == "left"
    assert "not their caregiver" in await forges(ana, 1, f"s:leave:{(await links(town))[ANA].id}.yes")
    await feels_numb(maria)
    ana.hears_nothing()
    maria.reads_all()


async def test_another_name(town: Town, maria: Phone, ana: Phone) -> None:
    await joins(maria, ana)
    await presses(ana, ".name")
    ana.hears("What shall I call you?")
    await ana.sends("Aninhas")
    ana.reads_all()
    await maria.sends("/caregivers")
    maria.hears("Aninhas: told at once")
    maria.reads_all()


async def test_commands_for_the_other_side(maria: Phone, ana: Phone) -> None:
    await joins(maria, ana)
    await ana.sends("/caregivers")
    ana.hears("belongs to people who check in")
    await maria.sends("/patients")
    maria.hears("nobody's caregiver")


async def test_the_offer(town: Town, maria: Phone) -> None:
    assert town.app is not None
    async with town.app.store.begin() as tx:
        person = await tx.people.by_chat(MARIA)
        assert person is not None
        patient = await tx.patients.get(person.id)
        await caregivers.offer(Visit(town.app.world, tx, town.clock.now(), person, patient))
    await town.settle()
    maria.hears("Should somebody you trust be told")
    await presses(maria, "invite:later")
    maria.hears("To invite somebody later")


# ------------------------------------------------------------------------ groups


async def test_in_a_group_one_line_and_out(town: Town, maria: Phone, ana: Phone) -> None:
    await joins(maria, ana)
    await feels_numb(maria)
    maria.reads_all()
    ana.reads_all()
    group = town.api.add_group(-1001, "Family", [maria.user, ana.user])
    group.adds_bot(maria.user)
    await town.settle()
    maria.user.sends("/status", to=group.chat)
    await town.settle()
    await town.later(seconds=10)
    said = [message.text for message in group.chat.from_bot]
    assert said == ["I only work in private chats, so I am leaving this group. Tap my name to write to me."]
    assert group.chat.bot_left
    await town.later(hours=2)
    assert len(group.chat.from_bot) == 1
    maria.reads_all()
    ana.reads_all()


async def test_a_stranger_puts_the_bot_into_a_group(town: Town) -> None:
    ze = town.api.add_user(ZE, "Zé", None, "en")
    group = town.api.add_group(-1001, "Family", [ze])
    group.adds_bot(ze)
    await town.later(seconds=10)
    assert len(group.chat.from_bot) == 1
    assert group.chat.bot_left


async def test_the_operators_group_is_left_alone(sqlite_url: str) -> None:
    async with Town(sqlite_url, operators=(-1001,)) as town:
        ze = town.api.add_user(ZE, "Zé", None, "en")
        group = town.api.add_group(-1001, "Operators", [ze])
        group.adds_bot(ze)
        await town.later(seconds=10)
        assert group.chat.from_bot == []
        assert not group.chat.bot_left


# ------------------------------------------------------------------------ who can be reached


async def test_a_caregiver_blocks_and_comes_back(town: Town, maria: Phone, ana: Phone, rui: Phone) -> None:
    await joins(maria, ana)
    await joins(maria, rui)
    rui.user.blocks()
    await town.settle()
    lost = maria.hears("I cannot reach Rui (@rui) any more")
    assert "nobody else" not in lost.text
    ana.user.blocks()
    await town.settle()
    maria.hears("I cannot reach Ana (@ana) any more", "nobody else is told")
    await maria.sends("/caregivers")
    maria.hears("Rui (@rui): ⚠️ I cannot reach them since Tuesday")
    maria.reads_all()
    ana.user.unblocks()
    rui.user.unblocks()
    await town.settle()
    maria.hears("I can reach Ana (@ana) again")
    maria.hears("I can reach Rui (@rui) again")
    maria.reads_all()
    ana.user.unblocks()
    await town.settle()
    maria.hears_nothing()


async def test_an_alert_that_cannot_be_handed_over_goes_to_the_next_at_once(
    town: Town, maria: Phone, ana: Phone, rui: Phone
) -> None:
    await joins(maria, ana)
    await joins(maria, rui)
    await maria.sends("/caregivers")
    await presses(maria, f"{(await links(town))[RUI].id}.second")
    maria.reads_all()
    ana.user.deactivates()  # Telegram tells nobody: it is found out by the alert itself
    await feels_numb(maria)
    rui.hears("Maria", loud=True)
    told = [text for text in maria.reads_all() if "cannot reach Ana (@ana)" in text]
    assert len(told) == 1, "told who cannot be reached, once"
    assert (await links(town))[ANA].unreachable_at is not None
    await town.later(minutes=20)
    assert not [text for text in maria.reads_all() if "cannot reach Ana (@ana)" in text]
    rui.reads_all()


async def test_a_patient_blocks_and_comes_back(town: Town, maria: Phone, ana: Phone) -> None:
    await joins(maria, ana)
    due = await _next_checkin(town)
    assert due is not None
    maria.user.blocks()
    await town.settle()
    assert await _next_checkin(town) is None
    ana.hears("Maria has closed the chat", "not an alert", loud=False)
    await town.later(minutes=90)
    ana.hears_nothing()
    maria.user.unblocks()
    await town.settle()
    assert await _next_checkin(town) is not None
    ana.hears("Maria has opened the chat", loud=False)
    maria.reads_all()


async def _next_checkin(town: Town) -> object:
    assert town.app is not None
    async with town.app.store.read() as tx:
        person = await tx.people.by_chat(MARIA)
        assert person is not None
        return await tx.moments.of("checkin", person.id)


async def test_a_stranger_blocks_and_nobody_hears(town: Town, maria: Phone, ze: Phone) -> None:
    await ze.sends("/start")
    ze.reads_all()
    ze.user.blocks()
    await town.settle()
    ze.user.unblocks()
    await town.settle()
    maria.hears_nothing()


# ------------------------------------------------------------------------ races, on both databases


async def _people(store: Store) -> tuple[Person, Person, Person, str]:
    now = store.ids._clock.now()
    async with store.begin() as tx:
        maria, ana, ze = (tx.people.add(chat, "en", now) for chat in (MARIA, ANA, ZE))
        tx.patients.add(maria, now).state = "active"
        token = "t" * 43
        tx.families.invite(maria.id, invite.fingerprint(token), now, invite.LIFETIME)
    return maria, ana, ze, token


async def _visit(store: Store, tx: Tx, chat: int) -> Visit:
    person = await tx.people.by_chat(chat)
    assert person is not None
    patient = (await tx.patients.lock([person.id])).get(person.id)
    return Visit(WORLD, tx, store.ids._clock.now(), person, patient)


@pytest.mark.parametrize("attempt", range(5))
async def test_two_open_one_link_and_one_is_too_late(store: Store, attempt: int) -> None:
    await _people(store)
    gate = asyncio.Barrier(2)

    async def opens(chat: int) -> int:
        await gate.wait()
        async with store.begin() as tx:
            visit = await _visit(store, tx, chat)
            await caregivers.join(visit, "t" * 43)
        return chat

    await asyncio.gather(opens(ANA), opens(ZE))
    async with store.begin() as tx:
        maria = await tx.people.by_chat(MARIA)
        assert maria is not None
        invitation = await tx.families.invitation(invite.fingerprint("t" * 43))
        assert invitation is not None
        winner = await tx.people.get(invitation.used_by or 0)
        assert await tx.families.open_invitations(maria.id, store.ids._clock.now()) == []
        cards = [chat for chat in (ANA, ZE) if await _asked(tx, chat, invitation.id)]
        assert cards == [winner.chat_id]
        parcels = await tx.outbox.claim(store.ids._clock.now(), 1, 100, [0, 1, 2, 3], [])
    loser = ANA + ZE - winner.chat_id
    said = {parcel.chat_id: parcel.body["text"] for parcel in parcels}
    assert set(said) == {loser}
    assert "used already" in said[loser]


async def _asked(tx: Tx, chat: int, invitation_id: int) -> bool:
    card = await tx.cards.find("join", invitation_id)
    return card is not None and card.chat_id == chat


async def test_opening_against_taking_back(store: Store) -> None:
    """Whoever is first has it: never a link that is both opened and taken back."""
    maria, *_ = await _people(store)
    async with store.read() as tx:
        invitation = await tx.families.invitation(invite.fingerprint("t" * 43))
        assert invitation is not None
    gate = asyncio.Barrier(2)

    async def opens() -> None:
        await gate.wait()
        async with store.begin() as tx:
            await caregivers.join(await _visit(store, tx, ANA), "t" * 43)

    async def takes_back() -> None:
        await gate.wait()
        async with store.begin() as tx:
            await invite.press(await _visit(store, tx, MARIA), f"{invitation.id}.revoke")

    await asyncio.gather(opens(), takes_back())
    async with store.read() as tx:
        after = await tx.families.invitation(invite.fingerprint("t" * 43))
        assert after is not None
        assert (after.used_at is None) != (after.revoked_at is None)
    assert maria


async def test_leaving_against_being_removed(store: Store) -> None:
    """Both at once end the link once: one word to each, and one line in the audit."""
    maria, ana, *_ = await _people(store)
    now = store.ids._clock.now()
    async with store.begin() as tx:
        link = tx.families.link(maria.id, ana.id, now)
        link.state = "active"
    gate = asyncio.Barrier(2)

    async def leaves() -> str | None:
        await gate.wait()
        async with store.begin() as tx:
            return await caregivers.CAREGIVER_SETTINGS["leave"](await _visit(store, tx, ANA), f"{link.id}.yes")

    async def removes() -> str | None:
        await gate.wait()
        async with store.begin() as tx:
            return await caregivers.CAREGIVER_SETTINGS["link"](await _visit(store, tx, MARIA), f"{link.id}.gone")

    toasts = await asyncio.gather(leaves(), removes())
    assert sorted(toast is None for toast in toasts) == [False, True]
    async with store.read() as tx:
        after = await tx.families.get(link.id)
        assert after is not None
        assert after.state == ("left" if toasts[0] is None else "removed")
