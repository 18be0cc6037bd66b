"""The knocker: calls caregivers by their second channel, while the bot itself goes on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from bot.actions import second_channel
from bot.actions.second_channel import Knock
from bot.actions.world import World
from bot.clock import Clock
from bot.domain.second_channel import Outcome
from bot.store.database import Store
from bot.store.knocks import Settled
from bot.store.queues import KnockRow
from bot.store.unit import Tx

log = structlog.get_logger()

LOOK_AGAIN = 1.0
# Each call is a process of 55 MB [measured] for as long as its gateway takes.
CALLS_AT_ONCE = 4
# A gateway that is down for a moment is tried again soon; the next step of the ladder knocks anyway.
TRY_AGAIN = (timedelta(seconds=30), timedelta(minutes=2))


class Caller(Protocol):
    """Whatever can call an address."""

    def call(self, address: str, text: str) -> Awaitable[Outcome]:
        """Send the text there."""


@dataclass(frozen=True)
class Ring:
    """What the knocker works with."""

    store: Store
    clock: Clock
    world: Callable[[], World]
    gateways: Caller
    leads: Callable[[], bool]


class Knocker:
    """Claims, calls, settles; only the leader does."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._epoch = 0
        self._unsettled: list[Settled] = []
        self._is_unsure = False  # rows may be claimed under our epoch that we do not hold
        self.outcomes: Counter[str] = Counter({str(outcome): 0 for outcome in Outcome})

    async def take_over(self, epoch: int) -> None:
        """Knock under this epoch from now on, and free what earlier holders of the lease had claimed."""
        await self._settle()
        self._epoch = epoch
        async with self._ring.store.begin() as tx:
            await tx.knocks.recover(epoch)

    async def once(self) -> float:
        """Call a few of those who are due; returns seconds until the next look."""
        return 0.0 if await self.round() else LOOK_AGAIN

    async def round(self) -> int:
        """Call a few; returns how many were claimed."""
        if not self._ring.leads():
            return 0
        await self._settle()
        async with self._ring.store.read() as tx:
            if not await tx.knocks.any_due(self._ring.clock.now()):
                return 0
        self._is_unsure = True
        count, knocks = await self._claim()
        outcomes = await asyncio.gather(*(self._call(knock) for knock in knocks))
        self._unsettled += outcomes
        self._is_unsure = False
        await self._settle()
        return count

    async def _claim(self) -> tuple[int, list[Knock]]:
        async with self._ring.store.begin() as tx:
            rows = await tx.knocks.claim(self._ring.clock.now(), self._epoch, CALLS_AT_ONCE)
            knocks = []
            for row in rows:
                knock = await self._open(tx, row)
                if knock is not None:
                    knocks.append(knock)
            return len(rows), knocks

    async def _open(self, tx: Tx, row: KnockRow) -> Knock | None:
        try:
            knock = await second_channel.opened(self._ring.world(), tx, row)
        except Exception as error:
            if await self._ring.store.is_away(error):
                raise
            # Somebody was erased meanwhile, or a mistake of ours: either way the others' knocks go on.
            log.error("knock.unreadable", subject=row.id, error=type(error).__name__)
            row.state, row.why = "failed", "unreadable"
            return None
        if knock is None:
            row.state = "moot"
        return knock

    async def _call(self, knock: Knock) -> Settled:
        if not self._ring.leads():
            return Settled(knock.id, "ready", self._ring.clock.now())  # another copy leads, or soon will
        try:
            outcome = await self._ring.gateways.call(knock.address, knock.text)
        except OSError:  # no room for another process
            outcome = Outcome.FAILED
        self.outcomes[str(outcome)] += 1
        now = self._ring.clock.now()
        if outcome is Outcome.SENT:
            return Settled(knock.id, "sent", now)
        again = outcome.may_pass and knock.tries <= len(TRY_AGAIN)
        log.warning("knock.failed", subject=knock.id, why=str(outcome), count=knock.tries)
        if again:
            return Settled(knock.id, "ready", now + TRY_AGAIN[knock.tries - 1], str(outcome))
        return Settled(knock.id, "failed", now, str(outcome))

    async def _settle(self) -> None:
        """Keep what became of the calls. When that cannot be kept, it is held until it can."""
        if not (self._unsettled or self._is_unsure):
            return
        unsettled = list(self._unsettled)
        async with self._ring.store.begin() as tx:
            await self._hold(tx, unsettled)
            await second_channel.settle(tx, unsettled, self._epoch)
            if self._is_unsure:
                await tx.knocks.recover(self._epoch, held=[one.id for one in unsettled], ours=True)
        self._unsettled = self._unsettled[len(unsettled) :]
        self._is_unsure = False

    async def _hold(self, tx: Tx, outcomes: list[Settled]) -> None:
        """Hold the patients first, as everybody does who writes to their alerts."""
        await tx.patients.lock(await tx.knocks.patients_of([outcome.id for outcome in outcomes]))
