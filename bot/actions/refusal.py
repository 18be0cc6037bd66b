"""The kind no for what is somebody else's, always with what this person can do instead."""

from __future__ import annotations

from bot.actions import leaving, welcome
from bot.actions.roles import checking_in
from bot.actions.visit import Visit
from bot.domain.onboarding import step_of
from bot.domain.press import StepPress
from bot.store.tables import Patient


async def patient_only(visit: Visit) -> Patient | None:
    """The patient side; without one, says kindly why this cannot be and what can, and returns None."""
    patient = checking_in(visit)
    if patient is None:
        await refuse(visit)
    return patient


async def refuse(visit: Visit) -> None:
    """Say that this belongs to somebody who checks in, and what this person can do instead."""
    voice = visit.voice
    if visit.patient is not None and visit.patient.state == "died":
        await leaving.come_back(visit, visit.patient)  # clinical.md, Silence: any tap of the patient undoes it
    elif visit.patient is not None and visit.patient.state == "stopped":
        voice.tell("refuse.stopped")
    elif step_of(visit.person.onboarding) is not None and visit.patient is not None:
        voice.tell("refuse.not_yet")
        await welcome.show_step(visit, below=True)
    elif await visit.tx.families.of_caregiver(visit.person.id):
        begin = voice.button("home.begin", StepPress("begin", "patient"))
        voice.tell("refuse.caregiver", buttons=[[begin]])
    else:
        voice.tell("refuse.stranger")
