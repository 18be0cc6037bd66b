"""The commands, each a verb or two."""

from __future__ import annotations

from bot.actions import emergency as emergency_card
from bot.actions import free_text, home, leaving, open_checkin, pausing, roles, settings_press
from bot.actions import status as status_card
from bot.actions import usual as usual_card
from bot.actions.refusal import patient_only
from bot.actions.visit import Visit

Toast = str | None


async def checkin(visit: Visit, argument: str) -> Toast:
    """/checkin: one check-in now, at any time."""
    if await patient_only(visit):
        await open_checkin.open_now(visit)
    return None


async def usual(visit: Visit, argument: str) -> Toast:
    """/usual: the signs that the team knows."""
    if patient := await patient_only(visit):
        await usual_card.show(visit, patient, below=True)
    return None


async def status(visit: Visit, argument: str) -> Toast:
    """/status: what is set and what comes next."""
    if patient := await patient_only(visit):
        await status_card.show(visit, patient)
    return None


async def settings(visit: Visit, argument: str) -> Toast:
    """/settings: all that can be set."""
    return await settings_press.show(visit)


async def help_(visit: Visit, argument: str) -> Toast:
    """/help: what the bot can do, and what to do in an emergency. Words after it are read as if typed alone."""
    if argument:
        return await free_text.typed(visit, argument)
    voice, sides = visit.voice, await roles.roles_of(visit)
    can = "stranger" if sides.nobody else "patient" if sides.patient else "caregiver"
    urgent = voice.html("help.emergency", number=visit.world.number_for(visit.person))
    rows = home.buttons(voice, sides) or [[home.learn_button(voice)]]
    voice.say(voice.message(voice.html(f"help.{can}"), urgent, voice.html("help.nobody_reads"), buttons=rows))
    return None


async def emergency(visit: Visit, argument: str) -> Toast:
    """/emergency: whom to call."""
    await emergency_card.show(visit)
    return None


async def pause(visit: Visit, argument: str) -> Toast:
    """/pause: no questions for a while."""
    if patient := await patient_only(visit):
        await pausing.ask(visit, patient)
    return None


async def stop(visit: Visit, argument: str) -> Toast:
    """/stop: no messages any more, once it is confirmed."""
    if visit.patient is not None and visit.patient.state == "onboarding":
        visit.voice.tell("stop.on_the_way")
    elif await patient_only(visit):
        await leaving.ask(visit)
    return None


async def unknown(visit: Visit, words: str) -> Toast:
    """A command that there is not; somebody in trouble may have typed a slash, so its words are read."""
    if await free_text.warns(visit, words):
        return None
    visit.voice.tell("unknown.command", number=visit.world.number_for(visit.person))
    return None


async def resume(visit: Visit) -> None:
    """A pause is over because its time has come."""
    if visit.patient is not None and visit.patient.state == "paused":
        pausing.resume(visit, visit.patient)
