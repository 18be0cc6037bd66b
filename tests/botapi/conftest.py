"""A server with a token and a clock of its own, the real library, and Maria."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.web.botapi import BotApi, BotApiServer, TelegramUser
from tests.botapi.tools import TOKEN, Call, HandClock, Hook


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def api(clock: HandClock) -> BotApi:
    return BotApi(TOKEN, clock, dice=random.Random(7))


@pytest.fixture
async def server(api: BotApi) -> AsyncIterator[BotApiServer]:
    async with BotApiServer(api, with_control=True) as running:
        yield running


@pytest.fixture
async def call(server: BotApiServer) -> AsyncIterator[Call]:
    """Calls a method as JSON; the whole answer."""
    async with aiohttp.ClientSession() as session:

        async def calling(method: str, token: str = TOKEN, **params: Any) -> dict[str, Any]:
            async with session.post(f"{server.url}/bot{token}/{method}", json=params) as response:
                answer: dict[str, Any] = await response.json()
                assert answer["ok"] == (response.status == 200)
                assert answer.get("error_code", 200) == response.status
                return answer

        yield calling


@pytest.fixture
async def bot(server: BotApiServer) -> AsyncIterator[Bot]:
    """The real library as it comes, on its own HTTP client."""
    # Loading certificates takes longer than most tests here, and there is nothing to certify on loopback.
    plain, polling = (HTTPXRequest(httpx_kwargs={"verify": False}) for _ in range(2))
    async with Bot(
        TOKEN,
        base_url=f"{server.url}/bot",
        base_file_url=f"{server.url}/file/bot",
        request=plain,
        get_updates_request=polling,
    ) as running:
        yield running


@pytest.fixture
def maria(api: BotApi) -> TelegramUser:
    person = api.add_user(71, "Maria", "maria_p")
    person.presses_start()
    api.updates.drop()
    return person


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    runner = web.ServerRunner(web.Server(hook.take, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    await runner.cleanup()
