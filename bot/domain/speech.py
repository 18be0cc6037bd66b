"""What we say, as plain values: a message, its buttons, and which chat it goes to how urgently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any


class Lane(IntEnum):
    """Strict priority of what leaves: a lower lane never waits for a higher one."""

    ALERT = 0
    REPLY = 1
    PROMPT = 2
    DIGEST = 3


@dataclass(frozen=True)
class Button:
    """A button under a message: exactly one of a press (callback data), an address or a text to copy."""

    label: str
    data: str | None = None
    url: str | None = None
    copy: str | None = None
    style: str | None = None  # danger, success or primary (Bot API 9.4)

    def to_json(self) -> dict[str, str]:
        """Only what is set, by name."""
        return {name: value for name, value in vars(self).items() if value is not None}


Rows = Sequence[Sequence[Button]]


@dataclass(frozen=True)
class Message:
    """One text with buttons. The keys say which texts it was made of: the evidence of what was said."""

    text: str
    buttons: Rows = ()
    silent: bool = False
    protect: bool = False
    keyboard: Sequence[str] = ()  # labels of a reply keyboard; the first asks for the location when `locate`
    locate: bool = False
    remove_keyboard: bool = False
    keys: Sequence[str] = ()

    def quietly(self) -> Message:
        """The same without a sound."""
        return replace(self, silent=True)

    def without_buttons(self) -> Message:
        """The same, when there is nothing left to tap."""
        return replace(self, buttons=())

    def to_json(self) -> dict[str, Any]:
        """What an outbox row or a card keeps; what is empty or false is left out."""
        body: dict[str, Any] = {"text": self.text}
        if self.buttons:
            body["buttons"] = [[button.to_json() for button in row] for row in self.buttons]
        flags = ("silent", "protect", "locate", "remove_keyboard")
        body.update({name: True for name in flags if getattr(self, name)})
        if self.keyboard:
            body["keyboard"] = list(self.keyboard)
        if self.keys:
            body["keys"] = list(self.keys)
        return body


def contact(phone: str, name: str) -> Mapping[str, Any]:
    """The body of a contact card: one tap calls."""
    return {"phone": phone, "name": name}
