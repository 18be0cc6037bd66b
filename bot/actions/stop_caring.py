"""A caregiver's list of the people they care for, and how to stop."""

from __future__ import annotations

from bot.actions import caring, family, menus, shifts
from bot.actions.below import card_below, card_here
from bot.actions.let_go import let_go
from bot.actions.relations import is_dead, linked, name_of, short_name, subject_and_action
from bot.actions.visit import Visit
from bot.actions.voice import Voice, column
from bot.domain.people import Deed
from bot.domain.press import SettingPress
from bot.domain.speech import Message
from bot.store.tables import CareLink
from bot.texts import Html

CARD = "patients"


async def show_below(visit: Visit) -> None:
    """Show whom the visitor cares for, as the newest message."""
    await card_below(visit.voice, CARD, visit.person.id, await _screen(visit.voice))


async def refresh(voice: Voice) -> None:
    """Let the caregiver's list, if they ever opened it, show how things are now."""
    if await voice.tx.cards.find(CARD, voice.person.id) is not None:
        await voice.card(CARD, voice.person.id, await _screen(voice))


async def press(visit: Visit, choice: str) -> str | None:
    """A tap on "Stop caring for …", its yes, or back to the list."""
    link_id, action = subject_and_action(choice)
    if action == "list":
        await card_here(visit, CARD, await _screen(visit.voice))
        return None
    link = await visit.tx.families.get(link_id)
    if link is None or action not in ("ask", "yes") or visit.person.id != link.caregiver_id:
        return visit.voice.label("tap.unknown")
    # The patient's row is held before the link is believed: the patient may be removing the visitor just now.
    await visit.tx.patients.lock([link.patient_id])
    link = await visit.tx.families.reread(link)
    if not linked(visit, link, Deed.LEAVE):
        return visit.voice.label("patients.left_already")
    await (_ask(visit, link) if action == "ask" else _leave(visit, link))
    return None


async def _screen(voice: Voice) -> Message:
    links = await voice.tx.families.of_caregiver(voice.person.id)
    if not links:
        return voice.message(voice.html("patients.nobody"), voice.html("patients.how_to_join"))
    people = [await voice.tx.people.get(link.patient_id) for link in links]
    lines = [voice.html("patients.line", name=name_of(voice.tx, person)) for person in people]
    pairs = list(zip(links, people, strict=True))
    buttons = [caring.buttons(voice, link, person) for link, person in pairs]
    buttons.append(shifts.nights_button(voice))
    buttons += [
        voice.button("patients.button.leave", SettingPress("leave", f"{link.id}.ask"), name=short_name(voice, person))
        for link, person in pairs
    ]
    listed = Html("\n".join(str(line) for line in lines))
    return voice.message(voice.html("patients.title"), listed, voice.html("patients.how"), buttons=column(buttons))


async def _ask(visit: Visit, link: CareLink) -> None:
    voice, name = visit.voice, name_of(visit.tx, await visit.tx.people.get(link.patient_id))
    rows = column(
        [
            voice.button("patients.button.yes", SettingPress("leave", f"{link.id}.yes"), style="danger"),
            voice.button("patients.button.back", SettingPress("leave", "list")),
        ]
    )
    await card_here(visit, CARD, voice.message(voice.html("patients.leave", name=name), buttons=rows))


async def _leave(visit: Visit, link: CareLink) -> None:
    """Stop, and let the patient know: whoever counts on somebody must hear that they are gone."""
    tx = visit.tx
    patient = await tx.people.get(link.patient_id)
    was_told = link.state == "active"
    await let_go(visit.world, tx, link, "left", visit.now)
    name = name_of(tx, patient)
    await card_here(visit, CARD, visit.voice.message(visit.voice.html("patients.left", name=name)))
    voice = visit.voice_to(patient, about=patient)
    if was_told and not await is_dead(tx, patient.id):
        left = await tx.families.of_patient(patient.id)
        key = "caregivers.left" if left else "caregivers.left_nobody"
        new = voice.button("invite.button.new", SettingPress("invite", "new"))
        text = voice.html(key, name=name_of(tx, visit.person))
        voice.say(await family.softly(voice, voice.message(text, buttons=[[new]])))
    await menus.refresh(visit)
    await tx.flush()
    await family.refresh(voice)
