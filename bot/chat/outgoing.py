"""Plain value → a call to Telegram. One function a kind of outbox row."""

from __future__ import annotations

import html
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from telegram import Bot, BotCommand, BotCommandScopeChat, BotCommandScopeDefault
from telegram.constants import ParseMode

from bot.chat.buttons import inline, markup
from bot.chat.transport import call

Body = Mapping[str, Any]
# A toast of at most so many characters passes by itself; a longer one stays until it is read and closed.
PASSING = 40
NO_PREVIEW = {"is_disabled": True}


def plain(text: str) -> str:
    """The text without markup, for when Telegram refuses ours: an alert must never die of a tag."""
    return html.unescape(re.sub(r"</?[a-z][^>]*>", "", text))


async def send(bot: Bot, chat_id: int, body: Body) -> int | None:
    """A message; returns its id."""
    message = await call(
        bot,
        "sendMessage",
        chat_id=chat_id,
        **_text(body),
        reply_markup=markup(body),
        disable_notification=body.get("silent"),
        protect_content=body.get("protect"),
    )
    return int(message["message_id"])


async def edit(bot: Bot, chat_id: int, message_id: int, body: Body) -> None:
    """Let an earlier message show this."""
    buttons = inline(body["buttons"]) if body.get("buttons") else None
    await call(bot, "editMessageText", chat_id=chat_id, message_id=message_id, **_text(body), reply_markup=buttons)


def _text(body: Body) -> dict[str, Any]:
    preview = {"link_preview_options": NO_PREVIEW}
    if body.get("plain"):
        return {"text": plain(body["text"])} | preview
    return {"text": body["text"], "parse_mode": ParseMode.HTML} | preview


async def _contact(bot: Bot, chat_id: int, body: Body) -> int | None:
    message = await bot.send_contact(
        chat_id, phone_number=body["phone"], first_name=body["name"], disable_notification=body.get("silent")
    )
    return message.message_id


async def _document(bot: Bot, chat_id: int, body: Body) -> int | None:
    message = await bot.send_document(
        chat_id,
        body["content"].encode() if isinstance(body["content"], str) else bytes(body["content"]),
        filename=body["filename"],
        caption=body.get("caption"),
        disable_notification=body.get("silent"),
        protect_content=body.get("protect"),
    )
    return message.message_id


async def _delete(bot: Bot, chat_id: int, body: Body) -> int | None:
    await bot.delete_message(chat_id, body["message_id"])
    return None


async def _bare(bot: Bot, chat_id: int, body: Body) -> int | None:
    """Take the buttons off an earlier message."""
    await bot.edit_message_reply_markup(chat_id=chat_id, message_id=body["message_id"], reply_markup=None)
    return None


async def _commands(bot: Bot, chat_id: int, body: Body) -> int | None:
    commands = [BotCommand(name, description) for name, description in body["commands"]]
    scope = BotCommandScopeChat(chat_id) if chat_id else BotCommandScopeDefault()
    await bot.set_my_commands(commands, scope=scope, language_code=body.get("language"))
    return None


async def _pin(bot: Bot, chat_id: int, body: Body) -> int | None:
    await bot.pin_chat_message(chat_id, body["message_id"], disable_notification=True)
    return None


async def _leave(bot: Bot, chat_id: int, body: Body) -> int | None:
    await bot.leave_chat(chat_id)
    return None


async def _look(bot: Bot, chat_id: int, body: Body) -> Body:
    """Who leads a group, and how many people are in it, us aside.

    getChatAdministrators works for any member; getChatMember is only sure to when the bot is an administrator.
    """
    admins = await call(bot, "getChatAdministrators", chat_id=chat_id)
    count = await call(bot, "getChatMemberCount", chat_id=chat_id)
    return {"admins": [admin["user"]["id"] for admin in admins], "people": max(int(count) - 1, 0)}


KINDS: dict[str, Callable[[Bot, int, Body], Awaitable[int | Body | None]]] = {
    "send": send,
    "nudge": send,
    "prompt": send,
    "contact": _contact,
    "document": _document,
    "delete": _delete,
    "bare": _bare,
    "commands": _commands,
    "pin": _pin,
    "leave": _leave,
    "look": _look,
}
# These spend the send budget and the chat's pace; the others are not messages.
MESSAGES = frozenset({"send", "nudge", "prompt", "contact", "document"})


async def perform(bot: Bot, kind: str, chat_id: int, body: Body) -> int | Body | None:
    """Do what an outbox row says; returns the id of the message that was made, or what was asked for.

    Raises TelegramError; `verdicts.judge` says what to do about it.
    """
    return await KINDS[kind](bot, chat_id, body)


async def answer_tap(bot: Bot, query_id: str, text: str | None) -> None:
    """Stop a button's spinner, with a text if there is one (at most 200 characters, Bot API)."""
    await call(
        bot,
        "answerCallbackQuery",
        callback_query_id=query_id,
        text=text[:200] if text else None,
        show_alert=len(text or "") > PASSING,
    )
