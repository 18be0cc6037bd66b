"""Somebody harms the bot at random moments while people answer: nothing is lost, nothing is stored twice."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import random
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.chaos import rig
from tests.chaos.gate import Gate
from tests.chaos.history import check, everything_worked_on
from tests.chaos.people import People
from tests.databases import build, start_server

LONG = os.environ.get("BONEWATCH_TEST_CHAOS") == "long"
KILLS = 100 if LONG else 3
# With two copies, also: one stands still for a while (SIGSTOP), or does not reach the database.
FREEZES = CUTS = 10 if LONG else 0
SEED = int(os.environ.get("BONEWATCH_TEST_CHAOS_SEED", "7"))
long_only = pytest.mark.skipif(not LONG, reason="takes minutes: make chaos")


async def live_and_harm(
    database: str, copies: int, harms: list[str], module: Sequence[str] = rig.BOT, restart: Any = None
) -> None:
    """People check in while the copies are harmed; then everything comes to rest and the history is checked."""
    faulthandler.cancel_dump_traceback_later()  # a long run is no hanging one
    dice = random.Random(SEED)
    dice.shuffle(harms)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bonewatch-chaos-")))
        await rig.seed(database, folder)
        server = await stack.enter_async_context(rig.bot_api())
        await server.tell("users", first_id=rig.FIRST_PATIENT, count=rig.PATIENTS)
        await server.tell("users", first_id=rig.FIRST_CAREGIVER, count=rig.PATIENTS * rig.CAREGIVERS)
        gates = [await stack.enter_async_context(Gate(database)) for _ in range(copies if "cut" in harms else 0)]
        databases = [gate.url for gate in gates] or [database] * copies
        bots = rig.Bots(databases, server.url, folder, gates, module, restart)
        stack.push_async_callback(bots.stop)
        people = People(server)
        try:
            await _live(bots, people, copies, harms, dice)
            await _rest(database, server)
            figures = await check(database, server, people, len(harms))
        except BaseException:
            for log in sorted(folder.glob("bot*.log")):
                print(log.name, log.read_text()[-2_000:])
            raise
        print({**bots.harms, **figures, "slowest tap (s)": round(people.slowest, 1)})
        assert figures["answers"] > 0
        assert figures["alerts"] > 0


async def _live(bots: rig.Bots, people: People, copies: int, harms: list[str], dice: random.Random) -> None:
    for number in range(copies):
        await bots.start(number)
    living = asyncio.create_task(people.live())
    await bots.until_running(copies - 1)
    await bots.mayhem(harms, dice)
    await asyncio.sleep(1)
    people.stop.set()
    await living


async def _rest(database: str, server: rig.Server, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while (await server.tell("updates"))["waiting"] or not await everything_worked_on(database):
            await asyncio.sleep(0.2)


@pytest.mark.slow
@pytest.mark.chaos
async def test_one_copy_on_sqlite(tmp_path: Path) -> None:
    await live_and_harm(f"sqlite+aiosqlite:///{tmp_path}/chaos.db", 1, ["kill"] * KILLS)


@pytest.mark.slow
@pytest.mark.chaos
@pytest.mark.postgres
async def test_two_copies_on_postgres(postgres_url: str) -> None:
    await live_and_harm(postgres_url, 2, ["kill"] * KILLS + ["freeze"] * FREEZES + ["cut"] * CUTS)


@pytest.mark.chaos
@pytest.mark.postgres
@long_only
async def test_postgres_is_restarted_under_load() -> None:
    """Orderly and at once, as an update of it does, and killed outright, as a machine that fails does."""
    server = await asyncio.to_thread(start_server)
    try:
        database = server.get_uri(driver="asyncpg")
        await build(database)
        await live_and_harm(database, 2, ["restart"] * 6 + ["kill"] * 6, restart=server)
    finally:
        await asyncio.to_thread(server.cleanup)


@pytest.mark.chaos
@long_only
@pytest.mark.parametrize(
    ("broken", "noticed"),
    [
        ("confirms_before_it_keeps", "confirmed and never kept"),
        ("says_done_before_it_acts", "answers lost|nothing came"),
    ],
)
async def test_a_bot_that_is_broken_on_purpose_is_caught(tmp_path: Path, broken: str, noticed: str) -> None:
    """The check itself is able to fail."""
    database = f"sqlite+aiosqlite:///{tmp_path}/broken.db"
    with pytest.raises(AssertionError, match=noticed):
        await live_and_harm(database, 1, ["kill"] * 25, ("tests.chaos.broken", broken))
