"""People with phones: what a person can do to a bot, as updates.

https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING, Any

from bot.web.botapi.chats import Chat, Json, Message
from bot.web.botapi.params import Upload
from bot.web.botapi.texts import found_entities

if TYPE_CHECKING:
    from bot.web.botapi.api import BotApi

START_LINK = re.compile(
    r"(?:(?:https?://)?t\.me/|tg://resolve\?domain=)(?P<bot>\w+)(?:[?&]start=(?P<word>[A-Za-z0-9_-]{0,64}))?"
)


class TelegramUser:
    """A person with a phone on which the bot's chat is open."""

    def __init__(
        self,
        api: BotApi,
        user_id: int,
        first_name: str,
        username: str | None,
        language_code: str,
        zone: str = "UTC",
    ) -> None:
        self.api = api
        self.id = user_id
        self.first_name = first_name
        self.username = username
        self.language_code = language_code
        self.zone = zone

    @property
    def chat(self) -> Chat:
        """The private chat with the bot."""
        return self.api.chats[self.id]

    @property
    def hears(self) -> list[Message]:
        """The bot's messages on this phone, oldest first."""
        return self.chat.from_bot

    def telegram(self) -> Json:
        """The person as Telegram's `User` object."""
        person: Json = {
            "id": self.id,
            "is_bot": False,
            "first_name": self.first_name,
            "language_code": self.language_code,
        }
        if self.username:
            person["username"] = self.username
        return person

    def record(self) -> Json:
        """Everything, for the journal file."""
        return {
            "user_id": self.id,
            "first_name": self.first_name,
            "username": self.username,
            "language_code": self.language_code,
            "zone": self.zone,
        }

    def travels(self, zone: str) -> None:
        """The phone's clock follows to another time zone."""
        self.zone = zone
        self.api.keep("user", self.record())
        self.api.changes.announce("chat", chat_id=self.id)

    # Messages

    def presses_start(self, word: str = "") -> Message:
        """Press Start, with the word of an invitation link if there is one."""
        return self.sends(f"/start {word}".strip())

    def opens(self, link: str) -> Message:
        """Follow a `t.me/<bot>?start=…` link and press Start; ValueError when it leads elsewhere."""
        match = START_LINK.fullmatch(link)
        if match is None or match["bot"].lower() != str(self.api.bot["username"]).lower():
            raise ValueError(f"{link} does not lead to @{self.api.bot['username']}")
        return self.presses_start(match["word"] or "")

    def sends(self, text: str, to: Chat | None = None, reply_to: int = 0) -> Message:
        """Type a text, to the bot or into a group."""
        return self._sends(to, text=text, entities=found_entities(text), reply_to=reply_to)

    def sends_sticker(self, emoji: str = "👍", to: Chat | None = None) -> Message:
        """Send a sticker."""
        sticker = {"type": "regular", "width": 512, "height": 512, "emoji": emoji, **a_file("sticker")}
        return self._sends(to, media={"sticker": sticker | {"is_animated": False, "is_video": False}})

    def sends_voice(self, seconds: int = 3, to: Chat | None = None) -> Message:
        """Send a voice message."""
        voice = {"duration": seconds, "mime_type": "audio/ogg", **a_file("voice")}
        return self._sends(to, media={"voice": voice})

    def sends_photo(self, caption: str = "", to: Chat | None = None) -> Message:
        """Send a photo."""
        file_id = self.api.keep_file(Upload("photo.png", "image/png", evening_sky(320, 240)))
        size = {"file_id": file_id, "file_unique_id": file_id, "width": 320, "height": 240}
        return self._sends(to, media={"photo": [size]}, text=caption)

    def sends_location(self, latitude: float, longitude: float, to: Chat | None = None) -> Message:
        """Share a place."""
        return self._sends(to, media={"location": {"latitude": latitude, "longitude": longitude}})

    def sends_contact(self, phone: str = "+351910000000", first_name: str = "", user_id: int | None = None) -> Message:
        """Share a contact: one's own, unless a name is given."""
        contact: Json = {"phone_number": phone, "first_name": first_name or self.first_name}
        if user_id is not None or not first_name:
            contact["user_id"] = self.id if user_id is None else user_id
        return self._sends(None, media={"contact": contact})

    def _sends(self, to: Chat | None, **content: Any) -> Message:
        chat = to or self.chat
        if chat.private:
            self._comes_back(chat)
        message = self.api.new_message(chat, self.id, **content)
        if bot_sees(chat, message):
            self.api.updates.push("message", self.api.shown(message), self.id)
        return message

    def _comes_back(self, chat: Chat) -> None:
        """Writing to the bot opens the chat and ends a block, as in Telegram's apps."""
        if chat.blocked:
            self.unblocks()
        if not chat.started:
            chat.started = True
            self.api.keep_chat(chat)

    def edits(self, message_id: int, text: str, to: Chat | None = None) -> Message:
        """Edit an own message."""
        message = (to or self.chat).messages[message_id]
        if message.sender_id != self.id:
            raise ValueError(f"message {message_id} is not from {self.first_name}")
        message.text, message.entities = text, found_entities(text)
        message.edited_at = self.api.unix_now()
        self.api.changed(message)
        self.api.updates.push("edited_message", self.api.shown(message), self.id)
        return message

    def deletes(self, message_id: int) -> None:
        """Delete a message for both; the bot is not told."""
        message = self.chat.messages[message_id]
        message.deleted = True
        self.api.changed(message)

    # Taps

    def taps(self, message_id: int, button: str, to: Chat | None = None) -> str:
        """Tap a button, named by its callback data or its text; the id of the tap.

        LookupError when there is no such button. A link is opened, a reply keyboard sends its text.
        """
        chat = to or self.chat
        found = chat.messages[message_id].button(button)
        if "url" in found:
            self.opens(found["url"])
            return ""
        return self.forges(message_id, found["callback_data"], chat)

    def forges(self, message_id: int, data: str, to: Chat | None = None) -> str:
        """Send any callback data for any message, as an old or a dishonest phone can; the id of the tap."""
        chat = to or self.chat
        if chat.private:
            self._comes_back(chat)
        query_id = self.api.new_query(self.id)
        message = chat.get(message_id)
        gone = {"message_id": message_id, "chat": chat.telegram(), "date": 0}
        query = {
            "id": query_id,
            "from": self.telegram(),
            "message": self.api.shown(message) if message else gone,
            "chat_instance": str(abs(chat.id)),
            "data": data,
        }
        self.api.updates.push("callback_query", query, self.id)
        return query_id

    def reacts(self, message_id: int, emoji: str) -> None:
        """Put a reaction on a message."""
        reaction = {
            "chat": self.chat.telegram(),
            "message_id": message_id,
            "user": self.telegram(),
            "date": self.api.unix_now(),
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": emoji}],
        }
        self.api.updates.push("message_reaction", reaction, self.id)

    # Coming and going

    def blocks(self) -> None:
        """Block the bot."""
        self._membership("member", "kicked")
        self.chat.blocked = True
        self.api.keep_chat(self.chat)

    def unblocks(self) -> None:
        """Let the bot write again."""
        self._membership("kicked", "member")
        self.chat.blocked = False
        self.chat.started = True
        self.api.keep_chat(self.chat)

    def deactivates(self) -> None:
        """Delete the account; the bot is not told."""
        self.chat.deactivated = True
        self.api.keep_chat(self.chat)

    def _membership(self, old: str, new: str) -> None:
        change = member_change(self.api, self.chat, self.telegram(), self.api.bot, old, new)
        self.api.updates.push("my_chat_member", change, self.id)


def evening_sky(width: int, height: int) -> bytes:
    """A small picture to send: a sky from blue to orange, as a PNG."""
    rows = b"".join(
        b"\0" + bytes((40 + 200 * row // height, 70 + 70 * row // height, 150 - 90 * row // height)) * width
        for row in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def a_file(kind: str) -> Json:
    """The ids of a file that nobody will download."""
    return {"file_id": f"{kind}-from-a-phone", "file_unique_id": kind}


def bot_sees(chat: Chat, message: Message) -> bool:
    """Privacy mode: in a group a bot sees commands and answers to its messages, unless it is an admin."""
    if chat.private:
        return True
    if chat.bot_left or chat.bot_kicked:
        return False
    answered = chat.messages.get(message.reply_to)
    return (
        message.text.startswith("/")
        or bool(message.media)
        or (answered is not None and answered.by_bot)
        or chat.members.get(0) == "administrator"
    )


def member_change(api: BotApi, chat: Chat, by: Json, whom: Json, old: str, new: str) -> Json:
    """Telegram's `ChatMemberUpdated` object."""
    until = {"until_date": 0}
    return {
        "chat": chat.telegram(),
        "from": by,
        "date": api.unix_now(),
        "old_chat_member": {"user": whom, "status": old} | (until if old == "kicked" else {}),
        "new_chat_member": {"user": whom, "status": new} | (until if new == "kicked" else {}),
    }
