"""What we cannot read gets one kind line, and what to do when it is urgent."""

from __future__ import annotations

from bot.actions import free_text, text_answer, welcome
from bot.actions.roles import checking_in, roles_of
from bot.actions.visit import Visit
from bot.domain.local_time import read_time
from bot.domain.onboarding import HOURS, Step, step_of
from bot.domain.press import StepPress

# Kinds with a line of their own; any other kind gets the general one.
KINDS = ("sticker", "voice", "photo", "document", "video", "video_note", "audio", "location", "contact")


async def media(visit: Visit, kind: str, caption: str) -> str | None:
    """A sticker, a voice message, a picture: say what we can read. The words under a picture are read."""
    if caption.strip():
        return await free_text.typed(visit, caption)
    known = kind if kind in KINDS else "other"
    answer = visit.voice.html(f"media.{known}", number=visit.world.number_for(visit.person))
    # Once a minute and kind: forty stickers in a row deserve one answer, and so does the voice message after them.
    once = f"media:{visit.person.id}:{known}:{visit.now:%Y%m%d%H%M}"
    visit.voice.say(visit.voice.message(answer), key=once)
    return None


def typed_hour(text: str) -> int | None:
    """The hour that was typed instead of tapped ("9", "9 am", "at 21:00"); None when it is not one we offer."""
    said = read_time(text.strip().lower().removeprefix("at "))
    return said.hour if said is not None and said.minute == 0 and said.hour in HOURS else None


async def other_text(visit: Visit, text: str) -> str | None:
    """Words that are no answer and no warning sign: the step that waits, or what can be done here."""
    step = step_of(visit.person.onboarding)
    if step is Step.HOUR and (hour := typed_hour(text)) is not None:
        return await welcome.step(visit, StepPress("hour", f"{hour:02}"))
    if step in welcome.WAITING:
        note = "small_talk.tap_or_type" if step is Step.NAME else "small_talk.tap_please"
        await welcome.show_step(visit, note=visit.voice.html(note))
        return None
    number = visit.world.number_for(visit.person)
    if await text_answer.ask_again(visit, visit.voice.html("small_talk.go_on", number=number)):
        return None
    role = "patient" if checking_in(visit) else "caregiver" if (await roles_of(visit)).cares_for else "anybody"
    once = f"chat:{visit.person.id}:{visit.now:%Y%m%d%H%M%S}"
    visit.voice.say(visit.voice.message(visit.voice.html(f"small_talk.{role}", number=number)), key=once)
    return None
