"""A morning on which everybody is due at once: check-ins into prompts, and prompts out within Telegram's limits.

    python -m benchmarks.burst [--due 50000] [--seconds 25]

The server refuses more than 30 sends in any second, and more than one a second to a chat.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import tempfile
import time
from pathlib import Path

from benchmarks.bots import bonewatch, populate
from benchmarks.figures import machine, table
from benchmarks.inside import app_on, stalls
from benchmarks.processes import telegram

PER_SECOND = 30
# The first sends come in while the bot starts; the last while it stops.
MARGIN = 2.0


async def into_prompts(due: int) -> tuple[float, float]:
    """Seconds to turn so many due rows into prompts, and the longest stall of the loop in milliseconds."""
    with tempfile.TemporaryDirectory(prefix="bonewatch-bench-") as place:
        url = f"sqlite+aiosqlite:///{place}/bench.db"
        await populate(url, due, due=True)
        async with app_on(url) as app:
            gc.collect()
            gc.freeze()
            async with stalls() as late:
                began = time.perf_counter()
                await app.tick.once()
                return time.perf_counter() - began, max(late) * 1000


async def out(seconds: float) -> tuple[float, int]:
    """The share of the budget that was used, and how many sends were refused."""
    with tempfile.TemporaryDirectory(prefix="bonewatch-bench-") as place:
        folder = Path(place)
        url = f"sqlite+aiosqlite:///{folder}/bench.db"
        await populate(url, int(PER_SECOND * (seconds + 4 * MARGIN)), due=True)
        async with telegram() as server:
            await server.tell("floods", per_second=PER_SECOND, per_chat_second=1, chat_burst=1)
            await server.tell("arrivals")
            async with bonewatch(server, url, folder, PER_SECOND):
                await asyncio.sleep(seconds + 2 * MARGIN)
                arrived = (await server.tell("arrivals"))["at"]
            refused = (await server.tell("floods"))["refused"]
    begin, end = arrived[0] + MARGIN, arrived[-1] - MARGIN
    used = sum(begin <= at < end for at in arrived) / ((end - begin) * PER_SECOND)
    return used, refused


async def measure(due: int, seconds: float) -> str:
    """Both parts, as a table."""
    took, stall = await into_prompts(due)
    used, refused = await out(seconds)
    rows = [
        [f"{due:,} due rows into prompts", f"{took:.1f} s", "8 s"],
        ["longest stall of the loop meanwhile", f"{stall:.0f} ms", "50 ms"],
        [f"share of {PER_SECOND} sends a second used", f"{used:.1%}", "98 %"],
        ["sends refused (429)", refused, "0"],
    ]
    return table(["what", "figure", "goal"], rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--due", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=25)
    wish = parser.parse_args()
    print(machine())
    print(asyncio.run(measure(wish.due, wish.seconds)))


if __name__ == "__main__":
    main()
