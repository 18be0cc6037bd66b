"""Reports: typed messages that sounded like a warning sign."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.store.session import Repository, Unit
from bot.store.tables import Person, Report

WAITING = ("asked", "asked_again")


class Reports(Repository):
    """What people typed, until it is confirmed, refused or counted."""

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._carried: dict[int, list[Report]] = {}  # what `load_carried` read

    def add(self, patient: Person, sender_id: int, detail: dict[str, Any], now: datetime) -> Report:
        """Keep the words (sealed under the patient) and what they sounded like."""
        report = Report(
            id=self.unit.ids.new(),
            patient_id=patient.id,
            sender_id=sender_id,
            state="asked",
            detail=self.unit.sealer(patient).seal("reports.detail", detail),
            written_at=now,
        )
        self.session.add(report)
        return report

    async def get(self, report_id: int) -> Report | None:
        """A report by its id."""
        return await self.row(Report, report_id)

    async def waiting(self, patient_id: int, sender_id: int) -> list[Report]:
        """What this sender wrote about the patient and has not said yes or no to, oldest first."""
        await self.session.flush()  # another one may have come in this same unit of work
        query = select(Report).where(Report.patient_id == patient_id, Report.sender_id == sender_id)
        return list(await self.session.scalars(query.where(Report.state.in_(WAITING)).order_by(Report.id)))

    async def load_carried(self, patient_ids: Collection[int]) -> None:
        """Read what these patients carry in one statement, so that `carried` needs none. For units that only look."""
        query = select(Report).where(Report.patient_id.in_(set(patient_ids)), Report.state == "carried")
        self._carried.update({patient: [] for patient in patient_ids})
        for report in await self.session.scalars(query.order_by(Report.id)):
            self._carried[report.patient_id].append(report)

    async def carried(self, patient_id: int) -> list[Report]:
        """Reports that come ticked in the next check-in."""
        if patient_id in self._carried:
            return self._carried[patient_id]
        query = select(Report).where(Report.patient_id == patient_id, Report.state == "carried")
        return list(await self.session.scalars(query))

    def detail(self, patient: Person, report: Report) -> dict[str, Any]:
        """The words and what they sounded like."""
        detail: dict[str, Any] = self.unit.open(patient, "reports.detail", report.detail)
        return detail

    def set_detail(self, patient: Person, report: Report, detail: dict[str, Any]) -> None:
        """Keep these words instead."""
        report.detail = self.unit.sealer(patient).seal("reports.detail", detail)
