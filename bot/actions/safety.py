"""The buttons that are about safety and travel as `s:`: which setting goes to which verb."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.actions import (
    alert_follow_up,
    caring,
    has_died,
    heard,
    hospital,
    looked,
    rehearsal,
    report_for,
    shifts,
    snooze,
    wrong,
)
from bot.actions.alert_told import tell_others
from bot.actions.relations import allowed, is_dead, name_of, subject_and_action
from bot.actions.visit import Visit
from bot.domain.people import Deed


async def _silence(visit: Visit, choice: str) -> str | None:
    """A caregiver's answer to the quiet note."""
    patient_id, said = subject_and_action(choice)
    deed = Deed.SAY_DIED if said.startswith("died") else Deed.REPORT_FOR
    if not await allowed(visit, patient_id, deed):
        return visit.voice.label("tap.unknown")
    if await is_dead(visit.tx, patient_id):
        return visit.voice.label("died.already")
    acting = await report_for.on_behalf(visit, patient_id)
    name = name_of(acting.tx, acting.person)
    match said:
        case "fine" | "no_phone":
            acting.tx.audit.note(patient_id, visit.person.id, f"silence_{said}", visit.now)
            acting.voice.tell(f"silence.said_{said}", name=name)
        case "hospital":
            await _hospital(visit, acting)
        case "died":
            has_died.ask(acting)
        case "died_yes":
            await has_died.stop_everything(acting)
        case _:
            return visit.voice.label("tap.unknown")
    return None


async def _hospital(visit: Visit, acting: Visit) -> None:
    """A caregiver says that the patient is in hospital: an open alert ends with it, and the others hear of it."""
    patient, alert = acting.patient, await acting.tx.alerts.open_of(acting.person.id)
    if alert is not None:
        await alert_follow_up.close(acting, alert, acting.person, "in_hospital")
        await tell_others(visit, alert, acting.person, "in_hospital", everybody=True)
    elif patient is not None and patient.state != "hospital":
        await hospital.tell_the_others(acting)
    if patient is not None:
        await hospital.pause(acting, acting.person, patient)


SAFETY_SETTINGS: dict[str, Callable[[Visit, str], Awaitable[str | None]]] = {
    wrong.SETTING: wrong.press,
    heard.SETTING: heard.press,
    heard.ABOUT: heard.about,
    report_for.SETTING: report_for.press,
    hospital.SETTING: hospital.press,
    rehearsal.SETTING: rehearsal.setting,
    snooze.SETTING: snooze.press,
    caring.SETTING: caring.press,
    shifts.NIGHTS: shifts.nights,
    looked.SETTING: looked.press,
    "silence": _silence,
}
