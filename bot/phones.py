"""Reads telephone numbers as people type them, and writes them so that one tap calls."""

from __future__ import annotations

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

# Longer than any number with its country code, spaces and an extension; more is no telephone number.
LONGEST = 40


class IsEmergencyNumber(ValueError):
    """The number is the emergency number of the country, which is shown anyway."""


def read_phone(typed: str, country: str | None) -> str | None:
    """The number as it is dialled from anywhere (+351 21 123 4567), or None when there is no such number.

    `country` (ISO 3166-1 alpha-2) is whose habits a number without a country code follows. A short number that
    the country has (a health line such as 1177) stays as it is. An extension is left out: a call by one tap
    cannot dial it. Raises IsEmergencyNumber for the emergency number.
    """
    text = typed.strip()
    if not text or len(text) > LONGEST:
        return None
    for candidate in (text, "+" + text.lstrip("+")):  # contact cards leave the plus out
        number = _parsed(candidate, country)
        if number is not None and phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    return _short(text, country)


def _parsed(text: str, country: str | None) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException:
        return None
    number.extension = None
    return number


def _short(text: str, country: str | None) -> str | None:
    digits = "".join(letter for letter in text if letter.isdigit())
    if country is None:
        return None
    if phonenumbers.is_emergency_number(digits, country):
        raise IsEmergencyNumber(digits)
    number = _parsed(digits, country)
    known = number is not None and phonenumbers.is_valid_short_number_for_region(number, country)
    return digits if known else None
