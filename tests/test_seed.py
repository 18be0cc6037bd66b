"""Made-up patients: as many as asked for, with the contract's chat ids, and never beside real people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from bot.seed import CAREGIVERS_ABOVE, SeedRefused, seed
from bot.store.database import Store
from bot.store.queues import DueMoment
from bot.store.tables import Base, CareLink, Consent, Patient, Person
from tests.conftest import NINE, HandClock
from tests.town import WORLD, Town

FIRST = 5_000


async def made(store: Store, patients: int = 3, caregivers: int = 0, first: int = FIRST) -> int:
    return await seed(store, WORLD, patients, "09:30", "Europe/Lisbon", caregivers, first, NINE)


async def count(store: Store, table: type[Base]) -> int:
    async with store.read() as tx:
        return int(await tx.session.scalar(select(func.count()).select_from(table)) or 0)


async def test_patients_have_the_chat_ids_of_the_contract(store: Store) -> None:
    assert await made(store, patients=3, caregivers=2) == 9
    async with store.read() as tx:
        chats = list(await tx.session.scalars(select(Person.chat_id).order_by(Person.chat_id)))
        above = FIRST + CAREGIVERS_ABOVE
        assert chats == [*range(FIRST, FIRST + 3), *range(above, above + 6)]
        for number in range(3):
            patient = await tx.people.by_chat(FIRST + number)
            assert patient is not None
            carers = [await tx.people.get(link.caregiver_id) for link in await tx.families.of_patient(patient.id)]
            assert [carer.chat_id for carer in carers] == [above + number * 2, above + number * 2 + 1]


async def test_everybody_has_a_key_a_name_and_agreed(store: Store) -> None:
    await made(store, patients=2, caregivers=1)
    async with store.read() as tx:
        people = list(await tx.session.scalars(select(Person).order_by(Person.chat_id)))
        names = [tx.people.name(person) for person in people]
        assert names == ["Patient 0", "Patient 1", "Caregiver 0 of 0", "Caregiver 0 of 1"]
        assert len({person.wrapped_key for person in people}) == 4
        kinds = [set(await tx.people.consents(person.id)) for person in people]
        assert kinds == [{"storing", "sharing"}] * 2 + [{"caregiving"}] * 2


async def test_the_first_checkin_is_the_next_one_on_their_own_clock(store: Store) -> None:
    await made(store, patients=2)
    nine_thirty = datetime(2026, 3, 3, 9, 30, tzinfo=ZoneInfo("Europe/Lisbon")).astimezone(UTC)
    async with store.read() as tx:
        moments = list(await tx.session.scalars(select(DueMoment)))
        assert {moment.due_at for moment in moments} == {nine_thirty}
        assert {moment.subject_id for moment in moments} == set(await tx.session.scalars(select(Patient.person_id)))


async def test_a_second_crowd_may_join_the_first(store: Store) -> None:
    await made(store, patients=2, caregivers=1)
    await made(store, patients=2, caregivers=1, first=FIRST + 2)
    assert await count(store, Patient) == 4
    assert await count(store, CareLink) == 4


@pytest.mark.parametrize("caregivers", [0, 2])
async def test_ids_that_are_taken_are_refused(store: Store, caregivers: int) -> None:
    await made(store, patients=2, caregivers=caregivers)
    with pytest.raises(SeedRefused, match="first-chat-id"):
        await made(store, patients=2, first=FIRST + 1)
    with pytest.raises(SeedRefused, match="first-chat-id"):
        # Patients where the caregivers of the first crowd are.
        await made(store, patients=1, first=FIRST + (CAREGIVERS_ABOVE if caregivers else 0))
    assert await count(store, Patient) == 2


@pytest.mark.parametrize("source", [None, "said", "guessed", "location"])
async def test_a_database_with_real_people_is_refused(store: Store, clock: HandClock, source: str | None) -> None:
    await made(store, patients=1)
    async with store.begin() as tx:
        maria = tx.people.add(1, "en", clock.now())
        maria.zone_source = source
    with pytest.raises(SeedRefused, match="real people"):
        await made(store, patients=1, first=FIRST + 10)
    assert await count(store, Patient) == 1


@pytest.mark.parametrize(
    ("patients", "caregivers", "first"), [(0, 0, 1), (1, -1, 1), (1, 0, 0), (2, 0, 2**52 - 1), (1, 1, 2**52 - 1)]
)
async def test_numbers_without_sense_are_refused(store: Store, patients: int, caregivers: int, first: int) -> None:
    with pytest.raises(SeedRefused):
        await made(store, patients, caregivers, first)
    assert await count(store, Person) == 0


@pytest.mark.parametrize(("hour", "zone"), [("24:00", "UTC"), ("9", "UTC"), ("09:00", "Atlantis"), ("09:00", "../x")])
async def test_no_time_and_no_zone_are_refused(store: Store, hour: str, zone: str) -> None:
    with pytest.raises(SeedRefused, match=hour if zone == "UTC" else zone):
        await seed(store, WORLD, 1, hour, zone, 0, FIRST, NINE)
    assert await count(store, Person) == 0


async def test_more_than_one_commit_makes_everybody_once(store: Store) -> None:
    assert await made(store, patients=5_100, caregivers=1) == 10_200
    assert await count(store, Person) == 10_200
    assert await count(store, Consent) == 15_300


async def test_a_made_up_patient_lives_a_morning(sqlite_url: str) -> None:
    """What seeding makes is what the bot works with: a prompt, three taps, a warning, and the caregiver's alert."""
    async with Town(sqlite_url) as town:
        maria, ana = town.person(FIRST, "Maria"), town.person(FIRST + CAREGIVERS_ABOVE, "Ana")
        for phone in (maria, ana):
            phone.user.chat.started = True
        assert town.app is not None
        await seed(town.app.store, WORLD, 1, "09:30", "Europe/Lisbon", 1, FIRST, town.clock.now())
        await town.later(hours=2)
        maria.hears("Patient 0", loud=True)
        await maria.taps("0", "numb", "Send")
        ana.hears("Patient 0", loud=True)
        for phone in (maria, ana):
            phone.reads_all()


async def test_the_next_day_comes_too(sqlite_url: str) -> None:
    async with Town(sqlite_url) as town:
        maria = town.person(FIRST, "Maria")
        maria.user.chat.started = True
        assert town.app is not None
        await seed(town.app.store, WORLD, 1, "09:30", "Europe/Lisbon", 0, FIRST, town.clock.now())
        await town.later(hours=2)
        first = len(maria.messages)
        maria.reads_all()
        await town.later(days=1)
        assert len(maria.messages) > first
        async with town.app.store.read() as tx:
            patient = await tx.people.by_chat(FIRST)
            assert patient is not None
            due = await tx.moments.of("checkin", patient.id)
        assert due is not None
        assert due > town.clock.now() + timedelta(hours=20)
        maria.reads_all()
