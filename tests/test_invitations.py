"""An invitation works once, for 48 hours, and tells a stranger nothing; of two at once, one is too late."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bot.actions import caregivers, invite
from bot.actions.visit import Visit
from bot.store.database import Store
from bot.store.tables import Person
from bot.store.unit import Tx
from tests import family_cast as cast
from tests.family_cast import ANA, LINK, MARIA, ZE, data_of, forges, links, new_link, presses
from tests.town import WORLD, Phone, Town

town, maria, ana, rui, ze = cast.town, cast.maria, cast.ana, cast.rui, cast.ze


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
