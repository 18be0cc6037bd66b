"""Starts what a benchmark needs as processes of their own, and reads what they cost from /proc."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
START_SECONDS = 60
STOP_SECONDS = 15


@dataclass
class Running:
    """A process, and the line it said once it was ready."""

    process: asyncio.subprocess.Process
    ready: str

    @property
    def cpu_seconds(self) -> float:
        """User and system time so far, of all its threads."""
        return cpu_seconds(self.process.pid)

    @property
    def resident_mb(self) -> float:
        """Resident memory, children counted."""
        pids = [self.process.pid, *children(self.process.pid)]
        return sum(resident_mb(pid) for pid in pids)


def resident_mb(pid: int) -> float:
    """Resident memory of one process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1e6


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def children(pid: int) -> list[int]:
    """The processes that a process has started, and theirs."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *children(child)]
    return found


@asynccontextmanager
async def running(
    module: str, *arguments: str, ready: str = "", environment: Mapping[str, str] | None = None, folder: Path = ROOT
) -> AsyncIterator[Running]:
    """A Python module as a process; ready once it says a line that holds `ready`. Ended with SIGTERM."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BONEWATCH_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        cwd=folder,
        env={**clean, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **(environment or {})},
    )
    try:
        line = await asyncio.wait_for(_line_with(process, ready), START_SECONDS)
        yield Running(process, line)
    finally:
        await _end(process)


async def _line_with(process: asyncio.subprocess.Process, words: str) -> str:
    assert process.stdout is not None
    while line := (await process.stdout.readline()).decode():
        if words in line:
            return line.strip()
    raise RuntimeError(f"a process ended before it said {words!r}; its exit status is {await process.wait()}")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


class Telegram:
    """The Bot API server with its crowd, driven over its control paths."""

    def __init__(self, url: str, running_server: Running, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.running = running_server
        self._session = session

    async def tell(self, verb: str, /, **wish: Any) -> Any:
        """One control verb; raises RuntimeError with the server's reason when it cannot be done."""
        async with self._session.post(f"{self.url}/_control/{verb}", json=wish) as response:
            answer = await response.json()
            if response.status != 200:
                raise RuntimeError(f"{verb}: {answer}")
            return answer

    async def until(self, verb: str, field: str, count: int, seconds: float = 60) -> Any:
        """Ask again and again until a figure has come up to `count`; TimeoutError says how far it came."""
        answer: Any = {}
        try:
            async with asyncio.timeout(seconds):
                while (answer := await self.tell(verb))[field] < count:  # noqa: ASYNC110 - another process counts
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise TimeoutError(f"{verb}.{field} came to {answer.get(field)} of {count} in {seconds} s") from None
        return answer


@asynccontextmanager
async def telegram() -> AsyncIterator[Telegram]:
    """A fresh Bot API server."""
    async with running("benchmarks.telegram_server", ready="http") as server, aiohttp.ClientSession() as session:
        yield Telegram(server.ready, server, session)
