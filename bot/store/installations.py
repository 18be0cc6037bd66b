"""The one row about this database."""

from __future__ import annotations

from datetime import datetime

from bot.store.session import Repository
from bot.store.tables import Installation


class Installations(Repository):
    """Whose bot this is, and when it was last seen alive."""

    async def get(self) -> Installation:
        """The row; the first migration made it."""
        row = await self.session.get(Installation, 1)
        if row is None:
            raise LookupError("the installation row is missing; restore the database from a backup")
        return row

    async def was_away(self, since: datetime, until: datetime) -> None:
        """Keep from when to when no copy was alive, for whatever that held up."""
        row = await self.get()
        row.away_from, row.away_to = since, until

    async def seen_alive(self, now: datetime) -> datetime | None:
        """Note that we live; returns when that was noted last."""
        row = await self.get()
        before, row.alive_at = row.alive_at, now
        return before
