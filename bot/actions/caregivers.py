"""/caregivers and /patients, and where the taps of both go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.actions import arrange, confirm, family, free_text, invite, stop_caring
from bot.actions import join as joining
from bot.actions.about_me import keep_name
from bot.actions.relations import linked, name_of, subject_and_action
from bot.actions.visit import Visit
from bot.domain.people import Deed
from bot.store.tables import CareLink

# What a typed line answers after "Use another name".
NAME = "caregiver_name"
# A name is short. Whatever is longer is somebody who has something to tell, and is read as that.
LONGEST_NAME, MOST_WORDS = 40, 4


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


async def _rename(visit: Visit, link: CareLink, action: str) -> str | None:
    """Ask the caregiver what they want to be called; a typed line answers."""
    if visit.person.id != link.caregiver_id or not linked(visit, link, Deed.KNOW_OF):
        return visit.voice.label("tap.unknown")
    visit.tx.people.expect(visit.person, {"what": NAME})
    visit.voice.tell("caregivers.name.ask", name=name_of(visit.tx, visit.person))
    return None


async def named(visit: Visit, text: str) -> str | None:
    """Keep the typed name of a caregiver; a longer line is not a name, and is read as any other."""
    visit.tx.people.expect(visit.person, None)
    if len(text) > LONGEST_NAME or len(text.split()) > MOST_WORDS:
        return await free_text.typed(visit, text)
    kept = keep_name(visit, text)
    if kept is not None:
        visit.voice.say(visit.voice.message(kept))
    return None


LINK_ACTIONS: Mapping[str, Callable[[Visit, CareLink, str], Awaitable[str | None]]] = {
    "yes": confirm.press,
    "no": confirm.press,
    "ask": confirm.press,
    "first": arrange.press,
    "second": arrange.press,
    "remove": arrange.press,
    "gone": arrange.press,
    "name": _rename,
}
# `s:<setting>:<choice>` of these settings is ours; docs/callbacks.md lists the choices.
CAREGIVER_SETTINGS: Mapping[str, Callable[[Visit, str], Awaitable[str | None]]] = {
    "invite": invite.press,
    "link": link_press,
    "join": joining.press,
    "leave": stop_caring.press,
}
