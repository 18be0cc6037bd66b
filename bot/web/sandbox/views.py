"""Phones and messages as the page shows them, as plain JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.web.botapi import BotApi, Chat, Message, TelegramUser
from bot.web.botapi.methods.about import menu_of
from bot.web.sandbox.places import PLACES

Json = dict[str, Any]


def whole_view(api: BotApi, now: datetime) -> Json:
    """Everything the page needs to draw itself anew."""
    return {
        "bot": {"name": api.bot["first_name"], "username": api.bot["username"]},
        "now": milliseconds(now),
        "places": [place.name for place in PLACES],
        "zones": sorted({"UTC", *(place.zone for place in PLACES)}),
        "phones": [
            phone_view(api, user) | {"messages": [message_view(api, message) for message in user.chat.shown]}
            for user in api.users.values()
        ],
    }


def phone_view(api: BotApi, user: TelegramUser) -> Json:
    """One phone, without its messages."""
    chat = user.chat
    description = api.descriptions.get(("description", user.language_code))
    return {
        "id": user.id,
        "name": user.first_name,
        "language": user.language_code,
        "zone": user.zone,
        "started": chat.started,
        "blocked": chat.blocked,
        "description": description or api.descriptions.get(("description", ""), ""),
        "menu": menu_of(api, user.id, user.language_code),
        "keyboard": keyboard_of(chat),
        "pinned": chat.pinned[-1] if chat.pinned else 0,
    }


def keyboard_of(chat: Chat) -> Json | None:
    """The reply keyboard the phone shows now: the newest one, unless removed, or used and for one time."""
    used = False
    for message in reversed(chat.shown):
        if not message.by_bot:
            used = True
        elif "keyboard" in message.keyboard:
            once = message.keyboard.get("one_time_keyboard")
            return None if once and used else message.keyboard
        elif message.keyboard.get("remove_keyboard"):
            return None
    return None


def message_view(api: BotApi, message: Message) -> Json:
    """One message."""
    view: Json = {
        "id": message.message_id,
        "mine": not message.by_bot,
        "text": message.text,
        "entities": message.entities,
        "at": message.date * 1000,
        "edited": bool(message.edited_at),
        "deleted": message.deleted,
        "silent": message.silent,
        "protected": message.protected,
        "buttons": message.buttons,
        "reaction": message.reaction,
        "media": media_view(message.media),
    }
    if message.reply_to:
        answered = api.chats[message.chat_id].get(message.reply_to)
        view["answers"] = answered.text if answered else ""
    return view


def media_view(media: Json) -> Json:
    """What a message carries beside its text."""
    if contact := media.get("contact"):
        name = " ".join(filter(None, (contact["first_name"], contact.get("last_name"))))
        return {"kind": "contact", "name": name, "phone": contact["phone_number"]}
    if document := media.get("document"):
        return {
            "kind": "document",
            "name": document["file_name"],
            "size": document["file_size"],
            "file": document["file_id"],
        }
    if sizes := media.get("photo"):
        return {
            "kind": "photo",
            "file": sizes[-1]["file_id"],
            "width": sizes[-1]["width"],
            "height": sizes[-1]["height"],
        }
    if place := media.get("location"):
        return {"kind": "location", **place}
    if sticker := media.get("sticker"):
        return {"kind": "sticker", "emoji": sticker.get("emoji", "")}
    if voice := media.get("voice"):
        return {"kind": "voice", "seconds": voice["duration"]}
    return {}


def milliseconds(moment: datetime) -> int:
    """A moment as JavaScript counts time."""
    return int(moment.astimezone(UTC).timestamp() * 1000)
