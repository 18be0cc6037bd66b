"""Groups of people, into which a bot may be added."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.web.botapi.chats import Chat, Json
from bot.web.botapi.phones import TelegramUser, member_change

if TYPE_CHECKING:
    from bot.web.botapi.api import BotApi

# The key under which a group's members hold the bot itself.
THE_BOT = 0
# Who writes when an administrator writes in the group's name (Bot API, Message.sender_chat).
ANONYMOUS: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
GROUP_LINK = re.compile(r"(?:https?://)?t\.me/(?P<bot>\w+)\?startgroup=(?P<word>[A-Za-z0-9_-]{1,64})")


class Group:
    """A supergroup and what its members can do with a bot."""

    def __init__(self, api: BotApi, chat: Chat) -> None:
        self.api = api
        self.chat = chat

    def adds_bot(self, by: TelegramUser, admin: bool = False) -> None:
        """A member adds the bot, as an administrator if asked."""
        status = "administrator" if admin else "member"
        self.chat.bot_left = self.chat.bot_kicked = False
        self.chat.members[THE_BOT] = status
        self._bot_moved(by, "left", status)
        message = self.api.new_message(self.chat, by.id, media={"new_chat_members": [self.api.bot]})
        self.api.updates.push("message", self.api.shown(message), by.id)

    def brings_bot(self, by: TelegramUser, link: str, in_its_name: bool = False) -> None:
        """Follow a `t.me/<bot>?startgroup=…` link: the bot is added, and Telegram sends it the word of the link.

        `in_its_name`: an anonymous administrator does it, and the group's name stands where theirs would be.
        """
        match = GROUP_LINK.fullmatch(link)
        if match is None or match["bot"].lower() != str(self.api.bot["username"]).lower():
            raise ValueError(f"{link} does not lead to @{self.api.bot['username']}")
        if THE_BOT not in self.chat.members:
            self.adds_bot(by)
        text = f"/start@{self.api.bot['username']} {match['word']}"
        message = self.api.shown(self.api.new_message(self.chat, by.id, text=text))
        if in_its_name:
            message |= {"from": ANONYMOUS, "sender_chat": self.chat.telegram()}
        self.api.updates.push("message", message, ANONYMOUS["id"] if in_its_name else by.id)

    def kicks_bot(self, by: TelegramUser) -> None:
        """A member removes the bot."""
        old = self.chat.members.pop(THE_BOT, "member")
        self.chat.bot_kicked = True
        self._bot_moved(by, old, "kicked")

    def joins(self, user: TelegramUser) -> None:
        """A person joins."""
        self.chat.members[user.id] = "member"
        self._member_moved(user, "left", "member")
        message = self.api.new_message(self.chat, user.id, media={"new_chat_members": [user.telegram()]})
        self.api.updates.push("message", self.api.shown(message), user.id)

    def leaves(self, user: TelegramUser) -> None:
        """A person leaves."""
        old = self.chat.members.pop(user.id, "member")
        self._member_moved(user, old, "left")
        message = self.api.new_message(self.chat, user.id, media={"left_chat_member": user.telegram()})
        self.api.updates.push("message", self.api.shown(message), user.id)

    def moves_to(self, chat_id: int) -> None:
        """The group becomes another one; calls to the old id are told the new one."""
        new = Chat(chat_id, "supergroup", self.chat.title, members=dict(self.chat.members))
        self.chat.migrated_to = chat_id
        self.api.chats[chat_id] = new
        self.api.groups[chat_id] = Group(self.api, new)
        self.api.keep_chat(self.chat)
        self.api.keep_chat(new)
        self._says_it_moved(new)

    def _says_it_moved(self, new: Chat) -> None:
        """Telegram writes it into both groups, in the name of whoever did it."""
        owner = next((member for member in self.chat.members if member != THE_BOT), None)
        if owner is None:
            return
        for chat, said in (
            (self.chat, {"migrate_to_chat_id": new.id}),
            (new, {"migrate_from_chat_id": self.chat.id}),
        ):
            message = self.api.new_message(chat, owner, media=dict(said))
            self.api.updates.push("message", self.api.shown(message), owner)

    def _bot_moved(self, by: TelegramUser, old: str, new: str) -> None:
        self.api.keep_chat(self.chat)
        change = member_change(self.api, self.chat, by.telegram(), self.api.bot, old, new)
        self.api.updates.push("my_chat_member", change, by.id)

    def _member_moved(self, user: TelegramUser, old: str, new: str) -> None:
        self.api.keep_chat(self.chat)
        whom = user.telegram()
        change = member_change(self.api, self.chat, whom, whom, old, new)
        self.api.updates.push("chat_member", change, user.id)
