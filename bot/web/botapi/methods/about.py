"""Methods about the bot itself: who it is, its commands and descriptions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.web.botapi.chats import Json
from bot.web.botapi.params import Params
from bot.web.botapi.refusals import bad_request

if TYPE_CHECKING:
    from bot.web.botapi.api import BotApi

# https://core.telegram.org/bots/api#botcommand and #setmycommands
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
MAX_COMMANDS = 100
MAX_COMMAND_DESCRIPTION = 256
LANGUAGE = re.compile(r"[a-z]{2}|")
CHAT_SCOPES = {"chat", "chat_administrators", "chat_member"}
SCOPES = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"} | CHAT_SCOPES
DESCRIPTION_LIMITS = {"description": 512, "short_description": 120, "name": 64}

Key = tuple[str, int, int, str]


def get_me(api: BotApi, _params: Params) -> Json:
    """The bot."""
    return api.bot | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def set_my_commands(api: BotApi, params: Params) -> bool:
    """The menu of one scope and language; an empty list removes it."""
    commands = params.json("commands", "commands")
    if not isinstance(commands, list):
        raise bad_request("Expected an Array of BotCommand")
    if len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        check_command(command)
    keep_commands(api, scope_key(api, params), commands)
    return True


def check_command(command: Any) -> None:
    """Refuse what Telegram refuses in a menu entry."""
    if not isinstance(command, dict) or not {"command", "description"} <= command.keys():
        raise bad_request("Can't parse BotCommand: expected an Object")
    if not COMMAND.fullmatch(str(command["command"]).removeprefix("/")):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(str(command["description"]).strip()) <= MAX_COMMAND_DESCRIPTION:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")


def get_my_commands(api: BotApi, params: Params) -> list[Json]:
    """The menu of exactly this scope and language."""
    return api.commands.get(scope_key(api, params), [])


def delete_my_commands(api: BotApi, params: Params) -> bool:
    """Remove the menu of this scope and language."""
    keep_commands(api, scope_key(api, params), [])
    return True


def keep_commands(api: BotApi, key: Key, commands: list[Json]) -> None:
    """Remember a menu and tell the phones."""
    api.commands[key] = commands
    api.keep("commands", {"key": list(key), "commands": commands})
    api.changes.announce("commands", chat_id=key[1])


def scope_key(api: BotApi, params: Params) -> Key:
    """Scope, chat, member and language a call is about."""
    scope = params.json("scope", "BotCommandScope") or {"type": "default"}
    kind = scope.get("type", "")
    if kind not in SCOPES:
        raise bad_request("Can't parse BotCommandScope: Unsupported type specified")
    language = params.text("language_code")
    if not LANGUAGE.fullmatch(language):
        raise bad_request("Invalid language code specified")
    chat_id = int(scope.get("chat_id", 0)) if kind in CHAT_SCOPES else 0
    if kind in CHAT_SCOPES:
        api.chat(chat_id)
    return kind, chat_id, int(scope.get("user_id", 0)) if kind == "chat_member" else 0, language


def menu_of(api: BotApi, chat_id: int, language: str) -> list[Json]:
    """The menu a person sees in the private chat: the narrowest scope wins, then the language.

    https://core.telegram.org/bots/api#determining-list-of-commands
    """
    for scope, chat in (("chat", chat_id), ("all_private_chats", 0), ("default", 0)):
        for spoken in (language, ""):
            if commands := api.commands.get((scope, chat, 0, spoken)):
                return commands
    return []


def set_description(api: BotApi, params: Params, kind: str) -> bool:
    """What people read before they press Start."""
    text = params.text(kind)
    if len(text) > DESCRIPTION_LIMITS[kind]:
        raise bad_request(f"BOT_{kind.upper()}_TOO_LONG")
    language = params.text("language_code")
    api.descriptions[kind, language] = text
    api.keep("description", {"key": [kind, language], "text": text})
    return True


def get_description(api: BotApi, params: Params, kind: str) -> Json:
    """What was set, in this language or else in all."""
    own = api.descriptions.get((kind, params.text("language_code")))
    return {kind: own or api.descriptions.get((kind, ""), "")}


METHODS = {
    "getme": get_me,
    "setmycommands": set_my_commands,
    "getmycommands": get_my_commands,
    "deletemycommands": delete_my_commands,
    "setmydescription": lambda api, params: set_description(api, params, "description"),
    "getmydescription": lambda api, params: get_description(api, params, "description"),
    "setmyshortdescription": lambda api, params: set_description(api, params, "short_description"),
    "getmyshortdescription": lambda api, params: get_description(api, params, "short_description"),
    "setmyname": lambda api, params: set_description(api, params, "name"),
    "getmyname": lambda api, params: get_description(api, params, "name"),
}
