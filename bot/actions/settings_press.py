"""A tap in a settings screen → what it sets. Other verbs that travel as `s:` are reached from here, too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.actions import (
    expect,
    find_home,
    free_text,
    leaving,
    open_checkin,
    pausing,
    raise_other,
    sharing,
    small_talk,
    status,
    usual,
    welcome,
)
from bot.actions import settings_person as person
from bot.actions import settings_schedule as schedule
from bot.actions import settings_screens as screens
from bot.actions.caregivers import CAREGIVER_SETTINGS
from bot.actions.refusal import patient_only
from bot.actions.safety import SAFETY_SETTINGS
from bot.actions.visit import Visit
from bot.actions.where import ask_place, place_values
from bot.domain.homes import across_a_border
from bot.domain.incoming import Location
from bot.domain.onboarding import Step, step_of
from bot.domain.press import SettingPress
from bot.store.tables import Patient

Toast = str | None
Anybody = Callable[[Visit, str], Awaitable[Toast]]
PatientOnly = Callable[[Visit, Patient, str], Awaitable[Toast]]


async def press(visit: Visit, tap: SettingPress) -> Toast:
    """Set what was tapped, or open its screen. A stranger, and a button that never was, change nothing."""
    if tap.setting in ("time", "clock", "place"):
        return await person.asked_where(visit, tap.setting, tap.choice)
    if anybody := ANYBODY.get(tap.setting):
        return await anybody(visit, tap.choice)
    patients = PATIENTS.get(tap.setting)
    if patients is None:
        return visit.voice.label("tap.unknown")
    patient = await patient_only(visit)
    return None if patient is None else await patients(visit, patient, tap.choice)


async def _go(visit: Visit, choice: str) -> Toast:
    """To one of the screens."""
    if choice == "checkin" and await patient_only(visit):
        await open_checkin.open_now(visit)
    elif choice == "status" and (patient := await patient_only(visit)):
        await status.show(visit, patient)
    elif choice in ("settings", "main"):
        return await show(visit, below=choice == "settings")
    elif choice not in ("checkin", "status"):
        return visit.voice.label("tap.unknown")
    return None


async def show(visit: Visit, below: bool = True) -> Toast:
    """The settings' first screen, as a new message or where it stands."""
    if not await person.known(visit):
        await patient_only(visit)
        return None
    visit.tx.people.expect(visit.person, None)  # "Back" leaves a question that waits for a typed answer
    await screens.show_main(visit, below=below)
    return None


async def location(visit: Visit, shared: Location) -> Toast:
    """A shared location: the answer to where a person lives, or a new zone to offer after a journey."""
    expected = visit.tx.people.expects(visit.person) or {}
    if step_of(visit.person.onboarding) is Step.TIME:
        await find_home.shared(visit, welcome.ASKING, shared)
    elif not await person.known(visit):
        return await small_talk.media(visit, "location", "")
    elif expected.get("what") == person.ASKING.expects:
        await find_home.shared(visit, person.ASKING, shared)
    else:
        await _travelled(visit, shared)
    return None


async def _travelled(visit: Visit, shared: Location) -> None:
    """Nobody asked: say that nothing has to change, or offer the zone of where the person is now."""
    voice = visit.voice
    homes = across_a_border(visit.world.places.nearest(shared.latitude, shared.longitude), visit.now)
    if (visit.person.zone, visit.person.country) in {home.home for home in homes}:
        place = place_values(voice, visit.person.zone, visit.person.country)
        voice.say(voice.message(voice.html("where.same", **place)))
    else:
        await screens.put(visit, ask_place(voice, person.ASKING, homes), below=True)


ANYBODY: dict[str, Anybody] = {
    "go": _go,
    "where": person.where,
    "name": person.name,
    "language": person.language,
    "stop": leaving.press,
    **CAREGIVER_SETTINGS,
    **SAFETY_SETTINGS,
}
PATIENTS: dict[str, PatientOnly] = {
    "hours": schedule.hours,
    "hour": schedule.hour,
    "second": schedule.second,
    "days": schedule.days,
    "rhythm": schedule.rhythm,
    "weekday": schedule.weekday,
    "quiet": schedule.quiet,
    "quiet_from": schedule.quiet_from,
    "quiet_to": schedule.quiet_to,
    "phones": person.phones,
    "phone_day": person.phone_day,
    "phone_night": person.phone_night,
    "phone_plan_phone": person.phone_plan,
    "tell": person.tell,
    "discreet": person.discreet,
    "silence_note": person.silence_note,
    sharing.SETTING: sharing.open_screen,
    "share_words": sharing.share_words,
    "share_self_harm": sharing.share_self_harm,
    raise_other.TELL_NOW: raise_other.tell_now,
    free_text.FEEL: free_text.feel,
    "usual": usual.press,
    "expect": expect.press,
    "pause": pausing.press,
}
