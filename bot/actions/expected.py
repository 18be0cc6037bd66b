"""What a typed line answers, when we asked for one: kind of question → the verb that takes the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.actions import caregiver_name, find_home, settings_person, settings_screens, welcome
from bot.actions.about_me import DAY, NIGHT, PLAN, keep_name, keep_phone
from bot.actions.visit import Visit
from bot.domain.onboarding import Step, step_of
from bot.texts import Html

Toast = str | None


async def _name(visit: Visit, text: str) -> Toast:
    if len(text) > caregiver_name.LONGEST_NAME or len(text.split()) > caregiver_name.MOST_WORDS:
        return await _not_a_name(visit, text)
    return await _onward(visit, Step.NAME, keep_name(visit, text))


async def _not_a_name(visit: Visit, text: str) -> Toast:
    """Somebody has something to tell; the name can still be typed afterwards."""
    asked = visit.tx.people.expects(visit.person)
    visit.tx.people.expect(visit.person, None)
    from bot.actions import free_text  # it looks into EXPECTED below

    toast = await free_text.typed(visit, text)
    visit.tx.people.expect(visit.person, asked)
    return toast


async def _phone_day(visit: Visit, text: str) -> Toast:
    return await _onward(visit, Step.PHONE_DAY, keep_phone(visit, text, DAY))


async def _phone_night(visit: Visit, text: str) -> Toast:
    return await _onward(visit, Step.PHONE_NIGHT, keep_phone(visit, text, NIGHT))


async def _phone_plan(visit: Visit, text: str) -> Toast:
    kept = keep_phone(visit, text, PLAN)
    if kept is not None:
        visit.tx.people.expect(visit.person, None)
        await settings_screens.show_main(visit, kept)
    return None


async def _onward(visit: Visit, step: Step, kept: Html | None) -> Toast:
    """To the next card of the welcome, or back to the settings; what could not be kept may be typed again."""
    if kept is None:
        return None
    visit.tx.people.expect(visit.person, None)
    if step_of(visit.person.onboarding) is step:
        await welcome.advance(visit, kept)
    else:
        await settings_screens.show_main(visit, kept)
    return None


async def _city(visit: Visit, text: str) -> Toast:
    return await find_home.typed(visit, welcome.ASKING, text)


async def _settings_city(visit: Visit, text: str) -> Toast:
    return await find_home.typed(visit, settings_person.ASKING, text)


EXPECTED: dict[str, Callable[[Visit, str], Awaitable[Toast]]] = {
    "name": _name,
    "phone_day": _phone_day,
    "phone_night": _phone_night,
    "phone_plan_phone": _phone_plan,
    "city": _city,
    "settings_city": _settings_city,
    caregiver_name.EXPECTS: caregiver_name.named,
}
