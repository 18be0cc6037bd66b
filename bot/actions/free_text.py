"""Whatever is typed: a warning sign first of all, then an answer we asked for, then something we cannot read."""

from __future__ import annotations

from dataclasses import replace

from bot.actions import heard, raise_other, small_talk, text_answer
from bot.actions.consents import SELF_HARM
from bot.actions.expected import EXPECTED
from bot.actions.open_checkin import open_now
from bot.actions.relations import alive_patients_of
from bot.actions.report_for import on_behalf
from bot.actions.visit import Visit
from bot.domain.press import SettingPress
from bot.domain.protocol import Urgency
from bot.domain.recognise import CAREGIVER, PATIENT, Recognised, recognise
from bot.domain.speech import Button
from bot.store.tables import Patient, Person

PHONES = ("phone_day", "phone_night")
FEEL = "feel"


async def typed(visit: Visit, text: str) -> str | None:
    """Act on a typed line. A warning sign is heard even where we had asked for a name or a phone."""
    expected = visit.tx.people.expects(visit.person)
    if expected is not None and expected.get("what") in PHONES and not any(letter.isalpha() for letter in text):
        return await EXPECTED[expected["what"]](visit, text)  # "112" is then a number, not a cry for help
    if visit.patient is not None and await text_answer.answers(visit, text, only_numbers=True):
        return None  # "8/10" to "how bad is it?" is not a new alarm: the answer is judged like a tapped one
    if await warns(visit, text):
        return None
    if visit.patient is not None and await text_answer.answers(visit, text):
        return None
    if expected is not None and expected.get("what") in EXPECTED:
        return await EXPECTED[expected["what"]](visit, text)
    if visit.patient is not None and recognise(text, visit.world.phrases, visit.person.language).unreadable:
        visit.voice.tell("heard.unreadable", buttons=_symptoms(visit), number=visit.world.number_for(visit.person))
        return None
    return await small_talk.other_text(visit, text)


async def warns(visit: Visit, text: str) -> bool:
    """Whether the text tells of a warning sign, and if so, act on it.

    A patient speaks of herself; what she then still says of somebody she cares for is read as a caregiver's.
    """
    if visit.patient is not None:
        found = recognise(text, visit.world.phrases, visit.person.language, PATIENT)
        if found.kinds or found.labels:
            await _warning(visit, text, found, [])
            return True
    cared_for = await alive_patients_of(visit.tx, visit.person.id)
    sender = CAREGIVER if cared_for else PATIENT
    found = recognise(text, visit.world.phrases, visit.person.language, sender)
    if found.kinds or found.labels:
        await _warning(visit, text, found, cared_for)
        return True
    return False


async def _warning(visit: Visit, text: str, found: Recognised, cared_for: list[Person]) -> str | None:
    kind = _kind(found)
    if kind is not None and not cared_for:
        urgency = raise_other.TYPED[kind]
        wait = raise_other.SECOND_THOUGHTS if urgency == Urgency.EMERGENCY else raise_other.AT_ONCE
        await raise_other.say_and_alert(replace(visit, typed=text), kind, urgency, wait)
        return None
    if cared_for:
        return await _from_caregiver(visit, text, found, kind, cared_for)
    if visit.patient is None or visit.patient.state == "onboarding":
        visit.voice.tell("heard.before_welcome", number=visit.world.number_for(visit.person))
        return None
    rest = await text_answer.says_a_number(visit, text, found)
    if rest.labels and not await text_answer.ticks(visit, rest):
        await heard.hear(visit, text, rest)
    return None


def _kind(found: Recognised) -> str | None:
    """The kind of emergency (or fever) that was typed, if any; self-harm has its own words."""
    if found.self_harm:
        return SELF_HARM
    if found.is_emergency:
        return "words"
    return "fever" if found.is_fever else None


async def _from_caregiver(
    visit: Visit, text: str, found: Recognised, kind: str | None, cared_for: list[Person]
) -> str | None:
    """A caregiver's text about the patient is a report by the caregiver: the advice first, then "who?"."""
    if len(cared_for) > 1:
        if kind is not None:
            raise_other.say(visit, kind, raise_other.TYPED[kind], None, ())
        heard.ask_who(visit, text, found, kind, cared_for)
        return None
    acting = await on_behalf(visit, cared_for[0].id)
    if kind is not None:
        await raise_other.say_and_alert(acting, kind, raise_other.TYPED[kind])
    else:
        await heard.hear(acting, text, found)
    return None


def _symptoms(visit: Visit) -> list[list[Button]]:
    """What a check-in asks about, as buttons, each with a sign that needs no language."""
    voice, protocol = visit.voice, visit.world.protocol
    asked = (protocol.pain.level, *(group.question for group in protocol.groups))
    rows = [[voice.button(f"feel.{question}", SettingPress(FEEL, question))] for question in asked]
    return [*rows, [voice.button("feel.other", SettingPress("wrong", "open"), "danger")]]


async def feel(visit: Visit, patient: Patient, question: str) -> str | None:
    """A tap on one of these: a check-in that begins there."""
    protocol = visit.world.protocol
    groups = {group.question for group in protocol.groups}
    if question not in {protocol.pain.level, *groups}:
        return visit.voice.label("tap.unknown")
    await open_now(visit, first=question if question in groups else None)
    return None


async def edited(visit: Visit, text: str) -> str | None:
    """An edited message never withdraws a report; a warning sign in it is heard like a new one."""
    found = recognise(text, visit.world.phrases, visit.person.language)
    return await typed(visit, text) if found.labels or found.kinds else None


async def shared_contact(visit: Visit, phone: str) -> str | None:
    """A contact card answers a question about a phone."""
    expected = visit.tx.people.expects(visit.person)
    if expected is not None and expected.get("what") in EXPECTED:
        return await EXPECTED[expected["what"]](visit, phone)
    return await small_talk.media(visit, "contact", "")
