"""Methods that put a new message into a chat."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from bot.web.botapi.chats import Chat, Json
from bot.web.botapi.keyboards import read_markup
from bot.web.botapi.params import Params, Upload
from bot.web.botapi.refusals import bad_request
from bot.web.botapi.texts import sent_caption, sent_text

if TYPE_CHECKING:
    from bot.web.botapi.api import BotApi

# https://core.telegram.org/bots/api#sending-files
MAX_DOCUMENT = 50 * 1024 * 1024
MAX_PHOTO = 10 * 1024 * 1024


def send_message(api: BotApi, params: Params) -> Json:
    """A text with buttons or a keyboard."""
    text, entities = sent_text(params)
    return post(api, params, text=text, entities=entities, source=params.text("text"))


def send_contact(api: BotApi, params: Params) -> Json:
    """A contact card."""
    phone, first_name = params.text("phone_number"), params.text("first_name")
    if not phone:
        raise bad_request("phone number is empty")
    if not first_name:
        raise bad_request("first name is empty")
    contact = {"phone_number": phone, "first_name": first_name}
    if last_name := params.text("last_name"):
        contact["last_name"] = last_name
    return post(api, params, media={"contact": contact})


def send_location(api: BotApi, params: Params) -> Json:
    """A place on the map."""
    place = {name: float(params.text(name) or "nan") for name in ("latitude", "longitude")}
    return post(api, params, media={"location": place})


def send_document(api: BotApi, params: Params) -> Json:
    """A file."""
    file_id, upload = sent_file(api, params, "document", MAX_DOCUMENT)
    document = {
        "file_id": file_id,
        "file_unique_id": file_id,
        "file_name": upload.name,
        "mime_type": upload.mime_type,
        "file_size": len(upload.content),
    }
    text, entities = sent_caption(params)
    return post(api, params, media={"document": document}, text=text, entities=entities)


def send_photo(api: BotApi, params: Params) -> Json:
    """A picture."""
    file_id, upload = sent_file(api, params, "photo", MAX_PHOTO)
    width, height = picture_size(upload.content)
    size = {
        "file_id": file_id,
        "file_unique_id": file_id,
        "width": width,
        "height": height,
        "file_size": len(upload.content),
    }
    text, entities = sent_caption(params)
    return post(api, params, media={"photo": [size]}, text=text, entities=entities)


def send_chat_action(api: BotApi, params: Params) -> bool:
    """`typing…` at the top of the phone."""
    chat = chat_of(api, params)
    action = params.text("action")
    if action not in ACTIONS:
        raise bad_request("Wrong parameter action in request")
    chat.action = action
    api.changes.announce("action", chat_id=chat.id, action=action)
    return True


ACTIONS = {
    "cancel", "typing", "upload_photo", "upload_document", "find_location", "choose_sticker", "record_voice",
    "upload_voice", "record_video", "upload_video", "record_video_note", "upload_video_note",
}  # fmt: skip


def chat_of(api: BotApi, params: Params) -> Chat:
    """The chat a call is about, if the bot may write there."""
    if not params.text("chat_id"):
        raise bad_request("chat_id is empty")
    return api.chat(params.number("chat_id"))


def post(api: BotApi, params: Params, **content: Any) -> Json:
    """Send a new message; refused when the chat or the markup is wrong, or too many were sent."""
    chat = chat_of(api, params)
    markup = read_markup(params, chat.private)
    reply_to = answered_message(params, chat)
    api.floods.pass_send(chat.id)
    message = api.new_message(
        chat,
        api.bot_id,
        buttons=markup.get("inline_keyboard", []),
        keyboard={} if "inline_keyboard" in markup else markup,
        silent=params.flag("disable_notification"),
        protected=params.flag("protect_content"),
        reply_to=reply_to,
        **content,
    )
    return api.shown(message)


def answered_message(params: Params, chat: Chat) -> int:
    """The id of the message this one answers; 0 when none."""
    given = params.json("reply_parameters", "reply parameters")
    message_id = int(given["message_id"]) if given else params.number("reply_to_message_id")
    if message_id and chat.get(message_id) is None:
        lenient = (given or {}).get("allow_sending_without_reply") or params.flag("allow_sending_without_reply")
        if not lenient:
            raise bad_request("message to be replied not found")
        return 0
    return message_id


def sent_file(api: BotApi, params: Params, name: str, limit: int) -> tuple[str, Upload]:
    """The file of a call, uploaded now or known by its id."""
    if upload := params.upload(name):
        if not upload.content:
            raise bad_request("file must be non-empty")
        if len(upload.content) > limit:
            raise bad_request("file is too big")
        return api.keep_file(upload), upload
    file_id = params.text(name)
    if not file_id:
        raise bad_request(f"there is no {name} in the request")
    if file_id not in api.files:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return file_id, api.files[file_id]


def picture_size(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG in pixels; a usual phone's for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return int(width), int(height)
    return 640, 480


METHODS = {
    "sendmessage": send_message,
    "sendcontact": send_contact,
    "sendlocation": send_location,
    "senddocument": send_document,
    "sendphoto": send_photo,
    "sendchataction": send_chat_action,
}
