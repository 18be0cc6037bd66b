"""Patients: when they check in, what their team knows, whom to phone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from bot.store.session import Repository, Unit
from bot.store.tables import Patient, Person

_ASKED = (
    update(Patient)
    .where(Patient.person_id == bindparam("patient"))
    .values(asked_day=bindparam("day"), asked_slot=bindparam("slot"))
)
DEFAULT_QUIET = ("22:00", "07:00")


class Patients(Repository):
    """The people who check in."""

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._held: dict[int, Patient | None] = {}  # whose row this unit of work holds; None: no patient
        self._made: dict[int, Patient] = {}  # in this same unit of work, perhaps not written yet

    async def lock(self, ids: Collection[int]) -> dict[int, Patient]:
        """Read these patients and hold their rows until the commit, in the order of their ids.

        Whoever changes anything about a patient holds this lock: a tap of the patient, a tap of a caregiver and
        the clock all touch the same alert.
        """
        fresh = set(ids) - self._held.keys()
        if fresh:
            query = select(Patient).where(Patient.person_id.in_(fresh)).order_by(Patient.person_id)
            if not self.unit.is_sqlite:
                query = query.with_for_update()
            rows = await self.session.scalars(query.execution_options(populate_existing=False))
            self._held.update(dict.fromkeys(fresh))
            self._held.update({row.person_id: row for row in rows})
        return {person: row for person in ids if (row := self._held[person]) is not None}

    async def load(self, ids: Collection[int]) -> None:
        """Read these patients in one statement, so that `get` needs none. They are not held."""
        missing = [i for i in set(ids) if self.unit.known(Patient, i) is None]
        if missing:
            await self.session.scalars(select(Patient).where(Patient.person_id.in_(missing)))

    async def asked_after(self, day: date) -> list[tuple[int, str | None, date]]:
        """Who was asked for a later day than this: person, zone, and that day."""
        query = select(Patient.person_id, Person.zone, Patient.asked_day).join(Person, Person.id == Patient.person_id)
        return [
            (person, zone, asked)
            for person, zone, asked in await self.session.execute(query.where(Patient.asked_day > day))
            if asked
        ]

    async def get(self, person_id: int) -> Patient | None:
        """The patient side of a person, or None when the person does not check in."""
        if person_id in self._made:
            return self._made[person_id]
        return self._held[person_id] if person_id in self._held else await self.row(Patient, person_id)

    def add(self, person: Person, now: datetime, hour: str = "09:00") -> Patient:
        """Make a person a patient who is still being welcomed."""
        patient = Patient(
            person_id=person.id,
            state="onboarding",
            rhythm="daily",
            hours=hour,
            weekdays="0123456",
            anchor=now.date(),
            quiet_from=DEFAULT_QUIET[0],
            quiet_to=DEFAULT_QUIET[1],
        )
        self.session.add(patient)
        self._made[person.id] = patient
        return patient

    async def asked(self, slots: Sequence[tuple[int, date, int]]) -> None:
        """Keep which slot of which local day each of these patients was asked last."""
        if slots:
            connection = await self.unit.connection()
            await connection.execute(_ASKED, [{"patient": who, "day": day, "slot": slot} for who, day, slot in slots])

    def usual(self, person: Person, patient: Patient) -> frozenset[str]:
        """The signs (and `pain`) that the person has for long and a doctor has checked."""
        return frozenset(self.unit.open(person, "patients.usual", patient.usual) or ())

    def set_usual(self, person: Person, patient: Patient, signs: Collection[str]) -> None:
        """Keep the signs that are usual."""
        patient.usual = self.unit.seal(person, "patients.usual", sorted(signs))

    def care(self, person: Person, patient: Patient) -> dict[str, Any]:
        """The care team's phones: `day` and `night`, and an agreed plan's `plan_phone`; what they said to expect."""
        return self.unit.open(person, "patients.care", patient.care) or {}

    def set_care(self, person: Person, patient: Patient, care: dict[str, Any]) -> None:
        """Keep the care team's phones."""
        patient.care = self.unit.seal(person, "patients.care", care)
