"""The protocol files that check-ins were opened with, so that a running one ends by its own rules."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.base import table_of
from bot.store.session import Repository
from bot.store.tables import ProtocolVersion

_PROTOCOLS = table_of(ProtocolVersion)


class Protocols(Repository):
    """One row a version."""

    async def keep(self, version: str, body: str, now: datetime) -> bool:
        """Keep the file's text; False when this version was kept before with another text, which is left as it is."""
        dialect = sqlite if self.unit.is_sqlite else postgresql
        # Two copies that start at the same moment keep the same version.
        insert = dialect.insert(_PROTOCOLS).on_conflict_do_nothing(index_elements=["version"])
        await self.unit.insert(insert, [{"version": version, "body": body, "stored_at": now}])
        kept = await self.session.scalar(select(ProtocolVersion.body).where(ProtocolVersion.version == version))
        return kept == body

    async def bodies(self) -> dict[str, str]:
        """The text of every version that was ever kept."""
        rows = await self.session.execute(select(ProtocolVersion.version, ProtocolVersion.body))
        return {str(row[0]): str(row[1]) for row in rows}
