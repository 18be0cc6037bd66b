"""Alerts and the lines of their timelines."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.store.session import Repository
from bot.store.tables import Alert, AlertEvent, Person


class Alerts(Repository):
    """At most one open alert a patient; its events are the one record of what was done about it."""

    async def get(self, alert_id: int) -> Alert | None:
        """An alert by its id."""
        return await self.row(Alert, alert_id)

    async def load(self, ids: Collection[int]) -> list[Alert]:
        """Read these alerts in one statement, so that `get` needs none."""
        if not ids:
            return []
        return list(await self.session.scalars(select(Alert).where(Alert.id.in_(set(ids)))))

    async def patients_of(self, ids: Collection[int]) -> list[int]:
        """Whose alerts these are, without reading them: a row is read once its patient is held."""
        query = select(Alert.patient_id).where(Alert.id.in_(set(ids)))
        return list(await self.session.scalars(query)) if ids else []

    async def open_of(self, patient_id: int) -> Alert | None:
        """The patient's open alert."""
        for pending in self.session.new:  # raised in this same unit of work, not yet written
            if isinstance(pending, Alert) and pending.patient_id == patient_id and pending.state != "closed":
                return pending
        query = select(Alert).where(Alert.patient_id == patient_id, Alert.state != "closed")
        found = (await self.session.scalars(query)).one_or_none()
        return found if found is not None and found.state != "closed" else None

    async def of_patient(self, patient_id: int, since: datetime) -> list[Alert]:
        """The patient's alerts raised since a moment, oldest first."""
        query = select(Alert).where(Alert.patient_id == patient_id, Alert.raised_at >= since)
        return list(await self.session.scalars(query.order_by(Alert.raised_at)))

    async def all_open(self) -> list[Alert]:
        """Every open alert, for the watchdog."""
        return list(await self.session.scalars(select(Alert).where(Alert.state != "closed").order_by(Alert.raised_at)))

    def add(self, alert: Alert) -> Alert:
        """Keep a new alert."""
        self.session.add(alert)
        return alert

    def detail(self, person: Person, alert: Alert) -> dict[str, Any]:
        """Patterns, rules, signs and what the patient was told, as JSON."""
        detail: dict[str, Any] = self.unit.open(person, "alerts.detail", alert.detail)
        return detail

    def set_detail(self, person: Person, alert: Alert, detail: dict[str, Any]) -> None:
        """Keep the alert's detail."""
        alert.detail = self.unit.sealer(person).seal("alerts.detail", detail)

    def ladder(self, person: Person, alert: Alert) -> dict[str, Any]:
        """The ladder as it was when the alert was raised (`domain.ladder.stamp`)."""
        ladder: dict[str, Any] = self.unit.open(person, "alerts.ladder", alert.ladder)
        return ladder

    def happened(
        self,
        person: Person,
        alert: Alert,
        kind: str,
        now: datetime,
        by: int | None = None,
        key: str | None = None,
        detail: object = None,
    ) -> None:
        """Add a line to the timeline. The key (made of what the thing is) may stand there only once."""
        event_id = self.unit.ids.new()
        self.unit.counts[f"alert {kind}"] += 1
        self.session.add(
            AlertEvent(
                id=event_id,
                alert_id=alert.id,
                patient_id=alert.patient_id,
                key=key or f"{kind}:{event_id}",
                kind=kind,
                person_id=by,
                at=now,
                detail=self.unit.seal(person, "alert_events.detail", detail),
            )
        )

    async def timeline(self, alert_id: int) -> list[AlertEvent]:
        """Every line of the timeline, in order."""
        await self.session.flush()
        query = select(AlertEvent).where(AlertEvent.alert_id == alert_id).order_by(AlertEvent.at, AlertEvent.id)
        return list(await self.session.scalars(query))

    def event_detail(self, person: Person, event: AlertEvent) -> Any:
        """The sealed part of a timeline's line."""
        return self.unit.open(person, "alert_events.detail", event.detail)
