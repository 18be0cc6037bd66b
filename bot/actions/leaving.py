"""/stop and the way back: no message any more, until the person wants it otherwise."""

from __future__ import annotations

from bot.actions import answer_question, finish_checkin, home, menus, remind
from bot.actions.relations import name_of
from bot.actions.schedule import activate
from bot.actions.visit import Visit
from bot.domain.press import SettingPress
from bot.store.moments import CHECKIN
from bot.store.tables import Checkin, Patient

STOPPED = "stopped"
# Moments of the patient that would bring messages. An open alert keeps its own: it ends only when it is answered.
OF_A_PATIENT = (CHECKIN, "resume", "silence", "hospital")


async def ask(visit: Visit) -> None:
    """What stopping means, and whether it is meant."""
    voice = visit.voice
    rows = [
        [voice.button("stop.yes", SettingPress("stop", "yes"), "danger")],
        [voice.button("stop.pause", SettingPress("pause", "ask"))],
        [voice.button("stop.no", SettingPress("stop", "no"))],
    ]
    voice.tell("stop.ask", buttons=rows)


async def press(visit: Visit, choice: str) -> str | None:
    """The answer to whether stopping is meant."""
    patient = visit.patient
    if choice not in ("yes", "no") or patient is None:
        return visit.voice.label("tap.unknown")
    if choice == "yes" and patient.state not in (STOPPED, "died"):
        await _stop(visit, patient)
    elif choice == "no":
        visit.voice.tell("stop.not" if patient.state != STOPPED else "refuse.stopped")
    return None


async def _stop(visit: Visit, patient: Patient) -> None:
    tx, person = visit.tx, visit.person
    if (checkin := await tx.checkins.under_way(person.id)) is not None:
        await _end(visit, checkin)
    patient.state, patient.paused_until = STOPPED, None
    tx.moments.clear_all(OF_A_PATIENT, person.id)
    tx.people.expect(person, None)
    alert = await tx.alerts.open_of(person.id)
    visit.voice.tell("stop.done_alert" if alert else "stop.done", number=visit.world.number_for(person))
    await _tell_caregivers(visit, is_open=alert is not None)
    await menus.refresh(visit)


async def _end(visit: Visit, checkin: Checkin) -> None:
    """End the check-in under way. A warning sign that was ticked and not sent is judged first: it may be the reason."""
    if await visit.tx.moments.of("ticks", checkin.id):
        await answer_question.judge_unsent(visit, checkin, "ticks")
    if await visit.tx.moments.of("known", checkin.id):
        await answer_question.judge_unsent(visit, checkin, "known")
    if await visit.tx.moments.of("linger", checkin.id):
        await finish_checkin.speak_up(visit, checkin)
    await remind.expire(visit, checkin)


async def _tell_caregivers(visit: Visit, is_open: bool) -> None:
    """One neutral note each; while an alert is open it says that this alert still needs somebody."""
    tx, person = visit.tx, visit.person
    name = name_of(tx, person)
    key = "stop.caregivers_alert" if is_open else "stop.caregivers"
    for link in await tx.families.people_of(person.id):
        visit.voice_to(await tx.people.get(link.caregiver_id)).tell(key, name=name)


async def come_back(visit: Visit, patient: Patient) -> None:
    """/start after /stop: everything is as it was, and the next check-in is due again."""
    activate(visit, patient)
    visit.voice.tell("stop.back")
    await home.greet(visit)
    await menus.refresh(visit)
