"""The bot is for private chats: put into a group, it says so in one line and leaves. Health never goes to a group."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.actions.world import World
from bot.domain.incoming import InGroup, Sender
from bot.domain.speech import Lane, Message
from bot.store.tables import Person
from bot.store.unit import Tx

# The line leaves first: a chat's calls go out one at a time, and this keeps them in order even when one is repeated.
READING_TIME = timedelta(seconds=3)


async def in_group(world: World, tx: Tx, sender: Sender, content: InGroup, now: datetime) -> str | None:
    """Answer whatever happens in a group; returns a short text for a tapped button.

    A group where the operators read about trouble is theirs, and is left alone. A care group, once there is one, is a
    care link with `is_group`, whose caregiver is the person with the group's chat id.
    """
    if content.group_id in world.operators or content.left or content.moved_to or not sender.chat_id:
        return None
    language = world.texts.closest(sender.language)
    if content.added:
        person = await _person(world, tx, sender, now)
        line = Message(str(world.texts.render(language, "group.only_private")), keys=("group.only_private",))
        tx.outbox.put(content.group_id, person, "nudge", line.to_json(), Lane.REPLY, now)
        tx.outbox.put(content.group_id, person, "leave", {}, Lane.REPLY, now + READING_TIME)
    elif content.text or content.query_id:
        # Somebody still speaks to us here, so leaving has failed or is under way: once an hour is enough.
        person = await _person(world, tx, sender, now)
        key = f"leave:{content.group_id}:{now:%Y%m%d%H}"
        tx.outbox.put(content.group_id, person, "leave", {}, Lane.REPLY, now, key=key)
    return world.texts.label(language, "group.only_private") if content.query_id else None


async def _person(world: World, tx: Tx, sender: Sender, now: datetime) -> Person:
    """Under whom the row is sealed: whoever did it. They may never have written to us in private."""
    known = await tx.people.by_chat(sender.chat_id)
    return known or tx.people.add(sender.chat_id, world.texts.closest(sender.language), now)
