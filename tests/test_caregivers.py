"""Caregivers come in by a link and a yes, see alerts and nothing else, and go without a trace of what follows."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

from sqlalchemy.engine import make_url

from bot.actions import caregivers
from bot.actions.visit import Visit
from bot.domain.press import MOST_BYTES
from tests import family_cast as cast
from tests.family_cast import ANA, LINK, MARIA, ZE, data_of, feels_numb, forges, joins, links, new_link, presses
from tests.town import Phone, Town

town, maria, ana, rui, ze = cast.town, cast.maria, cast.ana, cast.rui, cast.ze


async def test_the_whole_way_in(town: Town, maria: Phone, ana: Phone) -> None:
    await maria.sends("/caregivers")
    maria.hears("nobody else is told", "In an emergency do not wait")
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


async def test_a_name_cannot_pass_for_a_username(town: Town, maria: Phone) -> None:
    false_ana = town.person(5, "Ana (@ana)")
    await false_ana.opens(await new_link(maria))
    await presses(false_ana, ".yes")
    false_ana.reads_all()
    asked = maria.hears("wants to get your alerts")
    assert "Ana (ana)" in asked.text
    assert "@" not in asked.text
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
