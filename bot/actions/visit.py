"""What an action holds: the unit of work, the moment, and who is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.actions.voice import Voice
from bot.actions.world import World
from bot.store.tables import Patient, Person
from bot.store.unit import Tx


@dataclass
class Visit:
    """One person's update being worked on. `patient` is their patient side, if they check in."""

    world: World
    tx: Tx
    now: datetime
    person: Person
    patient: Patient | None = None
    message_id: int | None = None  # of the message whose button was tapped

    @property
    def voice(self) -> Voice:
        """Speaks to the person whose visit this is."""
        return Voice(self.world, self.tx, self.person, self.now)

    def voice_to(self, other: Person, about: Person | None = None) -> Voice:
        """Speaks to somebody else; what is said is sealed under `about` (this person, unless said)."""
        return Voice(self.world, self.tx, other, self.now, about or self.person)
