"""The local Bot API server with a crowd in it, as a process of its own: `python -m benchmarks.telegram_server`."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys

from benchmarks.crowd import PeopledApi
from bot.web.botapi import BotApiServer

TOKEN = "123456:benchmark-token-that-opens-nothing"
CALLS_KEPT = 1_000
MESSAGES_KEPT = 6


async def serve() -> None:
    """Serve until a signal comes; prints the address once it can be called."""
    api = PeopledApi(TOKEN, open_door=True, keep_calls=CALLS_KEPT, keep_messages=MESSAGES_KEPT)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with BotApiServer(api, with_control=True) as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        await stopped.wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())
