"""A unit of work: the repositories that share one transaction."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.alerts import Alerts
from bot.store.audit import Audit
from bot.store.cards import Cards
from bot.store.checkins import Checkins
from bot.store.families import Families
from bot.store.ids import Ids
from bot.store.inbox import Inbox
from bot.store.installations import Installations
from bot.store.knocks import Knocks
from bot.store.leases import Leases
from bot.store.moments import Moments
from bot.store.outbox import Outbox
from bot.store.patients import Patients
from bot.store.people import People
from bot.store.protocols import Protocols
from bot.store.reports import Reports
from bot.store.session import Unit
from bot.store.vault import Vault

# The PostgreSQL channel on which the copies hint to each other that there is something to send.
CHANNEL = "bonewatch"


class Tx(Unit):
    """Everything an action may remember with. It has no commit: that is the store's."""

    def __init__(self, session: AsyncSession, vault: Vault, ids: Ids) -> None:
        super().__init__(session, vault, ids)
        self.people = People(self)
        self.patients = Patients(self)
        self.families = Families(self)
        self.checkins = Checkins(self)
        self.alerts = Alerts(self)
        self.reports = Reports(self)
        self.moments = Moments(self)
        self.inbox = Inbox(self)
        self.outbox = Outbox(self)
        self.cards = Cards(self)
        self.knocks = Knocks(self)
        self.audit = Audit(self)
        self.protocols = Protocols(self)
        self.leases = Leases(self)
        self.installation = Installations(self)

    async def flush(self) -> None:
        """Write what is pending, in an order that the foreign keys allow."""
        await self.session.flush()
        await self.moments.flush()
        spoke = self.outbox.has_pending or self.cards.has_pending
        await self.outbox.flush()
        await self.knocks.flush()
        if spoke and not self.is_sqlite:
            await self.session.execute(text(f"NOTIFY {CHANNEL}"))
