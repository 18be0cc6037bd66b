"""Update → plain value. Nothing else in the project knows what an update looks like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from telegram import ChatMember, ChatMemberUpdated, Message, Update, User

from bot.domain.incoming import (
    Command,
    Content,
    Edited,
    Incoming,
    InGroup,
    Location,
    Media,
    Membership,
    Sender,
    SharedContact,
    Tap,
    Text,
    Undeliverable,
)
from bot.domain.press import from_data

# What we ask Telegram for (getUpdates, setWebhook: allowed_updates); chat_member comes only when asked for.
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member", "chat_member")
# A note of our own has this key where Telegram has its own.
OWN = "bonewatch"
IN_CHAT = {ChatMember.MEMBER, ChatMember.ADMINISTRATOR, ChatMember.OWNER, ChatMember.RESTRICTED}


def sender_of(raw: Mapping[str, Any]) -> int:
    """The chat whose order an update keeps: its sender's, else its chat's, else 0. Cheap: no parsing."""
    if OWN in raw:
        return int(raw[OWN]["chat_id"])
    for kind in ALLOWED_UPDATES:
        if kind in raw:
            inner = raw[kind]
            who = inner.get("from") or inner.get("chat") or {}
            return int(who.get("id", 0))
    return 0


def read_update(raw: Mapping[str, Any]) -> Incoming | None:
    """The plain value of an update; None for kinds that mean nothing to us."""
    if OWN in raw:
        note = raw[OWN]
        gone = Undeliverable(int(note["chat_id"]), note.get("alert"), note.get("moved_to"))
        return Incoming(int(raw["update_id"]), Sender(gone.chat_id), gone)
    if (query := raw.get("callback_query")) is not None:
        return Incoming(int(raw["update_id"]), _tapper(query["from"]), _tap(query))
    update = Update.de_json(dict(raw), None)
    user, content = update.effective_user, _content(update)
    if content is None or (user is None and not isinstance(content, InGroup)):
        return None
    return Incoming(update.update_id, _sender(user), content)


def _sender(user: User | None) -> Sender:
    if user is None:
        return Sender(0)
    return Sender(user.id, user.full_name, user.username, user.language_code)


def _content(update: Update) -> Content | None:
    if update.my_chat_member:
        return _membership(update.my_chat_member)
    if update.chat_member:
        return InGroup(update.chat_member.chat.id, members_changed=True)
    message = update.message or update.edited_message
    if message is None or (message.from_user and message.from_user.is_bot and not message.new_chat_members):
        return None
    if message.chat.type != "private":
        return _in_group(message)
    if update.edited_message:
        return Edited(message.text or message.caption or "")
    return _private(message)


# Taps come all day, each with the whole message and keyboard that was tapped: read as plain JSON, they cost a
# hundredth of what it takes to make objects of all that [measured].
def _tap(query: Mapping[str, Any]) -> Content:
    press, message = from_data(query.get("data") or ""), query.get("message")
    if message is not None and message["chat"]["type"] != "private":
        return InGroup(int(message["chat"]["id"]), query_id=query["id"], press=press)
    return Tap(press, int(message["message_id"]) if message else None, query["id"])


def _tapper(user: Mapping[str, Any]) -> Sender:
    full_name = " ".join(name for name in (user["first_name"], user.get("last_name")) if name)
    return Sender(int(user["id"]), full_name, user.get("username"), user.get("language_code"))


def _membership(change: ChatMemberUpdated) -> Content:
    inside = change.new_chat_member.status in IN_CHAT
    if change.chat.type == "private":
        return Membership(reachable=inside)
    return InGroup(change.chat.id, added=inside, left=not inside)


def _in_group(message: Message) -> Content:
    if message.migrate_to_chat_id:
        return InGroup(message.chat.id, moved_to=message.migrate_to_chat_id)
    changed = bool(message.new_chat_members or message.left_chat_member)
    return InGroup(message.chat.id, text=message.text or "", members_changed=changed)


def _private(message: Message) -> Content:
    if message.text is not None:
        return _typed(message.text)
    if message.location:
        return Location(message.location.latitude, message.location.longitude)
    if message.contact:
        return SharedContact(message.contact.phone_number)
    kind = next((name for name in MEDIA if getattr(message, name, None)), "other")
    return Media(kind, message.caption or "")


MEDIA = ("sticker", "voice", "photo", "document", "video", "video_note", "audio", "animation", "poll", "dice")


def _typed(text: str) -> Content:
    if not text.startswith("/") or len(text) < 2 or not text[1].isalpha():
        return Text(text)
    name, _, argument = text[1:].partition(" ")
    return Command(name.split("@")[0].lower(), argument.strip())
