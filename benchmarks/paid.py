"""Messages out a second, with a budget of 1,000 a second (Telegram's paid broadcasts).

python -m benchmarks.paid [--prompts 8000]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from benchmarks.bots import UNLIMITED, bonewatch, populate
from benchmarks.figures import machine, table
from benchmarks.inside import app_on
from benchmarks.processes import telegram

GOAL = 900
PATIENCE = 45.0


async def run(prompts: int) -> tuple[float, float]:
    """Prompts that appeared a second, and CPU milliseconds each."""
    with tempfile.TemporaryDirectory(prefix="bonewatch-bench-") as place:
        folder = Path(place)
        url = f"sqlite+aiosqlite:///{folder}/bench.db"
        await populate(url, prompts, due=True)
        async with app_on(url) as app:
            await app.tick.once()
        async with telegram() as server:
            await server.tell("arrivals")
            async with bonewatch(server, url, folder, UNLIMITED) as process:
                before, arrived = process.cpu_seconds, list[float]()
                async with asyncio.timeout(PATIENCE):
                    while len(arrived) < prompts:
                        await asyncio.sleep(0.2)
                        arrived += (await server.tell("arrivals"))["at"]
                cpu = process.cpu_seconds - before
    return len(arrived) / (arrived[-1] - arrived[0]), cpu / len(arrived) * 1000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--prompts", type=int, default=8_000)
    wish = parser.parse_args()
    print(machine())
    rate, cpu = asyncio.run(run(wish.prompts))
    print(table(["prompts a second", "CPU ms each", "goal"], [[f"{rate:.0f}", f"{cpu:.2f}", f"{GOAL} a second"]]))


if __name__ == "__main__":
    main()
