"""A morning on which everybody is due at once: check-ins into prompts, and prompts out within Telegram's limits.

    python -m benchmarks.burst [--due 50000] [--seconds 40]

The server refuses more than 30 sends in any second and more than one a second to a chat. While the prompts go out,
other patients answer and some raise alarms: their answers and alerts must not wait behind the prompts. A second run
lets the server count edits as sends, too. Beside it one APScheduler job a patient, as people usually plan a morning.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bots import bonewatch, populate
from benchmarks.figures import machine, percentile, table
from benchmarks.inside import app_on, stalls
from benchmarks.latency import ALARMING, WARNING, WELL
from benchmarks.one_job_each import measured
from benchmarks.processes import Telegram, telegram
from bot.seed import CAREGIVERS_ABOVE

PER_SECOND = 30
# The first sends come in while the bot starts; the last while it stops.
MARGIN = 2.0
# Who answers meanwhile: their chat ids lie above everybody who is due.
ANSWERING, FIRST_ANSWERING = 15, 500_000_000
TAPS_A_SECOND = 6.0


@dataclass(frozen=True)
class Flow:
    """How the prompts went out, and how those fared who answered meanwhile (milliseconds)."""

    used: float
    refused: int
    replies: list[float]
    alerts: list[float]


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


async def out(seconds: float, edits_count: bool) -> Flow:
    """Prompts for so many seconds, with people answering and alarmed among them."""
    with tempfile.TemporaryDirectory(prefix="bonewatch-bench-") as place:
        folder = Path(place)
        url = f"sqlite+aiosqlite:///{folder}/bench.db"
        await populate(url, ANSWERING * 2, FIRST_ANSWERING, caregivers=1)
        await populate(url, int(PER_SECOND * (seconds + 4 * MARGIN)), due=True)
        async with telegram() as server:
            await server.tell("floods", per_second=PER_SECOND, per_chat_second=1, edits_count=edits_count)
            await server.tell("arrivals")
            async with bonewatch(server, url, folder, per_second=PER_SECOND):
                began = time.monotonic()
                replies = (await _answer(server, 0, WELL, None))["to_next"]
                alerts = (await _answer(server, ANSWERING, WARNING, ALARMING))["to_alert"]
                await asyncio.sleep(max(0.0, began + seconds + 2 * MARGIN - time.monotonic()))
                arrived = (await server.tell("arrivals"))["at"]
            refused = (await server.tell("floods"))["refused"]
    begin, end = arrived[0] + MARGIN, arrived[-1] - MARGIN
    used = sum(begin <= at < end for at in arrived) / ((end - begin) * PER_SECOND)
    return Flow(used, refused, [s * 1000 for s in replies], [s * 1000 for s in alerts])


async def _answer(server: Telegram, above: int, script: list[str], alarming: int | None) -> dict[str, list[float]]:
    plan = {"first_chat_id": FIRST_ANSWERING + above, "people": ANSWERING, "script": script, "a_second": TAPS_A_SECOND}
    if alarming is not None:
        plan |= {"carer_above": CAREGIVERS_ABOVE, "alarming_step": alarming}
    await server.tell("gather", **plan, say="/checkin")
    await server.until("crowd", "ready", ANSWERING)
    await server.tell("go")
    if alarming is None:
        await server.until("crowd", "finished", ANSWERING)
    else:
        await server.until("crowd", "alerts", ANSWERING)
    return dict(await server.tell("crowd", times=True))


async def measure(due: int, seconds: float) -> str:
    """All parts, as a table."""
    usual = await measured(due)
    took, stall = await into_prompts(due)
    flow = await out(seconds, edits_count=False)
    strict = await out(seconds, edits_count=True)
    rows = [
        [f"{due:,} due rows into prompts", f"{took:.1f} s", "8 s", f"{usual['fire_s']:.1f} s"],
        ["longest stall of the loop meanwhile", f"{stall:.0f} ms", "50 ms", f"{usual['stall_s'] * 1000:,.0f} ms"],
        ["to plan them after every start", "0 s", "-", f"{usual['schedule_s']:.1f} s"],
        ["resident memory of the plan", "0 MB", "-", f"{usual['resident_mb']:.0f} MB"],
        *_rows(flow, "", "0"),
        *_rows(strict, ", edits counted", "-"),
    ]
    return table(["what", "figure", "goal", "one APScheduler job a patient"], rows)


def _rows(flow: Flow, which: str, most_refused: str) -> list[list[object]]:
    return [
        [f"share of {PER_SECOND} sends a second used{which}", f"{flow.used:.1%}", "98 %", "-"],
        [f"sends refused (429){which}", flow.refused, most_refused, "-"],
        [f"tap to reply, p99{which}", f"{percentile(flow.replies, 0.99):.0f} ms", "1,000 ms", "-"],
        [f"warning to alert, p99{which}", f"{percentile(flow.alerts, 0.99):.0f} ms", "1,000 ms", "-"],
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--due", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=40)
    wish = parser.parse_args()
    print(machine())
    print(asyncio.run(measure(wish.due, wish.seconds)))


if __name__ == "__main__":
    main()
