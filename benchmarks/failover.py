"""Seconds without service when the copy that leads is killed, frozen, or cut off from the database.

    python -m benchmarks.failover [--times 3] [--lasts 15]

Two copies on one PostgreSQL; beside them one copy alone, which a supervisor starts again the moment it ends. Somebody
asks for help every tenth of a second; what counts is the longest time in which nobody gets an answer. A freeze and a
cut last so many seconds. With each freeze a reply is held back, so that the leader thaws with something to write down.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import signal
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.bots import bonewatch, populate
from benchmarks.databases import database
from benchmarks.figures import machine, table
from benchmarks.processes import Running, Telegram, telegram
from tests.chaos.gate import Gate

GOAL = 10
PEOPLE = 60
ASK_EVERY = 0.1
# Chats of those whose replies are held back; they ask nothing else.
WITNESS = 1_001
# Seconds before a harm, and after it is over, in which everything is to be well.
CALM = 3.0
HELD_BACK = 2.0
KILL, FREEZE, CUT, SILENCE = (
    "killed (-9)",
    "frozen (SIGSTOP)",
    "cut off from the database",
    "cut off without a word",
)
HARMS = (KILL, FREEZE, CUT, SILENCE)


@dataclass
class Scene:
    """The copies, their gates to the database, and the phones."""

    stack: AsyncExitStack
    server: Telegram
    database: str
    folder: Path
    gates: Sequence[Gate]
    copies: dict[int, Running] = field(default_factory=dict)
    witnesses: Any = field(default_factory=lambda: itertools.count(WITNESS))

    async def start(self, number: int) -> None:
        """Start a copy; returns once it says that it runs."""
        bot = bonewatch(self.server, self.gates[number].url, self.folder)
        self.copies[number] = await self.stack.enter_async_context(bot)

    async def leader(self) -> int:
        """Which copy holds the lease; waits until one does."""
        while True:
            (holder, is_over), *_ = await rows(self.database, "SELECT holder, until < now() FROM leases")
            for number, copy in self.copies.items():
                if holder.split(":")[1] == str(copy.process.pid) and not is_over:
                    return number
            await asyncio.sleep(0.1)

    async def now(self) -> float:
        """The server's pace clock."""
        return float((await self.server.tell("counts"))["pace"])


async def rows(url: str, query: str) -> list[Any]:
    """What the database says, past every gate."""
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            return list(await connection.execute(text(query)))
    finally:
        await engine.dispose()


@asynccontextmanager
async def a_scene(copies: int) -> AsyncIterator[Scene]:
    """A database, a server with people who ask, and so many copies."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bonewatch-bench-")))
        url = await stack.enter_async_context(database("postgres", folder))
        await populate(url, PEOPLE)
        server = await stack.enter_async_context(telegram())
        gates = [await stack.enter_async_context(Gate(url)) for _ in range(copies)]
        scene = Scene(stack, server, url, folder, gates)
        for number in range(copies):
            await scene.start(number)
        asking = asyncio.create_task(_ask(server))
        stack.callback(asking.cancel)
        yield scene


async def _ask(server: Telegram) -> None:
    for number in itertools.count():
        await server.tell("act", do=[{"user": 1 + number % PEOPLE, "verb": "sends", "text": "/help"}])
        await asyncio.sleep(ASK_EVERY)


async def harm(scene: Scene, what: str, lasts: float) -> tuple[float, bool | None]:
    """Seconds without an answer, and whether a thawed leader's late word was refused (None: there was none)."""
    await scene.leader()
    await asyncio.sleep(CALM)
    await scene.server.tell("arrivals")
    began, refused = await _do(scene, what, await scene.leader(), lasts)
    await asyncio.sleep(CALM)
    # What was held back arrives while its sender is frozen: that is nobody's service.
    counts_from = began + (HELD_BACK if what == FREEZE else 0)
    arrived = [began]
    # An update that is no longer waiting has been taken in; its answer may still be on the way.
    while len(arrived) == 1 or (await scene.server.tell("updates"))["waiting"]:
        await asyncio.sleep(0.2)
        arrived += [at for at in (await scene.server.tell("arrivals"))["at"] if at > counts_from]
    return max(after - before for before, after in itertools.pairwise(arrived)), refused


async def _do(scene: Scene, what: str, number: int, lasts: float) -> tuple[float, bool | None]:
    process, witness = scene.copies[number].process, next(scene.witnesses)
    if what == FREEZE:
        await _hold_a_reply_back(scene, witness)
    began = await scene.now()
    if what == KILL:
        process.kill()
        await process.wait()
        await scene.start(number)
        await asyncio.sleep(max(0.0, lasts - CALM))
    elif what == FREEZE:
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(lasts)
        process.send_signal(signal.SIGCONT)
        await asyncio.sleep(CALM)
        return began, await _late_word_refused(scene, witness)
    else:
        scene.gates[number].cut(silently=what == SILENCE)
        await asyncio.sleep(lasts)
        scene.gates[number].mend()
    return began, None


async def _hold_a_reply_back(scene: Scene, witness: int) -> None:
    """Let the leader have a message under way whose reply it will only read when it thaws."""
    wish = {"method": "sendMessage", "chat_id": witness, "seconds": HELD_BACK, "times": 1}
    await scene.server.tell("fault", harm="delay", **wish)
    await scene.server.tell("act", do=[{"user": witness, "verb": "sends", "text": "/help"}])
    await asyncio.sleep(HELD_BACK / 3)


async def _shown(scene: Scene, chat: int) -> list[int]:
    with suppress(RuntimeError):  # the chat does not exist yet
        messages = (await scene.server.tell("chat", chat_id=chat))["messages"]
        return [message["message_id"] for message in messages if message["by_bot"]]
    return []


async def _late_word_refused(scene: Scene, witness: int) -> bool | None:
    """The next leader has sent it again: is the row as that one wrote it?"""
    shown = await _shown(scene, witness)
    query = f"SELECT state, message_id, tries FROM outbox WHERE chat_id = {witness} ORDER BY id DESC LIMIT 1"
    ((state, message_id, _tries),) = await rows(scene.database, query)
    return (state, message_id) == ("sent", shown[-1]) if len(shown) > 1 else None


async def measure(times: int, lasts: float) -> str:
    """Every harm to two copies, then to one alone, as a table."""
    found: dict[str, list[float]] = {what: [] for what in HARMS}
    refused: list[bool | None] = []
    async with a_scene(copies=2) as scene:
        for what in [what for what in HARMS for _ in range(times)]:
            seconds, late = await harm(scene, what, lasts)
            found[what].append(seconds)
            refused += [late] if what == FREEZE else []
    alone = {}
    async with a_scene(copies=1) as scene:
        for what in HARMS:
            alone[what], _ = await harm(scene, what, lasts)
    lines = [_row(what, found[what], alone[what]) for what in HARMS]
    heads = ["the leader is", "two copies: longest of all (s)", "each time (s)", "goal (s)", "one copy, supervised (s)"]
    shown = f"Late words of thawed leaders: {refused.count(True)} refused of {times - refused.count(None)} tried."
    return f"{table(heads, lines)}\n\n{shown}"


def _row(what: str, seconds: list[float], alone: float) -> list[object]:
    each = ", ".join(f"{one:.1f}" for one in seconds)
    return [what, f"{max(seconds):.1f}", each, f"< {GOAL}", f"{alone:.1f}"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--lasts", type=float, default=15)
    wish = parser.parse_args()
    print(machine())
    print(asyncio.run(measure(wish.times, wish.lasts)))


if __name__ == "__main__":
    main()
