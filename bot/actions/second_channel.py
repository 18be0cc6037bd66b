"""Knocks: whoever may sleep through Telegram is called another way, too, which the operator has set for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.actions.relations import name_of
from bot.actions.voice import Voice
from bot.actions.world import World
from bot.domain.ladder import CALLING, Step, is_loud
from bot.domain.second_channel import scheme_of
from bot.domain.speech import Lane
from bot.store.knocks import Settled
from bot.store.queues import KnockRow
from bot.store.tables import Alert, Person
from bot.store.unit import Tx


@dataclass(frozen=True)
class Knock:
    """A claimed knock, opened: whom to call, and the only words that ever leave this way. Not to be logged."""

    id: int
    tries: int
    address: str
    text: str


def plan(
    tx: Tx, alert: Alert, caregiver: Person, stamped: Mapping[str, Any], at: Step, climbed: int, now: datetime
) -> None:
    """From the second step that makes a sound on, call them by their second channel as well, once a step."""
    if caregiver.channel is not None and is_loud(stamped, at.number):
        key = f"{alert.id}:{climbed}:{at.number}:{caregiver.id}"
        tx.knocks.put(key, alert.id, alert.patient_id, caregiver.id, now)


async def opened(world: World, tx: Tx, row: KnockRow) -> Knock | None:
    """What to say to which address; None when somebody has answered meanwhile, or the caregiver cares no longer."""
    alert = await tx.alerts.get(row.alert_id)
    link = await tx.families.between(row.patient_id, row.caregiver_id)
    if alert is None or alert.state not in CALLING or link is None or link.state != "active":
        return None
    caregiver = await tx.people.get(row.caregiver_id)
    address = tx.people.channel(caregiver)
    if address is None:
        return None
    name = name_of(tx, await tx.people.get(row.patient_id))
    text = world.texts.label(caregiver.language, "second_channel.text", name=name)
    return Knock(row.id, row.tries, address, text)


async def settle(tx: Tx, outcomes: list[Settled], epoch: int) -> None:
    """Keep what became of knocks, and let the alert's timeline show it."""
    for row in await tx.knocks.settle(outcomes, epoch):
        alert = await tx.alerts.get(row.alert_id)
        if alert is None or row.state not in ("sent", "failed"):
            continue
        kind = "knocked" if row.state == "sent" else "knock_failed"
        patient = await tx.people.get(row.patient_id)
        at = next(outcome.at for outcome in outcomes if outcome.id == row.id)
        tx.alerts.happened(patient, alert, kind, at, by=row.caregiver_id, key=f"{kind}:{row.key}")


def set_address(world: World, tx: Tx, person: Person, address: str | None, now: datetime) -> None:
    """Keep or forget a person's address, and tell them in Telegram what is sent there and when."""
    tx.people.set_channel(person, address)
    tx.audit.note(person.id, None, "channel_set" if address else "channel_removed", now)
    voice = Voice(world, tx, person, now)
    scheme = scheme_of(address) if address else None
    text = voice.html("second_channel.is_set", scheme=scheme) if scheme else voice.html("second_channel.is_removed")
    voice.say(voice.message(text).quietly(), Lane.DIGEST)
