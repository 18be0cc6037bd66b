"""Tells the operators what is wrong with the bot, never anything about anybody's health."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.actions.voice import Voice
from bot.actions.world import World
from bot.domain.speech import Lane
from bot.domain.watch import Kind, Trouble
from bot.store.tables import Person
from bot.store.unit import Tx
from bot.store.watch import Watch

# The same trouble is said again after an hour: sooner is noise, later is forgotten.
AGAIN = timedelta(hours=1)


async def tell_operators(world: World, tx: Tx, troubles: Sequence[Trouble], now: datetime) -> None:
    """A message for each trouble to each operator's chat, unless the same was said within the hour."""
    for chat_id in world.operators:
        operator = None
        for trouble in troubles:
            keys = _keys(trouble, chat_id, now)
            if await _was_said(tx, trouble, keys, now):
                continue
            operator = operator or await _operator(tx, chat_id, now)
            voice = Voice(world, tx, operator, now)
            voice.say(voice.message(*_words(voice, trouble)), Lane.REPLY, key=keys[0])


def _keys(trouble: Trouble, chat_id: int, now: datetime) -> tuple[str, ...]:
    """The row's key in this hour, and in the hour before."""
    name = f"operator:{trouble.name}:{chat_id}"
    if trouble.once:
        return (name,)
    hour = int(now.timestamp() // AGAIN.total_seconds())
    return (f"{name}:{hour}", f"{name}:{hour - 1}")


async def _was_said(tx: Tx, trouble: Trouble, keys: Sequence[str], now: datetime) -> bool:
    said_at = await Watch(tx).said_at(keys)
    return said_at is not None and (trouble.once or now - said_at < AGAIN)


async def _operator(tx: Tx, chat_id: int, now: datetime) -> Person:
    """The operator's own row: what is said is sealed under it. Whoever never wrote to the bot gets one."""
    return await tx.people.by_chat(chat_id) or tx.people.add(chat_id, "en", now)


def _words(voice: Voice, trouble: Trouble) -> list[str]:
    since = str(voice.world.texts.clock(voice.language, trouble.since, voice.zone)) if trouble.since else "?"
    key = f"operator.{trouble.kind}"
    if trouble.kind is Kind.ALERT_LOST:
        key += ".more" if trouble.subject == "more" else f".{trouble.why}"
    said = voice.html(key, subject=trouble.subject, count=trouble.count, since=since, zone=voice.zone)
    return [str(said), str(voice.html("operator.what_to_do", kind=trouble.kind))]
