"""Callback data, both ways: what a button means, in the letters that the contract fixes.

`c:<check-in>:<question>:<choice>`, `a:<alert>:<action>`, `o:<step>:<choice>`, `s:<setting>:<choice>`, `l:<topic>`.
A code is never given another meaning, because old keyboards stay in people's chats for ever.
"""

from __future__ import annotations

from dataclasses import dataclass

# Telegram Bot API, InlineKeyboardButton: callback_data is 1-64 bytes.
MOST_BYTES = 64
LARGEST_ID = 2**63 - 1
DONE, BACK = "done", "back"


@dataclass(frozen=True)
class CheckinPress:
    """A tap in a check-in: `choice` may be a choice, +choice, -choice, done or back."""

    checkin: int
    question: str
    choice: str


@dataclass(frozen=True)
class AlertPress:
    """A tap under an alert or an advice."""

    alert: int
    action: str


@dataclass(frozen=True)
class StepPress:
    """A tap while being welcomed."""

    step: str
    choice: str


@dataclass(frozen=True)
class SettingPress:
    """A tap in a settings screen; the choice may carry an id or a value."""

    setting: str
    choice: str


@dataclass(frozen=True)
class LearnPress:
    """A tap on something to read."""

    topic: str


Press = CheckinPress | AlertPress | StepPress | SettingPress | LearnPress


def to_data(press: Press) -> str:
    """The callback data of a press. Raises ValueError over 64 bytes."""
    match press:
        case CheckinPress(checkin, question, choice):
            data = f"c:{checkin}:{question}:{choice}"
        case AlertPress(alert, action):
            data = f"a:{alert}:{action}"
        case StepPress(step, choice):
            data = f"o:{step}:{choice}"
        case SettingPress(setting, choice):
            data = f"s:{setting}:{choice}"
        case LearnPress(topic):
            data = f"l:{topic}"
    if len(data.encode()) > MOST_BYTES:
        raise ValueError(f"callback data {data!r} is longer than {MOST_BYTES} bytes")
    return data


def from_data(data: str) -> Press | None:
    """What a button means; None for anything that we never made."""
    if len(data.encode(errors="replace")) > MOST_BYTES:
        return None
    match data.split(":", 3):
        case ["c", checkin, question, choice] if _is_id(checkin) and question and choice:
            return CheckinPress(int(checkin), question, choice)
        case ["a", alert, action] if _is_id(alert) and action:
            return AlertPress(int(alert), action)
        case ["l", topic] if topic:
            return LearnPress(topic)
    match data.split(":", 2):
        case ["o", step, choice] if step and choice:
            return StepPress(step, choice)
        case ["s", setting, choice] if setting and choice:
            return SettingPress(setting, choice)
    return None


def _is_id(text: str) -> bool:
    """Ids are 63-bit; a larger number would be an error of the database instead of a button of nobody."""
    return text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= LARGEST_ID
