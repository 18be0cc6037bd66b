"""What every action may look at and none may change: the protocol, the texts, places and phrases."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.domain.places import Places
from bot.domain.protocol import Protocol
from bot.domain.recognise import Lists
from bot.store.tables import Person
from bot.texts import Texts

# Shown when neither the operator nor the patient's country says otherwise: 112 works on every GSM phone
# (ETSI TS 122 101, 10.1: emergency calls).
DEFAULT_EMERGENCY_NUMBER = "112"


@dataclass(frozen=True)
class World:
    """Loaded once at the start."""

    protocol: Protocol
    texts: Texts
    places: Places
    phrases: Lists
    bot_username: str = ""
    emergency_number: str | None = None  # the operator's, for everybody
    operators: tuple[int, ...] = ()
    earlier: dict[str, Protocol] = field(default_factory=dict)

    def protocol_of(self, version: str) -> Protocol:
        """The protocol that a running check-in was opened with; the present one when that is not known any more."""
        return self.earlier.get(version, self.protocol)

    def number_for(self, person: Person) -> str:
        """The emergency number for this person: the operator's, their country's, or 112."""
        return self.emergency_number or self.places.emergency_number(person.country) or DEFAULT_EMERGENCY_NUMBER

    def link(self, payload: str, to_group: bool = False) -> str:
        """A link that opens the bot with a payload (at most 64 of A-Z a-z 0-9 _ -; Bot API, deep linking).

        With `to_group` Telegram asks for a group, puts the bot into it and sends the payload there.
        """
        return f"https://t.me/{self.bot_username}?{'startgroup' if to_group else 'start'}={payload}"
