"""What is said about an alert: to caregivers, and on the patient's buttons."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from bot.actions.advise import team_phone
from bot.actions.outage import apology
from bot.actions.relations import is_group, name_of
from bot.actions.voice import Voice
from bot.domain.ladder import Step
from bot.domain.press import AlertPress
from bot.domain.speech import Button, Message, Rows
from bot.store.tables import Alert, Person
from bot.texts import Html, clean

# What a caregiver may say, in the order of the buttons; codes are those of the contract and docs/callbacks.md.
FIRST_BUTTONS = (
    ("ack",),
    ("called_team", "cant_reach"),
    ("called_emergency", "with_them"),
    ("false_alarm",),
    ("details",),
    ("say",),
)
# What anybody in a care group may say: that somebody has it, or cannot reach them. How it ends is for a caregiver.
GROUP_ACTIONS = frozenset({"ack", "called_team", "called_emergency", "with_them", "cant_reach", "looked_after"})
# What the patient, or the caregiver who reported it, may say when asked whether somebody was reached.
PATIENT_ACTIONS = (
    "reached",
    "not_reached",
    "cant_get_through",
    "with_me",
    "ambulance",
    "in_hospital",
    "passed",
    "mistap",
    "details",
)
REPORTER_ACTIONS = ("reached", "not_reached", "cant_get_through", "with_them", "ambulance", "in_hospital", "details")
# After "it was a mis-tap": the alert ends with a caregiver's answer.
CHECK_ONCE = ("false_alarm", "with_them", "cant_reach")
# How it is now: by the patient, or by a caregiver for them.
RECHECK_ACTIONS = ("better", "same_told", "same_untold", "worse")
# Characters of what the patient typed that an alert shows.
MOST_QUOTED = 400
LABELS = {"details": "alert.button.details", "with_them": "alert.button.with_them", "say": "alert.say"}


def signs(voice: Voice, detail: dict[str, Any], without: Collection[str] = ()) -> Html:
    """What was noticed, as a list in words; empty when everything is in `without`."""
    reasons = list(dict.fromkeys(reason for finding in detail["findings"] for reason in finding["because"]))
    names = [_sign(voice, *reason.split(":", 1)) for reason in reasons if reason not in without]
    return voice.world.texts.listed(voice.language, [name for name in names if name is not None])


def _sign(voice: Voice, question: str, choice: str) -> Html | None:
    if question == "pain":
        return voice.html("noticed.pain", value=choice)
    key = f"noticed.{question}.{choice}"
    return voice.html(key) if voice.world.texts.has("en", key) else None


async def to_caregiver(
    voice: Voice, alert: Alert, patient: Person, detail: dict[str, Any], at: Step, late_since: datetime | None = None
) -> Message:
    """The alert as a caregiver reads it: who, what, since when, what the patient was told to do, the phone.

    `late_since` is when they should have read it, if an outage held it up.
    """
    name, number = name_of(voice.tx, patient), voice.world.number_for(patient)
    note = at.who == "note"
    parts = [voice.html(f"alert.to_caregiver.{'note' if note else alert.urgency}", name=name)]
    if late_since is not None:
        parts.append(await apology(voice, "alert.late", late_since, voice.now))
    if detail.get("worse") and not note:
        parts.append(voice.html("alert.worse"))
    parts += await _noticed(voice, patient, detail)
    if detail.get("unconfirmed"):
        parts.append(voice.html("alert.please_check", name=name))
    if detail.get("words") and not is_group(voice.person):
        parts.append(voice.html("alert.words", name=name, words=_quoted(detail["words"])))
    if detail.get("taken_back"):
        parts.append(_taken_back(voice, patient, *detail["taken_back"]))
    parts.append(await _told_what(voice, patient, detail, "note" if note else alert.urgency))
    parts.append(await _team(voice, patient))
    if at.number > 0 and not note:
        parts.append(voice.html("alert.nobody_yet"))
    message = voice.message(*parts, buttons=caregiver_buttons(voice, alert, number))
    return message.quietly() if note else message


def _quoted(words: str) -> str:
    """One line of what was typed: an alert has to fit into one message, whatever somebody wrote."""
    line = clean(" / ".join(words.splitlines()), MOST_QUOTED * 2)
    return line if len(line) <= MOST_QUOTED else line[: MOST_QUOTED - 1].rstrip() + "…"


async def _team(voice: Voice, patient: Person) -> Html:
    row = await voice.tx.patients.get(patient.id)
    care = voice.tx.patients.care(patient, row) if row else {}
    return voice.html("alert.team_phone", phone=team_phone(voice, care))


def _taken_back(voice: Voice, patient: Person, said: str, at: datetime) -> Html:
    key = "alert.others.passed" if said == "passed" else "alert.others.mistap"
    return voice.html(key, patient=name_of(voice.tx, patient), time=voice.clock(at))


async def _noticed(voice: Voice, patient: Person, detail: dict[str, Any]) -> list[Html]:
    """Who told of what, and when: the patient's own words and those of each caregiver who reported stay apart."""
    name, reports = name_of(voice.tx, patient), detail.get("reported", [])
    by_others = {reason for report in reports for reason in report["because"]}
    own = signs(voice, detail, without=by_others)
    since = voice.clock(datetime.fromisoformat(detail["since"]))
    lines = [voice.html("alert.noticed", name=name, signs=own, time=since)] if own or not by_others else []
    for report in reports:
        by = name_of(voice.tx, await voice.tx.people.get(report["by"]))
        at, said = voice.clock(datetime.fromisoformat(report["at"])), as_reported(report["because"])
        lines.append(voice.html("alert.noticed_by", name=by, patient=name, signs=signs(voice, said), time=at))
    return lines


async def _told_what(voice: Voice, patient: Person, detail: dict[str, Any], told: str) -> Html:
    """What whoever spoke last was told to do: the patient, or the caregiver who reported it."""
    name, number = name_of(voice.tx, patient), voice.world.number_for(patient)
    if told == "note" or "told" not in detail:
        return voice.html(f"alert.patient_told.{told}", name=name, number=number)
    by = name_of(voice.tx, await voice.tx.people.get(detail["told"]))
    return voice.html(f"alert.reporter_told.{told}", name=name, reporter=by, number=number)


def as_reported(because: Iterable[str]) -> dict[str, Any]:
    """Reasons of a report in the shape of an alert's detail, so that `signs` can say them."""
    return {"findings": [{"because": list(because)}]}


def reported(
    voice: Voice, alert: Alert, patient: Person, reporter: Person, said: Iterable[str], worse: bool = False
) -> Message:
    """To the others: a caregiver has reported this about the patient, and is looking after it."""
    name, number = name_of(voice.tx, patient), voice.world.number_for(patient)
    what, by = signs(voice, as_reported(said)), name_of(voice.tx, reporter)
    parts = [voice.html(f"alert.to_caregiver.{alert.urgency}", name=name)]
    if worse:
        parts.append(voice.html("alert.worse"))
    parts.append(voice.html("alert.reported", name=by, patient=name, signs=what))
    return voice.message(*parts, buttons=caregiver_buttons(voice, alert, number))


def caregiver_buttons(voice: Voice, alert: Alert, number: str) -> Rows:
    """What a caregiver, or anybody in a care group, can answer."""
    return [row for actions in FIRST_BUTTONS if (row := caregiver_row(voice, alert, actions, number))]


def caregiver_row(voice: Voice, alert: Alert, actions: Iterable[str], number: str) -> list[Button]:
    """Those of these answers that whoever is spoken to may give."""
    shown = [action for action in actions if action in GROUP_ACTIONS or not is_group(voice.person)]
    return [caregiver_button(voice, alert, action, number) for action in shown]


def caregiver_button(voice: Voice, alert: Alert, action: str, number: str) -> Button:
    """One of them."""
    style = "primary" if action == "ack" else None
    key = LABELS.get(action, f"alert.button.{action}")
    return voice.button(key, AlertPress(alert.id, action), style, number=number)


def patient_button(voice: Voice, alert: Alert, action: str) -> Button:
    """One of the patient's answers."""
    return voice.button(LABELS.get(action, f"alert.{action}"), AlertPress(alert.id, action))


def patient_buttons(voice: Voice, alert: Alert) -> Rows:
    """What the patient, or the caregiver who reported it, can answer when asked whether somebody was reached."""
    actions = PATIENT_ACTIONS if voice.person.id == alert.patient_id else REPORTER_ACTIONS
    return [[patient_button(voice, alert, action)] for action in actions]


def recheck_buttons(voice: Voice, alert: Alert) -> Rows:
    """How it is now; a caregiver answers for the patient in the third person, and a group does not."""
    if is_group(voice.person):
        return []
    key = "recheck" if voice.person.id == alert.patient_id else "recheck.for"
    return [[voice.button(f"{key}.{action}", AlertPress(alert.id, action))] for action in RECHECK_ACTIONS]
