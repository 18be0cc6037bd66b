"""Who can be reached: somebody blocked the bot or let it in again, and those who count on them hear of it once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.actions import alert_ladder, family, leave_group, rehearsal
from bot.actions.open_checkin import schedule_next
from bot.actions.relations import name_of
from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.actions.world import World
from bot.domain.incoming import Undeliverable
from bot.domain.press import SettingPress
from bot.domain.speech import Lane, Rows
from bot.store.moments import CHECKIN
from bot.store.tables import Alert, CareLink
from bot.store.unit import Tx

# Patients of whom somebody expects to hear. A stopped one may close the chat without anybody being told.
EXPECTED = ("active", "paused", "hospital")
# In the patient's sealed settings: the caregivers who were told that the patient's chat is closed.
TOLD = "told_chat_closed"


async def membership(visit: Visit, reachable: bool) -> str | None:
    """The person blocked us, or let us in again."""
    if reachable:
        await back(visit)
        return None
    alerts = [alert for link in await _links(visit) if (alert := await visit.tx.alerts.open_of(link.patient_id))]
    await _lost(visit, but_not=[alert.patient_id for alert in alerts])
    for alert in alerts:
        await alert_ladder.contact_gone(visit.world, visit.tx, alert.id, visit.person, visit.now)
    return None


async def undeliverable(world: World, tx: Tx, content: Undeliverable, now: datetime) -> None:
    """A message could not be handed over for good: the same as a block, and the next person of an alert at once."""
    person = await tx.people.by_chat(content.chat_id)
    if person is None:
        return
    if content.moved_to is not None:
        await moved(tx, content.chat_id, content.moved_to)
        return
    alert = await tx.alerts.get(content.alert) if content.alert is not None else None
    open_alert = alert if alert is not None and alert.state != "closed" else None
    visit = Visit(world, tx, now, person, await tx.patients.get(person.id))
    # About an open alert the patient hears from the ladder itself, with what it means for that alert.
    await _lost(visit, but_not=[open_alert.patient_id] if open_alert else ())
    if alert is not None and alert.kind == rehearsal.KIND:
        await rehearsal.refresh(world, tx, alert, now)
    if open_alert is not None:
        await alert_ladder.contact_gone(world, tx, open_alert.id, person, now)


async def moved(tx: Tx, chat_id: int, moved_to: int) -> None:
    """A group became a supergroup with an id of its own: what waits for it goes there, and it stays a care group.

    That we came into the new one may have been told first, and then we were about to leave it.
    """
    group = await tx.people.by_chat(chat_id)
    if group is not None and await tx.people.by_chat(moved_to) is None:
        tx.people.move(group, moved_to)
        await leave_group.stay(tx, moved_to)
        await tx.outbox.readdress(chat_id, moved_to)


async def _lost(visit: Visit, but_not: Collection[int] = ()) -> None:
    """Their chat is closed. Everybody who counts on them is told, once."""
    person, tx = visit.person, visit.tx
    if person.unreachable_at is None:
        person.unreachable_at = visit.now
        tx.audit.note(person.id, None, "unreachable", visit.now)
        await _stop_asking(visit)
    for link in await _links(visit):
        if link.unreachable_at is None:
            link.unreachable_at = visit.now
            await tx.flush()
            await _tell_patient(visit, link, say=link.patient_id not in but_not)


async def back(visit: Visit) -> None:
    """They can be reached again; whoever was told that they could not be is told this, too.

    Any word from a person shows the same as Telegram's own notice, which never comes for an account that was
    deleted and made anew.
    """
    person, tx = visit.person, visit.tx
    links = [link for link in await _links(visit) if link.unreachable_at is not None]
    for link in links:
        link.unreachable_at = None
        await tx.flush()
        await _tell_patient(visit, link, say=True)
    if person.unreachable_at is not None:
        person.unreachable_at = None
        tx.audit.note(person.id, person.id, "reachable", visit.now)
        await _ask_again(visit)
    await tx.flush()
    for link in links:
        if (alert := await tx.alerts.open_of(link.patient_id)) is not None:
            await alert_ladder.contact_back(visit.world, tx, alert, person, visit.now)


async def _links(visit: Visit) -> list[CareLink]:
    """Their care links, read once the patients' rows are held, in the order of their ids."""
    families = visit.tx.families
    await visit.tx.flush()
    first = await families.of_caregiver(visit.person.id)
    if not first:
        return []
    await visit.tx.patients.lock([link.patient_id for link in first])
    fresh = [await families.reread(link) for link in first]
    return [link for link in fresh if link.state == "active"]


async def _tell_patient(visit: Visit, link: CareLink, say: bool) -> None:
    """Tell the patient that this caregiver is out of reach, or in reach again; without a sound at night."""
    patient = await visit.tx.people.get(link.patient_id)
    voice = visit.voice_to(patient, about=patient)
    await family.refresh(voice)
    row = await visit.tx.patients.get(patient.id)
    if not say or row is None or row.state not in EXPECTED:
        return
    name = name_of(visit.tx, visit.person)
    if link.unreachable_at is None:
        key = "group.back" if link.is_group else "reach.back"
        message = voice.message(voice.html(key, name=name))
    else:
        message = voice.message(voice.html(await _lost_key(visit.tx, link), name=name), buttons=_somebody_else(voice))
    voice.say(await family.softly(voice, message))


async def _lost_key(tx: Tx, link: CareLink) -> str:
    others = [other for other in await tx.families.of_patient(link.patient_id) if other.unreachable_at is None]
    if link.is_group:
        return "group.lost" if others else "group.lost_nobody"
    return "reach.lost" if others else "reach.lost_nobody"


def _somebody_else(voice: Voice) -> Rows:
    return [[voice.button("invite.button.new", SettingPress("invite", "new"))]]


async def _stop_asking(visit: Visit) -> None:
    """A patient closed the chat: no prompts into nowhere, and one quiet note to those who care."""
    patient, person, tx = visit.patient, visit.person, visit.tx
    if patient is None or patient.state not in EXPECTED:
        return
    tx.moments.clear(CHECKIN, person.id)
    under_way = await tx.checkins.under_way(person.id)
    if under_way is not None:
        tx.moments.clear("remind", under_way.id)
    told = [link.caregiver_id for link in await tx.families.people_of(person.id)]
    alert = await tx.alerts.open_of(person.id)
    if alert is None:
        await _note_to(visit, told, "reach.patient_closed")
    else:
        await _call_them(visit, alert)
    tx.people.set_settings(person, {**tx.people.settings(person), TOLD: told})


async def _call_them(visit: Visit, alert: Alert) -> None:
    """The patient closed the chat while an alert is open: whoever knows of it is asked, with a sound, to call them."""
    if not any(event.kind == "called" for event in await visit.tx.alerts.timeline(alert.id)):
        return  # the patient still tries their team; whoever is called later reads of the alert then
    number = visit.world.number_for(visit.person)
    for contact in await alert_ladder.told_contacts(visit.tx, alert, visit.now):
        voice = visit.voice_to(await visit.tx.people.get(contact.person))
        text = voice.html("reach.patient_closed_alert", name=name_of(visit.tx, visit.person), number=number)
        voice.say(voice.message(text), Lane.ALERT, alert_id=alert.id)


async def _ask_again(visit: Visit) -> None:
    """The patient's chat is open again: the next check-in is due as ever, and whoever was told hears it."""
    patient, person, tx = visit.patient, visit.person, visit.tx
    if patient is None:
        return
    if patient.state == "active":
        schedule_next(tx, person, patient, visit.now)
    settings = tx.people.settings(person)
    told = settings.pop(TOLD, None)
    if told is None:
        return
    tx.people.set_settings(person, settings)
    still = {link.caregiver_id for link in await tx.families.of_patient(person.id)}
    await _note_to(visit, [caregiver for caregiver in told if caregiver in still], "reach.patient_open")


async def _note_to(visit: Visit, caregivers: Collection[int], key: str) -> None:
    await visit.tx.people.load(caregivers)
    for caregiver_id in caregivers:
        voice: Voice = visit.voice_to(await visit.tx.people.get(caregiver_id))
        message = voice.message(voice.html(key, name=name_of(visit.tx, visit.person))).quietly()
        voice.say(message, Lane.DIGEST)
