"""One update → the verb that it calls for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from bot.actions import (
    alert_press,
    answer_question,
    caregivers,
    commands,
    finish_checkin,
    free_text,
    group_join,
    groups,
    learn,
    reachability,
    rehearsal,
    settings_press,
    small_talk,
    welcome,
)
from bot.actions.visit import Visit
from bot.actions.world import World
from bot.domain.incoming import (
    Command,
    Edited,
    GroupSeen,
    Incoming,
    InGroup,
    Location,
    Media,
    Membership,
    SharedContact,
    Tap,
    Text,
    Undeliverable,
)
from bot.domain.press import AlertPress, CheckinPress, LearnPress, SettingPress, StepPress
from bot.store.tables import Person
from bot.store.unit import Tx

# The first message of a sticker storm is answered, but a button of ours never goes unanswered.
Toast = str | None
Sent = Text | Command | Location | SharedContact | Media | Edited | Membership
COMMANDS: dict[str, Callable[[Visit, str], Awaitable[Toast]]] = {
    "start": welcome.start,
    "checkin": commands.checkin,
    "usual": commands.usual,
    "settings": commands.settings,
    "status": commands.status,
    "help": commands.help_,
    "emergency": commands.emergency,
    "pause": commands.pause,
    "stop": commands.stop,
    "caregivers": caregivers.caregivers,
    "patients": caregivers.patients,
    "testalert": rehearsal.command,
}


async def handle(world: World, tx: Tx, incoming: Incoming, now: datetime) -> Toast:
    """Act on one update; returns a short text for the tapped button, if there is one to say."""
    content = incoming.content
    if isinstance(content, InGroup):
        return await groups.in_group(world, tx, incoming.sender, content, now)
    if isinstance(content, GroupSeen):
        await group_join.seen(world, tx, content, now)
        return None
    if isinstance(content, Undeliverable):
        await reachability.undeliverable(world, tx, content, now)
        return None
    visit = await _visit(world, tx, incoming, now)
    if visit.person.unreachable_at is not None and not isinstance(content, Membership):
        await reachability.back(visit)  # a chat that writes can be reached, whatever we were told before
    if isinstance(content, Tap | Text) and visit.patient is not None and visit.patient.state == "died":
        await finish_checkin.alive_after_all(visit)  # clinical.md, Silence: any tap of the patient undoes it
    if isinstance(content, Tap):
        visit.message_id = content.message_id
        return await _tapped(visit, content.press)
    return await _sent(visit, content)


async def _sent(visit: Visit, content: Sent) -> Toast:
    match content:
        case Command(name, argument):
            verb = COMMANDS.get(name)
            # "/cant feel my legs" is no command of ours, but it is a sentence.
            return await verb(visit, argument) if verb else await commands.unknown(visit, f"{name} {argument}".strip())
        case Text(text):
            return await free_text.typed(visit, text)
        case Edited(text):
            return await free_text.edited(visit, text)
        case Location():
            return await settings_press.location(visit, content)
        case SharedContact(phone):
            return await free_text.shared_contact(visit, phone)
        case Media(kind, caption):
            return await small_talk.media(visit, kind, caption)
        case Membership(reachable):
            return await reachability.membership(visit, reachable)


async def _tapped(visit: Visit, press: object) -> Toast:
    match press:
        case CheckinPress():
            return await answer_question.answer(visit, press)
        case AlertPress():
            return await alert_press.press(visit, press)
        case StepPress():
            return await welcome.step(visit, press)
        case SettingPress():
            return await settings_press.press(visit, press)
        case LearnPress():
            return await learn.topic(visit, press)
    return visit.voice.label("tap.unknown")


async def _visit(world: World, tx: Tx, incoming: Incoming, now: datetime) -> Visit:
    sender = incoming.sender
    person = await tx.people.by_chat(sender.chat_id)
    if person is None:
        person = tx.people.add(sender.chat_id, world.texts.closest(sender.language), now)
    patient = await tx.patients.get(person.id)
    # Before a yes nothing but the chat's number is kept; who opens an invitation must be shown to the patient.
    invited = isinstance(incoming.content, Command) and incoming.content.name == "start" and incoming.content.argument
    if sender.first_name and (patient is not None or person.handle is not None or invited):
        tx.people.set_handle(person, sender.handle)
    return Visit(world, tx, now, person, patient, app_language=sender.language)


async def prepare(world: World, tx: Tx, updates: Sequence[Incoming]) -> None:
    """Read what a round needs in one statement a table, and hold the patients' rows it is about."""
    in_groups = [update.content.group_id for update in updates if isinstance(update.content, InGroup)]
    await tx.people.load_chats([*in_groups, *(update.sender.chat_id for update in updates if update.sender.chat_id)])
    checkins, alerts = _named(updates)
    about = [*await tx.checkins.patients_of(checkins), *await tx.alerts.patients_of(alerts)]
    senders: list[Person] = [p for u in updates if (p := await tx.people.by_chat(u.sender.chat_id))]
    await tx.patients.lock([*about, *(person.id for person in senders)])
    await tx.people.load(about)
    # Read only now: until its patient was held, another copy of the bot may have changed it.
    await tx.checkins.load(checkins)
    await tx.alerts.load(alerts)
    await tx.cards.load([("checkin.1", checkin) for checkin in checkins])


def _named(updates: Sequence[Incoming]) -> tuple[list[int], list[int]]:
    presses = [u.content.press for u in updates if isinstance(u.content, Tap | InGroup)]
    return (
        [press.checkin for press in presses if isinstance(press, CheckinPress)],
        [press.alert for press in presses if isinstance(press, AlertPress)],
    )
