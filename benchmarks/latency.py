"""From a tap to the next question, and from a warning to the caregiver's alert, at 30 taps a second.

    python -m benchmarks.latency [--people 200] [--a-second 30]

Once on this machine as it is, and once with 80 ms more for every call to Telegram and 2 ms more for every fsync. Beside
it the bot as people usually write it, which commits its answers with less care and has no alerts.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.bots import Bot, baseline, bonewatch, populate
from benchmarks.figures import machine, percentile, table
from benchmarks.processes import Telegram, telegram
from benchmarks.slow_disk import NoCompiler, slower_fsync
from bot.seed import CAREGIVERS_ABOVE

WELL = ["pain:0", "bone_signs:done", "calcium_signs:done"]
# Numbness is an emergency the moment it is sent (clinical.md): the caregiver is told before the check-in is done.
WARNING = ["pain:0", "bone_signs:+numbness", "bone_signs:done"]
ALARMING = 2
ALL_FIVE = ["pain:3", "pain_change:same", "pain_known:yes", "bone_signs:done", "calcium_signs:done"]
NETWORK_SECONDS, FSYNC_MS = 0.08, 2.0
FEWER = 8
PATIENCE = 120.0
Times = dict[str, list[float]]


@dataclass(frozen=True)
class Where:
    """How far Telegram is away, and how slow the disk."""

    name: str
    network: float = 0.0
    environment: dict[str, str] = field(default_factory=dict)


async def run(bot: Bot, script: list[str], alarming: int | None, load: tuple[int, float], where: Where) -> Times:
    """Milliseconds of every tap, and of every alert."""
    people, a_second = load
    with tempfile.TemporaryDirectory(prefix="bonewatch-bench-") as place:
        folder = Path(place)
        url = f"sqlite+aiosqlite:///{folder}/bench.db"
        if bot is not baseline:
            await populate(url, people, caregivers=1)
        async with telegram() as server, bot(server, url, folder, where.environment):
            plan = {"first_chat_id": 1, "people": people, "script": script, "a_second": a_second}
            if alarming is not None:
                plan |= {"carer_above": CAREGIVERS_ABOVE, "alarming_step": alarming}
            await server.tell("gather", **plan, say="/checkin")
            await server.until("crowd", "ready", people)
            if where.network:
                await server.tell("fault", harm="delay", seconds=where.network, times=None)
            await server.tell("go")
            return await _times(server, script, alarming, people)


async def _times(server: Telegram, script: list[str], alarming: int | None, people: int) -> Times:
    if alarming is None:
        await server.until("crowd", "finished", people, PATIENCE)
    else:
        await server.until("crowd", "taps", people * len(script))
        await server.until("crowd", "alerts", people)
    found = await server.tell("crowd", times=True)
    return {name: [seconds * 1000 for seconds in found[name]] for name in ("to_next", "to_alert")}


async def measure(people: int, a_second: float, where: Where) -> list[list[object]]:
    """All scripts in one place, as rows."""
    load = (people, a_second)
    # It handles one update after the other: far away, more people would only make the queue longer.
    few = (people // FEWER if where.network else people, a_second)
    usual = await run(baseline, ALL_FIVE, None, few, where)
    well = await run(bonewatch, WELL, None, load, where)
    warning = await run(bonewatch, WARNING, ALARMING, load, where)
    return [
        _row("baseline: tap to next question", where, usual["to_next"], "-", "-"),
        _row("well check-in: tap to next question", where, well["to_next"], "25", "100"),
        _row("warning: tap to next question", where, warning["to_next"], "25", "100"),
        _row("warning: tap to the caregiver's alert", where, warning["to_alert"], "-", "250"),
    ]


def _row(name: str, where: Where, times: list[float], *goals: str) -> list[object]:
    goals = goals if not where.network else ("-", "-")
    return [where.name, name, len(times), f"{percentile(times, 0.5):.0f}", f"{percentile(times, 0.99):.0f}", *goals]


async def everywhere(people: int, a_second: float) -> str:
    """As it is, and far away, as a table."""
    rows = await measure(people, a_second, Where("as it is"))
    with tempfile.TemporaryDirectory(prefix="bonewatch-bench-") as folder:
        far = f"+{NETWORK_SECONDS * 1000:.0f} ms a call"
        try:
            away = Where(f"{far}, +{FSYNC_MS:.0f} ms an fsync", NETWORK_SECONDS, slower_fsync(Path(folder), FSYNC_MS))
        except NoCompiler as reason:
            print(reason)
            away = Where(far, NETWORK_SECONDS)
        rows += await measure(people, a_second, away)
    return table(["where", "what", "times", "p50 ms", "p99 ms", "goal p50", "goal p99"], rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--a-second", type=float, default=30)
    wish = parser.parse_args()
    print(machine())
    print(asyncio.run(everywhere(wish.people, wish.a_second)))


if __name__ == "__main__":
    main()
