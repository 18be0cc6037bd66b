"""Leaves a group in which the bot has no place, or none any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.actions.world import World
from bot.domain.speech import Lane, Message
from bot.store.tables import Person
from bot.store.unit import Tx

# Telegram puts the bot into the group first and then sends the word of the invitation; this is long enough for both.
GRACE = timedelta(seconds=30)
# The line leaves first: a chat's calls go out one at a time, and this keeps them in order even when one is repeated.
READING_TIME = timedelta(seconds=3)
LINE, LEAVE = "nudge", "leave"


def with_one_line(world: World, tx: Tx, about: Person, group_id: int, now: datetime, language: str) -> None:
    """Say in one line that this is no place for us, and go; unless an invitation follows."""
    line = Message(str(world.texts.render(language, "group.only_private")), keys=("group.only_private",))
    tx.outbox.put(group_id, about, LINE, line.to_json(), Lane.REPLY, now + GRACE)
    tx.outbox.put(group_id, about, LEAVE, {}, Lane.REPLY, now + GRACE + READING_TIME)


def once_more(tx: Tx, about: Person, group_id: int, now: datetime) -> None:
    """Somebody still speaks to us there, so leaving has failed or is under way: once an hour is enough."""
    key = f"leave:{group_id}:{now:%Y%m%d%H}"
    tx.outbox.put(group_id, about, LEAVE, {}, Lane.REPLY, now + GRACE, key=key)


async def unless_needed(tx: Tx, group: Person, now: datetime) -> None:
    """Go when the group helps nobody any more."""
    await tx.flush()
    if not await tx.families.of_caregiver(group.id, ("active", "pending")):
        tx.outbox.put(group.chat_id, group, LEAVE, {}, Lane.REPLY, now + READING_TIME)


async def stay(tx: Tx, group_id: int) -> None:
    """Take back what was to be said on leaving."""
    await tx.outbox.unsay(group_id, (LINE, LEAVE))
