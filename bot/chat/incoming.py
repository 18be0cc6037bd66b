"""Update → plain value. Nothing else in the project knows what an update looks like."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from telegram.constants import ChatMemberStatus

from bot.domain.incoming import (
    Command,
    Content,
    Edited,
    GroupSeen,
    Incoming,
    InGroup,
    Location,
    Media,
    Member,
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
IN_CHAT = {
    ChatMemberStatus.MEMBER,
    ChatMemberStatus.ADMINISTRATOR,
    ChatMemberStatus.OWNER,
    ChatMemberStatus.RESTRICTED,
}

Json = Mapping[str, Any]
UNREADABLE = (AttributeError, TypeError, ValueError, KeyError)


def sender_of(raw: Json) -> int:
    """The chat whose order an update keeps: its sender's, else its chat's, else 0. Cheap: no parsing.

    Raises one of UNREADABLE for what is no update of Telegram's.
    """
    if OWN in raw:
        return int(raw[OWN]["chat_id"])
    inner: Json = next((raw[kind] for kind in ALLOWED_UPDATES if kind in raw), {})
    who = inner.get("from") or inner.get("chat") or {}
    return int(who.get("id", 0))


def read_update(raw: Json) -> Incoming | None:
    """The plain value of an update; None for kinds that mean nothing to us.

    Read as plain JSON, and only the fields that we use: an object of everything costs a hundred times as much
    [measured], and fails on the whole message when Telegram changes something in it that we never look at.
    """
    update_id = int(raw.get("update_id", 0))
    if (note := raw.get(OWN)) is not None:
        chat_id = int(note["chat_id"])
        return Incoming(update_id, Sender(chat_id), _own(chat_id, note))
    kind = next((name for name in ALLOWED_UPDATES if name in raw), None)
    if kind is None:
        return None
    user, content = raw[kind].get("from"), READ[kind](raw[kind])
    if content is None or (user is None and not isinstance(content, InGroup)):
        return None
    return Incoming(update_id, _sender(user), content)


def _own(chat_id: int, note: Json) -> Undeliverable | GroupSeen:
    seen = note.get("seen")
    if seen is None:
        return Undeliverable(chat_id, note.get("alert"), note.get("moved_to"))
    by = Member(int(seen["by"]), seen["name"])
    admins = tuple(int(admin) for admin in seen["admins"])
    told = (seen["title"], int(seen["invitation"]), by, bool(seen["by_admin"]), seen["language"])
    return GroupSeen(chat_id, *told, admins, int(seen["people"]))


def _sender(user: Json | None) -> Sender:
    if user is None:
        return Sender(0)
    return Sender(int(user["id"]), _full_name(user), user.get("username"), user.get("language_code"))


def _full_name(user: Json) -> str:
    return " ".join(name for name in (user["first_name"], user.get("last_name")) if name)


def _is_private(chat: Json) -> bool:
    return bool(chat["type"] == "private")


def _tap(query: Json) -> Content:
    press, message = from_data(query.get("data") or ""), query.get("message")
    if message is not None and not _is_private(message["chat"]):
        return InGroup(*_group(message["chat"]), query_id=query["id"], press=press)
    return Tap(press, int(message["message_id"]) if message else None, query["id"])


def _bot_moved(change: Json) -> Content:
    inside = _inside(change["new_chat_member"])
    if _is_private(change["chat"]):
        return Membership(reachable=inside)
    return InGroup(*_group(change["chat"]), added=inside, left=not inside)


def _member_moved(change: Json) -> Content | None:
    before, after = (_inside(change[name]) for name in ("old_chat_member", "new_chat_member"))
    if before == after or _is_private(change["chat"]):
        return None
    whom = _people([change["new_chat_member"]["user"]])
    return InGroup(*_group(change["chat"]), came=whom if after else (), went=() if after else whom)


def _inside(member: Json) -> bool:
    return member["status"] in IN_CHAT and bool(member.get("is_member", True))


def _group(chat: Json) -> tuple[int, str]:
    return int(chat["id"]), chat.get("title") or ""


def _people(users: Sequence[Json]) -> tuple[Member, ...]:
    """Bots aside: they never see what a bot writes (Bot API, privacy mode)."""
    return tuple(Member(int(user["id"]), _full_name(user)) for user in users if not user.get("is_bot"))


def _written(message: Json) -> Content | None:
    if not _is_private(message["chat"]):
        return _in_group(message)
    return None if message.get("from", {}).get("is_bot") else _private(message)


def _in_group(message: Json) -> Content | None:
    """What was written in a group: whether it moved, who came or went, a command to us, and nothing else."""
    group_id, title = _group(message["chat"])
    if "migrate_to_chat_id" in message:  # also when an anonymous admin's bot did it
        return InGroup(group_id, title, moved_to=int(message["migrate_to_chat_id"]))
    if "migrate_from_chat_id" in message:  # the same, told in the new group
        return InGroup(int(message["migrate_from_chat_id"]), title, moved_to=group_id)
    if "new_chat_members" in message or "left_chat_member" in message:
        went = [message["left_chat_member"]] if "left_chat_member" in message else []
        return InGroup(group_id, title, came=_people(message.get("new_chat_members", ())), went=_people(went))
    # An anonymous administrator writes in the group's name, and Telegram's own bot stands where their name would be.
    by_admin = (message.get("sender_chat") or {}).get("id") == group_id
    if message.get("from", {}).get("is_bot") and not by_admin:
        return None
    said = _typed(message.get("text", ""))
    return InGroup(
        group_id, title, written=True, command=said if isinstance(said, Command) else None, by_admin=by_admin
    )


def _changed(message: Json) -> Content | None:
    if message.get("from", {}).get("is_bot") or not _is_private(message["chat"]):
        return None  # nothing that is changed in a group is read
    return Edited(message.get("text") or message.get("caption") or "")


def _private(message: Json) -> Content | None:
    if any(name in message for name in SERVICE):
        return None
    if "text" in message:
        return _typed(message["text"])
    if "location" in message:
        return Location(float(message["location"]["latitude"]), float(message["location"]["longitude"]))
    if "contact" in message:
        return SharedContact(message["contact"]["phone_number"])
    kind = next((name for name in MEDIA if name in message), "other")
    return Media(kind, message.get("caption", ""))


READ: dict[str, Callable[[Json], Content | None]] = {
    "message": _written,
    "edited_message": _changed,
    "callback_query": _tap,
    "my_chat_member": _bot_moved,
    "chat_member": _member_moved,
}
# What Telegram itself writes into a private chat when somebody pins, shares or sets something: nobody said it to us.
SERVICE = (
    "pinned_message",
    "message_auto_delete_timer_changed",
    "chat_background_set",
    "write_access_allowed",
    "connected_website",
    "users_shared",
    "chat_shared",
    "boost_added",
)
MEDIA = ("sticker", "voice", "photo", "document", "video", "video_note", "audio", "animation", "poll", "dice")


def _typed(text: str) -> Content:
    if not text.startswith("/") or len(text) < 2 or not text[1].isalpha():
        return Text(text)
    name, _, argument = text[1:].partition(" ")
    return Command(name.split("@")[0].lower(), argument.strip())
