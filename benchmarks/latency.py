"""From a tap to the next question, and from a warning to the caregiver's alert, at 30 taps a second.

python -m benchmarks.latency [--people 200] [--a-second 30]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from benchmarks.bots import bonewatch, populate
from benchmarks.figures import machine, percentile, table
from benchmarks.processes import telegram
from bot.seed import CAREGIVERS_ABOVE

SCRIPTS = {
    "a well check-in": (["pain:0", "bone_signs:done", "calcium_signs:done"], None),
    # Numbness is an emergency the moment it is sent (clinical.md): the caregiver is told before the check-in is done.
    "a warning": (["pain:0", "bone_signs:+numbness", "bone_signs:done"], 2),
}
Times = dict[str, list[float]]


async def run(script: list[str], alarming: int | None, people: int, a_second: float) -> Times:
    """Milliseconds of every tap, and of every alert."""
    with tempfile.TemporaryDirectory(prefix="bonewatch-bench-") as place:
        folder = Path(place)
        url = f"sqlite+aiosqlite:///{folder}/bench.db"
        await populate(url, people, caregivers=1)
        async with telegram() as server, bonewatch(server, url, folder):
            plan = {"first_chat_id": 1, "people": people, "script": script, "a_second": a_second}
            if alarming is not None:
                plan |= {"carer_above": CAREGIVERS_ABOVE, "alarming_step": alarming}
            await server.tell("gather", **plan, say="/checkin")
            await server.until("crowd", "ready", people)
            await server.tell("go")
            await server.until(
                "crowd", "taps" if alarming is not None else "finished", _enough(script, alarming, people)
            )
            if alarming is not None:
                await server.until("crowd", "alerts", people)
            found = await server.tell("crowd", times=True)
    return {name: [seconds * 1000 for seconds in found[name]] for name in ("to_next", "to_alert")}


def _enough(script: list[str], alarming: int | None, people: int) -> int:
    return people * len(script) if alarming is not None else people


async def measure(people: int, a_second: float) -> str:
    """Both scripts, as a table."""
    rows: list[list[object]] = []
    for name, (script, alarming) in SCRIPTS.items():
        times = await run(script, alarming, people, a_second)
        rows.append(_row(f"{name}: tap to next question", times["to_next"], "25", "100"))
        if times["to_alert"]:
            rows.append(_row("tap to the caregiver's alert", times["to_alert"], "-", "250"))
    return table(["what", "times", "p50 ms", "p99 ms", "goal p50", "goal p99"], rows)


def _row(name: str, times: list[float], *goals: str) -> list[object]:
    return [name, len(times), f"{percentile(times, 0.5):.0f}", f"{percentile(times, 0.99):.0f}", *goals]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--a-second", type=float, default=30)
    wish = parser.parse_args()
    print(machine())
    print(asyncio.run(measure(wish.people, wish.a_second)))


if __name__ == "__main__":
    main()
