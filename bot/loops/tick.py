"""The tick: looks for moments that have come. APScheduler only wakes it; the rows are the truth."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.loops.pulse import Hints
from bot.store.database import Store
from bot.store.moments import CHECKIN
from bot.store.queues import DueMoment
from bot.store.unit import Tx

log = structlog.get_logger()

CHUNK = 200
MOST_TRIES = 5
# A moment whose action keeps failing is put off: soon at first, then an hour at a time, and an operator hears of it.
PUT_OFF = timedelta(seconds=30)
PUT_OFF_LONG = timedelta(hours=1)


# A clock that goes back by less is one that is being set right in small steps.
SET_BACK = timedelta(seconds=30)


async def _nothing(_tx: Tx, _now: datetime, _by: timedelta) -> None:
    """Nothing is planned."""


@dataclass(frozen=True)
class Deeds:
    """What happens at a moment: due check-ins in bulk, everything else one at a time; and when the clock goes back."""

    open_checkins: Callable[[Tx, Sequence[DueMoment], datetime], Awaitable[None]]
    happen: Callable[[Tx, DueMoment, datetime], Awaitable[None]]
    set_back: Callable[[Tx, datetime, timedelta], Awaitable[None]] = _nothing


class Tick:
    """Due moments become rows: alerts and follow-ups first, then the morning's check-ins."""

    def __init__(self, store: Store, clock: Clock, deeds: Deeds, hints: Hints) -> None:
        self._store = store
        self._clock = clock
        self._deeds = deeds
        self._hints = hints
        self.seen: datetime | None = None  # what the clock said last, in an earlier process too

    async def once(self) -> float:
        """Work on everything that is due; returns seconds until the next look."""
        while await self.round():
            pass
        return 1.0

    async def round(self) -> int:
        """One chunk of everything that is due; returns how many moments came."""
        now = self._clock.now()
        if self.seen is not None and self.seen - now > SET_BACK:
            await self._set_back(now, self.seen - now)
        self.seen = now
        checkins, others = await self._come(now)
        count = await self._others(now) if others else 0
        count += await self._checkins(now) if checkins else 0
        if count:
            self._hints.outbox.set()
        return count

    async def _set_back(self, now: datetime, by: timedelta) -> None:
        log.warning("clock.set_back", seconds=round(by.total_seconds()))
        async with self._store.begin() as tx:
            await self._deeds.set_back(tx, now, by)

    async def _come(self, now: datetime) -> tuple[bool, bool]:
        """Whether check-ins are due, and whether anything else is."""
        async with self._store.read() as tx:
            checkin, other = await tx.moments.next_two()
        return checkin is not None and checkin <= now, other is not None and other <= now

    async def _others(self, now: datetime) -> int:
        async def one_after_the_other(tx: Tx, due: Sequence[DueMoment]) -> None:
            for moment in due:
                await self._happen(tx, moment, now)

        return await self._chunk(one_after_the_other, now, but=CHECKIN)

    async def _checkins(self, now: datetime) -> int:
        return await self._chunk(lambda tx, due: self._deeds.open_checkins(tx, due, now), now, only=CHECKIN)

    async def _chunk(
        self, work: Callable[[Tx, Sequence[DueMoment]], Awaitable[None]], now: datetime, **which: str
    ) -> int:
        """A chunk of moments in one unit of work; when that fails, each alone."""
        try:
            async with self._store.begin() as tx:
                due = await tx.moments.due(now, CHUNK, **which)
                if due and (held := await self._held(tx, due, now)):
                    await work(tx, held)
                return len(due)
        except Exception as error:
            if await self._store.is_away(error):
                raise
            log.warning("tick.split", error=type(error).__name__)
            log.debug("tick.failed", exc_info=True)
            return await self._one_by_one(work, now, **which)

    async def _held(self, tx: Tx, due: Sequence[DueMoment], now: datetime) -> list[DueMoment]:
        """Hold the patients first, as everybody does: who held a moment and waited for its patient would deadlock."""
        await tx.patients.lock([moment.patient_id for moment in due])
        return await tx.moments.still_due(due, now)

    async def _happen(self, tx: Tx, moment: DueMoment, now: datetime) -> None:
        if tx.moments.is_touched(moment.kind, moment.subject_id):
            return  # an earlier moment of this chunk has moved or cleared it
        # Cleared first: an action that wants to be called again sets it anew.
        tx.moments.clear(moment.kind, moment.subject_id)
        await self._deeds.happen(tx, moment, now)

    async def _one_by_one(
        self, work: Callable[[Tx, Sequence[DueMoment]], Awaitable[None]], now: datetime, **which: str
    ) -> int:
        """Each moment of the chunk alone, so that one person's trouble is not another's."""
        async with self._store.read() as tx:
            due = await tx.moments.due(now, CHUNK, **which)
        for moment in due:
            try:
                async with self._store.begin() as tx:
                    await tx.patients.lock([moment.patient_id])
                    again = await tx.moments.get(moment.kind, moment.subject_id)
                    if again is not None and again.due_at <= now:
                        await work(tx, [again])
            except Exception as error:
                if await self._store.is_away(error):
                    raise  # the moment is not to blame
                await self._failed(moment, error, now)
        return len(due)

    async def _failed(self, moment: DueMoment, error: Exception, now: datetime) -> None:
        log.error("moment.failed", kind=moment.kind, subject=moment.subject_id, error=type(error).__name__)
        log.debug("moment.trouble", exc_info=error)
        async with self._store.begin() as tx:
            await tx.moments.put_off(moment.kind, moment.subject_id, now, MOST_TRIES, PUT_OFF, PUT_OFF_LONG)
