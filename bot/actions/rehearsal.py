"""/testalert: a clearly marked test to every caregiver, by the way a real alert goes; who answers, and who cannot.

A rehearsal is a row among the alerts that was closed from the start: it can neither block nor meet a real one.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.actions import alert_ladder
from bot.actions.refusal import patient_only
from bot.actions.relations import name_of
from bot.actions.sittings import quiet_of
from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.actions.world import World
from bot.domain.press import AlertPress, SettingPress
from bot.domain.quiet import next_day
from bot.domain.speech import Lane, Message
from bot.store.tables import Alert, Patient, Person
from bot.store.unit import Tx
from bot.texts import Html

KIND, SETTING, CARD = "test", "testalert", "rehearsal"
ANSWER = "test_ok"
OVER, SUGGEST = "rehearsal", "rehearse"
# How long the patient waits for the last word on it; after this a real alert would have called twice.
LASTS = timedelta(minutes=20)
AGAIN = timedelta(weeks=4)  # so often a rehearsal is suggested


async def command(visit: Visit, argument: str) -> str | None:
    """/testalert: send the test now."""
    if await patient_only(visit):
        await _start(visit)
    return None


async def setting(visit: Visit, choice: str) -> str | None:
    """The buttons under the suggestion: now, or not now."""
    if choice == "later":
        visit.voice.tell("rehearsal.later")
    elif choice == "start":
        return await command(visit, "")
    else:
        return visit.voice.label("tap.unknown")
    return None


async def _start(visit: Visit) -> None:
    tx, person = visit.tx, visit.person
    if not await tx.families.of_patient(person.id):
        new = visit.voice.button("invite.button.new", SettingPress("invite", "new"))
        visit.voice.tell("rehearsal.nobody", buttons=[[new]])
        return
    if await tx.moments.of(OVER, _latest_id(await tx.alerts.of_patient(person.id, visit.now - LASTS))) is not None:
        visit.voice.tell("rehearsal.under_way")
        return
    alert = _row(visit)
    for contact in await alert_ladder.contacts_of(tx, alert, visit.now):
        if contact.reachable:
            voice = visit.voice_to(await tx.people.get(contact.person))
            voice.say(
                _test(voice, alert, person), Lane.ALERT, key=f"test:{alert.id}:{contact.person}", alert_id=alert.id
            )
            tx.alerts.happened(person, alert, "called", visit.now, by=contact.person)
    tx.moments.set(OVER, alert.id, person.id, visit.now + LASTS)
    tx.moments.set(SUGGEST, person.id, person.id, visit.now + AGAIN)
    await refresh(visit.world, tx, alert, visit.now)


def _latest_id(alerts: list[Alert]) -> int:
    return max((alert.id for alert in alerts if alert.kind == KIND), default=0)


def _row(visit: Visit) -> Alert:
    sealer, now = visit.tx.sealer(visit.person), visit.now
    return visit.tx.alerts.add(
        Alert(
            id=visit.tx.ids.new(),
            patient_id=visit.person.id,
            state="closed",
            urgency="right_away",
            kind=KIND,
            protocol_version=visit.world.protocol.version,
            ladder=sealer.seal("alerts.ladder", {"steps": [], "afterwards": None, "ask_again": None}),
            detail=sealer.seal("alerts.detail", {"findings": [], "began": now.isoformat(), "round": 0}),
            rung=0,
            raised_at=now,
            closed_at=now,
            closed_why=KIND,
        )
    )


def _test(voice: Voice, alert: Alert, patient: Person) -> Message:
    return voice.message(
        voice.html("rehearsal.test", name=name_of(voice.tx, patient)),
        voice.html("rehearsal.let_through"),
        buttons=[[voice.button("rehearsal.ok", AlertPress(alert.id, ANSWER), "primary")]],
    )


async def press(visit: Visit, alert: Alert, patient: Person, action: str) -> str | None:
    """A caregiver answers the test; once is enough."""
    if action != ANSWER or visit.person.id == patient.id:
        return visit.voice.label("tap.unknown")
    events = await visit.tx.alerts.timeline(alert.id)
    if any(event.kind == ANSWER and event.person_id == visit.person.id for event in events):
        return visit.voice.label("alert.noted_already")
    visit.tx.alerts.happened(patient, alert, ANSWER, visit.now, by=visit.person.id)
    visit.voice_to(visit.person, about=patient).tell("rehearsal.thanks", name=name_of(visit.tx, patient))
    await refresh(visit.world, visit.tx, alert, visit.now)
    return visit.voice.label("alert.noted")


async def refresh(world: World, tx: Tx, alert: Alert, now: datetime) -> None:
    """Let the patient's card show who has answered so far, and who cannot be reached."""
    patient = await tx.people.get(alert.patient_id)
    voice = Voice(world, tx, patient, now)
    message = voice.message(voice.html("rehearsal.sent"), *await _lines(voice, alert))
    await voice.card(CARD, alert.id, message)


async def _lines(voice: Voice, alert: Alert) -> list[Html]:
    events = await voice.tx.alerts.timeline(alert.id)
    answered = {event.person_id: event.at for event in events if event.kind == ANSWER}
    told = {event.person_id: event.at for event in events if event.kind == "called"}
    lines = []
    for contact in await alert_ladder.contacts_of(voice.tx, alert, voice.now):
        name = name_of(voice.tx, await voice.tx.people.get(contact.person))
        if contact.person in answered:
            lines.append(voice.html("rehearsal.answered", name=name, time=voice.clock(answered[contact.person])))
        elif not contact.reachable:
            lines.append(voice.html("rehearsal.unreachable", name=name))
        elif contact.person in told:
            lines.append(voice.html("rehearsal.waiting", name=name, time=voice.clock(told[contact.person])))
    return [Html("\n".join(map(str, lines)))]


async def over(world: World, tx: Tx, alert: Alert, now: datetime) -> None:
    """The last word to the patient: who answered, and what may help with those who did not."""
    patient = await tx.people.get(alert.patient_id)
    voice = Voice(world, tx, patient, now)
    events = await tx.alerts.timeline(alert.id)
    answered = {event.person_id for event in events if event.kind == ANSWER}
    contacts = await alert_ladder.contacts_of(tx, alert, now)
    key = "rehearsal.all_answered" if all(c.person in answered for c in contacts) else "rehearsal.some_did_not"
    voice.say(voice.message(voice.html(key), *await _lines(voice, alert)).quietly(), Lane.DIGEST)


async def plan(tx: Tx, patient: Person, row: Patient, now: datetime) -> None:
    """Suggest a test on the day after the first caregiver came in, and then every four weeks."""
    if await tx.moments.of(SUGGEST, patient.id) is None:
        hour = time.fromisoformat(row.hours.split(",")[0])
        # Later than the check-in of that hour, so that the two do not come together.
        at = next_day(now, ZoneInfo(patient.zone or "UTC"), hour, quiet_of(row)) + timedelta(hours=1)
        tx.moments.set(SUGGEST, patient.id, patient.id, at)


async def suggest(visit: Visit) -> None:
    """Suggest a test, without a sound."""
    patient, voice = visit.patient, visit.voice
    if patient is None or not await visit.tx.families.of_patient(visit.person.id):
        return
    visit.tx.moments.set(SUGGEST, visit.person.id, visit.person.id, visit.now + AGAIN)
    if patient.state != "active" or await visit.tx.alerts.open_of(visit.person.id) is not None:
        return
    rows = [
        [voice.button(f"rehearsal.{choice}_button", SettingPress(SETTING, choice))] for choice in ("start", "later")
    ]
    voice.say(voice.message(voice.html("rehearsal.suggest"), buttons=rows).quietly(), Lane.DIGEST)
