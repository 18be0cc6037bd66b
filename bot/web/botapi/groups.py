"""Groups of people, into which a bot may be added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.web.botapi.chats import Chat
from bot.web.botapi.phones import TelegramUser, member_change

if TYPE_CHECKING:
    from bot.web.botapi.api import BotApi

# The key under which a group's members hold the bot itself.
THE_BOT = 0


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

    def moves_to(self, chat_id: int) -> None:
        """The group becomes another one; calls to the old id are told the new one."""
        new = Chat(chat_id, "supergroup", self.chat.title, members=dict(self.chat.members))
        self.chat.migrated_to = chat_id
        self.api.chats[chat_id] = new
        self.api.groups[chat_id] = Group(self.api, new)
        self.api.keep_chat(self.chat)
        self.api.keep_chat(new)

    def _bot_moved(self, by: TelegramUser, old: str, new: str) -> None:
        self.api.keep_chat(self.chat)
        change = member_change(self.api, self.chat, by.telegram(), self.api.bot, old, new)
        self.api.updates.push("my_chat_member", change, by.id)

    def _member_moved(self, user: TelegramUser, old: str, new: str) -> None:
        self.api.keep_chat(self.chat)
        whom = user.telegram()
        change = member_change(self.api, self.chat, whom, whom, old, new)
        self.api.updates.push("chat_member", change, user.id)
