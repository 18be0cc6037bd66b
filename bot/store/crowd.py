"""Made-up people by the thousand, and how they are told from real ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, or_, select

from bot.store.queues import DueMoment
from bot.store.session import Repository
from bot.store.tables import CareLink, Consent, Patient, Person

# Stands in people.zone_source of everybody who was made up; a real person has said, guessed or located, or nothing.
MADE_UP = "made_up"

Rows = Sequence[dict[str, Any]]


class Crowd(Repository):
    """Rows of many people at once: one statement a table, no objects in between."""

    async def has_real_people(self) -> bool:
        """Whether anybody is here who was not made up."""
        real = select(Person.id).where(or_(Person.zone_source.is_(None), Person.zone_source != MADE_UP))
        return await self.session.scalar(real.limit(1)) is not None

    async def knows_a_chat(self, chats: range) -> bool:
        """Whether somebody has one of these chat ids."""
        if not chats:
            return False
        query = select(Person.id).where(Person.chat_id.between(chats[0], chats[-1]))
        return await self.session.scalar(query.limit(1)) is not None

    async def add(self, people: Rows, patients: Rows, links: Rows, consents: Rows, checkins: Rows) -> None:
        """Insert the rows of people, patients, care links, consents and due check-ins."""
        connection = await self.unit.connection()
        given = ((Person, people), (Patient, patients), (CareLink, links), (Consent, consents), (DueMoment, checkins))
        for table, rows in given:
            if rows:
                await connection.execute(insert(table), rows)
