"""Asks the patient whether the joiner is the person they invited. Before their yes, nothing flows."""

from __future__ import annotations

from bot.actions import (
    alert_ladder,
    caring,
    consents,
    family,
    group_words,
    leave_group,
    menus,
    rehearsal,
    stop_caring,
)
from bot.actions.below import card_below, card_here
from bot.actions.relations import linked, name_of
from bot.actions.visit import Visit
from bot.actions.voice import Voice, column
from bot.domain.ladder import CALLING
from bot.domain.people import Deed
from bot.domain.press import SettingPress
from bot.store.tables import CareLink, Person

CARD = "confirm"
CONSENT = "sharing"
SHARING = ("confirm.what_is_shared", "confirm.what_is_not_shared")


async def ask(visit: Visit, link: CareLink) -> None:
    """Put the question to the patient, with the name and username that Telegram shows of the joiner."""
    patient = await visit.tx.people.get(link.patient_id)
    voice = visit.voice_to(patient, about=patient)
    joiner = await visit.tx.people.get(link.caregiver_id)
    parts = [voice.html("confirm.ask", name=_shown(voice, joiner))]
    if link.is_group:
        parts = group_words.asks(voice, joiner)
    if CONSENT not in await visit.tx.people.consents(patient.id):
        parts += [voice.html(key) for key in SHARING]
    yes = voice.button("confirm.button.yes", SettingPress("link", f"{link.id}.yes"), style="success")
    no = voice.button("confirm.button.no", SettingPress("link", f"{link.id}.no"))
    message = await family.softly(voice, voice.message(*parts, buttons=column([yes, no])))
    await card_below(voice, CARD, link.id, message)
    await family.refresh(voice)


def _shown(voice: Voice, joiner: Person) -> str:
    # Never the name they chose here: the patient must see whom Telegram knows.
    return voice.tx.people.handle(joiner) or "?"


async def press(visit: Visit, link: CareLink, action: str) -> str | None:
    """The patient's yes or no, or the question again."""
    if not linked(visit, link, Deed.CONFIRM):
        return visit.voice.label("tap.unknown")
    if link.state != "pending":
        return visit.voice.label("confirm.answered")
    if action == "ask":
        await ask(visit, link)
    elif action == "yes":
        await _yes(visit, link)
    else:
        await _no(visit, link)
    return None


async def _yes(visit: Visit, link: CareLink) -> None:
    voice, tx = visit.voice, visit.tx
    joiner = await tx.people.get(link.caregiver_id)
    await consents.agree(voice, CONSENT, SHARING)
    await _activate(visit, link, joiner)
    key = "confirm.yes_unreachable" if link.unreachable_at is not None else "confirm.yes"
    if link.is_group and link.unreachable_at is None:
        key = "group.yes"
    await card_here(visit, CARD, voice.message(voice.html(key, name=_shown(voice, joiner))), link.id)
    await family.refresh(voice)
    if link.is_group:
        visit.voice_to(joiner).say(group_words.welcome(visit, joiner, name_of(tx, visit.person)))
    else:
        await _begins(visit, link, joiner)
    await _call_for_what_is_open(visit)
    if visit.patient is not None:
        await rehearsal.plan(tx, visit.person, visit.patient, visit.now)


async def _begins(visit: Visit, link: CareLink, joiner: Person) -> None:
    """What a person gets who is a caregiver now."""
    await stop_caring.refresh(visit.voice_to(joiner, about=joiner))
    _welcome(visit, link, joiner)
    await menus.refresh(Visit(visit.world, visit.tx, visit.now, joiner, await visit.tx.patients.get(joiner.id)))
    visit.tx.moments.set(caring.MONTHLY, link.id, link.patient_id, caring.in_a_month(visit.now, joiner))


async def _activate(visit: Visit, link: CareLink, joiner: Person) -> None:
    others = await visit.tx.families.of_patient(link.patient_id)
    link.state, link.confirmed_at, link.line = "active", visit.now, 2 if link.is_group else 1
    link.position = 1 + max((other.position for other in others if other.line == link.line), default=0)
    link.unreachable_at = joiner.unreachable_at
    if joiner.zone is None:
        # Most families live in one zone; it only decides how times of day are shown to them.
        joiner.zone, joiner.zone_source = visit.person.zone, "guessed"
    visit.tx.audit.note(link.patient_id, visit.person.id, "caregiver_confirmed", visit.now, link.id)
    await visit.tx.flush()


def _welcome(visit: Visit, link: CareLink, joiner: Person) -> None:
    """What will come, how to let it through at night, and how the patient sees them."""
    voice = visit.voice_to(joiner)
    name = voice.button("confirm.button.name", SettingPress("link", f"{link.id}.name"))
    patient = name_of(visit.tx, visit.person)
    message = voice.message(
        voice.html("confirm.welcome", name=patient),
        voice.html("confirm.what_comes", name=patient),
        voice.html("confirm.at_night"),
        voice.html("confirm.your_name", name=name_of(visit.tx, joiner)),
        buttons=[[name]],
    )
    voice.say(message)


async def _call_for_what_is_open(visit: Visit) -> None:
    """An alert that had nobody to call has somebody now."""
    alert = await visit.tx.alerts.open_of(visit.person.id)
    if alert is None or alert.rung == 0 or alert.state not in CALLING:
        return
    if not any(event.kind == "called" for event in await visit.tx.alerts.timeline(alert.id)):
        await alert_ladder.call_now(visit.world, visit.tx, alert, visit.now)


async def _no(visit: Visit, link: CareLink) -> None:
    voice = visit.voice
    joiner = await visit.tx.people.get(link.caregiver_id)
    link.state, link.ended_at = "refused", visit.now
    visit.tx.audit.note(link.patient_id, visit.person.id, "caregiver_refused", visit.now, link.id)
    await card_here(visit, CARD, voice.message(voice.html("confirm.no", name=_shown(voice, joiner))), link.id)
    visit.voice_to(joiner).tell("group.refused" if link.is_group else "join.refused")
    if link.is_group:
        await leave_group.unless_needed(visit.tx, joiner, visit.now)
    await visit.tx.flush()
    await family.refresh(voice)
