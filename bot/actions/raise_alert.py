"""Raises an alert, or lets the open one know more: people are called again only when it is worse or new."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot.actions import alert_ladder, hand_over
from bot.actions.advise import Told, names_of
from bot.actions.consents import WORDS
from bot.actions.visit import Visit
from bot.domain.ladder import is_loud, stamp
from bot.domain.protocol import Protocol, Urgency
from bot.domain.triage import Finding
from bot.store.tables import Alert, Checkin, Person

FOLLOW_UP = "followup"
PAIN = "pain:"


async def raise_or_update(
    visit: Visit, checkin: Checkin, findings: Sequence[Finding], urgency: Urgency, kind: str = "finding"
) -> tuple[Alert, Told]:
    """The patient's open alert with these findings in it, and who is being told."""
    alert = await visit.tx.alerts.open_of(visit.person.id)
    if alert is None:
        alert = await _raise(visit, checkin, findings, urgency, kind)
        await call_first(visit, alert, _reasons(findings))
    else:
        await _join(visit, alert, checkin, findings, urgency)
    await follow_up(visit, alert)
    return alert, await who_is_told(visit, alert)


async def call_first(visit: Visit, alert: Alert, said: Sequence[str]) -> None:
    """Begin the ladder; a caregiver who reported it owns the alert, and the others hear that they do."""
    if visit.reporter is None:
        await alert_ladder.climb(visit.world, visit.tx, alert, visit.now)
    else:
        await hand_over.to_reporter(visit, alert, visit.reporter, said)
        ask_if_looked_after(visit, alert, visit.person)


def ask_if_looked_after(visit: Visit, alert: Alert, patient: Person) -> None:
    """An acknowledged emergency is asked about again, by the alert's own ladder (`ask_again`)."""
    after = visit.tx.alerts.ladder(patient, alert)["ask_again"]
    visit.tx.moments.clear(alert_ladder.ACK_SILENT, alert.id)
    if after:
        at = visit.now + timedelta(seconds=after)
        visit.tx.moments.set(alert_ladder.ACK_CHECK, alert.id, alert.patient_id, at)


async def update(visit: Visit, checkin: Checkin, findings: Sequence[Finding]) -> None:
    """A later answer of the same check-in adds to what is already open."""
    alert = await visit.tx.alerts.open_of(visit.person.id)
    if alert is not None:
        await _join(visit, alert, checkin, findings, max(f.urgency for f in findings))


async def as_typed(visit: Visit) -> dict[str, Any]:
    """What an alert keeps of the line it comes from: the words only if the patient agreed that others read them."""
    if visit.typed is None or visit.reporter is not None:
        return {}
    shares = WORDS in await visit.tx.people.consents(visit.person.id)
    return {"words": visit.typed if shares else None, "unconfirmed": visit.unconfirmed}


async def _raise(visit: Visit, checkin: Checkin, findings: Sequence[Finding], urgency: Urgency, kind: str) -> Alert:
    protocol = visit.world.protocol_of(checkin.protocol_version)
    detail = {**_detail(visit, findings, urgency), **await as_typed(visit)}
    wait = _wait(visit, protocol, detail["findings"], urgency)
    soft = is_soft(protocol, detail["findings"], urgency) and not only_if_not_reached(visit)
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
    by = visit.speaker.id
    visit.tx.alerts.happened(visit.person, alert, "raised", visit.now, by=by, key="raised", detail=detail["findings"])
    visit.tx.audit.note(visit.person.id, visit.speaker.id, "alert_raised", visit.now, alert.id)
    return alert


def _stamped(protocol: Protocol, urgency: Urgency, wait: timedelta, soft: bool = False) -> dict[str, Any]:
    ladder = protocol.ladder(urgency)
    if ladder is None:
        raise LookupError(f"the protocol has no ladder for {urgency.word}")
    return stamp(ladder, wait, note=soft)


def is_soft(protocol: Protocol, findings: Sequence[dict[str, Any]], urgency: Urgency) -> bool:
    """Nausea, lost appetite or tiredness alone: a silent note first, the ladder only if the team is not reached."""
    signs = {reason.split(":", 1)[1] for finding in findings for reason in finding["because"]}
    return urgency == Urgency.RIGHT_AWAY and bool(signs) and signs <= protocol.timing.follow_up.soft_signs


def only_if_not_reached(visit: Visit) -> bool:
    """Whether the patient wants others told only when the team is not reached in 30 minutes."""
    return visit.patient is not None and visit.patient.tell == "if_not_reached" and visit.reporter is None


def _wait(visit: Visit, protocol: Protocol, findings: Sequence[dict[str, Any]], urgency: Urgency) -> timedelta:
    if urgency != Urgency.RIGHT_AWAY:
        return timedelta()
    waits = only_if_not_reached(visit) or is_soft(protocol, findings, urgency)
    return protocol.timing.follow_up.soft_delay if waits else timedelta()


def _detail(visit: Visit, findings: Sequence[Finding], urgency: Urgency) -> dict[str, Any]:
    return {
        "findings": [
            {"pattern": f.pattern, "urgency": f.urgency.word, "rules": list(f.rules), "because": list(f.because)}
            for f in findings
        ],
        "urgency": urgency.word,
        "began": visit.now.isoformat(),
        "round": 1,
        "since": visit.now.isoformat(),
    }


async def _join(visit: Visit, alert: Alert, checkin: Checkin, findings: Sequence[Finding], urgency: Urgency) -> None:
    """The same finding only updates the alert; a higher urgency or a new sign calls people again, from the start."""
    tx, person = visit.tx, visit.person
    before = tx.alerts.detail(person, alert)["findings"]
    merged = _merged(before, findings)
    worse = urgency > Urgency.of(alert.urgency)
    new = bool(_signs(merged) - _signs(before))
    if alert.checkin_id != checkin.id and not (worse or new):
        tx.alerts.happened(person, alert, "again", visit.now)
    alert.checkin_id = checkin.id
    await join(visit, alert, merged, urgency, new, _reasons(findings))


async def join(
    visit: Visit, alert: Alert, findings: list[dict[str, Any]], urgency: Urgency, new: bool, said: Sequence[str]
) -> None:
    """Let the open alert hold these findings; people are called anew when it is worse or there is something new.

    `said` are the reasons that were told just now; a caregiver who reports them has the alert from then on. While a
    ladder still waits for the patient to try their team, something new that may wait as well joins it.
    """
    tx, person = visit.tx, visit.person
    worse = urgency > Urgency.of(alert.urgency)
    highest = max(urgency, Urgency.of(alert.urgency))
    before = tx.alerts.detail(person, alert)
    detail = {**before, "findings": findings, **await as_typed(visit)}
    tx.alerts.set_detail(person, alert, detail)
    if not (worse or new):
        return
    kind = "worse" if worse else "new_sign"
    tx.alerts.happened(person, alert, kind, visit.now, by=visit.speaker.id, detail=findings)
    if visit.reporter is not None:
        alert.urgency = highest.word
        await alert_ladder.renew(visit.world, tx, alert, visit.now, worse=worse)
        await hand_over.to_reporter(
            visit, alert, visit.reporter, said, known=_reasons_in(before["findings"]), worse=worse
        )
        ask_if_looked_after(visit, alert, person)
        await follow_up(visit, alert)
        return
    if detail.pop("told", None):  # it is the patient now who is told what to do
        tx.alerts.set_detail(person, alert, detail)
    protocol = visit.world.protocol_of(alert.protocol_version)
    wait = _wait(visit, protocol, findings, highest)
    loud = is_loud(tx.alerts.ladder(person, alert), alert.rung)
    if wait and alert.state == "raised" and not loud:
        return
    alert.urgency = highest.word
    may_wait = wait if only_if_not_reached(visit) and not loud else timedelta()
    await alert_ladder.begin_anew(visit.world, tx, alert, visit.now, may_wait, worse=worse)


def _reasons(findings: Sequence[Finding]) -> list[str]:
    return list(dict.fromkeys(reason for finding in findings for reason in finding.because))


def _reasons_in(findings: Sequence[dict[str, Any]]) -> set[str]:
    return {reason for finding in findings for reason in finding["because"]}


def _signs(findings: Sequence[dict[str, Any]]) -> set[str]:
    """What was noticed, the number for the pain aside: 6 after 7 is nothing new, and the rules judge the rise."""
    return {reason for reason in _reasons_in(findings) if not reason.startswith(PAIN)}


def _merged(old: Sequence[dict[str, Any]], new: Sequence[Finding]) -> list[dict[str, Any]]:
    by_pattern = {finding["pattern"]: dict(finding) for finding in old}
    for finding in new:
        known = by_pattern.setdefault(
            finding.pattern, {"pattern": finding.pattern, "urgency": "none", "rules": [], "because": []}
        )
        known["urgency"] = max(Urgency.of(known["urgency"]), finding.urgency).word
        known["rules"] = list(dict.fromkeys([*known["rules"], *finding.rules]))
        replaced = PAIN if any(reason.startswith(PAIN) for reason in finding.because) else "\0"
        kept = [reason for reason in known["because"] if not reason.startswith(replaced)]
        known["because"] = sorted({*kept, *finding.because})
    return list(by_pattern.values())


async def follow_up(visit: Visit, alert: Alert) -> None:
    """Ask whether they reached somebody: 30 minutes later, 10 for an emergency (clinical.md); never later than planned.

    Whoever reports is not silent: what waited for their silence is taken back.
    """
    times = visit.world.protocol_of(alert.protocol_version).timing.follow_up
    emergency = Urgency.of(alert.urgency) == Urgency.EMERGENCY
    after = times.reached_after_emergency if emergency else times.reached_after_right_away
    planned = await visit.tx.moments.of(FOLLOW_UP, alert.id)
    at = visit.now + after
    visit.tx.moments.set(FOLLOW_UP, alert.id, alert.patient_id, min(at, planned) if planned else at)
    visit.tx.moments.clear_all(("followup_silent", "recheck_silent"), alert.id)


async def who_is_told(visit: Visit, alert: Alert) -> Told:
    """Who else has been called about this alert, for the patient or the caregiver who reports to read."""
    contacts = await alert_ladder.contacts_of(visit.tx, alert, visit.now)
    reachable = [contact for contact in contacts if contact.reachable and contact.person != visit.speaker.id]
    if not reachable:
        return Told(nobody=visit.reporter is None)
    told = {event.person_id for event in await visit.tx.alerts.timeline(alert.id) if event.kind == "called"}
    people = [await visit.tx.people.get(contact.person) for contact in reachable if contact.person in told]
    if people:
        return Told(names=names_of(visit.voice, people))
    if visit.reporter is not None:
        return Told()  # they have it; the others are called if they go quiet
    return Told(names=names_of(visit.voice, [await visit.tx.people.get(c.person) for c in reachable]), later=True)
