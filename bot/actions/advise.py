"""What the patient is told when answers match a warning pattern: fixed texts, put together, never generated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.actions.voice import Voice
from bot.domain.press import AlertPress, CheckinPress, SettingPress
from bot.domain.protocol import Protocol, Urgency
from bot.domain.sitting import Sitting, given
from bot.domain.speech import Button, Lane, Rows
from bot.domain.triage import Finding, openings
from bot.store.tables import Alert, Checkin, Patient, Person
from bot.texts import Html, escaped

# What is tapped under a result and is no question of the protocol (docs/callbacks.md).
WORRIED, WHY = "worried", "why"


@dataclass(frozen=True)
class Told:
    """Who else has been told, and who cannot be."""

    names: Sequence[str] = ()
    later: bool = False  # told only if the team is not reached
    nobody: bool = False


def signs_of(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """The answers behind findings as (question, choice), each once, in order."""
    reasons = dict.fromkeys(reason for finding in findings for reason in finding.because)
    return [(question, choice) for question, choice in (reason.split(":", 1) for reason in reasons)]


def noticed(voice: Voice, findings: Sequence[Finding]) -> Html:
    """What was noticed, as "numbness, and trouble passing urine"; pain with its number."""
    names = []
    for question, choice in signs_of(findings):
        if question == "pain":
            names.append(voice.html("noticed.pain", value=choice))
        elif voice.world.texts.has("en", f"noticed.{question}.{choice}"):
            names.append(voice.html(f"noticed.{question}.{choice}"))
    return voice.world.texts.listed(voice.language, names)


async def advise(
    voice: Voice,
    patient: Patient,
    protocol: Protocol,
    checkin: Checkin,
    sitting: Sitting,
    findings: Sequence[Finding],
    urgency: Urgency,
    alert: Alert | None,
    told: Told,
) -> None:
    """Say what was noticed, what it could mean, what to do now, and who else knows; then the phone as a card."""
    care = voice.tx.patients.care(voice.about, patient)
    number = voice.world.number_for(voice.about)
    parts: list[Html] = []
    if care.get("plan_phone") and urgency >= Urgency.RIGHT_AWAY:
        parts.append(voice.html("advice.plan", phone=care["plan_phone"]))
    opened = openings(protocol, given(protocol, sitting), sitting.context)
    parts += [voice.html(f"opening.{opening}", number=number) for opening in opened]
    if urgency == Urgency.EMERGENCY:
        parts.append(voice.html("advice.head.emergency", number=number))
    if findings:
        parts.append(voice.html("result.noticed", noticed=noticed(voice, findings)))
    parts += _what_to_do(voice, findings, urgency, number, worried=checkin.worried)
    parts.append(voice.html(f"advice.unanswered.{urgency.word}", number=number))
    parts.append(voice.html("advice.nobody_reads"))
    parts += _who_knows(voice, told, urgency)
    message = voice.message(*parts, buttons=buttons(voice, checkin, alert, urgency))
    voice.say(message, Lane.ALERT, alert_id=alert.id if alert else None)
    send_phone(voice, urgency, care, alert)


def _what_to_do(voice: Voice, findings: Sequence[Finding], urgency: Urgency, number: str, worried: bool) -> list[Html]:
    """What each finding could mean and what to do, the gravest first; then what they come to together."""
    grave = {f.pattern for f in findings if f.urgency == Urgency.EMERGENCY}
    both = {"cord_compression", "hypercalcemia"} <= grave  # they ask for two positions: one text for both
    parts: list[Html] = []
    for finding in sorted((f for f in findings if f.urgency > Urgency.NONE), key=lambda f: -f.urgency):
        parts.append(voice.html(f"pattern.{finding.pattern}"))
        if not (both and finding.pattern in ("cord_compression", "hypercalcemia")):
            parts.append(voice.html(f"advice.{finding.pattern}.{finding.urgency.word}", number=number))
    if both:
        parts.append(voice.html("advice.cord_and_calcium.emergency", number=number))
    if max((f.urgency for f in findings), default=Urgency.NONE) < urgency:
        why = "worried" if worried else "two_patterns"
        parts.append(voice.html(f"advice.{why}.{urgency.word}"))
    return parts


def team_phone(voice: Voice, care: dict[str, str]) -> Html | str:
    """The care team's number in words: the one to call now, or where to find it."""
    phone = care.get("night") or care.get("day")
    return phone or voice.html("advice.team_phone_unknown")


def send_phone(voice: Voice, urgency: Urgency, care: dict[str, str], alert: Alert | None) -> None:
    """The number to call now, as a card: one tap calls."""
    alert_id = alert.id if alert else None
    if urgency == Urgency.EMERGENCY:
        number = voice.world.number_for(voice.about)
        voice.phone_card(number, voice.label("phone.emergency"), Lane.ALERT, alert_id)
    elif urgency == Urgency.RIGHT_AWAY and (phone := care.get("night") or care.get("day")):
        voice.phone_card(phone, voice.label("phone.team"), Lane.ALERT, alert_id)


def _who_knows(voice: Voice, told: Told, urgency: Urgency) -> list[Html]:
    if urgency < Urgency.RIGHT_AWAY:
        return []
    if told.nobody:
        return [voice.html("advice.nobody_told")]
    names = voice.world.texts.listed(voice.language, [escaped(name) for name in told.names])
    if told.later:
        return [voice.html("advice.told_later", names=names)] if told.names else []
    return [voice.html("advice.told", names=names)] if told.names else []


def buttons(voice: Voice, checkin: Checkin, alert: Alert | None, urgency: Urgency) -> Rows:
    """The buttons under every result; with an alert, first what answers it."""
    rows: list[list[Button]] = []
    if alert is not None and alert.state != "closed":
        rows.append([voice.button("alert.reached", AlertPress(alert.id, "reached"), "success")])
        rows.append([voice.button("alert.not_reached", AlertPress(alert.id, "not_reached"))])
        if urgency == Urgency.EMERGENCY:
            rows.append([voice.button("alert.ambulance", AlertPress(alert.id, "ambulance"))])
        own = voice.person.id == alert.patient_id
        with_whom = "alert.with_me" if own else "alert.button.with_them"
        rows.append([voice.button(with_whom, AlertPress(alert.id, "with_me" if own else "with_them"))])
        rows.append([voice.button("alert.say", AlertPress(alert.id, "say"))])
        if own:
            rows.append([voice.button("alert.mistap", AlertPress(alert.id, "mistap"))])
    if urgency < Urgency.RIGHT_AWAY and not checkin.worried:
        rows.append([voice.button("result.worried", CheckinPress(checkin.id, WORRIED, "yes"))])
    rows.append([voice.button("result.wrong", SettingPress("wrong", "open"))])
    if urgency > Urgency.NONE:
        rows.append([voice.button("result.why", CheckinPress(checkin.id, WHY, "show"))])
    return rows


def names_of(voice: Voice, people: Sequence[Person]) -> list[str]:
    """What these people want to be called, or how Telegram shows them."""
    return [voice.tx.people.name(p) or voice.tx.people.handle(p) for p in people]
