"""What grows with the number of patients, and what must not: start, memory, the tick, the disk.

python -m benchmarks.growth [--sizes 1000,10000,100000]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.bots import bonewatch, populate
from benchmarks.figures import machine, percentile, table
from benchmarks.inside import app_on
from benchmarks.processes import telegram

IDLE_LOOKS = 30
DUE, BUSY_LOOKS = 100, 7
FIRST_DUE = 500_000_000
# The first tick comes a second after the start.
UNTIL_FIRST_TICK = 3.0


async def grow_to(size: int) -> list[object]:
    """One row of the table: a fresh database with so many patients."""
    with tempfile.TemporaryDirectory(prefix="bonewatch-bench-") as place:
        folder = Path(place)
        url = f"sqlite+aiosqlite:///{folder}/bench.db"
        began = time.perf_counter()
        await populate(url, size)
        seeding = size / (time.perf_counter() - began)
        disk = _on_disk(folder) / size
        seconds, memory = await _start(url, folder)
        idle, due = await _ticks(url)
    return [
        f"{size:,}",
        f"{seeding:,.0f}",
        f"{seconds:.1f}",
        f"{memory:.0f}",
        f"{idle:.1f}",
        f"{due:.0f}",
        f"{disk:.0f}",
    ]


def _on_disk(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("bench.db*"))


async def _start(url: str, folder: Path) -> tuple[float, float]:
    async with telegram() as server:
        began = time.perf_counter()
        async with bonewatch(server, url, folder) as process:
            seconds = time.perf_counter() - began
            await asyncio.sleep(UNTIL_FIRST_TICK)
            return seconds, process.resident_mb


async def _ticks(url: str) -> tuple[float, float]:
    """Milliseconds of an idle tick and of one with 100 due, medians."""
    async with app_on(url) as app:
        gc.collect()
        gc.freeze()
        looks = [await _tick(app.tick.once) for _ in range(IDLE_LOOKS)]
        busy = []
        for number in range(BUSY_LOOKS):
            await populate(url, DUE, first_chat_id=FIRST_DUE + number * DUE, due=True)
            busy.append(await _tick(app.tick.once))
        return percentile(looks, 0.5), percentile(busy, 0.5)


async def _tick(once: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await once()
    return (time.perf_counter() - began) * 1000


async def measure(sizes: list[int]) -> str:
    """All sizes, as a table."""
    heads = [
        "patients",
        "seeded a second",
        "start s",
        "resident MB",
        "idle tick ms",
        "tick with 100 due ms",
        "bytes each",
    ]
    return table(heads, [await grow_to(size) for size in sizes])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="1000,10000,100000")
    wish = parser.parse_args()
    print(machine())
    print(asyncio.run(measure([int(size) for size in wish.sizes.split(",")])))


if __name__ == "__main__":
    main()
