"""Messages out a second, with a budget of 1,000 a second (Telegram's paid broadcasts).

    python -m benchmarks.paid [--prompts 8000]

Beside it the wire alone: the same message through the same transport, from no outbox; and through
python-telegram-bot's own transport with its defaults.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import NetworkError

from benchmarks.bots import UNLIMITED, bonewatch, populate
from benchmarks.figures import machine, table
from benchmarks.inside import app_on
from benchmarks.processes import telegram
from benchmarks.telegram_server import TOKEN
from bot.chat import outgoing
from bot.chat.transport import make_bot
from bot.loops.delivery import CALLS_AT_ONCE

GOAL = 900
PATIENCE = 60.0
TEXT = "Good morning. What was your worst pain in the last 24 hours?"
BUTTONS = [[{"label": str(number), "data": f"c:1:pain:{number}"} for number in range(11)]]

Rate = tuple[float, float]
Send = Callable[[int], Awaitable[object]]


async def prompts_out(prompts: int) -> Rate:
    """Prompts that appeared a second, and CPU milliseconds each."""
    with tempfile.TemporaryDirectory(prefix="bonewatch-bench-") as place:
        folder = Path(place)
        url = f"sqlite+aiosqlite:///{folder}/bench.db"
        await populate(url, prompts, due=True)
        async with app_on(url) as app:
            await app.tick.once()
        async with telegram() as server:
            await server.tell("arrivals")
            async with bonewatch(server, url, folder, per_second=UNLIMITED) as process:
                before, arrived = process.cpu_seconds, list[float]()
                async with asyncio.timeout(PATIENCE):
                    while len(arrived) < prompts:
                        await asyncio.sleep(0.2)
                        arrived += (await server.tell("arrivals"))["at"]
                cpu = process.cpu_seconds - before
    return len(arrived) / (arrived[-1] - arrived[0]), cpu / len(arrived) * 1000


async def wire(messages: int) -> Rate:
    """The same through our transport, from no outbox."""
    async with telegram() as server:
        bot = make_bot(TOKEN, server.url)
        await bot.initialize()
        try:
            body = {"text": TEXT, "buttons": BUTTONS}
            return await _all_of(messages, lambda chat: outgoing.send(bot, chat, body))
        finally:
            await bot.shutdown()


async def usual(messages: int) -> Rate:
    """The same through python-telegram-bot as it comes."""
    async with telegram() as server, Bot(TOKEN, base_url=f"{server.url}/bot") as bot:
        keys = [[InlineKeyboardButton(key["label"], callback_data=key["data"]) for key in row] for row in BUTTONS]

        async def send(chat: int) -> None:
            while True:
                try:
                    await bot.send_message(chat, TEXT, reply_markup=InlineKeyboardMarkup(keys))
                except NetworkError:  # its pool was full for a second
                    continue
                return

        return await _all_of(messages, send)


async def _all_of(messages: int, send: Send) -> Rate:
    waiting = iter(range(1, messages + 1))

    async def one_after_the_other() -> None:
        for chat in waiting:
            await send(chat)

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(one_after_the_other() for _ in range(CALLS_AT_ONCE)))
    return messages / (time.perf_counter() - began), (time.process_time() - cpu) / messages * 1000


async def compare(prompts: int) -> str:
    """All three, as a table."""
    ways = {
        "prompts from the outbox": (await prompts_out(prompts), f"{GOAL} a second"),
        "the wire alone, our transport": (await wire(prompts), "-"),
        "python-telegram-bot as it comes": (await usual(prompts // 4), "-"),
    }
    rows = [[name, f"{rate:.0f}", f"{cpu:.2f}", goal] for name, ((rate, cpu), goal) in ways.items()]
    return table(["what", "messages a second", "CPU ms each", "goal"], rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--prompts", type=int, default=8_000)
    print(machine())
    print(asyncio.run(compare(parser.parse_args().prompts)))


if __name__ == "__main__":
    main()
