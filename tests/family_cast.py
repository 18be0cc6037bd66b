"""The cast of the plays about families: Maria checks in, Ana and Rui care for her, Zé is a stranger."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from bot.actions.open_checkin import schedule_next
from bot.store.tables import CareLink
from tests.town import Phone, Town, a_town

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
