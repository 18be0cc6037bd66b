"""The screens of the way in: one card that is edited from step to step."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import time

from bot.actions.below import card_below, card_here
from bot.actions.usual import tick_rows
from bot.actions.visit import Visit
from bot.actions.voice import HOURS_IN_A_ROW, Voice, column, in_rows
from bot.actions.where import number_note, place_values
from bot.domain.onboarding import HOURS, Step, first_name
from bot.domain.press import Press, StepPress
from bot.domain.speech import Button, Message
from bot.texts import Html

PURPOSE = "welcome"
CONSENT_PARAGRAPHS = ("welcome.what", "welcome.what_not", "welcome.private", "welcome.consent")
# How many letters of the SHA-256 of a consent's text name its version: enough to tell any two versions apart.
VERSION_LETTERS = 16


def consent_version(voice: Voice) -> str:
    """Names the very words that are agreed to, in the language in which they are read."""
    words = "\n\n".join(str(voice.world.texts.render(voice.language, key)) for key in CONSENT_PARAGRAPHS)
    return hashlib.sha256(words.encode()).hexdigest()[:VERSION_LETTERS]


async def put(visit: Visit, message: Message, below: bool | None = None) -> None:
    """Let the welcome's card show this: in place after a tap, as a new message below what was typed."""
    if below or (below is None and visit.message_id is None):
        await card_below(visit.voice, PURPOSE, visit.person.id, message)
    else:
        await card_here(visit, PURPOSE, message)


def ask_language(voice: Voice) -> Message:
    """In which language? The closest to the app's comes first; each is named in itself."""
    closest = voice.language
    ordered = sorted(voice.world.texts.languages, key=lambda code: code != closest)
    named = [(code, voice.world.texts.label(code, "language.name")) for code in ordered]
    buttons = [voice.button("welcome.language_name", StepPress("language", code), name=name) for code, name in named]
    return voice.message(voice.html("welcome.language"), buttons=column(buttons))


def ask_consent(voice: Voice) -> Message:
    """What this is, what it is not, and whether answers may be kept."""
    paragraphs = [voice.html(key) for key in CONSENT_PARAGRAPHS]
    rows = [
        [voice.button("welcome.agree", StepPress("consent", "yes"), "success")],
        [voice.button("welcome.refuse", StepPress("consent", "no"))],
        [voice.button("welcome.i_care", StepPress("consent", "care"))],
    ]
    return voice.message(*paragraphs, buttons=rows)


def for_caregivers(voice: Voice) -> Message:
    """How somebody who cares for a patient gets in: by the patient's invitation."""
    rows = [[voice.button("welcome.back", StepPress("consent", "show"))]]
    return voice.message(voice.html("welcome.care_thanks"), voice.html("welcome.care_how"), buttons=rows)


def declined(voice: Voice) -> Message:
    """A no is respected; the emergency number stays."""
    rows = [[voice.button("welcome.changed_mind", StepPress("consent", "show"))]]
    number = voice.world.number_for(voice.person)
    return voice.message(
        voice.html("welcome.declined"), voice.html("welcome.declined_help", number=number), buttons=rows
    )


def ask_hour(voice: Voice) -> Message:
    """At which hour? With the place that was understood, to change it if it is wrong."""
    person = voice.person
    place = voice.html("welcome.place", **place_values(voice, person.zone, person.country))
    buttons = [hour_button(voice, hour, StepPress("hour", f"{hour:02}")) for hour in HOURS]
    rows = in_rows(buttons, HOURS_IN_A_ROW)
    change = voice.button("welcome.change_place", StepPress("time", "ask"))
    return voice.message(
        place, number_note(voice, person.country), voice.html("welcome.hour"), buttons=[*rows, [change]]
    )


def hour_button(voice: Voice, hour: int, press: Press) -> Button:
    """A button with the hour as people there write it."""
    return voice.button("hour.button", press, time=shown_hour(voice, f"{hour:02}:00"))


def shown_hour(voice: Voice, wall_time: str) -> Html:
    """A wall time HH:MM as people who read this language write it."""
    return voice.world.texts.clock(voice.language, time.fromisoformat(wall_time))


def ask_usual(voice: Voice, chosen: frozenset[str]) -> Message:
    """Which of these for long, and checked by a doctor? None comes first."""
    rows = tick_rows(voice, chosen, lambda choice: StepPress("usual", choice))
    return voice.message(voice.html("usual.ask"), voice.html("usual.why"), buttons=rows)


def ask_name(visit: Visit) -> Message:
    """What to be called: the name that Telegram shows, or one that is typed."""
    voice = visit.voice
    name = first_name(visit.tx.people.handle(visit.person))
    rows = [[voice.button("welcome.use_name", StepPress("name", "use"), "success", name=name)]] if name else []
    return voice.message(voice.html("about.name"), buttons=[*rows, [_skip(voice, Step.NAME)]])


def ask_phone(visit: Visit, step: Step) -> Message:
    """The care team's number by day, or by night."""
    voice, rows = visit.voice, list[list[Button]]()
    care = visit.tx.patients.care(visit.person, visit.patient) if visit.patient else {}
    if step is Step.PHONE_NIGHT and care.get("day"):
        rows.append([voice.button("about.same_phone", StepPress(step, "same"), phone=care["day"])])
    return voice.message(
        voice.html(f"about.{step}"), voice.html("about.phone_how"), buttons=[*rows, [_skip(voice, step)]]
    )


def _skip(voice: Voice, step: Step) -> Button:
    return voice.button("welcome.skip", StepPress(step, "skip"))


def with_note(message: Message, note: Html | None) -> Message:
    """The message with a line before it, such as what was just kept."""
    return message if note is None else replace(message, text=f"{note}\n\n{message.text}")
