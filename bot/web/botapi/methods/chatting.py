"""Methods about chats, their members and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.web.botapi.chats import Chat, Json
from bot.web.botapi.groups import THE_BOT
from bot.web.botapi.methods.sending import chat_of
from bot.web.botapi.params import Params
from bot.web.botapi.refusals import bad_request, forbidden

if TYPE_CHECKING:
    from bot.web.botapi.api import BotApi


def get_chat(api: BotApi, params: Params) -> Json:
    """A chat with the details of Telegram's `ChatFullInfo`."""
    chat = known_chat(api, params)
    full = chat.telegram() | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }
    if chat.pinned and (message := chat.get(chat.pinned[-1])):
        full["pinned_message"] = api.shown(message)
    return full


def known_chat(api: BotApi, params: Params) -> Chat:
    """A chat the bot may look at: a person who blocked it stays visible."""
    chat = api.chats.get(params.number("chat_id"))
    if chat is not None and chat.private and chat.started:
        return chat
    return chat_of(api, params)


def get_chat_member(api: BotApi, params: Params) -> Json:
    """One member of a chat."""
    chat = known_chat(api, params)
    return member(api, chat, params.number("user_id"))


def get_chat_administrators(api: BotApi, params: Params) -> list[Json]:
    """The owner and administrators of a group."""
    chat = chat_of(api, params)
    if chat.private:
        raise bad_request("there are no administrators in the private chat")
    leading = {"creator", "administrator"}
    return [member(api, chat, who or api.bot_id) for who, status in chat.members.items() if status in leading]


def get_chat_member_count(api: BotApi, params: Params) -> int:
    """How many are in a chat, the bot included."""
    chat = chat_of(api, params)
    return 2 if chat.private else len(chat.members)


def member(api: BotApi, chat: Chat, user_id: int) -> Json:
    """Telegram's `ChatMember` object."""
    if user_id == api.bot_id:
        person, status = api.bot, chat.members.get(THE_BOT, "member" if chat.private else "left")
    elif user_id in api.users:
        person = api.users[user_id].telegram()
        status = chat.members.get(user_id, "member" if chat.id == user_id else "left")
    else:
        raise bad_request("PARTICIPANT_ID_INVALID")
    return {"user": person, "status": status} | DETAILS.get(status, {})


# The fields Telegram requires beside `user` and `status`.
RIGHTS = (
    "can_be_edited", "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
    "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories",
    "can_delete_stories",
)  # fmt: skip
DETAILS: dict[str, Json] = {
    "creator": {"is_anonymous": False},
    "administrator": {"is_anonymous": False} | dict.fromkeys(RIGHTS, False),
    "kicked": {"until_date": 0},
}


def leave_chat(api: BotApi, params: Params) -> bool:
    """Leave a group."""
    chat = chat_of(api, params)
    if chat.private:
        raise forbidden("bot can't leave a private chat")
    chat.bot_left = True
    chat.members.pop(THE_BOT, None)
    api.keep_chat(chat)
    return True


def get_file(api: BotApi, params: Params) -> Json:
    """Where a file can be downloaded."""
    file_id = params.text("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    if file_id not in api.files:
        raise bad_request("invalid file_id")
    size = len(api.files[file_id].content)
    return {"file_id": file_id, "file_unique_id": file_id, "file_size": size, "file_path": f"files/{file_id}"}


METHODS = {
    "getchat": get_chat,
    "getchatmember": get_chat_member,
    "getchatadministrators": get_chat_administrators,
    "getchatmembercount": get_chat_member_count,
    "leavechat": leave_chat,
    "getfile": get_file,
}
