"""What happens in a group: a care group hears alerts and may answer them; any other gets one line and is left.

A care group is a care link with `is_group`, whose caregiver is the person with the group's chat id. What people write
to each other there is not read and not answered.
"""

from __future__ import annotations

from datetime import datetime

from bot.actions import alert_press, group_join, group_members, leave_group, reachability
from bot.actions.relations import relation_to
from bot.actions.visit import Visit
from bot.actions.world import World
from bot.domain.incoming import InGroup, Member, Sender
from bot.domain.people import Relation
from bot.domain.press import AlertPress
from bot.store.tables import Person
from bot.store.unit import Tx


async def in_group(world: World, tx: Tx, sender: Sender, content: InGroup, now: datetime) -> str | None:
    """Act on whatever happens in a group; returns a short text for a tapped button.

    A group where the operators read about trouble is theirs, and is left alone.
    """
    if content.group_id in world.operators:
        return None
    group = await tx.people.by_chat(content.group_id)
    if content.moved_to is not None:
        await reachability.moved(tx, content.group_id, content.moved_to)
    elif group is not None and await tx.families.of_caregiver(group.id, ("active", "pending")):
        return await _in_care_group(Visit(world, tx, now, group), sender, content)
    elif sender.chat_id and not content.left:
        return await _elsewhere(world, tx, sender, content, now)
    return None


async def _in_care_group(visit: Visit, sender: Sender, content: InGroup) -> str | None:
    if content.query_id is not None:
        return await _tapped(visit, sender, content)
    if content.added or content.left:
        return await reachability.membership(visit, reachable=content.added)
    if content.command is not None and sender.chat_id:
        person = await _person(visit.world, visit.tx, sender, visit.now)
        await group_join.follow(visit.world, visit.tx, person, sender, content, visit.now)
    await group_members.changed(visit, content)
    return None


async def _tapped(visit: Visit, sender: Sender, content: InGroup) -> str | None:
    """Anybody there may answer an alert: a caregiver as themselves, everybody else by their name in Telegram."""
    tap, tx = content.press, visit.tx
    alert = await tx.alerts.get(tap.alert) if isinstance(tap, AlertPress) else None
    if alert is None or not isinstance(tap, AlertPress):
        return visit.voice.label("tap.unknown")
    if await relation_to(tx, visit.person.id, alert.patient_id) is not Relation.GROUP:
        return visit.voice.label("tap.unknown")
    person = await tx.people.by_chat(sender.chat_id)
    relation = await relation_to(tx, person.id, alert.patient_id) if person is not None else Relation.STRANGER
    if person is not None and (relation.is_caregiver or relation is Relation.SELF):
        own = Visit(visit.world, tx, visit.now, person, await tx.patients.get(person.id))
        return await alert_press.press(own, tap)
    visit.member = Member(sender.chat_id, sender.first_name)
    return await alert_press.press(visit, tap)


async def _elsewhere(world: World, tx: Tx, sender: Sender, content: InGroup, now: datetime) -> str | None:
    """A group that nobody has linked: whoever brings an invitation may; otherwise it is left, with one line."""
    command, language = content.command, world.texts.closest(sender.language)
    person = await _person(world, tx, sender, now)
    if command is not None and await group_join.follow(world, tx, person, sender, content, now):
        await leave_group.stay(tx, content.group_id)
        return None
    if content.added:
        leave_group.with_one_line(world, tx, person, content.group_id, now, language)
    elif content.written or content.query_id:
        leave_group.once_more(tx, person, content.group_id, now)
    return world.texts.label(language, "group.only_private") if content.query_id else None


async def _person(world: World, tx: Tx, sender: Sender, now: datetime) -> Person:
    """Under whom the row is sealed: whoever did it. They may never have written to us in private."""
    known = await tx.people.by_chat(sender.chat_id)
    return known or tx.people.add(sender.chat_id, world.texts.closest(sender.language), now)
