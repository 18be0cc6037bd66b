"""The audit: who did what to whose data, without the data."""

from __future__ import annotations

from datetime import datetime

from bot.store.session import Repository
from bot.store.tables import AuditRow


class Audit(Repository):
    """Append-only."""

    def note(
        self, patient_id: int, actor_id: int | None, deed: str, now: datetime, subject_id: int | None = None
    ) -> None:
        """Keep that somebody did something."""
        self.session.add(
            AuditRow(
                id=self.unit.ids.new(),
                patient_id=patient_id,
                actor_id=actor_id,
                deed=deed,
                subject_id=subject_id,
                at=now,
            )
        )
