"""The cast: Maria is a patient, Ana and Rui are her caregivers, Zé is a stranger; and what a play often says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from bot.actions.open_checkin import schedule_next
from bot.store.tables import Alert, Checkin, Patient, Person
from bot.store.unit import Tx
from tests.town import Phone, Town

MARIA, ANA, RUI, ZE = 1, 2, 3, 4
NIGHT_LINE = "+351 21 000 00 00"
NONE = "None of these"
LINK = re.compile(r"https://t\.me/\w+\?start=[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Cast:
    """Who is there when the curtain rises."""

    maria: Phone
    ana: Phone
    rui: Phone


async def at_home(
    town: Town,
    caregivers: int = 2,
    *,
    usual: frozenset[str] = frozenset(),
    hours: str = "09:00",
    phone: str = NIGHT_LINE,
) -> Cast:
    """Maria lives in Lisbon and checks in at nine; Ana and Rui (or fewer) are told of alerts, both at once."""
    cast = Cast(
        town.person(MARIA, "Maria", username="maria_p"),
        town.person(ANA, "Ana", username="ana"),
        town.person(RUI, "Rui", username="rui"),
    )
    async with begin(town) as tx:
        patient = await _patient(tx, town, usual, hours, phone)
        for position, who in enumerate((cast.ana, cast.rui)[:caregivers], start=1):
            caregiver = tx.people.add(who.user.id, "en", town.clock.now())
            caregiver.zone = "Europe/Lisbon"
            tx.people.set_handle(caregiver, f"{who.name} (@{who.user.username})")
            tx.people.set_name(caregiver, who.name)
            link = tx.families.link(patient.id, caregiver.id, town.clock.now())
            link.state, link.confirmed_at, link.position = "active", town.clock.now(), position
    for who in (cast.maria, cast.ana, cast.rui):
        who.user.chat.started = True
    return cast


async def _patient(tx: Tx, town: Town, usual: frozenset[str], hours: str, phone: str) -> Person:
    now = town.clock.now()
    maria = tx.people.add(MARIA, "en", now)
    maria.zone, maria.country, maria.zone_source = "Europe/Lisbon", "PT", "said"
    tx.people.set_handle(maria, "Maria (@maria_p)")
    tx.people.set_name(maria, "Maria")
    patient = tx.patients.add(maria, now)
    patient.state, patient.hours = "active", hours
    tx.patients.set_usual(maria, patient, usual)
    if phone:
        tx.patients.set_care(maria, patient, {"night": phone})
    schedule_next(tx, maria, patient, now)
    return maria


def begin(town: Town):  # type: ignore[no-untyped-def]
    """A unit of work on the town's rows."""
    assert town.app is not None
    return town.app.store.begin()


async def row_of(town: Town, phone: Phone) -> tuple[Person | None, Patient | None]:
    """A person's rows, if there are any."""
    async with begin(town) as tx:
        person = await tx.people.by_chat(phone.user.id)
        return person, await tx.patients.get(person.id) if person else None


async def checkin_of(town: Town) -> Checkin:
    """Maria's newest check-in."""
    async with begin(town) as tx:
        maria = await tx.people.by_chat(MARIA)
        assert maria is not None
        found = await tx.checkins.past(maria.id, town.clock.now() - timedelta(days=60))
        return max(found, key=lambda checkin: (checkin.opened_at, checkin.id))


async def answers_of(town: Town) -> dict[str, object]:
    """The newest answer to each question of Maria's newest check-in."""
    checkin = await checkin_of(town)
    async with begin(town) as tx:
        maria = await tx.people.get(checkin.patient_id)
        return {question: value for question, value, _ in await tx.checkins.answers(maria, checkin.id)}


async def open_alert(town: Town) -> Alert | None:
    """Maria's open alert, if there is one."""
    async with begin(town) as tx:
        maria = await tx.people.by_chat(MARIA)
        return await tx.alerts.open_of(maria.id) if maria else None


def button(phone: Phone, ending: str) -> tuple[int, str]:
    """The newest button whose callback data ends so: its message and its data."""
    for message in reversed(phone.messages):
        for row in message.buttons:
            for shown in row:
                if shown.get("callback_data", "").endswith(ending):
                    return message.message_id, shown["callback_data"]
    raise AssertionError(f"{phone.name} has no button that ends with {ending!r}; the last shows {phone.last.labels}")


async def presses(phone: Phone, *endings: str) -> str:
    """Tap buttons by the end of their callback data, where labels would be ambiguous; the toast of the last."""
    toast = ""
    for ending in endings:
        toast = await forges(phone, button(phone, ending)[1], button(phone, ending)[0])
    return toast


async def toast_of(phone: Phone, label: str) -> str:
    """Tap a button and read the short line that Telegram shows over the chat."""
    message, data = phone.finds(label)
    return await forges(phone, data, message.message_id)


async def forges(phone: Phone, data: str, message_id: int = 1) -> str:
    """Send this callback data, as an old or a dishonest phone can; the toast."""
    query = phone.user.forges(message_id, data)
    await phone.town.settle()
    return phone.town.api.answers.get(query, "")


async def says_pain(phone: Phone, pain: int) -> None:
    """Tap the number."""
    await presses(phone, f":pain:{pain}")


async def is_well(phone: Phone) -> None:
    """Three taps."""
    await presses(phone, ":pain:0", ":bone_signs:done", ":calcium_signs:done")


async def a_well_day(town: Town, phone: Phone) -> None:
    """To the next prompt, which is answered with three taps."""
    await until(town, phone, "How bad was your worst pain")
    await is_well(phone)
    phone.reads_all()


async def until(town: Town, phone: Phone, words: str, most: int = 26) -> None:
    """Time passes, an hour at a time, until the phone shows these words."""
    for _ in range(most):
        if any(words in message.text for message in phone.unread()):
            return
        await town.later(hours=1)
    raise AssertionError(f"{phone.name} never heard {words!r}")
