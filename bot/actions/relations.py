"""What one person is to another, read from the care link between them; `bot.domain.people` says what that allows."""

from __future__ import annotations

from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.domain.people import Deed, Relation, may, relation_between
from bot.store.tables import CareLink, Person
from bot.store.unit import Tx
from bot.texts import clean

# PostgreSQL's bigint and SQLite's integer: a larger number in a forged button is nobody's id.
LARGEST_ID = 2**63 - 1
# Telegram shows about this much of a name on a button beside other words.
NAME_ON_A_BUTTON = 24


async def relation_to(tx: Tx, actor_id: int, patient_id: int) -> Relation:
    """What the actor is to the patient."""
    if actor_id == patient_id:
        return Relation.SELF
    link = await tx.families.between(patient_id, actor_id)
    return _by_link(actor_id, link) if link else relation_between(actor_id, patient_id, None)


async def is_dead(tx: Tx, patient_id: int) -> bool:
    """Whether somebody told us that the patient has died: nothing to or about them goes out any more."""
    patient = await tx.patients.get(patient_id)
    return patient is not None and patient.state == "died"


async def alive_patients_of(tx: Tx, caregiver_id: int) -> list[Person]:
    """Everybody this person cares for who has not died."""
    links = await tx.families.of_caregiver(caregiver_id)
    alive = [link.patient_id for link in links if not await is_dead(tx, link.patient_id)]
    return [await tx.people.get(patient_id) for patient_id in alive]


def _by_link(actor_id: int, link: CareLink) -> Relation:
    return relation_between(actor_id, link.patient_id, link.state, link.sees, link.is_group)


def is_group(person: Person) -> bool:
    """Whether this chat is a group: its id is negative (Bot API, Chat; a private chat has its user's id)."""
    return person.chat_id < 0


async def allowed(visit: Visit, patient_id: int, deed: Deed) -> bool:
    """Whether the visitor may do that to this patient."""
    return may(await relation_to(visit.tx, visit.person.id, patient_id), deed)


def linked(visit: Visit, link: CareLink, deed: Deed) -> bool:
    """The same for a link that is at hand: its caregiver, its patient, or anybody else (who is a stranger to it)."""
    if visit.person.id not in (link.patient_id, link.caregiver_id):
        return may(Relation.STRANGER, deed)
    return may(_by_link(visit.person.id, link), deed)


def subject_and_action(choice: str) -> tuple[int, str]:
    """Both parts of "<id>.<action>"; a choice without an id is about 0, which is nobody."""
    number, dot, action = choice.partition(".")
    if dot and number.isascii() and number.isdigit() and len(number) <= 19 and int(number) <= LARGEST_ID:
        return int(number), action
    return 0, choice


def name_of(tx: Tx, person: Person) -> str:
    """What somebody wants to be called, else how Telegram shows them, in one line."""
    return clean(tx.people.name(person) or tx.people.handle(person)) or "?"


def who_is_there(visit: Visit) -> str:
    """The visitor's name; of somebody in a group, what they are called in Telegram and the group."""
    name = name_of(visit.tx, visit.person)
    return f"{clean(visit.member.name)} ({name})" if visit.member else name


def short_name(voice: Voice, person: Person) -> str:
    """The name cut to what fits on a button."""
    return clean(name_of(voice.tx, person), NAME_ON_A_BUTTON)
