"""What a caregiver wants to be called."""

from __future__ import annotations

from bot.actions.about_me import keep_name
from bot.actions.relations import linked, name_of
from bot.actions.visit import Visit
from bot.domain.people import Deed
from bot.store.tables import CareLink

# What a typed line then answers (bot.actions.expected).
EXPECTS = "caregiver_name"
# A name is short. Whatever is longer is somebody who has something to tell, and is read as that.
LONGEST_NAME, MOST_WORDS = 40, 4


async def ask(visit: Visit, link: CareLink, action: str) -> str | None:
    """Ask for the name; a typed line answers."""
    if visit.person.id != link.caregiver_id or not linked(visit, link, Deed.KNOW_OF):
        return visit.voice.label("tap.unknown")
    visit.tx.people.expect(visit.person, {"what": EXPECTS})
    visit.voice.tell("caregivers.name.ask", name=name_of(visit.tx, visit.person))
    return None


async def named(visit: Visit, text: str) -> str | None:
    """Keep the typed name; a longer line is not a name, and is read as any other."""
    visit.tx.people.expect(visit.person, None)
    if len(text) > LONGEST_NAME or len(text.split()) > MOST_WORDS:
        from bot.actions import free_text  # it looks into `expected`, which leads here

        return await free_text.typed(visit, text)
    kept = keep_name(visit, text)
    if kept is not None:
        visit.voice.say(visit.voice.message(kept))
    return None
