"""The protocol files that check-ins were opened with, so that a running one ends by its own rules."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bot.store.session import Repository
from bot.store.tables import ProtocolVersion


class Protocols(Repository):
    """One row a version."""

    async def keep(self, version: str, body: str, now: datetime) -> bool:
        """Keep the file's text; False when this version was kept before with another text, which is left as it is."""
        # Two copies that start at the same moment keep the same version.
        row = {"version": version, "body": body, "stored_at": now}
        await self.unit.add_new(ProtocolVersion, [row], "version")
        kept = await self.session.scalar(select(ProtocolVersion.body).where(ProtocolVersion.version == version))
        return kept == body

    async def bodies(self) -> dict[str, str]:
        """The text of every version that was ever kept."""
        rows = await self.session.execute(select(ProtocolVersion.version, ProtocolVersion.body))
        return {str(row[0]): str(row[1]) for row in rows}
