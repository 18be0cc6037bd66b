"""The local Bot API server as a process of its own: `python -m bot.web.botapi --port 8081 --token 1:x`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from bot.web.botapi import BotApi, BotApiServer, FloodLimits


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bot.web.botapi", description=__doc__)
    parser.add_argument("--token", required=True, help="the bot's token")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one, which is printed")
    parser.add_argument("--control", action="store_true", help="open POST /_control/…")
    parser.add_argument("--memory", type=Path, help="a file that survives restarts")
    parser.add_argument("--keep-calls", type=int, default=10_000, help="0 keeps all")
    parser.add_argument("--keep-messages", type=int, default=50, help="a chat; 0 keeps all")
    parser.add_argument("--open-door", action="store_true", help="everybody has pressed Start")
    parser.add_argument("--limits", action="store_true", help="enforce Telegram's rate limits")
    return parser.parse_args()


async def serve(wish: argparse.Namespace) -> None:
    """Serve until a signal comes; prints the address once it can be called."""
    api = BotApi(
        wish.token,
        memory=wish.memory,
        floods=FloodLimits() if wish.limits else None,
        keep_calls=wish.keep_calls or None,
        keep_messages=wish.keep_messages or None,
        open_door=wish.open_door,
    )
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with BotApiServer(api, wish.host, wish.port, wish.control) as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        await stopped.wait()
    api.close()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(arguments()))
