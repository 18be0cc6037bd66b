"""Judges the answers so far; what cannot wait goes out in the same commit, and the check-in goes on below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.actions import raise_alert
from bot.actions.advise import Told, advise
from bot.actions.open_checkin import retire
from bot.actions.show_checkin import card_of
from bot.actions.visit import Visit
from bot.domain.protocol import Urgency
from bot.domain.sitting import Sitting, judge
from bot.domain.triage import Finding, Result
from bot.store.tables import Checkin


async def judge_now(visit: Visit, checkin: Checkin, sitting: Sitting) -> Sitting:
    """Judge; advise and alert about anything right away or emergency that was not said in this check-in yet."""
    protocol = visit.world.protocol_of(checkin.protocol_version)
    result = judge(protocol, sitting)
    grave = [f for f in result.findings if f.urgency >= Urgency.RIGHT_AWAY]
    fresh = [f for f in grave if f.urgency > told_of(sitting, f.pattern)]
    if not fresh:
        if grave:
            await raise_alert.update(visit, checkin, grave)
        return sitting
    return await say_now(visit, checkin, sitting, result, fresh, max(f.urgency for f in fresh))


async def say_now(
    visit: Visit,
    checkin: Checkin,
    sitting: Sitting,
    result: Result,
    findings: Sequence[Finding],
    urgency: Urgency,
    *,
    moves_on: bool = True,
) -> Sitting:
    """Alert, then advise, and remember what was said.

    The check-in moves below the advice, unless it is over and its result stays where it is (`moves_on`).
    """
    patient = visit.patient
    if patient is None:
        return sitting
    keep_finding(visit, checkin, result)
    alert, told = None, Told()
    if urgency >= Urgency.RIGHT_AWAY:
        alert, told = await raise_alert.raise_or_update(visit, checkin, findings, urgency)
    if moves_on and await visit.tx.cards.find(card_of(sitting), checkin.id) is not None:
        await retire(visit.voice, checkin, sitting)
    protocol = visit.world.protocol_of(checkin.protocol_version)
    await advise(visit.voice, patient, protocol, checkin, sitting, findings, urgency, alert, told)
    said = {finding.pattern: finding.urgency.word for finding in findings}
    return replace(sitting, told={**sitting.told, **said}, part=sitting.part + 1)


def told_of(sitting: Sitting, pattern: str) -> Urgency:
    """The urgency at which this check-in has already told the patient of a pattern."""
    return Urgency.of(sitting.told.get(pattern, Urgency.NONE.word))


def keep_finding(visit: Visit, checkin: Checkin, result: Result) -> None:
    """Keep what the rules concluded, with their version: the evidence behind what is said."""
    visit.tx.checkins.found(visit.person, checkin, result.urgency.word, as_json(result.findings), visit.now)


def as_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings as JSON."""
    return [
        {
            "id": f.pattern,
            "urgency": f.urgency.word,
            "rules": list(f.rules),
            "because": list(f.because),
            "source": f.source,
            "known": f.known,
        }
        for f in findings
    ]
