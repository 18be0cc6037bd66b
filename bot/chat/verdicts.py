"""Every failure to send gets one word; the rest of the code knows only the words.

Most specific first: in python-telegram-bot BadRequest and TimedOut are subclasses of NetworkError.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

# What every failed call raises; the loops know it by this name.
CallFailed = TelegramError


class Verdict(StrEnum):
    """What to do about a call to Telegram."""

    DONE = "done"  # it is as it should be
    WAIT = "wait"  # Telegram says when to come back
    MOVED = "moved"  # the chat has a new id
    GONE = "gone"  # the person cannot be reached: mark, and tell somebody else
    MISSING = "missing"  # the message to edit is not there: send it anew
    PLAIN = "plain"  # our markup is broken: send it as plain text
    OURS = "ours"  # our mistake; again would fail again
    NOT_SENT = "not sent"  # it never left: again
    PERHAPS = "perhaps sent"  # it may have arrived
    STOP = "stop"  # the token is no longer ours


@dataclass(frozen=True)
class Judged:
    """A verdict with what it carries: seconds to wait, or the new chat id."""

    verdict: Verdict
    seconds: float = 0.0
    moved_to: int | None = None
    why: str = ""


class NotSent(NetworkError):
    """The connection was refused or never stood: Telegram has seen nothing of it. Raised by our transport."""


# Beginnings of Telegram's own sentences, lower case [measured against the local server; core.telegram.org/bots/api].
BY_SENTENCE = (
    ("message is not modified", Verdict.DONE),
    ("query is too old", Verdict.DONE),
    ("message to delete not found", Verdict.DONE),
    ("message can't be deleted", Verdict.DONE),
    ("message to edit not found", Verdict.MISSING),
    ("message can't be edited", Verdict.MISSING),
    ("message_id_invalid", Verdict.MISSING),
    ("chat not found", Verdict.GONE),
    ("user not found", Verdict.GONE),
    ("peer_id_invalid", Verdict.GONE),
    ("user is deactivated", Verdict.GONE),
    ("group chat was deactivated", Verdict.GONE),
    ("can't parse entities", Verdict.PLAIN),
)


def judge(error: Exception) -> Judged:
    """The verdict on an exception that a call to Telegram raised."""
    why = type(error).__name__
    match error:
        case RetryAfter():
            return Judged(Verdict.WAIT, seconds=_seconds(error.retry_after), why=why)
        case ChatMigrated():
            return Judged(Verdict.MOVED, moved_to=error.new_chat_id, why=why)
        case Forbidden():
            return Judged(Verdict.GONE, why=why)
        case InvalidToken():
            return Judged(Verdict.STOP, why=why)
        case BadRequest():
            return Judged(_by_sentence(error.message), why=why)
        case NotSent():
            return Judged(Verdict.NOT_SENT, why=why)
        case TimedOut() | NetworkError() | Conflict():
            return Judged(Verdict.PERHAPS, why=why)
        case EndPointNotFound():
            return Judged(Verdict.OURS, why=why)
        case TelegramError():  # "Invalid server response": something between us and Telegram answered instead
            return Judged(Verdict.PERHAPS, why=why)
    return Judged(Verdict.OURS, why=why)


def is_network(error: TelegramError) -> bool:
    """Whether Telegram could not be asked, or asks us to come back later: a matter of waiting."""
    return isinstance(error, NetworkError | RetryAfter) and not isinstance(error, BadRequest)


def _by_sentence(sentence: str) -> Verdict:
    lower = sentence.lower()
    return next((verdict for words, verdict in BY_SENTENCE if words in lower), Verdict.OURS)


def _seconds(retry_after: int | timedelta) -> float:
    return retry_after.total_seconds() if isinstance(retry_after, timedelta) else float(retry_after)
