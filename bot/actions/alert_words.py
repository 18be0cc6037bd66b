"""What is said about an alert: to caregivers, and on the patient's buttons."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.actions.advise import team_phone
from bot.actions.relations import name_of
from bot.actions.voice import Voice
from bot.domain.ladder import Step
from bot.domain.press import AlertPress
from bot.domain.speech import Button, Message, Rows
from bot.store.tables import Alert, Person
from bot.texts import Html

# What a caregiver may say, in the order of the buttons; codes are those of the contract and docs/callbacks.md.
FIRST_BUTTONS = (("ack",), ("called_team", "cant_reach"), ("called_emergency", "with_them"), ("false_alarm", "details"))


def signs(voice: Voice, detail: dict[str, Any]) -> Html:
    """What was noticed, as a list in words."""
    reasons = list(dict.fromkeys(reason for finding in detail["findings"] for reason in finding["because"]))
    names = [_sign(voice, *reason.split(":", 1)) for reason in reasons]
    return voice.world.texts.listed(voice.language, [name for name in names if name is not None])


def _sign(voice: Voice, question: str, choice: str) -> Html | None:
    if question == "pain":
        return voice.html("noticed.pain", value=choice)
    key = f"noticed.{question}.{choice}"
    return voice.html(key) if voice.world.texts.has("en", key) else None


async def to_caregiver(voice: Voice, alert: Alert, patient: Person, detail: dict[str, Any], at: Step) -> Message:
    """The alert as a caregiver reads it: who, what, since when, what the patient was told to do, the phone."""
    row = await voice.tx.patients.get(patient.id)
    care = voice.tx.patients.care(patient, row) if row else {}
    name, number = name_of(voice.tx, patient), voice.world.number_for(patient)
    kind = "note" if at.who == "note" else alert.urgency
    parts = [
        voice.html(f"alert.to_caregiver.{kind}", name=name),
        voice.html(
            "alert.noticed",
            name=name,
            signs=signs(voice, detail),
            time=voice.clock(datetime.fromisoformat(detail["since"])),
        ),
        voice.html(f"alert.patient_told.{alert.urgency}", name=name, number=number),
        voice.html("alert.team_phone", phone=team_phone(voice, care)),
    ]
    if detail.get("words"):
        parts.append(voice.html("alert.words", words=detail["words"]))
    if at.number > 0 and at.who != "note":
        parts.append(voice.html("alert.nobody_yet"))
    message = voice.message(*parts, buttons=caregiver_buttons(voice, alert, number))
    return message.quietly() if at.who == "note" else message


def caregiver_buttons(voice: Voice, alert: Alert, number: str) -> Rows:
    """What a caregiver can answer."""
    return [[_button(voice, alert, action, number) for action in row] for row in FIRST_BUTTONS]


def _button(voice: Voice, alert: Alert, action: str, number: str) -> Button:
    style = "primary" if action == "ack" else None
    return voice.button(f"alert.button.{action}", AlertPress(alert.id, action), style, number=number)


def patient_buttons(voice: Voice, alert: Alert) -> Rows:
    """What the patient can answer when asked whether somebody was reached."""
    actions = ("reached", "not_reached", "cant_get_through", "with_me", "ambulance", "in_hospital", "passed")
    return [[voice.button(f"alert.{action}", AlertPress(alert.id, action))] for action in actions]
