"""Emergencies and fevers outside the check-in: the words at once, then people are called."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.actions import raise_alert
from bot.actions.advise import names_of, send_phone
from bot.actions.alert_words import patient_button
from bot.actions.consents import SELF_HARM
from bot.actions.visit import Visit
from bot.domain.ladder import stamp
from bot.domain.press import AlertPress, SettingPress
from bot.domain.protocol import Urgency
from bot.domain.speech import Button, Lane
from bot.store.tables import Alert, Patient
from bot.texts import Html, escaped

# What a typed word may have meant gets a minute to be taken back before anybody is woken.
SECOND_THOUGHTS = timedelta(seconds=60)
AT_ONCE = timedelta()
TELL_NOW = "tell_now"
# What typed words may mean, whoever typed them.
TYPED = {"words": Urgency.EMERGENCY, "fever": Urgency.RIGHT_AWAY, SELF_HARM: Urgency.EMERGENCY}


async def say_and_alert(
    visit: Visit, kind: str, urgency: Urgency, wait: timedelta = timedelta(), agreed: bool = False
) -> None:
    """Say the fixed text for this kind, then call the caregivers (after `wait`).

    Somebody who is no patient (yet) gets the text and nothing is stored. Thoughts of ending one's life are told to
    nobody without consent: the standing one, or the tap for this once (`agreed`).
    """
    if visit.patient is None or visit.patient.state == "onboarding":
        say(visit, kind, urgency, None, ())
        return
    if kind == SELF_HARM and not agreed and SELF_HARM not in await visit.tx.people.consents(visit.person.id):
        say(visit, kind, urgency, None, ())
        await _offer_to_tell(visit)
        return
    alert = await _alert(visit, kind, urgency, wait)
    told = await raise_alert.who_is_told(visit, alert)
    say(
        visit,
        kind,
        urgency,
        alert,
        told.names,
        nobody=told.nobody,
        taken_back=bool(wait) and (told.later or told.nobody),
    )


def say(
    visit: Visit,
    kind: str,
    urgency: Urgency,
    alert: Alert | None,
    names: Any,
    nobody: bool = False,
    taken_back: bool = False,
) -> None:
    """The fixed words, with the number as a card below."""
    voice = visit.voice
    number = visit.world.number_for(visit.person)
    crisis = visit.world.places.crisis_line(visit.person.country)
    care = visit.tx.patients.care(visit.person, visit.patient) if visit.patient is not None else {}
    parts: list[Html] = [voice.html(f"emergency.{kind}", number=number)]
    if care.get("plan_phone") and kind != SELF_HARM:
        parts.insert(0, voice.html("advice.plan", phone=care["plan_phone"]))
    if kind == SELF_HARM and crisis is not None:
        parts.append(voice.html("emergency.crisis_line", line=crisis.number, name=crisis.name))
    if nobody:
        parts.append(voice.html("advice.nobody_told"))
    elif names and not taken_back:
        parts.append(
            voice.html("advice.told", names=voice.world.texts.listed(voice.language, [escaped(n) for n in names]))
        )
    elif names:
        listed = voice.world.texts.listed(voice.language, [escaped(n) for n in names])
        parts.append(voice.html("emergency.told_in_a_minute", names=listed))
    voice.say(
        voice.message(*parts, buttons=_buttons(visit, alert, taken_back)),
        Lane.ALERT,
        alert_id=alert.id if alert else None,
    )
    send_phone(voice, urgency, care, alert)


def _buttons(visit: Visit, alert: Alert | None, taken_back: bool) -> list[list[Button]]:
    if alert is None:
        return []
    voice = visit.voice
    actions = ["reached", "ambulance", "with_me" if visit.reporter is None else "with_them", "not_reached", "say"]
    rows = [[patient_button(voice, alert, action)] for action in actions]
    if taken_back:
        rows.insert(0, [voice.button("alert.safe", AlertPress(alert.id, "safe"))])
    return rows


async def _offer_to_tell(visit: Visit) -> None:
    """Nobody was told: ask the patient whether somebody shall be, this once."""
    links = await visit.tx.families.people_of(visit.person.id)
    if visit.reporter is not None or not links:
        return
    voice, people = visit.voice, [await visit.tx.people.get(link.caregiver_id) for link in links]
    names = voice.world.texts.listed(voice.language, [escaped(name) for name in names_of(voice, people)])
    yes = voice.button("sharing.tell_now", SettingPress(TELL_NOW, SELF_HARM), "primary")
    voice.say(voice.message(voice.html("sharing.shall_i_tell", names=names), buttons=[[yes]]), Lane.ALERT)


async def tell_now(visit: Visit, patient: Patient, choice: str) -> str | None:
    """The patient's "yes, tell them" under the words for somebody who may harm themselves."""
    if choice != SELF_HARM:
        return visit.voice.label("tap.unknown")
    visit.tx.audit.note(patient.person_id, visit.person.id, "told_this_once", visit.now)
    await say_and_alert(visit, SELF_HARM, TYPED[SELF_HARM], agreed=True)
    return None


async def _alert(visit: Visit, kind: str, urgency: Urgency, wait: timedelta) -> Alert:
    """The open alert with this in it, or a new one."""
    tx, person = visit.tx, visit.person
    alert = await tx.alerts.open_of(person.id)
    if alert is not None:
        await _join(visit, alert, kind, urgency)
        await raise_alert.follow_up(visit, alert)
        return alert
    protocol = visit.world.protocol
    detail = {**_detail(visit, kind, urgency), **await raise_alert.as_typed(visit)}
    ladder = protocol.ladder(urgency)
    if ladder is None:
        raise LookupError(f"the protocol has no ladder for {urgency.word}")
    if raise_alert.only_if_not_reached(visit) and urgency == Urgency.RIGHT_AWAY:
        wait = protocol.timing.follow_up.soft_delay
    alert = tx.alerts.add(
        Alert(
            id=tx.ids.new(),
            patient_id=person.id,
            reporter_id=visit.reporter.id if visit.reporter else None,
            state="raised",
            urgency=urgency.word,
            kind=kind,
            protocol_version=protocol.version,
            ladder=tx.sealer(person).seal("alerts.ladder", stamp(ladder, wait)),
            detail=tx.sealer(person).seal("alerts.detail", detail),
            rung=0,
            raised_at=visit.now,
        )
    )
    tx.alerts.happened(person, alert, "raised", visit.now, by=visit.speaker.id, key="raised", detail=detail["findings"])
    tx.audit.note(person.id, visit.speaker.id, "alert_raised", visit.now, alert.id)
    await raise_alert.call_first(visit, alert, [f"other:{kind}"])
    await raise_alert.follow_up(visit, alert)
    return alert


def _detail(visit: Visit, kind: str, urgency: Urgency) -> dict[str, Any]:
    return {
        "findings": [{"pattern": kind, "urgency": urgency.word, "rules": [], "because": [f"other:{kind}"]}],
        "urgency": urgency.word,
        "began": visit.now.isoformat(),
        "round": 1,
        "since": visit.now.isoformat(),
    }


async def _join(visit: Visit, alert: Alert, kind: str, urgency: Urgency) -> None:
    """The same words only update the open alert; something else, or something graver, calls people anew."""
    findings = visit.tx.alerts.detail(visit.person, alert)["findings"]
    reason = f"other:{kind}"
    if any(reason in finding["because"] for finding in findings) and urgency <= Urgency.of(alert.urgency):
        visit.tx.alerts.happened(visit.person, alert, "again", visit.now)
        return
    others = [finding for finding in findings if finding["pattern"] != kind]
    added = {"pattern": kind, "urgency": urgency.word, "rules": [], "because": [reason]}
    await raise_alert.join(visit, alert, [*others, added], urgency, new=True, said=[reason])
