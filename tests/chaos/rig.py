"""Real bots against a real Bot API server, each a process of its own; people who tap; somebody who kills.

What people told the server, and what the server confirmed, is the history. Afterwards it is held against the rows.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "123456:chaos-token-chaos-token-chaos"
KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
FIRST_PATIENT = 1_000
FIRST_CAREGIVER = 1_000_000_000 + FIRST_PATIENT
PATIENTS, CAREGIVERS = 16, 2
# One in four is ill: their check-ins raise alerts.
EVERY_ILL = 4


def environment(database: str, api: str, port: int) -> dict[str, str]:
    """What a bot process is started with."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BONEWATCH_")}
    return clean | {
        "BONEWATCH_BOT_TOKEN": TOKEN,
        "BONEWATCH_API_URL": api,
        "BONEWATCH_DATABASE_URL": database,
        "BONEWATCH_ENCRYPTION_KEYS": KEY,
        "BONEWATCH_ADMIN_PORT": str(port),
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


@asynccontextmanager
async def bot_api() -> AsyncIterator[Server]:
    """A Bot API server that outlives every bot."""
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
    """So many copies of the bot; any of them may be killed and started again at any moment."""

    database: str
    api: str
    folder: Path
    first_port: int
    running: dict[int, asyncio.subprocess.Process] = field(default_factory=dict)
    starts: dict[int, int] = field(default_factory=dict)  # how often each had said so before its newest start
    kills: int = 0

    async def start(self, number: int) -> None:
        path = self.folder / f"bot{number}.log"
        self.starts[number] = path.read_text().count("bot.started") if path.exists() else 0
        log = path.open("ab")
        self.running[number] = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", cwd=self.folder, stdout=log, stderr=log,
            env=environment(self.database, self.api, self.first_port + number),
        )  # fmt: skip
        log.close()

    async def until_running(self, number: int, seconds: float = 60) -> None:
        """Wait until the copy says that it has started."""
        log = self.folder / f"bot{number}.log"
        async with asyncio.timeout(seconds):
            while log.read_text().count("bot.started") == self.starts[number]:
                assert self.running[number].returncode is None, log.read_text()[-2_000:]
                await asyncio.sleep(0.05)  # another process: there is no event to wait for

    async def kill(self, number: int) -> None:
        """kill -9, no warning."""
        process = self.running.pop(number)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        self.kills += 1

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
        env=environment(database, "http://127.0.0.1:1", 0),
    )  # fmt: skip
    assert await process.wait() == 0


@dataclass
class People:
    """Patients who tap the newest question, again and again; what they told is written down."""

    server: Server
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)  # (check-in, question) → taps that answer it
    finished: int = 0

    async def live(self, patient: int) -> None:
        """Check in over and over; a tap that shows no effect for a while is tapped again, as people do."""
        before = ""
        while not self.stop.is_set():
            message = await self._newest(patient)
            data = self._choice(patient, message) if message else None
            if data is None:
                self.finished += 1
                await self._act(patient, verb="sends", text="/checkin")
            else:
                kind = data.split(":")
                tapped = await self._act(patient, verb="taps", message_id=message["message_id"], button=data)
                if tapped and not kind[3].startswith("+") and data != before:
                    self.answers[kind[1], kind[2]] += 1
                before = data
            await self._until_changed(patient, message)

    async def _act(self, patient: int, **deed: Any) -> bool:
        """Do it; False when the button was gone by the time the finger came down."""
        try:
            await self.server.tell("act", do=[{"user": patient, **deed}])
        except LookupError:
            return False
        return True

    async def _newest(self, patient: int) -> dict[str, Any] | None:
        shown = (await self.server.tell("chat", chat_id=patient))["messages"]
        asking = [m for m in shown if m["by_bot"] and not m["deleted"] and _questions(m)]
        return asking[-1] if asking else None

    def _choice(self, patient: int, message: dict[str, Any]) -> str | None:
        data = _questions(message)
        question = data[0].split(":")[2]
        if question == "pain":
            return next(d for d in data if d.endswith(":pain:0"))
        if question.endswith("_known"):
            return next(d for d in data if d.endswith(":yes"))
        ill = (patient - FIRST_PATIENT) % EVERY_ILL == 0
        tick = next((d for d in data if d.endswith(":+numbness")), None)
        if question == "bone_signs" and ill and tick:
            return tick
        return next((d for d in data if d.endswith(":done")), None)

    async def _until_changed(self, patient: int, before: dict[str, Any] | None, seconds: float = 6.0) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.stop.is_set():
            if await self._newest(patient) != before:
                return
            await asyncio.sleep(0.05)  # the phone is another process: there is no event to wait for


def _questions(message: dict[str, Any]) -> list[str]:
    """The check-in buttons below a message that answer a question, without those of a result."""
    data = [button.get("callback_data", "") for row in message["buttons"] for button in row]
    skip = (":back", ":worried:yes", ":why:show", ":usual:same")
    return [d for d in data if d.startswith("c:") and not d.endswith(skip)]


async def mayhem(bots: Bots, kills: int, dice: random.Random) -> None:
    """Kill a copy at a random moment, start it again a little later, so often."""
    for _ in range(kills):
        await asyncio.sleep(dice.uniform(0.2, 2.5))
        number = dice.choice(list(bots.running))
        await bots.kill(number)
        await asyncio.sleep(dice.uniform(0.0, 0.5))
        await bots.start(number)
        # One in five dies again while it is still starting.
        if dice.random() < 0.8:
            await bots.until_running(number)
