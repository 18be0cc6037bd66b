"""Changes of place, language, name, phones and of what others are told."""

from __future__ import annotations

from bot.actions import find_home, menus
from bot.actions import settings_screens as screens
from bot.actions.about_me import PLAN, set_phone
from bot.actions.roles import checking_in, roles_of
from bot.actions.schedule import reschedule
from bot.actions.visit import Visit
from bot.actions.where import Asking, ask_where, place_values
from bot.domain.press import SettingPress
from bot.store.tables import Patient

Toast = str | None
OPEN = "open"
TELL = ("at_once", "if_not_reached")


async def known(visit: Visit) -> bool:
    """Whether the person is in, as a patient or as a caregiver; a stranger has nothing to set."""
    return not (await roles_of(visit)).nobody


async def where(visit: Visit, choice: str) -> Toast:
    """Open the screens that ask where a person lives."""
    if choice != OPEN or not await known(visit):
        return visit.voice.label("tap.unknown")
    await screens.put(visit, ask_where(visit.voice, ASKING))
    return None


async def asked_where(visit: Visit, button: str, choice: str) -> Toast:
    """A tap on one of those screens."""
    if not await known(visit):
        return visit.voice.label("tap.unknown")
    return await find_home.press(visit, ASKING, button, choice)


async def _place_found(visit: Visit) -> Toast:
    patient = checking_in(visit)
    if patient is not None:
        reschedule(visit, patient)
    place = place_values(visit.voice, visit.person.zone, visit.person.country)
    await screens.show_main(visit, visit.voice.html("where.changed", **place))
    return None


async def name(visit: Visit, choice: str) -> Toast:
    """Ask for a name."""
    if choice != OPEN or not await known(visit):
        return visit.voice.label("tap.unknown")
    visit.tx.people.expect(visit.person, {"what": "name"})
    await screens.put(visit, screens.ask_typed(visit.voice, "about.name"))
    return None


async def language(visit: Visit, choice: str) -> Toast:
    """Another language, at once, the menu of commands included."""
    if choice == OPEN:
        await screens.put(visit, screens.ask_language(visit.voice))
        return None
    if choice not in visit.world.texts.languages or not await known(visit):
        return visit.voice.label("tap.unknown")
    visit.person.language = choice
    await menus.refresh(visit)
    await screens.show_main(visit, visit.voice.html("settings.kept"))
    return None


async def phones(visit: Visit, patient: Patient, choice: str) -> Toast:
    """Open the screen of the care team's phones."""
    if choice != OPEN:
        return visit.voice.label("tap.unknown")
    await screens.put(visit, screens.ask_phones(visit, patient))
    return None


async def phone_day(visit: Visit, patient: Patient, choice: str) -> Toast:
    """Ask for the daytime phone, or forget it."""
    return await _phone(visit, "day", choice)


async def phone_night(visit: Visit, patient: Patient, choice: str) -> Toast:
    """Ask for the phone at night, or forget it."""
    return await _phone(visit, "night", choice)


async def phone_plan(visit: Visit, patient: Patient, choice: str) -> Toast:
    """Ask for the number of a hospice or another agreed plan, or forget it."""
    return await _phone(visit, PLAN, choice)


async def _phone(visit: Visit, when: str, choice: str) -> Toast:
    if choice == "remove":
        set_phone(visit, when, None)
        await screens.show_main(visit, visit.voice.html("settings.kept"))
    elif choice == OPEN:
        visit.tx.people.expect(visit.person, {"what": f"phone_{when}"})
        await screens.put(visit, screens.ask_typed(visit.voice, f"about.phone_{when}", "about.phone_how"))
    else:
        return visit.voice.label("tap.unknown")
    return None


async def tell(visit: Visit, patient: Patient, choice: str) -> Toast:
    """When caregivers are told of a right-away finding."""
    if choice == OPEN:
        await screens.put(visit, screens.ask_tell(visit.voice))
        return None
    if choice not in TELL:
        return visit.voice.label("tap.unknown")
    patient.tell = choice
    await screens.show_main(visit, visit.voice.html("settings.kept"))
    return None


async def discreet(visit: Visit, patient: Patient, choice: str) -> Toast:
    """Whether prompts on a lock screen say what they are about."""
    if choice not in ("on", "off"):
        return visit.voice.label("tap.unknown")
    patient.discreet = choice == "on"
    await screens.show_main(visit, visit.voice.html(f"settings.discreet.{choice}"))
    return None


async def silence_note(visit: Visit, patient: Patient, choice: str) -> Toast:
    """Whether caregivers get a quiet note when check-ins stay unanswered."""
    if choice not in ("on", "off"):
        return visit.voice.label("tap.unknown")
    patient.silence_note = choice == "on"
    if choice == "off":
        visit.tx.moments.clear("silence", patient.person_id)
    await screens.show_main(visit, visit.voice.html(f"settings.silence.{choice}"))
    return None


def _press(button: str, choice: str) -> SettingPress:
    return SettingPress(button, choice)


ASKING = Asking(press=_press, show=screens.put, done=_place_found, expects="settings_city", back=screens.back)
