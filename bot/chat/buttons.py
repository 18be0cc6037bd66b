"""Our buttons and keyboards as Telegram's (Bot API: InlineKeyboardMarkup, ReplyKeyboardMarkup)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]


def markup(body: Mapping[str, Any]) -> Json | None:
    """The keyboard of a message's body, or None."""
    if body.get("buttons"):
        return inline(body["buttons"])
    if body.get("keyboard"):
        return _reply_keyboard(body["keyboard"], bool(body.get("locate")))
    return {"remove_keyboard": True} if body.get("remove_keyboard") else None


def inline(rows: Sequence[Sequence[Mapping[str, str]]]) -> Json:
    """Buttons under a message."""
    return {"inline_keyboard": [[_button(button) for button in row] for row in rows]}


def _button(button: Mapping[str, str]) -> Json:
    found: Json = {"text": button["label"]}
    for ours, theirs in (("data", "callback_data"), ("url", "url"), ("style", "style")):
        if button.get(ours) is not None:
            found[theirs] = button[ours]
    if "copy" in button:
        found["copy_text"] = {"text": button["copy"]}
    return found


def _reply_keyboard(labels: Sequence[str], locate: bool) -> Json:
    rows = [[{"text": label, "request_location": locate and place == 0}] for place, label in enumerate(labels)]
    return {"keyboard": rows, "resize_keyboard": True, "one_time_keyboard": True}
