"""What to be called and whom to phone: what a person types about herself, checked and kept."""

from __future__ import annotations

from bot.actions.visit import Visit
from bot.phones import IsEmergencyNumber, read_phone
from bot.texts import Html, clean

DAY, NIGHT = "day", "night"
PLAN = "plan_phone"  # a hospice or another agreed plan: first in right-away and emergency texts
PHONES = (DAY, NIGHT, PLAN)


def keep_name(visit: Visit, text: str) -> Html | None:
    """Keep what to be called; says what was kept, or None when nothing readable was typed."""
    name = clean(text)
    if not any(letter.isalnum() for letter in name):
        visit.voice.tell("about.name_unreadable")
        return None
    visit.tx.people.set_name(visit.person, name)
    return visit.voice.html("about.name_kept", name=name)


def keep_phone(visit: Visit, text: str, when: str) -> Html | None:
    """Check and keep the care team's phone by `day` or `night`; says what was kept, or why not and returns None."""
    voice, country = visit.voice, visit.person.country
    try:
        phone = read_phone(text, country)
    except IsEmergencyNumber as number:
        voice.tell("about.phone_is_emergency", number=str(number))
        return None
    if phone is None:
        voice.tell("about.phone_unreadable")
        return None
    set_phone(visit, when, phone)
    return voice.html(f"about.phone_kept_{when}", phone=phone)


def set_phone(visit: Visit, when: str, phone: str | None) -> None:
    """Keep (or forget) the care team's phone by `day` or `night`."""
    if visit.patient is None:
        return
    care = visit.tx.patients.care(visit.person, visit.patient)
    care = {name: value for name, value in care.items() if name != when} | ({when: phone} if phone else {})
    visit.tx.patients.set_care(visit.person, visit.patient, care)
