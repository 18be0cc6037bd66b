"""Asks the Bot API what a set-up that does not work needs to know. Changes nothing there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

PATIENCE = aiohttp.ClientTimeout(total=10)
# The Date header has whole seconds, cut off: on average half a second is missing.
CUT_OFF = timedelta(seconds=0.5)


@dataclass(frozen=True)
class Heard:
    """What the Bot API said. `trouble` names why it said nothing."""

    trouble: str | None = None
    status: int = 0
    username: str | None = None
    ahead: timedelta | None = None  # how much later our clock is than Telegram's
    webhook: str = ""
    webhook_error: str = ""


async def inquire(api_url: str, token: str, now: Callable[[], datetime]) -> Heard:
    """getMe, its Date header, and getWebhookInfo."""
    try:
        async with aiohttp.ClientSession(timeout=PATIENCE, trust_env=True) as session:
            before = now()
            async with session.get(f"{api_url}/bot{token}/getMe") as response:
                after = now()
                status, ahead = response.status, _ahead(response.headers.get("Date"), before, after)
                me = await _result(response)
            if status != 200:
                return Heard(status=status, ahead=ahead)
            async with session.get(f"{api_url}/bot{token}/getWebhookInfo") as response:
                webhook = await _result(response)
    except (aiohttp.ClientError, OSError) as error:
        # Only the name: the text of an aiohttp error holds the address, and so the token.
        return Heard(trouble=type(error).__name__)
    return Heard(
        status=status,
        username=me.get("username"),
        ahead=ahead,
        webhook=webhook.get("url", ""),
        webhook_error=webhook.get("last_error_message", ""),
    )


def _ahead(date: str | None, before: datetime, after: datetime) -> timedelta | None:
    """Our clock minus theirs, taken half-way between asking and hearing; None without a usable Date header."""
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    return before + (after - before) / 2 - (theirs + CUT_OFF)


async def _result(response: aiohttp.ClientResponse) -> dict[str, Any]:
    """What the answer holds; nothing when it is no answer of a Bot API."""
    try:
        body = await response.json(content_type=None)
        return dict(body["result"])
    except (ValueError, TypeError, KeyError, LookupError):
        return {}
