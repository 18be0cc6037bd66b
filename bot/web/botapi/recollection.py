"""Brings a restarted server back to where it was."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.web.botapi.chats import Chat, Message
from bot.web.botapi.groups import Group
from bot.web.botapi.memory import Memory
from bot.web.botapi.params import Upload
from bot.web.botapi.phones import TelegramUser
from bot.web.botapi.updates import Query, Waiting

if TYPE_CHECKING:
    from bot.web.botapi.api import BotApi

Record = dict[str, Any]


def recollect(api: BotApi, memory: Memory) -> None:
    """Read everything back, then rewrite the file with the newest state alone."""
    for kind, record in memory.recall():
        READERS[kind](api, record)
    memory.rewrite(everything(api))


def read_user(api: BotApi, record: Record) -> None:
    """A person."""
    api.users[record["user_id"]] = TelegramUser(api, **record)


def read_chat(api: BotApi, record: Record) -> None:
    """A chat, keeping the messages that were read before."""
    members = {int(member): status for member, status in record["members"].items()}
    known = api.chats.get(record["id"])
    chat = Chat(**{**record, "members": members})
    if known is not None:
        chat.messages, chat.next_message_id = known.messages, known.next_message_id
    api.chats[chat.id] = chat
    if not chat.private:
        api.groups[chat.id] = Group(api, chat)


def read_message(api: BotApi, record: Record) -> None:
    """A message in its newest state."""
    message = Message(**record)
    chat = api.chats[message.chat_id]
    chat.messages[message.message_id] = message
    chat.next_message_id = max(chat.next_message_id, message.message_id + 1)


def read_update(api: BotApi, record: Record) -> None:
    """An update that may still wait."""
    at = datetime.fromtimestamp(record["at"], UTC)
    one = Waiting(record["id"], at, record["kind"], record["payload"], record["order"])
    api.updates.waiting[one.update_id] = one
    api.updates.next_id = one.update_id + 1
    if one.kind == "callback_query":
        api.queries[one.payload["id"]] = Query(at, one.order)


def read_confirmed(api: BotApi, record: Record) -> None:
    """Updates that no longer wait."""
    for update_id in record["ids"]:
        api.updates.waiting.pop(update_id, None)
    api.updates.next_id = record.get("next_id", api.updates.next_id)


def read_file(api: BotApi, record: Record) -> None:
    """A stored file."""
    api.files[record["id"]] = Upload(record["name"], record["type"], base64.b64decode(record["content"]))


def read_commands(api: BotApi, record: Record) -> None:
    """A command menu, or its removal."""
    scope, chat_id, user_id, language = record["key"]
    api.commands[scope, chat_id, user_id, language] = record["commands"]


def read_description(api: BotApi, record: Record) -> None:
    """The bot's description."""
    kind, language = record["key"]
    api.descriptions[kind, language] = record["text"]


def read_webhook(api: BotApi, record: Record) -> None:
    """Where updates are posted, and which."""
    api.webhook = record["webhook"]
    api.updates.webhook_url = record["webhook"].get("url", "")
    api.updates.allow(record["allowed"])


READERS = {
    "user": read_user,
    "chat": read_chat,
    "message": read_message,
    "update": read_update,
    "confirmed": read_confirmed,
    "file": read_file,
    "commands": read_commands,
    "description": read_description,
    "webhook": read_webhook,
}


def everything(api: BotApi) -> Iterator[tuple[str, Record]]:
    """The whole state as records, in an order that can be read back."""
    for user in api.users.values():
        yield "user", user.record()
    for chat in api.chats.values():
        yield "chat", chat.record()
        for message in chat.messages.values():
            yield "message", message.record()
    for file_id, upload in api.files.items():
        content = base64.b64encode(upload.content).decode()
        yield "file", {"id": file_id, "name": upload.name, "type": upload.mime_type, "content": content}
    yield "confirmed", {"ids": [], "next_id": api.updates.next_id}
    for one in api.updates.waiting.values():
        yield "update", one.record()
    for key, commands in api.commands.items():
        yield "commands", {"key": list(key), "commands": commands}
    for description, text in api.descriptions.items():
        yield "description", {"key": list(description), "text": text}
    yield "webhook", {"webhook": api.webhook, "allowed": sorted(api.updates.allowed or [])}
