"""Which sides a person has here: checks in, cares for somebody, both or neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.actions.visit import Visit
from bot.store.tables import CareLink, Patient

CHECKING_IN = ("active", "paused", "hospital")


@dataclass(frozen=True)
class Roles:
    """The patient side, if it is complete, and whom the person cares for."""

    patient: Patient | None
    cares_for: Sequence[CareLink] = ()

    @property
    def nobody(self) -> bool:
        """Whether the person is a stranger here."""
        return self.patient is None and not self.cares_for


def checking_in(visit: Visit) -> Patient | None:
    """The patient side of somebody who is through the welcome and has not stopped."""
    return visit.patient if visit.patient and visit.patient.state in CHECKING_IN else None


async def roles_of(visit: Visit) -> Roles:
    """Both sides of the person."""
    return Roles(checking_in(visit), await visit.tx.families.of_caregiver(visit.person.id))
