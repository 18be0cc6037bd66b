"""The local Bot API server's state and rules, without a transport.

As strict as Telegram where a bot could be wrong, and nothing else of Telegram: a stand-in for tests,
benchmarks and the sandbox. https://core.telegram.org/bots/api
"""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.clock import SystemClock, SystemPace
from bot.web.botapi.calls import Call, Journal
from bot.web.botapi.changes import Changes
from bot.web.botapi.chats import Chat, Message, refusal_of
from bot.web.botapi.faults import AFTER_EFFECT, Faults
from bot.web.botapi.floods import FloodGate, FloodLimits
from bot.web.botapi.groups import Group
from bot.web.botapi.memory import Memory
from bot.web.botapi.methods import METHODS
from bot.web.botapi.params import Params, Upload
from bot.web.botapi.phones import TelegramUser
from bot.web.botapi.recollection import recollect
from bot.web.botapi.refusals import Refused, bad_request
from bot.web.botapi.updates import Query, UpdateQueue, Waiting

Json = dict[str, Any]

TOKEN_SHAPE = re.compile(r"\d+:[A-Za-z0-9_-]+")
# Telegram says only "a short time"; fifteen minutes is what bots report in practice.
QUERY_LIFE = timedelta(minutes=15)
# Update ids may begin anywhere: https://core.telegram.org/bots/api#update
FIRST_UPDATE_IDS = (100_000_000, 900_000_000)
KEPT_ANSWERS = 10_000


class BotApi:
    """One bot's view of Telegram: people with phones, chats, updates, and every rule a call must keep.

    `clock` gives message dates (UTC); `memory` is a file that survives restarts; `keep_calls` and
    `keep_messages` (a chat) bound what is remembered; `open_door` lets the bot write to any person's
    id as if they had pressed Start, for load tests.
    """

    def __init__(
        self,
        token: str,
        clock: Callable[[], datetime] | None = None,
        *,
        username: str = "bonewatch_sandbox_bot",
        name: str = "BoneWatch",
        memory: Path | None = None,
        floods: FloodLimits | None = None,
        keep_calls: int | None = None,
        keep_messages: int | None = None,
        open_door: bool = False,
        dice: random.Random | None = None,
    ) -> None:
        self.token = token
        self.clock = clock or SystemClock().now
        self.pace = SystemPace().time
        self.keep_messages = keep_messages
        self.open_door = open_door
        self.dice = dice or random.Random()  # noqa: S311 - ids, not secrets
        self.bot_id = int(token.partition(":")[0])
        self.bot: Json = {
            "id": self.bot_id,
            "is_bot": True,
            "first_name": name,
            "username": username,
        }
        self.changes = Changes()
        self.journal = Journal(keep_calls)
        self.faults = Faults()
        self.floods = FloodGate(floods)
        self.updates = UpdateQueue(self.clock, self.changes, self.dice.randrange(*FIRST_UPDATE_IDS))
        self.users: dict[int, TelegramUser] = {}
        self.groups: dict[int, Group] = {}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, Upload] = {}
        self.queries: dict[str, Query] = {}
        self.answers: dict[str, str] = {}
        self.commands: dict[tuple[str, int, int, str], list[Json]] = {}
        self.descriptions: dict[tuple[str, str], str] = {}
        self.webhook: Json = {}
        self.memory = Memory(memory) if memory else None
        if self.memory:
            recollect(self, self.memory)
            self.updates.on_push = self._keep_update
            self.updates.on_confirm = lambda ids: self.keep("confirmed", {"ids": ids})

    # People and groups

    def add_user(
        self,
        user_id: int,
        first_name: str,
        username: str | None = None,
        language_code: str = "en",
        zone: str = "UTC",
    ) -> TelegramUser:
        """A person with a phone, who has not pressed Start; the same person again when the id is known.

        `zone` is what the phone's own clock shows; no bot can see it.
        """
        if user_id in self.users:
            return self.users[user_id]
        user = TelegramUser(self, user_id, first_name, username, language_code, zone)
        self.users[user_id] = user
        self.chats[user_id] = Chat(user_id, "private", first_name, username=username)
        self.keep("user", user.record())
        self.keep_chat(self.chats[user_id])
        self.changes.announce("person", chat_id=user_id)
        return user

    def add_group(self, chat_id: int, title: str, members: list[TelegramUser]) -> Group:
        """A supergroup of people, without the bot until somebody adds it; the first member owns it."""
        if chat_id not in self.groups:
            chat = Chat(chat_id, "supergroup", title, bot_left=True)
            self.chats[chat_id] = chat
            self.groups[chat_id] = Group(self, chat)
        for member in members:
            owner = not self.chats[chat_id].members
            self.chats[chat_id].members[member.id] = "creator" if owner else "member"
        self.keep_chat(self.chats[chat_id])
        return self.groups[chat_id]

    # Calls

    async def handle(
        self,
        token: str,
        method: str,
        values: Mapping[str, Any],
        uploads: Mapping[str, Upload] | None = None,
    ) -> tuple[int, Json]:
        """One call: HTTP status and JSON body. Raises CutConnection where a fault cuts the line."""
        method = method.lower()
        params = Params(values, uploads)
        chat_id = params.number("chat_id")
        call = self.journal.open(method, chat_id, values, self.clock(), self.pace())
        outcome = "cut"
        try:
            body = await self._answer(token, method, params, call)
            outcome = "ok"
        except Refused as refused:
            outcome = str(refused.status)
            return refused.status, refused.answer()
        else:
            return 200, body
        finally:
            self.journal.close(call, outcome)
            self.changes.announce("call", chat_id=chat_id, method=method, outcome=outcome)

    async def _answer(self, token: str, method: str, params: Params, call: Call) -> Json:
        self._check_token(token)
        faults = self.faults.struck(method, call.chat_id)
        for fault in faults:
            if fault.harm not in AFTER_EFFECT:
                await fault.do()
        call.effect = await self._effect(method, params)
        for fault in faults:
            if fault.harm in AFTER_EFFECT:
                await fault.do()
        return {"ok": True, "result": call.effect}

    def _check_token(self, token: str) -> None:
        if not TOKEN_SHAPE.fullmatch(token):
            raise Refused(404, "Not Found")
        if token != self.token:
            raise Refused(401, "Unauthorized")

    async def _effect(self, method: str, params: Params) -> Any:
        if method == "getupdates":
            return await self._get_updates(params)
        if method not in METHODS:
            raise Refused(404, "Not Found: method not found")
        return METHODS[method](self, params)

    async def _get_updates(self, params: Params) -> list[Json]:
        self.updates.allow(params.json("allowed_updates", "allowed updates"))
        return await self.updates.take(
            params.number("offset"), params.number("limit", 100), min(params.number("timeout"), 50)
        )

    # What methods and phones share

    def chat(self, chat_id: int) -> Chat:
        """The chat the bot may write to; refuses as Telegram does when it may not."""
        chat = self.chats.get(chat_id)
        if chat is None and self.open_door and chat_id > 0:
            self.add_user(chat_id, f"Person {chat_id}")
            chat = self.chats[chat_id]
            chat.started = True
        if chat is None:
            raise bad_request("chat not found")
        if refusal := refusal_of(chat):
            raise refusal
        return chat

    def new_message(self, chat: Chat, sender_id: int, **content: Any) -> Message:
        """Put a message into a chat; the caller says what it holds."""
        message = Message(
            message_id=chat.next_message_id,
            chat_id=chat.id,
            sender_id=sender_id,
            by_bot=sender_id == self.bot_id,
            date=self.unix_now(),
            **content,
        )
        chat.next_message_id += 1
        chat.messages[message.message_id] = message
        if self.keep_messages is not None and len(chat.messages) > self.keep_messages:
            del chat.messages[next(iter(chat.messages))]
        self.changed(message, new=True)
        return message

    def changed(self, message: Message, new: bool = False) -> None:
        """Remember a message's new state and tell whoever listens."""
        if self.memory:
            self.memory.keep("message", message.record())
        self.changes.announce("message", chat_id=message.chat_id, message=message, new=new)

    def shown(self, message: Message, depth: int = 1) -> Json:
        """A message as Telegram's `Message` object."""
        chat = self.chats[message.chat_id]
        json: Json = {
            "message_id": message.message_id,
            "from": self.bot if message.by_bot else self.users[message.sender_id].telegram(),
            "chat": chat.telegram(),
            "date": message.date,
            **message.content(),
        }
        if message.edited_at:
            json["edit_date"] = message.edited_at
        if message.buttons:
            json["reply_markup"] = {"inline_keyboard": message.buttons}
        if message.protected:
            json["has_protected_content"] = True
        answered = chat.messages.get(message.reply_to)
        if depth and answered is not None:
            json["reply_to_message"] = self.shown(answered, depth - 1)
        return json

    def unix_now(self) -> int:
        """The clock in Unix seconds, as Telegram dates messages."""
        return int(self.clock().timestamp())

    def new_query(self, user_id: int) -> str:
        """The id of a tap that waits for its answer."""
        query_id = str(self.dice.randrange(10**17, 10**18))
        self.queries[query_id] = Query(self.clock(), user_id)
        return query_id

    def answer_query(self, query_id: str, text: str, alert: bool) -> bool:
        """Answer a tap, which can be done once and not for long; False when it is too late."""
        query = self.queries.pop(query_id, None)
        if query is None or self.clock() - query.asked > QUERY_LIFE:
            return False
        self.answers[query_id] = text
        if len(self.answers) > KEPT_ANSWERS:
            del self.answers[next(iter(self.answers))]
        self.changes.announce("answer", chat_id=query.user_id, text=text, alert=alert)
        return True

    def keep_file(self, upload: Upload) -> str:
        """Store a file; its id."""
        file_id = f"file-{len(self.files) + 1}-{self.dice.randrange(10**9):09d}"
        self.files[file_id] = upload
        if self.memory:
            content = base64.b64encode(upload.content).decode()
            self.keep("file", {"id": file_id, "name": upload.name, "type": upload.mime_type, "content": content})
        return file_id

    def keep(self, kind: str, record: Json) -> None:
        """Write one record to the memory, when there is one."""
        if self.memory:
            self.memory.keep(kind, record)

    def keep_chat(self, chat: Chat) -> None:
        """Remember a chat's state (its messages have records of their own)."""
        if self.memory:
            self.memory.keep("chat", chat.record())
        self.changes.announce("chat", chat_id=chat.id)

    def _keep_update(self, one: Waiting) -> None:
        self.keep("update", one.record())

    # What tests wait for

    async def until(self, true: Callable[[], bool], seconds: float = 5.0) -> None:
        """Wait until `true()` holds; TimeoutError after `seconds`."""
        await self.changes.until(true, seconds)

    @property
    def idle(self) -> bool:
        """Whether no update waits and no call but getUpdates is under way."""
        return not self.updates.waiting and self.journal.in_flight == 0

    def close(self) -> None:
        """Close the memory."""
        if self.memory:
            self.memory.close()
