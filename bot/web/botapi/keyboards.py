"""Reply markup, checked as Telegram checks it.

Limits: https://core.telegram.org/bots/api#inlinekeyboardbutton (callback_data 1-64 bytes).
"""

from __future__ import annotations

from typing import Any

from bot.web.botapi.params import Params
from bot.web.botapi.refusals import Refused, bad_request

Button = dict[str, Any]
Rows = list[list[Button]]

MAX_CALLBACK_BYTES = 64
MAX_BUTTONS = 100
MAX_COPY_TEXT = 256
STYLES = {"", "default", "primary", "danger", "success"}
LINKS = ("http://", "https://", "tg://", "t.me/")


def read_markup(params: Params, private: bool = True) -> dict[str, Any]:
    """The reply markup of a call: an inline keyboard, a reply keyboard, its removal, or nothing ({})."""
    markup = params.json("reply_markup", "reply keyboard markup")
    if markup is None:
        return {}
    if not isinstance(markup, dict):
        raise bad_request("Object expected as reply markup")
    if "inline_keyboard" in markup:
        return {"inline_keyboard": inline_rows(markup["inline_keyboard"])}
    if "keyboard" in markup:
        check_reply_rows(markup["keyboard"], private)
    return markup


def inline_rows(rows: object) -> Rows:
    """The rows of an inline keyboard; empty rows vanish, as they do at Telegram."""
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    for row in rows:
        for button in row:
            check_inline_button(button)
    if sum(map(len, rows)) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return [row for row in rows if row]


def check_inline_button(button: object) -> None:
    """Refuse what Telegram refuses in a button below a message."""
    if not isinstance(button, dict):
        raise cannot_parse("InlineKeyboardButton must be an Object")
    check_label(button, "Inline keyboard button")
    if url := button.get("url"):
        if not str(url).startswith(LINKS):
            raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    elif data := button.get("callback_data"):
        if len(str(data).encode()) > MAX_CALLBACK_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
    elif copied := button.get("copy_text"):
        if not 1 <= len(copied.get("text", "")) <= MAX_COPY_TEXT:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
    elif not any(key in button for key in ("switch_inline_query", "web_app", "login_url", "pay")):
        raise cannot_parse("Text buttons are unallowed in the inline keyboard")


def check_reply_rows(rows: object, private: bool) -> None:
    """Refuse what Telegram refuses in a keyboard that replaces the phone's own."""
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('Field "keyboard" must be an Array of Arrays')
    for button in (button for row in rows for button in row):
        if isinstance(button, str):
            continue
        if not isinstance(button, dict):
            raise bad_request("Can't parse keyboard button: KeyboardButton must be a String or an Object")
        check_label(button, "Keyboard button")
        if not private and button.get("request_contact"):
            raise bad_request("Phone number can be requested in private chats only")
        if not private and button.get("request_location"):
            raise bad_request("Location can be requested in private chats only")


def check_label(button: Button, what: str) -> None:
    """Every button has a text and one of the known styles."""
    if "text" not in button:
        raise cannot_parse('Can\'t find field "text"')
    if not str(button["text"]).strip():
        raise bad_request(f"{what} text must be non-empty")
    if "style" in button and str(button["style"] or "").lower() not in STYLES:
        raise cannot_parse("invalid button style specified")


def cannot_parse(why: str) -> Refused:
    """Telegram's refusal of a button it cannot read."""
    return bad_request(f"Can't parse inline keyboard button: {why}")
