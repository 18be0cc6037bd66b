"""How Telegram says no: a status, a sentence, and sometimes parameters.

The sentences are Telegram's own (tdlib/telegram-bot-api `Client.cpp` and tdlib/td), because programs
read them: https://core.telegram.org/bots/api#making-requests.
"""

from __future__ import annotations

from typing import Any

PREFIXES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    429: "Too Many Requests",
}


class Refused(Exception):
    """A call that Telegram refuses, with what its answer would carry."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters

    def answer(self) -> dict[str, Any]:
        """The JSON body of the refusal."""
        body: dict[str, Any] = {"ok": False, "error_code": self.status, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


class CutConnection(Exception):
    """The connection breaks instead of an answer."""


def bad_request(reason: str) -> Refused:
    """400; Telegram writes its sentences with a small first letter, its codes (BUTTON_…) as they are."""
    is_code = len(reason) > 1 and (reason[1] == "_" or reason[1].isupper())
    return Refused(400, f"Bad Request: {reason if is_code else reason[:1].lower() + reason[1:]}")


def forbidden(reason: str) -> Refused:
    """403: the other side does not want the bot."""
    return Refused(403, f"Forbidden: {reason}")


def conflict(reason: str) -> Refused:
    """409: somebody else takes the updates."""
    return Refused(409, f"Conflict: {reason}")


def too_many(retry_after: int) -> Refused:
    """429, to be tried again after `retry_after` seconds."""
    return Refused(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)
OTHER_POLLER = "terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
