"""What grows with the number of patients, and what must not: start, memory, the tick, the disk.

    python -m benchmarks.growth [--sizes 1000,10000,100000]

Beside it one APScheduler job a patient, as people usually plan check-ins: how long the plan takes after every start,
and what it holds in memory. Then what an answer leaves on the disk.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

from benchmarks.bots import bonewatch, populate
from benchmarks.figures import machine, percentile, table
from benchmarks.inside import app_on
from benchmarks.latency import ALL_FIVE
from benchmarks.one_job_each import measured
from benchmarks.processes import telegram

IDLE_LOOKS = 30
DUE, BUSY_LOOKS = 100, 7
FIRST_DUE = 500_000_000
# The first tick comes a second after the start.
UNTIL_FIRST_TICK = 3.0
# More jobs in one process would only show what fewer do.
MOST_JOBS = 100_000
ANSWERING = 200


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
    usual = await measured(size) if size <= MOST_JOBS else {}
    return [
        f"{size:,}",
        f"{seeding:,.0f}",
        f"{seconds:.1f}",
        f"{memory:.0f}",
        f"{idle:.1f}",
        f"{due:.0f}",
        f"{disk:.0f}",
        f"{usual['schedule_s']:.1f}" if usual else "-",
        f"{usual['resident_mb']:.0f}" if usual else "-",
    ]


async def bytes_an_answer() -> float:
    """What an answer leaves on the disk, everything counted that a check-in of five answers makes."""
    with tempfile.TemporaryDirectory(prefix="bonewatch-bench-") as place:
        folder = Path(place)
        url = f"sqlite+aiosqlite:///{folder}/bench.db"
        await populate(url, ANSWERING)
        before = _on_disk(folder)
        async with telegram() as server, bonewatch(server, url, folder):
            plan = {"first_chat_id": 1, "people": ANSWERING, "script": ALL_FIVE, "at_once": ANSWERING}
            await server.tell("gather", **plan, say="/checkin")
            await server.until("crowd", "ready", ANSWERING)
            await server.tell("go")
            await server.until("crowd", "finished", ANSWERING)
        return (_on_disk(folder) - before) / (ANSWERING * len(ALL_FIVE))


def _on_disk(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "bench.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
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
        "one job each: plan s",
        "one job each: MB",
    ]
    grown = table(heads, [await grow_to(size) for size in sizes])
    return f"{grown}\n\nbytes an answer leaves on the disk: {await bytes_an_answer():.0f}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="1000,10000,100000")
    wish = parser.parse_args()
    print(machine())
    print(asyncio.run(measure([int(size) for size in wish.sizes.split(",")])))


if __name__ == "__main__":
    main()
