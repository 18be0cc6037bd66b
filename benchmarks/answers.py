"""Answers handled a second, and CPU an answer, beside the bot as people usually write it.

    python -m benchmarks.answers [--people 600] [--at-once 200] [--databases sqlite,postgres]

Everybody opens a check-in; then 200 people at a time answer five questions, each tapping the moment the next
question is on their phone. Counted from the first tap until the last phone shows the end.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bots import Bot, baseline, bonewatch, populate
from benchmarks.databases import KINDS, count, database
from benchmarks.figures import machine, table
from benchmarks.processes import Telegram, telegram

SCRIPT = ["pain:3", "pain_change:same", "pain_known:yes", "bone_signs:done", "calcium_signs:done"]
GOAL = 2.0


@dataclass(frozen=True)
class Figures:
    """What one run of one bot came to."""

    bot: str
    database: str
    rate: float
    cpu_ms: float
    stored: int
    asked: int

    def row(self) -> list[object]:
        return [self.bot, self.database, f"{self.rate:.0f}", f"{self.cpu_ms:.2f}", f"{self.stored} of {self.asked}"]


async def run(bot: Bot, name: str, kind: str, people: int, at_once: int) -> Figures:
    """One bot, one kind of database."""
    with tempfile.TemporaryDirectory(prefix="bonewatch-bench-") as place:
        folder = Path(place)
        async with database(kind, folder) as url, telegram() as server:
            if bot is not baseline:
                await populate(url, people)
            async with bot(server, url, folder) as process:
                await _everybody_ready(server, people, at_once)
                before = process.cpu_seconds
                await server.tell("go")
                done = await server.until("crowd", "finished", people, seconds=120)
                cpu = process.cpu_seconds - before
            stored = await count(url, "answers")
    taps = done["taps"]
    return Figures(name, kind, taps / done["seconds"], cpu / taps * 1000, stored, taps)


async def _everybody_ready(server: Telegram, people: int, at_once: int) -> None:
    await server.tell("gather", first_chat_id=1, people=people, script=SCRIPT, at_once=at_once, say="/checkin")
    await server.until("crowd", "ready", people)


async def compare(people: int, at_once: int, kinds: list[str]) -> str:
    """Both bots on each kind of database, as a table."""
    rows = []
    for kind in kinds:
        usual = await run(baseline, "baseline", kind, people, at_once)
        ours = await run(bonewatch, "BoneWatch", kind, people, at_once)
        rows += [[*usual.row(), ""], [*ours.row(), f"{ours.rate / usual.rate:.1f} × (goal {GOAL} ×)"]]
    heads = ["bot", "database", "answers a second", "CPU ms an answer", "stored", "rate"]
    return table(heads, rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=600)
    parser.add_argument("--at-once", type=int, default=200)
    parser.add_argument("--databases", default=",".join(KINDS))
    wish = parser.parse_args()
    print(machine())
    print(asyncio.run(compare(wish.people, wish.at_once, wish.databases.split(","))))


if __name__ == "__main__":
    main()
