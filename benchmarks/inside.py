"""Our bot inside the benchmark's own process, for what cannot be seen from outside: one tick, one stall."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.bots import KEY
from benchmarks.telegram_server import TOKEN
from bot.app import App, Clocks, build, load_world
from bot.clock import SystemClock, SystemPace
from bot.settings import Settings
from bot.store.vault import Vault

NOWHERE = "http://127.0.0.1:9"
SAMPLE = 0.002


@asynccontextmanager
async def app_on(database_url: str) -> AsyncIterator[App]:
    """The app on a database, connected to no Telegram; its loops do not run by themselves."""
    settings = Settings(  # type: ignore[call-arg]
        _env_file=None, database_url=database_url, encryption_keys=base64.urlsafe_b64encode(KEY).decode()
    )
    clocks = Clocks(SystemClock(), SystemPace())
    app = await build(settings, load_world(settings), Vault([KEY]), clocks, TOKEN, NOWHERE)
    try:
        yield app
    finally:
        await app.store.close()


@asynccontextmanager
async def stalls() -> AsyncIterator[list[float]]:
    """The seconds by which the event loop was late, each time it was, until the block ends."""
    late: list[float] = []

    async def sample() -> None:
        while True:
            due = time.perf_counter() + SAMPLE
            await asyncio.sleep(SAMPLE)
            late.append(time.perf_counter() - due)

    task = asyncio.create_task(sample())
    try:
        yield late
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
