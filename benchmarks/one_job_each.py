"""The morning's check-ins as people usually plan them: one APScheduler job a patient, in memory.

python -m benchmarks.one_job_each --jobs 50000

Prints one line of JSON: seconds to schedule them, resident memory, and the longest stall of the loop when they fire.
Started as a process of its own by the benchmarks of which it is the baseline.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from benchmarks.inside import stalls
from benchmarks.processes import resident_mb

PATIENCE = 300.0


async def schedule_and_fire(jobs: int) -> dict[str, Any]:
    """Schedule them all for one moment, then let it come."""
    logging.disable()
    fired, all_fired = 0, asyncio.Event()

    async def prompt(_chat_id: int) -> None:
        nonlocal fired
        fired += 1
        if fired == jobs:
            all_fired.set()

    # Paused while they are added, so that none fires before all are there.
    scheduler = AsyncIOScheduler(timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True})
    scheduler.start(paused=True)
    moment = datetime.now(UTC) + timedelta(seconds=1)
    began = time.perf_counter()
    for chat_id in range(jobs):
        trigger = CronTrigger(hour=moment.hour, minute=moment.minute, timezone="UTC")
        scheduler.add_job(prompt, trigger, args=[chat_id], id=str(chat_id), next_run_time=moment)
    scheduled = time.perf_counter() - began
    memory = resident_mb(os.getpid())
    async with stalls() as late:
        began = time.perf_counter()
        scheduler.resume()
        async with asyncio.timeout(PATIENCE):
            await all_fired.wait()
        took = time.perf_counter() - began
        await asyncio.sleep(0.1)  # the stall's own sample comes after it
    scheduler.shutdown(wait=False)
    return {"schedule_s": scheduled, "resident_mb": memory, "fire_s": took, "stall_s": max(late)}


async def measured(jobs: int) -> dict[str, Any]:
    """The same, in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.one_job_each", "--jobs", str(jobs), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the baseline ended with status {process.returncode}")
    return dict(json.loads(said))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=50_000)
    print(json.dumps(asyncio.run(schedule_and_fire(parser.parse_args().jobs))))


if __name__ == "__main__":
    main()
