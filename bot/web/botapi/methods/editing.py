"""Methods that change what is already there: edits, deletions, pins, reactions, answers to taps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.web.botapi.chats import Chat, Json, Message
from bot.web.botapi.keyboards import read_markup
from bot.web.botapi.methods.sending import chat_of
from bot.web.botapi.params import Params
from bot.web.botapi.refusals import NOT_MODIFIED, QUERY_TOO_OLD, bad_request
from bot.web.botapi.texts import sent_caption, sent_text

if TYPE_CHECKING:
    from bot.web.botapi.api import BotApi

# https://core.telegram.org/bots/api#deletemessage: "can only be deleted if it was sent less than 48 hours ago"
DELETABLE_SECONDS = 48 * 3600
MAX_ANSWER = 200


def edit_message_text(api: BotApi, params: Params) -> Json:
    """A new text, and new buttons: those that are not sent along disappear."""
    text, entities = sent_text(params)
    message = message_to_edit(api, params)
    if not message.text or message.media:
        raise bad_request("there is no text in the message to edit")
    return apply_edit(api, params, message, text=text, entities=entities, source=params.text("text"))


def edit_message_caption(api: BotApi, params: Params) -> Json:
    """A new caption below a file or picture."""
    text, entities = sent_caption(params)
    return apply_edit(api, params, message_to_edit(api, params), text=text, entities=entities)


def edit_message_reply_markup(api: BotApi, params: Params) -> Json:
    """New buttons below the same text, or none."""
    return apply_edit(api, params, message_to_edit(api, params))


def message_to_edit(api: BotApi, params: Params) -> Message:
    """The bot's own message a call wants to edit."""
    message = found(chat_of(api, params), params, "message to edit")
    if not message.by_bot:
        raise bad_request("message can't be edited")
    return message


def apply_edit(api: BotApi, params: Params, message: Message, **content: object) -> Json:
    """Change the message, unless it would look the same."""
    markup = read_markup(params)
    if markup and "inline_keyboard" not in markup:
        raise bad_request("inline keyboard expected")
    buttons = markup.get("inline_keyboard", [])
    shown = {name: value for name, value in content.items() if name != "source"}
    if message.buttons == buttons and all(getattr(message, name) == value for name, value in shown.items()):
        raise bad_request(NOT_MODIFIED)
    api.floods.pass_send(message.chat_id, edit=True)
    for name, value in content.items():
        setattr(message, name, value)
    message.buttons = buttons
    message.edited_at = api.unix_now()
    message.edits += 1
    api.changed(message)
    return api.shown(message)


def delete_message(api: BotApi, params: Params) -> bool:
    """Take a message off the phone, if it is younger than 48 hours."""
    delete(api, found(chat_of(api, params), params, "message to delete"))
    return True


def delete_messages(api: BotApi, params: Params) -> bool:
    """Take several messages off; those that are not there are left out."""
    chat = chat_of(api, params)
    for message_id in params.json("message_ids", "message identifiers") or []:
        if message := chat.get(int(message_id)):
            delete(api, message)
    return True


def delete(api: BotApi, message: Message) -> None:
    """Delete one message."""
    if api.unix_now() - message.date > DELETABLE_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    message.deleted = True
    chat = api.chats[message.chat_id]
    if message.message_id in chat.pinned:
        chat.pinned.remove(message.message_id)
        api.keep_chat(chat)
    api.changed(message)


def pin_chat_message(api: BotApi, params: Params) -> bool:
    """Pin a message at the top of the chat."""
    chat = chat_of(api, params)
    message = found(chat, params, "message to pin")
    if message.message_id not in chat.pinned:
        chat.pinned.append(message.message_id)
    set_pinned(api, chat, message, True)
    return True


def unpin_chat_message(api: BotApi, params: Params) -> bool:
    """Unpin one message, or the newest pinned one when none is named."""
    chat = chat_of(api, params)
    message_id = params.number("message_id") or (chat.pinned[-1] if chat.pinned else 0)
    message = chat.get(message_id)
    if message is None or message_id not in chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(message_id)
    set_pinned(api, chat, message, False)
    return True


def set_pinned(api: BotApi, chat: Chat, message: Message, pinned: bool) -> None:
    """Show or hide the pin, and tell the chat."""
    message.pinned = pinned
    api.changed(message)
    api.keep_chat(chat)


def set_message_reaction(api: BotApi, params: Params) -> bool:
    """Put one emoji on a message, or take it off."""
    message = found(chat_of(api, params), params, "message to react")
    kinds = params.json("reaction", "reaction types") or []
    if len(kinds) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    message.reaction = str(kinds[0].get("emoji", "")) if kinds else ""
    api.changed(message)
    return True


def answer_callback_query(api: BotApi, params: Params) -> bool:
    """Stop the tapped button's spinning, with a short text if there is one."""
    query_id, text = params.text("callback_query_id"), params.text("text")
    if len(text) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    if not api.answer_query(query_id, text, params.flag("show_alert")):
        raise bad_request(QUERY_TOO_OLD)
    return True


def found(chat: Chat, params: Params, what: str) -> Message:
    """The message a call names; `what` names it in the refusal."""
    message = chat.get(params.number("message_id"))
    if message is None:
        raise bad_request(f"{what} not found")
    return message


METHODS = {
    "editmessagetext": edit_message_text,
    "editmessagecaption": edit_message_caption,
    "editmessagereplymarkup": edit_message_reply_markup,
    "deletemessage": delete_message,
    "deletemessages": delete_messages,
    "pinchatmessage": pin_chat_message,
    "unpinchatmessage": unpin_chat_message,
    "setmessagereaction": set_message_reaction,
    "answercallbackquery": answer_callback_query,
}
