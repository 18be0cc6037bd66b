"""Raises an alert, or lets the open one know more: people are called again only when it is worse or new."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot.actions import alert_ladder
from bot.actions.advise import Told, names_of, signs_of
from bot.actions.visit import Visit
from bot.domain.ladder import moved, stamp
from bot.domain.protocol import Protocol, Urgency
from bot.domain.triage import Finding
from bot.store.tables import Alert, Checkin

FOLLOW_UP = "followup"


async def raise_or_update(
    visit: Visit, checkin: Checkin, findings: Sequence[Finding], urgency: Urgency, kind: str = "finding"
) -> tuple[Alert, Told]:
    """The patient's open alert with these findings in it, and who is being told."""
    alert = await visit.tx.alerts.open_of(visit.person.id)
    if alert is None:
        alert = _raise(visit, checkin, findings, urgency, kind)
        await alert_ladder.climb(visit.world, visit.tx, alert, visit.now)
    else:
        await _join(visit, alert, checkin, findings, urgency)
    follow_up(visit, alert)
    return alert, await who_is_told(visit, alert)


async def update(visit: Visit, checkin: Checkin, findings: Sequence[Finding]) -> None:
    """A later answer of the same check-in adds to what is already open."""
    alert = await visit.tx.alerts.open_of(visit.person.id)
    if alert is not None:
        await _join(visit, alert, checkin, findings, max(f.urgency for f in findings))


def _raise(visit: Visit, checkin: Checkin, findings: Sequence[Finding], urgency: Urgency, kind: str) -> Alert:
    protocol = visit.world.protocol_of(checkin.protocol_version)
    detail = _detail(visit, findings, urgency)
    wait = _wait(visit, protocol, findings, urgency)
    soft = is_soft(protocol, findings, urgency)
    alert = Alert(
        id=visit.tx.ids.new(),
        patient_id=visit.person.id,
        checkin_id=checkin.id,
        reporter_id=checkin.reporter_id,
        state="raised",
        urgency=urgency.word,
        kind=kind,
        protocol_version=checkin.protocol_version,
        ladder=visit.tx.sealer(visit.person).seal("alerts.ladder", _stamped(protocol, urgency, wait, soft)),
        detail=visit.tx.sealer(visit.person).seal("alerts.detail", detail),
        rung=0,
        raised_at=visit.now,
    )
    visit.tx.alerts.add(alert)
    visit.tx.alerts.happened(visit.person, alert, "raised", visit.now, key="raised", detail=detail["findings"])
    visit.tx.audit.note(visit.person.id, visit.person.id, "alert_raised", visit.now, alert.id)
    return alert


def _stamped(protocol: Protocol, urgency: Urgency, wait: timedelta, soft: bool = False) -> dict[str, Any]:
    ladder = protocol.ladder(urgency)
    if ladder is None:
        raise LookupError(f"the protocol has no ladder for {urgency.word}")
    return stamp(ladder, wait, note=soft)


def is_soft(protocol: Protocol, findings: Sequence[Finding], urgency: Urgency) -> bool:
    """Nausea, lost appetite or tiredness alone: a silent note first, the ladder only if the team is not reached."""
    signs = {choice for _, choice in signs_of(findings)}
    return urgency == Urgency.RIGHT_AWAY and bool(signs) and signs <= protocol.timing.follow_up.soft_signs


def _wait(visit: Visit, protocol: Protocol, findings: Sequence[Finding], urgency: Urgency) -> timedelta:
    if urgency != Urgency.RIGHT_AWAY:
        return timedelta()
    chosen = visit.patient is not None and visit.patient.tell == "if_not_reached"
    return protocol.timing.follow_up.soft_delay if chosen or is_soft(protocol, findings, urgency) else timedelta()


def _detail(visit: Visit, findings: Sequence[Finding], urgency: Urgency, joined: int = 1) -> dict[str, Any]:
    return {
        "findings": [
            {"pattern": f.pattern, "urgency": f.urgency.word, "rules": list(f.rules), "because": list(f.because)}
            for f in findings
        ],
        "urgency": urgency.word,
        "began": visit.now.isoformat(),
        "round": joined,
        "since": visit.now.isoformat(),
    }


async def _join(visit: Visit, alert: Alert, checkin: Checkin, findings: Sequence[Finding], urgency: Urgency) -> None:
    """The same finding only updates the alert; a higher urgency or a new sign calls people again, from the start."""
    tx, person = visit.tx, visit.person
    detail = tx.alerts.detail(person, alert)
    merged = _merged(detail["findings"], findings)
    worse = urgency > Urgency.of(alert.urgency)
    new = _signs(merged) - _signs(detail["findings"])
    detail["findings"] = merged
    if not (worse or new):
        if alert.checkin_id != checkin.id:
            tx.alerts.happened(person, alert, "again", visit.now, key=f"again:{checkin.id}")
            alert.checkin_id = checkin.id
        tx.alerts.set_detail(person, alert, detail)
        return
    alert.checkin_id = checkin.id
    protocol = visit.world.protocol_of(alert.protocol_version)
    await call_anew(visit, alert, detail, urgency, _wait(visit, protocol, findings, urgency))


async def call_anew(visit: Visit, alert: Alert, detail: dict[str, Any], urgency: Urgency, wait: timedelta) -> None:
    """Begin the ladder from the start: it got worse, or a new sign joined; an earlier answer no longer covers it."""
    tx, person = visit.tx, visit.person
    worse = urgency > Urgency.of(alert.urgency)
    highest = max(urgency, Urgency.of(alert.urgency))
    protocol = visit.world.protocol_of(alert.protocol_version)
    detail = {**detail, "began": visit.now.isoformat(), "round": detail["round"] + 1, "worse": worse}
    alert.ladder = tx.sealer(person).seal("alerts.ladder", _stamped(protocol, highest, wait))
    alert.urgency, alert.rung = highest.word, 0
    if alert.state == "acknowledged":
        alert.state, alert.owner_id, alert.acknowledged_at = moved(alert.state, "escalated"), None, None
    tx.moments.clear("ack_check", alert.id)
    tx.alerts.set_detail(person, alert, detail)
    kind = "worse" if worse else "new_sign"
    tx.alerts.happened(person, alert, kind, visit.now, key=f"{kind}:{detail['round']}", detail=detail["findings"])
    await alert_ladder.climb(visit.world, tx, alert, visit.now)


def _signs(findings: Sequence[dict[str, Any]]) -> set[str]:
    return {reason for finding in findings for reason in finding["because"]}


def _merged(old: Sequence[dict[str, Any]], new: Sequence[Finding]) -> list[dict[str, Any]]:
    by_pattern = {finding["pattern"]: dict(finding) for finding in old}
    for finding in new:
        known = by_pattern.setdefault(
            finding.pattern, {"pattern": finding.pattern, "urgency": "none", "rules": [], "because": []}
        )
        known["urgency"] = max(Urgency.of(known["urgency"]), finding.urgency).word
        known["rules"] = list(dict.fromkeys([*known["rules"], *finding.rules]))
        known["because"] = sorted({*known["because"], *finding.because})
    return list(by_pattern.values())


def follow_up(visit: Visit, alert: Alert) -> None:
    """Ask the patient whether they reached somebody: 30 minutes later, 10 for an emergency (clinical.md)."""
    times = visit.world.protocol_of(alert.protocol_version).timing.follow_up
    emergency = Urgency.of(alert.urgency) == Urgency.EMERGENCY
    after = times.reached_after_emergency if emergency else times.reached_after_right_away
    visit.tx.moments.set(FOLLOW_UP, alert.id, alert.patient_id, visit.now + after)


async def who_is_told(visit: Visit, alert: Alert) -> Told:
    """Who has been called about this alert, for the patient to read."""
    contacts = await alert_ladder.contacts_of(visit.tx, alert, visit.now)
    reachable = [contact for contact in contacts if contact.reachable]
    if not reachable:
        return Told(nobody=True)
    told = {event.person_id for event in await visit.tx.alerts.timeline(alert.id) if event.kind == "called"}
    people = [await visit.tx.people.get(contact.person) for contact in reachable if contact.person in told]
    if people:
        return Told(names=names_of(visit.voice, people))
    return Told(names=names_of(visit.voice, [await visit.tx.people.get(c.person) for c in reachable]), later=True)
