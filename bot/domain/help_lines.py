"""Numbers to call in a country, each with where it comes from and when that was checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class EmergencyNumber:
    """A number that brings an ambulance, and a second one where there is one."""

    number: str
    also: str | None
    source: str
    checked: date


@dataclass(frozen=True, slots=True)
class CrisisLine:
    """A line for people who think of ending their life, open day and night."""

    number: str
    name: str
    source: str
    checked: date


@dataclass(frozen=True)
class HelpLines:
    """What messages/emergency_numbers.yaml and messages/crisis_lines.yaml say; countries as ISO 3166-1 alpha-2."""

    emergency_numbers: Mapping[str, EmergencyNumber] = field(default_factory=dict)
    crisis_lines: Mapping[str, CrisisLine] = field(default_factory=dict)
    default_number: str = "112"

    def emergency(self, country: str | None) -> EmergencyNumber | None:
        """Return the country's row, None where we are not sure of a number."""
        return self.emergency_numbers.get(country or "")

    def crisis(self, country: str | None) -> CrisisLine | None:
        """Return the country's row, None where we are not sure of a line."""
        return self.crisis_lines.get(country or "")
