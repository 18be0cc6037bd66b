"""Chats and messages as the phones show them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from bot.web.botapi.keyboards import Button, Rows
from bot.web.botapi.markup import Entity
from bot.web.botapi.refusals import Refused

Json = dict[str, Any]


@dataclass(slots=True)
class Message:
    """One message in one chat, in its present state.

    `text` is the text or the caption; `media` holds whatever else it carries under Telegram's field
    name (`contact`, `document`, `photo`, `location`, `sticker`, `voice`, …). Dates are Unix seconds.
    """

    message_id: int
    chat_id: int
    sender_id: int
    by_bot: bool
    date: int
    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    media: Json = field(default_factory=dict)
    buttons: Rows = field(default_factory=list)
    keyboard: Json = field(default_factory=dict)
    silent: bool = False
    protected: bool = False
    reply_to: int = 0
    edited_at: int = 0
    edits: int = 0
    deleted: bool = False
    pinned: bool = False
    reaction: str = ""
    source: str = ""

    @property
    def labels(self) -> list[str]:
        """The texts of the buttons below it, in reading order."""
        return [button["text"] for row in self.buttons for button in row]

    def button(self, wanted: str) -> Button:
        """The button with this callback data or this text; LookupError names what there is."""
        buttons = [button for row in self.buttons for button in row]
        for button in buttons:
            if wanted in (button.get("callback_data"), button["text"]):
                return button
        raise LookupError(f"no button {wanted!r} below message {self.message_id}: {self.labels}")

    def content(self) -> Json:
        """What Telegram calls the message's content, with its entities."""
        content: Json = dict(self.media)
        if self.text:
            content["caption" if self.media else "text"] = self.text
        if self.entities:
            content["caption_entities" if self.media else "entities"] = self.entities
        return content

    def record(self) -> Json:
        """Everything, for the journal file."""
        return asdict(self)


@dataclass(slots=True)
class Chat:
    """A private chat or a group, as the bot's server knows it."""

    id: int
    kind: str
    title: str
    started: bool = False
    blocked: bool = False
    deactivated: bool = False
    bot_left: bool = False
    bot_kicked: bool = False
    migrated_to: int = 0
    next_message_id: int = 1
    members: dict[int, str] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    action: str = ""
    username: str | None = None

    @property
    def private(self) -> bool:
        """Whether it is a chat with one person."""
        return self.kind == "private"

    @property
    def shown(self) -> list[Message]:
        """The messages on the screen, oldest first."""
        return [message for message in self.messages.values() if not message.deleted]

    @property
    def from_bot(self) -> list[Message]:
        """The bot's messages on the screen, oldest first."""
        return [message for message in self.shown if message.by_bot]

    def get(self, message_id: int) -> Message | None:
        """A message that still exists; None otherwise."""
        message = self.messages.get(message_id)
        return None if message is None or message.deleted else message

    def telegram(self) -> Json:
        """The chat as Telegram's `Chat` object."""
        if not self.private:
            return {"id": self.id, "type": self.kind, "title": self.title}
        chat: Json = {"id": self.id, "type": "private", "first_name": self.title}
        if self.username:
            chat["username"] = self.username
        return chat

    def record(self) -> Json:
        """Everything but the messages, for the journal file."""
        names = [name for name in self.__slots__ if name not in {"messages", "action", "next_message_id"}]
        return {name: getattr(self, name) for name in names}


def refusal_of(chat: Chat) -> Refused | None:
    """Why the bot may not write to this chat, in Telegram's words; None when it may."""
    if chat.migrated_to:
        return Refused(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            migrate_to_chat_id=chat.migrated_to,
        )
    if chat.deactivated:
        return Refused(403, "Forbidden: user is deactivated")
    if chat.bot_kicked:
        return Refused(403, f"Forbidden: bot was kicked from the {chat.kind} chat")
    if chat.bot_left:
        return Refused(403, f"Forbidden: bot is not a member of the {chat.kind} chat")
    if chat.blocked:
        return Refused(403, "Forbidden: bot was blocked by the user")
    if chat.private and not chat.started:
        return Refused(400, "Bad Request: chat not found")
    return None
