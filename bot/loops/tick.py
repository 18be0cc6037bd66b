"""The tick: looks for moments that have come. APScheduler only wakes it; the rows are the truth."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.loops.pulse import Hints
from bot.store.away import is_away
from bot.store.database import Store
from bot.store.queues import DueMoment
from bot.store.unit import Tx

log = structlog.get_logger()

CHUNK = 200
MOST_TRIES = 5
# A moment whose action keeps failing is put off: soon at first, then an hour at a time, and an operator hears of it.
PUT_OFF = timedelta(seconds=30)
PUT_OFF_LONG = timedelta(hours=1)


@dataclass(frozen=True)
class Deeds:
    """What happens at a moment: due check-ins in bulk, everything else one at a time."""

    open_checkins: Callable[[Tx, Sequence[DueMoment], datetime], Awaitable[None]]
    happen: Callable[[Tx, DueMoment, datetime], Awaitable[None]]


class Tick:
    """Due moments become rows: alerts and follow-ups first, then the morning's check-ins."""

    def __init__(self, store: Store, clock: Clock, deeds: Deeds, hints: Hints) -> None:
        self._store = store
        self._clock = clock
        self._deeds = deeds
        self._hints = hints

    async def once(self) -> float:
        """Work on everything that is due; returns seconds until the next look."""
        while await self.round():
            pass
        return 1.0

    async def round(self) -> int:
        """One chunk of everything that is due; returns how many moments came."""
        now = self._clock.now()
        if not await self._anything(now):
            return 0
        count = await self._others(now) + await self._checkins(now)
        if count:
            self._hints.outbox.set()
        return count

    async def _anything(self, now: datetime) -> bool:
        async with self._store.read() as tx:
            earliest = await tx.moments.next()
            return earliest is not None and earliest <= now

    async def _checkins(self, now: datetime) -> int:
        async with self._store.begin() as tx:
            due = await tx.moments.due(now, CHUNK, only="checkin")
            if due:
                await self._deeds.open_checkins(tx, await self._held(tx, due, now), now)
            return len(due)

    async def _held(self, tx: Tx, due: Sequence[DueMoment], now: datetime) -> list[DueMoment]:
        """Hold the patients first, as everybody does: whoever held a moment and waited for its patient would deadlock."""
        await tx.patients.lock([moment.patient_id for moment in due])
        return await tx.moments.still_due(due, now)

    async def _others(self, now: datetime) -> int:
        try:
            async with self._store.begin() as tx:
                due = await tx.moments.due(now, CHUNK, but="checkin")
                for moment in await self._held(tx, due, now):
                    await self._happen(tx, moment, now)
                return len(due)
        except Exception as error:
            if is_away(error):
                raise
            log.warning("tick.split", error=type(error).__name__)
            log.debug("tick.failed", exc_info=True)
            return await self._one_by_one(now)

    async def _happen(self, tx: Tx, moment: DueMoment, now: datetime) -> None:
        # Cleared first: an action that wants to be called again sets it anew.
        tx.moments.clear(moment.kind, moment.subject_id)
        await self._deeds.happen(tx, moment, now)

    async def _one_by_one(self, now: datetime) -> int:
        async with self._store.read() as tx:
            keys = [(moment.kind, moment.subject_id) for moment in await tx.moments.due(now, CHUNK, but="checkin")]
        for kind, subject in keys:
            await self._alone(kind, subject, now)
        return len(keys)

    async def _alone(self, kind: str, subject: int, now: datetime) -> None:
        try:
            async with self._store.begin() as tx:
                moment = await tx.moments.get(kind, subject)
                if moment is not None and moment.due_at <= now:
                    await self._happen(tx, moment, now)
        except Exception as error:
            if is_away(error):
                raise  # the moment is not to blame
            log.error("moment.failed", kind=kind, subject=subject, error=type(error).__name__)
            log.debug("moment.trouble", exc_info=True)
            async with self._store.begin() as tx:
                await tx.moments.put_off(kind, subject, now, MOST_TRIES, PUT_OFF, PUT_OFF_LONG)
