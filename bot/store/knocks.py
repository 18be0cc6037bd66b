"""Knocks: steps of a ladder that a caregiver is told by their second channel, too."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select, update

from bot.store.queues import KnockRow
from bot.store.session import Repository, Unit


@dataclass(frozen=True)
class Settled:
    """What became of a claimed knock: its new state, why, and when to try again if it is ready again."""

    id: int
    state: str
    at: datetime
    why: str | None = None


_ANY_DUE = select(KnockRow.id).where(KnockRow.state == "ready", KnockRow.due_at <= bindparam("now")).limit(1)


class Knocks(Repository):
    """Rows with a due time. One a step, a round and a caregiver."""

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._pending: list[dict[str, Any]] = []

    def put(self, key: str, alert_id: int, patient_id: int, caregiver_id: int, due_at: datetime) -> None:
        """Knock once: a row with the same key as an earlier one is ignored."""
        self._pending.append(
            {
                "id": self.unit.ids.new(),
                "key": key,
                "alert_id": alert_id,
                "patient_id": patient_id,
                "caregiver_id": caregiver_id,
                "due_at": due_at,
                "state": "ready",
                "tries": 0,
            }
        )

    async def flush(self) -> None:
        """Write what was put, in one statement."""
        if self._pending:
            await self.unit.add_new(KnockRow, self._pending, "key")
            self._pending = []

    async def any_due(self, now: datetime) -> bool:
        """Whether a knock waits to be claimed."""
        return await self.session.scalar(_ANY_DUE, {"now": now}) is not None

    async def next_due(self) -> datetime | None:
        """When the next knock that waits is due."""
        return await self.session.scalar(select(func.min(KnockRow.due_at)).where(KnockRow.state == "ready"))

    async def claim(self, now: datetime, epoch: int, most: int) -> list[KnockRow]:
        """Take the earliest that are due."""
        query = (
            select(KnockRow)
            .where(KnockRow.state == "ready", KnockRow.due_at <= now)
            .order_by(KnockRow.due_at, KnockRow.id)
            .limit(most)
        )
        if not self.unit.is_sqlite:
            query = query.with_for_update(skip_locked=True)
        rows = list(await self.session.scalars(query))
        for row in rows:
            row.state, row.epoch, row.tries = "sending", epoch, row.tries + 1
        return rows

    async def settle(self, outcomes: Iterable[Settled], epoch: int) -> list[KnockRow]:
        """Write what became of claimed knocks; returns those that were ours to settle."""
        by_id = {outcome.id: outcome for outcome in outcomes}
        if not by_id:
            return []
        query = select(KnockRow).where(KnockRow.id.in_(by_id), KnockRow.state == "sending", KnockRow.epoch == epoch)
        rows = list(await self.session.scalars(query if self.unit.is_sqlite else query.with_for_update()))
        for row in rows:
            outcome = by_id[row.id]
            row.state, row.why = outcome.state, outcome.why
            if outcome.state == "ready":
                row.due_at = outcome.at
            elif outcome.state == "sent":
                row.sent_at = outcome.at
        return rows

    async def recover(self, epoch: int, held: Collection[int] = (), ours: bool = False) -> None:
        """Free the claims of processes that are gone (with `ours`, our own that we do not hold): they knock again.

        To be woken twice is better than not to be woken: no gateway can be asked whether it has rung.
        """
        lost = or_(KnockRow.epoch.is_(None), KnockRow.epoch < epoch)
        if ours:
            lost = and_(KnockRow.epoch == epoch, KnockRow.id.not_in(held))
        await self.session.execute(
            update(KnockRow).where(KnockRow.state == "sending", lost).values(state="ready"),
            execution_options={"synchronize_session": False},
        )

    async def failed_since(self, moment: datetime) -> int:
        """How many failed for good since a moment."""
        query = select(func.count()).select_from(KnockRow).where(KnockRow.state == "failed", KnockRow.due_at >= moment)
        return int(await self.session.scalar(query) or 0)

    async def failures_since(self, moment: datetime) -> list[tuple[int, str | None, int]]:
        """Caregiver, reason and how often, of what failed for good since a moment: for the doctor."""
        query = (
            select(KnockRow.caregiver_id, KnockRow.why, func.count())
            .where(KnockRow.state == "failed", KnockRow.due_at >= moment)
            .group_by(KnockRow.caregiver_id, KnockRow.why)
            .order_by(KnockRow.caregiver_id, KnockRow.why)
        )
        return [(caregiver, why, count) for caregiver, why, count in await self.session.execute(query)]

    async def patients_of(self, ids: Collection[int]) -> list[int]:
        """Whose alerts these knocks are about."""
        query = select(KnockRow.patient_id).where(KnockRow.id.in_(set(ids)))
        return list(await self.session.scalars(query)) if ids else []

    async def of_alert(self, alert_id: int, patient_id: int) -> list[KnockRow]:
        """Every knock about an alert, in order."""
        query = select(KnockRow).where(KnockRow.patient_id == patient_id, KnockRow.alert_id == alert_id)
        return list(await self.session.scalars(query.order_by(KnockRow.id)))
