"""A caregiver has reported something: the alert is theirs, the others hear so, and the patient does, too."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from bot.actions import alert_ladder, alert_words
from bot.actions.relations import name_of
from bot.actions.visit import Visit
from bot.domain.ladder import moved
from bot.domain.protocol import Urgency
from bot.domain.speech import Lane
from bot.store.tables import Alert, Person


async def to_reporter(
    visit: Visit, alert: Alert, reporter: Person, said: Sequence[str], known: Collection[str] = (), worse: bool = False
) -> None:
    """Let the reporter own the alert, whoever had it before. `known` are the reasons that somebody told us earlier."""
    tx, patient = visit.tx, visit.person
    detail = tx.alerts.detail(patient, alert)
    detail = {**detail, "reported": _with_report(visit, detail, reporter, said, known), "told": reporter.id}
    tx.alerts.set_detail(patient, alert, detail)
    alert.state = moved(alert.state, "acknowledged")
    alert.reporter_id = alert.owner_id = reporter.id
    alert.acknowledged_at = visit.now
    tx.moments.clear(alert_ladder.RUNG, alert.id)
    tx.alerts.happened(patient, alert, "reported", visit.now, by=reporter.id)
    await _tell_others(visit, alert, reporter, said, detail["round"], worse)
    _tell_patient(visit, alert, reporter)


def _with_report(
    visit: Visit, detail: dict[str, Any], reporter: Person, said: Sequence[str], known: Collection[str]
) -> list[dict[str, Any]]:
    """What each caregiver told us, and when; what was known stays with whoever said it first."""
    reports: list[dict[str, Any]] = detail.get("reported", [])
    before = [reason for report in reports if report["by"] == reporter.id for reason in report["because"]]
    because = list(dict.fromkeys([*before, *(reason for reason in said if reason not in known)]))
    others = [report for report in reports if report["by"] != reporter.id]
    mine = {"by": reporter.id, "at": visit.now.isoformat(), "because": because}
    return [*others, mine] if because else others


async def _tell_others(
    visit: Visit, alert: Alert, reporter: Person, said: Sequence[str], climbed: int, worse: bool
) -> None:
    """Somebody has it: it sounds for whoever is awake, and for an emergency for everybody.

    A group is there for when nobody has it, and for an emergency; one that was called before hears who has it now.
    """
    events = await visit.tx.alerts.timeline(alert.id)
    called = {event.person_id for event in events if event.kind in ("called", "asked_to_call")}
    everyone = Urgency.of(alert.urgency) == Urgency.EMERGENCY
    for contact in await alert_ladder.contacts_of(visit.tx, alert, visit.now):
        left_out = contact.is_group and not everyone and contact.person not in called
        if not contact.reachable or contact.person == reporter.id or left_out:
            continue
        voice = visit.voice_to(await visit.tx.people.get(contact.person))
        message = alert_words.reported(voice, alert, visit.person, reporter, said, worse)
        if not everyone and not contact.available:
            message = message.quietly()
        key = f"{climbed}:reported:{contact.person}"
        voice.say(message, Lane.ALERT, key=f"alert:{alert.id}:{key}", alert_id=alert.id)
        visit.tx.alerts.happened(visit.person, alert, "called", visit.now, by=contact.person, key=f"called:{key}")


def _tell_patient(visit: Visit, alert: Alert, reporter: Person) -> None:
    """Never behind the patient's back; once for each caregiver and urgency, however much they add."""
    voice = visit.voice_to(visit.person)
    name, number = name_of(visit.tx, reporter), visit.world.number_for(visit.person)
    key = f"reported:{alert.id}:{reporter.id}:{alert.urgency}"
    text = voice.html("report.alerted", name=name, number=number)
    voice.say(voice.message(text), Lane.ALERT, key=key, alert_id=alert.id)
