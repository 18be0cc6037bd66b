"""Somebody kills the bot at random moments while people answer: nothing is lost, nothing is stored twice."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from pathlib import Path

import pytest

from tests.chaos import rig
from tests.chaos.history import check, everything_worked_on

LONG = os.environ.get("BONEWATCH_TEST_CHAOS") == "long"
KILLS = 100 if LONG else 3
SEED = int(os.environ.get("BONEWATCH_TEST_CHAOS_SEED", "7"))


async def live_and_kill(database: str, copies: int, port: int, kills: int = KILLS) -> dict[str, int]:
    """People check in while copies of the bot die; then everything comes to rest and the history is checked."""
    with tempfile.TemporaryDirectory(prefix="bonewatch-chaos-") as place:
        folder = Path(place)
        await rig.seed(database, folder)
        async with rig.bot_api() as server:
            await server.tell("users", first_id=rig.FIRST_PATIENT, count=rig.PATIENTS)
            await server.tell("users", first_id=rig.FIRST_CAREGIVER, count=rig.PATIENTS * rig.CAREGIVERS)
            bots = rig.Bots(database, server.url, folder, port)
            people = rig.People(server)
            try:
                for number in range(copies):
                    await bots.start(number)
                patients = range(rig.FIRST_PATIENT, rig.FIRST_PATIENT + rig.PATIENTS)
                living = [asyncio.create_task(people.live(patient)) for patient in patients]
                await bots.until_running(copies - 1)
                await rig.mayhem(bots, kills, random.Random(SEED))
                await asyncio.sleep(1)
                people.stop.set()
                await asyncio.gather(*living)
                await _rest(database, server)
                figures = await check(database, server, people, bots.kills)
            except BaseException:
                for log in sorted(folder.glob("bot*.log")):
                    print(log.name, log.read_text()[-2_000:])
                raise
            finally:
                await bots.stop()
    print(figures)
    return figures


async def _rest(database: str, server: rig.Server, seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while (await server.tell("updates"))["waiting"] or not await everything_worked_on(database):
            await asyncio.sleep(0.2)


@pytest.mark.chaos
async def test_one_copy_on_sqlite(tmp_path: Path) -> None:
    figures = await live_and_kill(f"sqlite+aiosqlite:///{tmp_path}/chaos.db", copies=1, port=18_100)
    assert figures["answers"] > 0
    assert figures["alerts"] > 0


@pytest.mark.chaos
@pytest.mark.postgres
async def test_two_copies_on_postgres(postgres_url: str) -> None:
    figures = await live_and_kill(postgres_url, copies=2, port=18_200)
    assert figures["answers"] > 0
    assert figures["alerts"] > 0
