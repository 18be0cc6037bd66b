"""Real bots against a real Bot API server, each a process of its own; and somebody who harms them."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.chaos.gate import Gate

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "123456:chaos-token-chaos-token-chaos"
KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
FIRST_PATIENT = 1_000
FIRST_CAREGIVER = 1_000_000_000 + FIRST_PATIENT
PATIENTS, CAREGIVERS = 16, 2
BOT = ("bot", "run")
# Seconds that a freeze or a cut lasts: some are over before the lease (5 s) is, some after another copy has taken over.
SHORTEST_HARM, LONGEST_HARM = 2.0, 8.0


def environment(database: str, api: str) -> dict[str, str]:
    """What a bot process is started with."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BONEWATCH_")}
    return clean | {
        "BONEWATCH_BOT_TOKEN": TOKEN,
        "BONEWATCH_API_URL": api,
        "BONEWATCH_DATABASE_URL": database,
        "BONEWATCH_ENCRYPTION_KEYS": KEY,
        "BONEWATCH_ADMIN_PORT": "0",
        "BONEWATCH_MESSAGES_PER_SECOND": "200",
        "PYTHONPATH": str(ROOT),
    }


class Server:
    """The Bot API server's control endpoint."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self._session = session

    async def tell(self, verb: str, **wish: Any) -> Any:
        async with self._session.post(f"{self.url}/_control/{verb}", json=wish) as response:
            answer = await response.json()
        if "LookupError" in str(answer.get("error")):
            raise LookupError(answer["error"])
        assert response.status == 200, answer
        return answer

    async def calls(self, method: str) -> list[dict[str, Any]]:
        """Every call of this method that took effect."""
        found: list[dict[str, Any]] = []
        after = 0
        while page := (await self.tell("calls", method=method, after=after))["calls"]:
            found += [call for call in page if call["took_effect"]]
            after = page[-1]["number"]
        return found


@asynccontextmanager
async def bot_api() -> AsyncIterator[Server]:
    """A Bot API server that outlives every bot and forgets nothing."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.web.botapi", "--token", TOKEN, "--control", "--keep-calls", "0",
        "--keep-messages", "0", cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    try:
        async with aiohttp.ClientSession() as session:
            yield Server(url, session)
    finally:
        process.terminate()
        await process.wait()


@dataclass
class Bots:
    """So many copies of the bot; anything may happen to any of them at any moment."""

    databases: Sequence[str]  # one address a copy, by its gate if it has one
    api: str
    folder: Path
    gates: Sequence[Gate] = ()
    module: Sequence[str] = BOT
    postgres: Any = None  # the server itself, where it may be restarted
    running: dict[int, asyncio.subprocess.Process] = field(default_factory=dict)
    starts: dict[int, int] = field(default_factory=dict)  # how often each had said so before its newest start
    harms: Counter[str] = field(default_factory=Counter)

    async def start(self, number: int) -> None:
        path = self.folder / f"bot{number}.log"
        self.starts[number] = path.read_text().count("bot.started") if path.exists() else 0
        log = path.open("ab")
        self.running[number] = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *self.module, cwd=self.folder, stdout=log, stderr=log,
            env=environment(self.databases[number], self.api),
        )  # fmt: skip
        log.close()

    async def until_running(self, number: int, seconds: float = 60) -> None:
        """Wait until the copy says that it has started."""
        log = self.folder / f"bot{number}.log"
        async with asyncio.timeout(seconds):
            while log.read_text().count("bot.started") == self.starts[number]:
                assert self.running[number].returncode is None, log.read_text()[-2_000:]
                await asyncio.sleep(0.05)  # another process: there is no event to wait for

    async def kill(self, number: int, dice: random.Random) -> None:
        """kill -9, no warning; started again a little later. One in five dies again while it is still starting."""
        process = self.running.pop(number)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        await asyncio.sleep(dice.uniform(0.0, 0.5))
        await self.start(number)
        if dice.random() < 0.8:
            await self.until_running(number)

    async def freeze(self, number: int, dice: random.Random) -> None:
        """The copy stands still and then goes on as if nothing had been."""
        process = self.running[number]
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(dice.uniform(SHORTEST_HARM, LONGEST_HARM))
        process.send_signal(signal.SIGCONT)

    async def cut(self, number: int, dice: random.Random) -> None:
        """The copy does not reach the database: it is refused, or hears nothing at all."""
        self.gates[number].cut(silently=dice.random() < 0.5)
        await asyncio.sleep(dice.uniform(SHORTEST_HARM, LONGEST_HARM))
        self.gates[number].mend()

    async def restart(self, _number: int, dice: random.Random) -> None:
        """The database server ends, orderly or not, and comes back a little later."""
        how = dice.choice([signal.SIGINT, signal.SIGQUIT])  # "fast" and "immediate", in PostgreSQL's words
        process = self.postgres.get_postmaster_info().process
        process.send_signal(how)
        await asyncio.to_thread(process.wait, 30)
        await asyncio.sleep(dice.uniform(0.0, 5.0))
        await asyncio.to_thread(self.postgres.ensure_postgres_running)

    async def mayhem(self, harms: Sequence[str], dice: random.Random) -> None:
        """Each of these happens to some copy, a random while after the one before."""
        deeds = {"kill": self.kill, "freeze": self.freeze, "cut": self.cut, "restart": self.restart}
        for harm in harms:
            await asyncio.sleep(dice.uniform(0.1, 1.5))
            await deeds[harm](dice.choice(list(self.running)), dice)
            self.harms[harm] += 1

    async def stop(self) -> None:
        for process in self.running.values():
            if process.returncode is None:
                process.kill()
            await process.wait()
        self.running.clear()


async def seed(database: str, folder: Path) -> None:
    """Made-up patients with caregivers, whose check-ins are not due now."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "seed", "--patients", str(PATIENTS), "--caregivers", str(CAREGIVERS),
        "--first-chat-id", str(FIRST_PATIENT), "--checkin-time", "00:01", cwd=folder,
        env=environment(database, "http://127.0.0.1:1"),
    )  # fmt: skip
    assert await process.wait() == 0
