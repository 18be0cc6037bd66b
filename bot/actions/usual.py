"""The signs a person has for long and a doctor has checked: ticked once on the way in, changed at any time."""

from __future__ import annotations

from collections.abc import Callable

from bot.actions.below import card_below, card_here
from bot.actions.show_checkin import NOT_TICKED, TICKED
from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.domain.onboarding import toggled
from bot.domain.press import DONE, Press, SettingPress
from bot.domain.speech import Button, Message, Rows
from bot.store.tables import Patient
from bot.texts import FALLBACK, Html

PURPOSE = "usual"


def label_of(voice: Voice, sign: str) -> str:
    """The key of a sign's words: as in the check-in, unless these ask for a change ("more than usual")."""
    if voice.world.texts.has(FALLBACK, f"usual.{sign}"):
        return f"usual.{sign}"
    return f"choice.{voice.world.protocol.group_of[sign].question}.{sign}"


def tick_rows(voice: Voice, chosen: frozenset[str], press: Callable[[str], Press]) -> Rows:
    """ "None" first while nothing is ticked, then a button for each sign; `press` gives each choice its meaning."""
    rows: list[list[Button]] = []
    for sign in voice.world.protocol.usual_choices:
        ticked = sign in chosen
        label = voice.label(label_of(voice, sign))
        mark = TICKED if ticked else NOT_TICKED
        rows.append([voice.button("usual.tick", press(("-" if ticked else "+") + sign), mark=mark, label=label)])
    if chosen:
        return [*rows, [voice.button("usual.save", press(DONE), "primary", count=len(chosen))]]
    return [[voice.button("usual.none", press(DONE), "success")], *rows]


def listed(voice: Voice, signs: frozenset[str]) -> Html:
    """The signs by name in the protocol's order, or a word for none."""
    names = [voice.html(label_of(voice, sign)) for sign in voice.world.protocol.usual_choices if sign in signs]
    return voice.world.texts.listed(voice.language, names) if names else voice.html("usual.nothing")


def toggle(visit: Visit, patient: Patient, choice: str) -> bool:
    """Tick (+sign) or untick (-sign), at once; False for a sign that was never offered."""
    people, patients = visit.person, visit.tx.patients
    after = toggled(patients.usual(people, patient), choice, visit.world.protocol.usual_choices)
    if after is None:
        return False
    patients.set_usual(people, patient, after)
    return True


async def show(visit: Visit, patient: Patient, below: bool = False) -> None:
    """Show what is ticked, to change it; `below` as a new message."""
    voice = visit.voice
    chosen = visit.tx.patients.usual(visit.person, patient)
    rows = tick_rows(voice, chosen, lambda choice: SettingPress(PURPOSE, choice))
    message = voice.message(voice.html("usual.ask"), voice.html("usual.why"), buttons=rows)
    await _put(visit, message, below)


async def press(visit: Visit, patient: Patient, choice: str) -> str | None:
    """A tap on the card of /usual: it counts from the next answer on."""
    voice = visit.voice
    if choice == "open":
        await show(visit, patient, below=True)
    elif choice == DONE:
        chosen = visit.tx.patients.usual(visit.person, patient)
        await _put(visit, voice.message(voice.html("usual.kept", signs=listed(voice, chosen))), below=False)
    elif toggle(visit, patient, choice):
        await show(visit, patient)
    else:
        return voice.label("tap.unknown")
    return None


async def _put(visit: Visit, message: Message, below: bool) -> None:
    if below:
        await card_below(visit.voice, PURPOSE, visit.person.id, message)
    else:
        await card_here(visit, PURPOSE, message)
