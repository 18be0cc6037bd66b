"""A care group for plays: Zé's family group, what everybody in it sees, and how it is linked."""

from __future__ import annotations

import re

from bot.store.tables import CareLink
from bot.web.botapi.chats import Message
from bot.web.botapi.groups import THE_BOT, Group
from tests.household import MARIA
from tests.town import Phone, Town

FAMILY = -1001
GROUP_LINK = re.compile(r"https://t\.me/\w+\?startgroup=[A-Za-z0-9_-]+")


class GroupPhone(Phone):
    """The group as each of its members sees it; leaving a play fails when it heard what no line expected."""

    def __init__(self, town: Town, group: Group) -> None:
        self.town = town
        self.group = group
        self._seen: dict[int, int] = {}
        town.phones[group.chat.id] = self

    @property
    def name(self) -> str:
        return self.group.chat.title

    @property
    def chat_id(self) -> int:
        return self.group.chat.id

    @property
    def messages(self) -> list[Message]:
        return self.group.chat.from_bot

    async def somebody_taps(self, who: Phone, label: str) -> str:
        """A member taps a button, by its text or its callback data; the toast that only they see."""
        message, data = self.finds(label)
        return await self.forges(who, data, message.message_id)

    async def forges(self, who: Phone, data: str, message_id: int = 1) -> str:
        query = who.user.forges(message_id, data, to=self.group.chat)
        await self.town.settle()
        return self.town.api.answers.get(query, "")

    async def moves_to(self, chat_id: int) -> None:
        """It becomes a supergroup."""
        del self.town.phones[self.group.chat.id]
        self._seen = {}
        self.group.moves_to(chat_id)
        self.group = self.town.api.groups[chat_id]
        self.town.phones[chat_id] = self
        await self.town.settle()


def a_group(town: Town, *members: Phone, chat_id: int = FAMILY) -> GroupPhone:
    """A group of these people, led by the first; the bot is not in it yet."""
    return GroupPhone(town, town.api.add_group(chat_id, "Family", [member.user for member in members]))


async def group_link(maria: Phone) -> str:
    """The link that Maria's newest invitation offers for a group."""
    await maria.sends("/caregivers")
    message_id, data = _data(maria, "invite:new")
    maria.user.taps(message_id, data)
    await maria.town.settle()
    urls = [button.get("url", "") for message in maria.messages for row in message.buttons for button in row]
    maria.reads_all()
    return next(url for url in reversed(urls) if GROUP_LINK.fullmatch(url))


def _data(phone: Phone, ending: str) -> tuple[int, str]:
    for message in reversed(phone.messages):
        for row in message.buttons:
            for shown in row:
                if shown.get("callback_data", "").endswith(ending):
                    return message.message_id, shown["callback_data"]
    raise AssertionError(f"{phone.name} has no button that ends with {ending!r}")


async def linked(town: Town, maria: Phone, family: GroupPhone, by: Phone) -> None:
    """The whole way: the link, an admin who follows it, Maria's yes."""
    family.group.brings_bot(by.user, await group_link(maria))
    await town.settle()
    family.hears("I now ask the person who made this link")
    await maria.taps("Yes, tell them")
    family.hears("This group now helps Maria")
    maria.reads_all()


async def a_linked_group(town: Town, *members: Phone) -> GroupPhone:
    """A group that Maria (who is in already) has confirmed some time ago, as rows."""
    family = a_group(town, *members)
    family.group.chat.bot_left = False
    family.group.chat.members[THE_BOT] = "member"
    assert town.app is not None
    async with town.app.store.begin() as tx:
        now, maria = town.clock.now(), await tx.people.by_chat(MARIA)
        assert maria is not None
        group = tx.people.add(FAMILY, "en", now)
        group.zone = maria.zone
        tx.people.set_handle(group, "Family")
        link = tx.families.link(maria.id, group.id, now, is_group=True)
        link.state, link.line, link.confirmed_at = "active", 2, now
    return family


async def link_of(town: Town, family: GroupPhone) -> CareLink | None:
    """The group's care link."""
    assert town.app is not None
    async with town.app.store.read() as tx:
        group = await tx.people.by_chat(family.group.chat.id)
        links = await tx.families.of_caregiver(group.id, ("active", "pending", "removed", "refused")) if group else []
        return links[0] if links else None
