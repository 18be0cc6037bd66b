"""What the tests of the local Bot API server share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from telegram import InlineKeyboardButton

TOKEN = "1234567890:AAtestTESTtestTESTtestTESTtest12345"
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
A = InlineKeyboardButton("A", callback_data="a")
Call = Callable[..., Any]


class HandClock:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        self.time = NINE

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **delta: float) -> None:
        self.time += timedelta(**delta)


class Hook:
    """A webhook of a bot that can refuse."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.refusals = 0
        self.url = ""

    async def take(self, request: web.BaseRequest) -> web.Response:
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=500)
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.got.append(await request.json())
        return web.Response()


def description(answer: dict[str, Any]) -> str:
    return str(answer["description"])
