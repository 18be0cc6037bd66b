"""What an action holds: the unit of work, the moment, and who is there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.actions.voice import Voice
from bot.actions.world import World
from bot.domain.incoming import Member
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
    reporter: Person | None = None  # a caregiver who answers for the person: they are spoken to instead
    member: Member | None = None  # of the group that `person` then is: whoever tapped there
    typed: str | None = None  # the line they wrote, when it is what this is about
    unconfirmed: bool = False  # they did not say whether it was understood
    app_language: str | None = None  # of the visitor's Telegram, such as pt-br: says more about where than what is read

    @property
    def speaker(self) -> Person:
        """Who is there: the person, or the caregiver who answers for them."""
        return self.reporter or self.person

    @property
    def voice(self) -> Voice:
        """Speaks to whoever is there; what is said is sealed under the person it is about."""
        return Voice(self.world, self.tx, self.speaker, self.now, about=self.person)

    def on_behalf_of(self, person: Person, patient: Patient) -> Visit:
        """The same visit, about somebody else: the caregiver answers for this patient."""
        return replace(self, person=person, patient=patient, reporter=self.person)

    def voice_to(self, other: Person, about: Person | None = None) -> Voice:
        """Speaks to somebody else; what is said is sealed under `about` (this person, unless said)."""
        return Voice(self.world, self.tx, other, self.now, about or self.person)
