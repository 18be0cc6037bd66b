"""Fills a database with made-up, consented patients, for rehearsals and load tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.actions import confirm, consents, join, welcome, welcome_screens
from bot.actions.sittings import schedule_of
from bot.actions.voice import Voice
from bot.actions.world import World
from bot.domain.calendar import next_slot
from bot.domain.local_time import UnknownZone, zone_named
from bot.store.crowd import MADE_UP, Crowd
from bot.store.database import Store
from bot.store.moments import CHECKIN
from bot.store.patients import DEFAULT_QUIET
from bot.store.tables import Patient, Person
from bot.store.unit import Tx

LANGUAGE = "en"
WALL_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
# Caregivers' chat ids start this far above the first patient's (contract.md, seed).
CAREGIVERS_ABOVE = 1_000_000_000
# Telegram's ids have at most 52 significant bits (Bot API, User).
LARGEST_CHAT_ID = 2**52 - 1
# People a commit: half as many cost SQLite a third of its speed in fsyncs, twice as many gain nothing (measured).
PEOPLE_A_CHUNK = 10_000

Row = dict[str, Any]


class SeedRefused(Exception):
    """The database or the numbers are not fit for made-up people; the message says why and what to do."""


@dataclass(frozen=True)
class Mould:
    """What all of them have in common."""

    zone: str
    country: str | None
    hour: str
    due_at: datetime
    versions: dict[str, str]  # of the words consented to, by kind
    caregivers: int
    first_chat_id: int
    now: datetime


@dataclass
class Batch:
    """The rows of one commit."""

    people: list[Row]
    patients: list[Row]
    links: list[Row]
    consents: list[Row]
    checkins: list[Row]


async def seed(
    store: Store,
    world: World,
    patients: int,
    checkin_time: str,
    timezone: str,
    caregivers: int,
    first_chat_id: int,
    now: datetime,
) -> int:
    """Make up `patients` patients with `caregivers` each; returns how many people were made.

    They are asked daily at `checkin_time` (HH:MM) in `timezone` (an IANA name). Patient i has the chat id
    `first_chat_id + i`; their caregivers, all in the first line, have the ids from
    `first_chat_id + 1_000_000_000 + i * caregivers` on. Raises SeedRefused when real people are in the database,
    an id is taken, or what is asked for makes no sense.
    """
    _refuse_numbers(patients, caregivers, first_chat_id)
    _refuse_words(checkin_time, timezone)
    async with store.begin() as tx:
        await _refuse_database(tx, patients, caregivers, first_chat_id)
        mould = _mould(world, tx, checkin_time, timezone, caregivers, first_chat_id, now)
    chunk = max(1, PEOPLE_A_CHUNK // (1 + caregivers))
    for start in range(0, patients, chunk):
        async with store.begin() as tx:
            batch = _batch(tx, mould, range(start, min(start + chunk, patients)))
            await Crowd(tx).add(batch.people, batch.patients, batch.links, batch.consents, batch.checkins)
    return patients * (1 + caregivers)


def _refuse_numbers(patients: int, caregivers: int, first_chat_id: int) -> None:
    if patients < 1 or caregivers < 0:
        raise SeedRefused("there must be at least 1 patient, and 0 or more caregivers each")
    last = max(_chats(patients, caregivers, first_chat_id), key=lambda chats: chats.stop).stop - 1
    if first_chat_id < 1 or last > LARGEST_CHAT_ID:
        raise SeedRefused(f"chat ids must lie between 1 and {LARGEST_CHAT_ID}; choose another --first-chat-id")
    if patients > CAREGIVERS_ABOVE:
        raise SeedRefused(f"at most {CAREGIVERS_ABOVE} patients, or their chat ids would be their caregivers'")


def _refuse_words(checkin_time: str, timezone: str) -> None:
    if not WALL_TIME.fullmatch(checkin_time):
        raise SeedRefused(f"{checkin_time!r} is no time of day; write --checkin-time as HH:MM, such as 09:00")
    try:
        zone_named(timezone)
    except UnknownZone:
        raise SeedRefused(f"{timezone!r} is no time zone; write --timezone as in Europe/Lisbon") from None


def _chats(patients: int, caregivers: int, first_chat_id: int) -> tuple[range, range]:
    above = first_chat_id + CAREGIVERS_ABOVE
    return range(first_chat_id, first_chat_id + patients), range(above, above + patients * caregivers)


async def _refuse_database(tx: Tx, patients: int, caregivers: int, first_chat_id: int) -> None:
    crowd = Crowd(tx)
    if await crowd.has_real_people():
        raise SeedRefused("this database holds real people; seed another one (set BONEWATCH_DATABASE_URL)")
    for chats in _chats(patients, caregivers, first_chat_id):
        if await crowd.knows_a_chat(chats):
            raise SeedRefused(f"some chat ids from {chats.start} on are taken; choose another --first-chat-id")


def _mould(
    world: World, tx: Tx, checkin_time: str, timezone: str, caregivers: int, first_chat_id: int, now: datetime
) -> Mould:
    somebody = Person(id=0, language=LANGUAGE, zone=timezone)
    voice = Voice(world, tx, somebody, now)
    words = {
        welcome.STORING: welcome_screens.CONSENT_PARAGRAPHS,
        confirm.CONSENT: confirm.SHARING,
        join.CONSENT: join.MEANING,
    }
    return Mould(
        zone=timezone,
        country=world.places.country_of(timezone),
        hour=checkin_time,
        due_at=next_slot(schedule_of(somebody, Patient(**_patient(0, checkin_time, now))), now).due_at,
        versions={kind: consents.version_of(voice, keys) for kind, keys in words.items()},
        caregivers=caregivers,
        first_chat_id=first_chat_id,
        now=now,
    )


def _batch(tx: Tx, mould: Mould, numbers: range) -> Batch:
    batch = Batch([], [], [], [], [])
    for number in numbers:
        person = _person(tx, mould, mould.first_chat_id + number, f"Patient {number}")
        batch.people.append(person)
        batch.patients.append(_patient(person["id"], mould.hour, mould.now))
        batch.consents.append(_consent(tx, mould, person, welcome.STORING))
        batch.checkins.append(
            {
                "kind": CHECKIN,
                "subject_id": person["id"],
                "patient_id": person["id"],
                "due_at": mould.due_at,
                "tries": 0,
            }
        )
        if mould.caregivers:
            batch.consents.append(_consent(tx, mould, person, confirm.CONSENT))
            for position, caregiver in enumerate(_caregivers_of(tx, mould, number)):
                batch.people.append(caregiver)
                batch.consents.append(_consent(tx, mould, caregiver, join.CONSENT))
                batch.links.append(_link(tx, mould, person, caregiver, position))
    return batch


def _caregivers_of(tx: Tx, mould: Mould, number: int) -> Iterator[Row]:
    first = mould.first_chat_id + CAREGIVERS_ABOVE + number * mould.caregivers
    for position in range(mould.caregivers):
        yield _person(tx, mould, first + position, f"Caregiver {position} of {number}")


def _person(tx: Tx, mould: Mould, chat_id: int, name: str) -> Row:
    person_id = tx.ids.new()
    wrapped = tx.vault.new_wrapped_key(person_id)
    return {
        "id": person_id,
        "chat_id": chat_id,
        "wrapped_key": wrapped,
        "language": LANGUAGE,
        "zone": mould.zone,
        "zone_source": MADE_UP,
        "country": mould.country,
        "name": tx.vault.of(person_id, wrapped).seal("people.name", name),
        "created_at": mould.now,
    }


def _patient(person_id: int, hour: str, now: datetime) -> Row:
    return {
        "person_id": person_id,
        "state": "active",
        "rhythm": "daily",
        "hours": hour,
        "weekdays": "0123456",
        "anchor": now.date(),
        "quiet_from": DEFAULT_QUIET[0],
        "quiet_to": DEFAULT_QUIET[1],
    }


def _consent(tx: Tx, mould: Mould, person: Row, kind: str) -> Row:
    return {
        "id": tx.ids.new(),
        "person_id": person["id"],
        "kind": kind,
        "text_version": mould.versions[kind],
        "language": LANGUAGE,
        "given_at": mould.now,
    }


def _link(tx: Tx, mould: Mould, patient: Row, caregiver: Row, position: int) -> Row:
    return {
        "id": tx.ids.new(),
        "patient_id": patient["id"],
        "caregiver_id": caregiver["id"],
        "state": "active",
        "position": position + 1,
        "created_at": mould.now,
        "confirmed_at": mould.now,
    }
