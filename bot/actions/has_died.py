""" "Has died": every message to and about the patient stops at once, with one kind text to who told us."""

from __future__ import annotations

from bot.actions import alert_follow_up
from bot.actions.relations import name_of
from bot.actions.visit import Visit
from bot.domain.press import SettingPress


def ask(visit: Visit) -> None:
    """Once more before it is done: a mis-tap here would silence everything."""
    voice = visit.voice
    yes = voice.button("died.yes", SettingPress("silence", f"{visit.person.id}.died_yes"))
    no = voice.button("died.no", SettingPress("silence", f"{visit.person.id}.fine"))
    voice.tell("died.sure", buttons=[[yes], [no]], name=name_of(visit.tx, visit.person))


async def stop_everything(visit: Visit) -> None:
    """Stop it all. Any tap of the patient undoes it."""
    patient = visit.patient
    if patient is None:
        return
    patient.state = "died"
    tx = visit.tx
    alert = await tx.alerts.open_of(visit.person.id)
    if alert is not None:
        await alert_follow_up.close(visit, alert, visit.person, "died")
    await tx.moments.clear_patient(visit.person.id)
    await tx.outbox.drop_about(visit.person.id)
    await tx.cards.drop_about(visit.person.id)
    tx.audit.note(visit.person.id, visit.speaker.id, "died", visit.now)
    visit.voice.tell("died.thanks", name=name_of(tx, visit.person))
