"""Which copy polls, ticks and sends: the one with the lease. A frozen leader is replaced as surely as a killed one."""

from __future__ import annotations

from datetime import timedelta

import structlog

from bot.clock import Pace
from bot.store.database import Store
from bot.store.leases import LEADER

log = structlog.get_logger()

# Another copy takes over when the lease has run out: 5 s, measured as 4.5 s in the prototype (reference.md, R4).
LASTS = timedelta(seconds=5)
# Renewed often enough that two failed tries do not lose it.
RENEW_SECONDS = 1.5


class Leadership:
    """Takes and renews the lease. The epoch grows with every new leader; claims of an older one are void.

    Whether we lead is answered from our own monotonic clock, counted from before the lease was asked for: a copy
    that was frozen knows that its time is over the moment it wakes.
    """

    def __init__(self, store: Store, holder: str, pace: Pace) -> None:
        self._store = store
        self._holder = holder
        self._pace = pace
        self._until = 0.0
        self.epoch: int | None = None

    @property
    def leads(self) -> bool:
        """Whether this copy may poll, tick and send right now."""
        return self.epoch is not None and (self._store.is_sqlite or self._pace.time() < self._until)

    async def once(self) -> bool:
        """Take or renew the lease; returns whether this copy has just become the leader."""
        asked_at = self._pace.time()
        async with self._store.begin() as tx:
            epoch = await tx.leases.take(LEADER, self._holder, LASTS)
        if epoch is None:
            if self.epoch is not None:
                log.warning("leader.lost", epoch=self.epoch)
            self.epoch = None
            return False
        self._until = asked_at + LASTS.total_seconds()
        fresh, self.epoch = epoch != self.epoch, epoch
        if fresh:
            log.info("leader.taken", epoch=epoch)
        return fresh

    async def give_up(self) -> None:
        """Give the lease back, so that the next copy need not wait for it to run out."""
        if self.epoch is not None:
            self.epoch = None
            async with self._store.begin() as tx:
                await tx.leases.release(LEADER, self._holder)
