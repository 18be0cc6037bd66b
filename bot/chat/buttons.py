"""Our buttons and keyboards as Telegram's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from telegram import (
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | None


def markup(body: Mapping[str, Any]) -> Markup:
    """The keyboard of a message's body, or None."""
    if body.get("buttons"):
        return inline(body["buttons"])
    if body.get("keyboard"):
        return _reply_keyboard(body["keyboard"], bool(body.get("locate")))
    return ReplyKeyboardRemove() if body.get("remove_keyboard") else None


def inline(rows: Sequence[Sequence[Mapping[str, str]]]) -> InlineKeyboardMarkup:
    """Buttons under a message."""
    return InlineKeyboardMarkup([[_button(button) for button in row] for row in rows])


def _button(button: Mapping[str, str]) -> InlineKeyboardButton:
    return InlineKeyboardButton(
        button["label"],
        callback_data=button.get("data"),
        url=button.get("url"),
        copy_text=CopyTextButton(button["copy"]) if "copy" in button else None,
        style=button.get("style"),
    )


def _reply_keyboard(labels: Sequence[str], locate: bool) -> ReplyKeyboardMarkup:
    rows = [[KeyboardButton(label, request_location=locate and place == 0)] for place, label in enumerate(labels)]
    return ReplyKeyboardMarkup(rows, resize_keyboard=True, one_time_keyboard=True)
