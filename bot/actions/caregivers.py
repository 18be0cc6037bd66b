"""/caregivers and /patients, and where the taps of both go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.actions import arrange, caregiver_name, confirm, family, invite, stop_caring
from bot.actions import join as joining
from bot.actions.relations import subject_and_action
from bot.actions.visit import Visit
from bot.store.tables import CareLink


async def caregivers(visit: Visit, argument: str) -> str | None:
    """/caregivers: the patient's list of who is told."""
    if invite.can_invite(visit):
        await family.show_below(visit)
    elif visit.patient is not None:
        visit.voice.tell("caregivers.stopped")
    else:
        visit.voice.tell("caregivers.only_patients")
    return None


async def patients(visit: Visit, argument: str) -> str | None:
    """/patients: whom the visitor cares for."""
    await stop_caring.show_below(visit)
    return None


async def offer(visit: Visit) -> None:
    """Ask a patient whether somebody shall be told, as a card; nothing for anybody else."""
    await invite.offer(visit)


async def join(visit: Visit, token: str) -> str | None:
    """/start with an invitation's token."""
    return await joining.join(visit, token)


async def link_press(visit: Visit, choice: str) -> str | None:
    """A tap about one care link, or back to the list."""
    link_id, action = subject_and_action(choice)
    if action == "list" and invite.can_invite(visit):
        await family.show_here(visit)
        return None
    link = await visit.tx.families.get(link_id)
    verb = LINK_ACTIONS.get(action)
    if link is None or verb is None:
        return visit.voice.label("tap.unknown")
    return await verb(visit, link, action)


async def _join(visit: Visit, choice: str) -> str | None:
    return await joining.press(visit, choice)


async def _confirm(visit: Visit, link: CareLink, action: str) -> str | None:
    # Looked up at the tap: whoever is read first, confirm and this file need each other.
    return await confirm.press(visit, link, action)


LINK_ACTIONS: Mapping[str, Callable[[Visit, CareLink, str], Awaitable[str | None]]] = {
    "yes": _confirm,
    "no": _confirm,
    "ask": _confirm,
    "first": arrange.press,
    "second": arrange.press,
    "remove": arrange.press,
    "gone": arrange.press,
    "name": caregiver_name.ask,
}
# `s:<setting>:<choice>` of these settings is ours; docs/callbacks.md lists the choices.
CAREGIVER_SETTINGS: Mapping[str, Callable[[Visit, str], Awaitable[str | None]]] = {
    "invite": invite.press,
    "link": link_press,
    "join": _join,
    "leave": stop_caring.press,
}
