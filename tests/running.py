"""A whole bot on real clocks, as `bonewatch run` starts it, against the local Bot API server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.app import App, Clocks, build
from bot.clock import SystemClock, SystemPace
from bot.settings import Settings
from bot.store.vault import Vault
from bot.web.botapi import BotApi, BotApiServer
from tests.databases import MASTER_KEY
from tests.town import TOKEN, WORLD

KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def some_settings(database_url: str, **values: Any) -> Settings:
    """Settings that touch nothing of the machine's."""
    given: dict[str, Any] = {"encryption_keys": KEY, "admin_port": 0, "http_port": 0, **values}
    return Settings(_env_file=None, database_url=database_url, **given)  # type: ignore[call-arg]


@dataclass
class Running:
    """The app, and what its admin port says."""

    app: App
    session: aiohttp.ClientSession

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.app._listeners[0].port}"

    async def get(self, path: str) -> tuple[int, Any]:
        async with self.session.get(self.address + path) as response:
            is_json = response.content_type == "application/json"
            return response.status, await (response.json() if is_json else response.text())

    async def ready(self, seconds: float = 15.0, **wanted: str) -> dict[str, Any]:
        """Wait until /readyz has these words (none: until it is ready)."""

        async def answers() -> dict[str, Any] | None:
            status, body = await self.get("/readyz")
            said: dict[str, Any] = body
            fits = all(said[name] == word for name, word in wanted.items())
            return said if fits and (wanted or status == 200) else None

        return await eventually(answers, seconds)


async def eventually(look: Callable[[], Any], seconds: float = 10.0) -> Any:
    """What `look` returns as soon as that is true; AssertionError after so many seconds."""
    pace = SystemPace()
    until = pace.time() + seconds
    while True:
        found = look()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        assert pace.time() < until, f"it did not happen within {seconds} s"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def running(settings: Settings, api_url: str) -> AsyncIterator[Running]:
    """Start in order, stop in reverse."""
    clocks = Clocks(SystemClock(), SystemPace())
    app = await build(settings, WORLD, Vault([MASTER_KEY]), clocks, TOKEN, api_url)
    tasks: list[asyncio.Task[None]] = []
    try:
        await app.open()
        await app.listen()
        tasks.append(asyncio.create_task(app.run()))
        async with aiohttp.ClientSession() as session:
            yield Running(app, session)
    finally:
        await app.stop()
        await asyncio.gather(*tasks)


@asynccontextmanager
async def an_api(port: int = 0) -> AsyncIterator[BotApiServer]:
    """A Bot API server with nobody in it."""
    async with BotApiServer(BotApi(TOKEN), port=port) as server:
        yield server
