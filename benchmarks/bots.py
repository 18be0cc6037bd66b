"""The two bots that are compared, each as a process of its own."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from benchmarks.processes import Running, Telegram, running
from benchmarks.telegram_server import TOKEN
from bot.app import load_world
from bot.clock import SystemClock
from bot.seed import seed
from bot.settings import Settings
from bot.store.database import Store
from bot.store.ids import Ids
from bot.store.schema import migrate, prepare_folder
from bot.store.vault import Vault

KEY = b"a key for benchmarks, 32 bytes.."
# The server of the benchmark sets the limits; ours are to be out of the way unless a benchmark is about them.
UNLIMITED = 1_000
NOTHING: Mapping[str, str] = {}


class Bot(Protocol):
    """Starts a bot against a server and a database; `more` is added to its environment."""

    def __call__(
        self, telegram: Telegram, database_url: str, folder: Path, more: Mapping[str, str] = ..., /
    ) -> AbstractAsyncContextManager[Running]:
        """A running bot until the block ends."""


@asynccontextmanager
async def bonewatch(
    telegram: Telegram,
    database_url: str,
    folder: Path,
    more: Mapping[str, str] = NOTHING,
    per_second: float = UNLIMITED,
) -> AsyncIterator[Running]:
    """Our bot, as `bonewatch run` starts it."""
    settings = {
        "BOT_TOKEN": TOKEN,
        "API_URL": telegram.url,
        "DATABASE_URL": database_url,
        "ENCRYPTION_KEYS": base64.urlsafe_b64encode(KEY).decode(),
        "MESSAGES_PER_SECOND": str(per_second),
        "ADMIN_PORT": "0",
    }
    environment = {f"BONEWATCH_{name}": value for name, value in settings.items()} | dict(more)
    async with running("bot", "run", ready="runs as", environment=environment, folder=folder) as process:
        yield process


@asynccontextmanager
async def baseline(
    telegram: Telegram, database_url: str, folder: Path, more: Mapping[str, str] = NOTHING
) -> AsyncIterator[Running]:
    """The bot as people usually write it."""
    arguments = {
        "--token": TOKEN,
        "--api-url": telegram.url,
        "--database-url": database_url,
        "--pickle": f"{folder}/baseline.pickle",
    }
    flat = [word for pair in arguments.items() for word in pair]
    async with running("benchmarks.baseline_bot", *flat, ready="ready", environment=more, folder=folder) as process:
        yield process


async def populate(
    database_url: str, patients: int, first_chat_id: int = 1, caregivers: int = 0, due: bool = False
) -> None:
    """Made-up patients for our bot, whose next check-in is hours away, or due this very minute."""
    clock = SystemClock()
    # Made an hour ago, they have been waiting for the present minute; asked twelve hours from now, for a long time.
    made = clock.now() - timedelta(hours=1)
    hour = clock.now() if due else clock.now() + timedelta(hours=12)
    prepare_folder(database_url)
    store = Store(database_url, Vault([KEY]), Ids(clock))
    try:
        await migrate(store.engine, store.vault)
        world = load_world(Settings(_env_file=None))  # type: ignore[call-arg]
        await seed(store, world, patients, f"{hour:%H:%M}", "UTC", caregivers, first_chat_id, made)
    finally:
        await store.close()
