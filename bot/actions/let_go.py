"""Ends a care link: from this commit on nothing about the patient goes to that person."""

from __future__ import annotations

from datetime import datetime

from bot.actions import alert_ladder
from bot.actions.world import World
from bot.store.tables import CareLink
from bot.store.unit import Tx


async def let_go(world: World, tx: Tx, link: CareLink, state: str, now: datetime) -> None:
    """End the link as "removed" or "left"; take back what still waits to be sent, and any alert they had taken."""
    caregiver = await tx.people.get(link.caregiver_id)
    link.state, link.ended_at, link.unreachable_at = state, now, None
    by = link.patient_id if state == "removed" else link.caregiver_id
    tx.audit.note(link.patient_id, by, f"caregiver_{state}", now, link.id)
    tx.moments.clear("carer", link.id)  # bot.actions.caring: how are you?
    await tx.flush()
    await tx.outbox.take_back(caregiver.chat_id, link.patient_id)
    alert = await tx.alerts.open_of(link.patient_id)
    if alert is None:
        return
    if alert.owner_id == caregiver.id and alert.state == "acknowledged":
        tx.alerts.happened(await tx.people.get(alert.patient_id), alert, "owner_left", now, by=caregiver.id)
    await alert_ladder.without(world, tx, alert, caregiver, now)
