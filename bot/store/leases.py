"""Leases: who may poll, tick and send. Every new holder gets a larger epoch; claims carry it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from bot.store.queues import Lease
from bot.store.session import Repository

LEADER = "leader"
BEFORE_EVERYTHING = datetime(2000, 1, 1, tzinfo=UTC)


class Leases(Repository):
    """One row a name, on the database's own clock, so that no copy's clock matters."""

    async def take(self, name: str, holder: str, lasts: timedelta) -> int | None:
        """Take the lease if it is free, over, or ours already; returns its epoch, or None when another holds it."""
        now = await self._now()
        lease = await self._hold(name) or await self._first(name)
        if lease.holder != holder and lease.until > now and not self.unit.is_sqlite:
            return None
        if lease.holder != holder:
            lease.holder, lease.epoch = holder, lease.epoch + 1
        lease.until = now + lasts
        return lease.epoch

    async def _hold(self, name: str) -> Lease | None:
        query = select(Lease).where(Lease.name == name)
        if not self.unit.is_sqlite:
            query = query.with_for_update()
        return (await self.session.scalars(query)).one_or_none()

    async def _first(self, name: str) -> Lease:
        """The row of a lease that nobody ever held; another copy may be making it at this very moment."""
        row = {"name": name, "holder": "", "epoch": 0, "until": BEFORE_EVERYTHING}
        await self.unit.add_new(Lease, [row], "name")
        lease = await self._hold(name)
        if lease is None:
            raise LookupError(f"the lease {name} went away while it was taken")
        return lease

    async def holds(self, name: str, holder: str, epoch: int) -> bool:
        """Whether this holder still has the lease, with this epoch."""
        lease = await self.session.get(Lease, name, populate_existing=True)
        return lease is not None and lease.holder == holder and lease.epoch == epoch and lease.until > await self._now()

    async def release(self, name: str, holder: str) -> None:
        """Give the lease back at once, so that the next copy need not wait."""
        lease = await self.session.get(Lease, name)
        if lease is not None and lease.holder == holder:
            lease.until = await self._now()

    async def _now(self) -> datetime:
        if self.unit.is_sqlite:
            # One process (its lock is the file's): the lease only counts epochs, and is always free to the next.
            return BEFORE_EVERYTHING
        found: datetime = await self.session.scalar(select(func.clock_timestamp()))  # type: ignore[assignment]
        return found
