"""The patient's hand on the list: who is told first, who second, and who no longer."""

from __future__ import annotations

from bot.actions import family, leave_group, menus, stop_caring
from bot.actions.below import card_here
from bot.actions.let_go import let_go
from bot.actions.relations import linked, name_of
from bot.actions.visit import Visit
from bot.actions.voice import column
from bot.domain.people import Deed
from bot.domain.press import SettingPress
from bot.store.tables import CareLink

LINES = {"first": 1, "second": 2}


async def press(visit: Visit, link: CareLink, action: str) -> str | None:
    """Move a caregiver between the lines, or remove one in two taps."""
    if not linked(visit, link, Deed.ARRANGE):
        return visit.voice.label("tap.unknown")
    if link.state != "active":
        return visit.voice.label("caregivers.gone_already")
    if action in LINES and link.is_group:
        return visit.voice.label("tap.unknown")  # a group is second line: many people read it
    if action in LINES:
        await _move(visit, link, LINES[action])
    elif action == "remove":
        await _ask(visit, link)
    else:
        await _remove(visit, link)
    return None


async def _move(visit: Visit, link: CareLink, line: int) -> None:
    if link.line != line:
        others = await visit.tx.families.of_patient(link.patient_id)
        link.position = 1 + max((other.position for other in others if other.line == line), default=0)
        link.line = line
        visit.tx.audit.note(link.patient_id, visit.person.id, f"caregiver_line_{line}", visit.now, link.id)
        await visit.tx.flush()
    await family.show_here(visit)


async def _ask(visit: Visit, link: CareLink) -> None:
    voice, name = visit.voice, name_of(visit.tx, await visit.tx.people.get(link.caregiver_id))
    rows = column(
        [
            voice.button("caregivers.button.gone", SettingPress("link", f"{link.id}.gone"), style="danger"),
            voice.button("caregivers.button.back", SettingPress("link", "list")),
        ]
    )
    key = "group.remove" if link.is_group else "caregivers.remove"
    await card_here(visit, family.CARD, voice.message(voice.html(key, name=name), buttons=rows))


async def _remove(visit: Visit, link: CareLink) -> None:
    caregiver = await visit.tx.people.get(link.caregiver_id)
    await let_go(visit.world, visit.tx, link, "removed", visit.now)
    key = "group.removed" if link.is_group else "caregivers.removed"
    visit.voice_to(caregiver).tell(key, name=name_of(visit.tx, visit.person))
    if link.is_group:
        await leave_group.unless_needed(visit.tx, caregiver, visit.now)
        await family.show_here(visit)
        return
    await menus.refresh(Visit(visit.world, visit.tx, visit.now, caregiver, await visit.tx.patients.get(caregiver.id)))
    await visit.tx.flush()
    await stop_caring.refresh(visit.voice_to(caregiver, about=caregiver))
    await family.show_here(visit)
