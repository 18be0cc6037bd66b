"""Who hears of an answer to an alert: whoever gave it, the patient, and everybody who had been called."""

from __future__ import annotations

from bot.actions import alert_ladder
from bot.actions.alert_words import CHECK_ONCE, caregiver_row
from bot.actions.relations import name_of, who_is_there
from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.domain.speech import Lane
from bot.store.tables import Alert, Person
from bot.texts import Html, clean

# The patient says these of themselves, and a caregiver who reported or re-checked says them of the patient.
SAID_BY_BOTH = ("reached", "ambulance", "in_hospital", "cant_get_through", "better", "same_told", "worse")

# In a group everybody must see who it is that has it, so the thanks are for all.
SAID_IN_A_GROUP = ("ack", "called_team", "called_emergency", "with_them")

# The thanks for these say that the others know; who is the only one reads other words.
SAYS_OTHERS_KNOW = ("ack", "called_team", "called_emergency")


async def thank(visit: Visit, alert: Alert, patient: Person, action: str) -> None:
    """Thank the caregiver who answered, and say what is next."""
    voice = visit.voice_to(visit.person, about=patient)
    name, number = name_of(voice.tx, patient), voice.world.number_for(patient)
    if visit.member is not None and action in SAID_IN_A_GROUP:
        by, clock = clean(visit.member.name), voice.clock(visit.now)
        text = voice.html(f"alert.others.{action}", name=by, patient=name, time=clock)
        voice.say(voice.message(text), Lane.ALERT, alert_id=alert.id)
        return
    others = [c for c in await alert_ladder.told_contacts(voice.tx, alert, visit.now) if c.person != visit.person.id]
    alone = ".alone" if action in SAYS_OTHERS_KNOW and not others else ""
    voice.say(voice.message(voice.html(f"alert.thanks.{action}{alone}", name=name, number=number)), alert_id=alert.id)


async def tell_patient(visit: Visit, alert: Alert, patient: Person, action: str) -> None:
    """A receipt for the patient: who was told when, and what they answered when."""
    voice = visit.voice_to(patient)
    name, number = who_is_there(visit), voice.world.number_for(patient)
    answered = voice.clock(visit.now)
    parts: list[Html] = [voice.html(f"alert.receipt.{action}", name=name, time=answered, number=number)]
    told = await _told_at(voice, alert, visit.person)
    if told is not None:
        parts.append(voice.html("alert.receipt.times", name=name, told=told, answered=answered))
    voice.say(voice.message(*parts), Lane.ALERT, alert_id=alert.id)


async def _told_at(voice: Voice, alert: Alert, caregiver: Person) -> Html | None:
    """When the first call reached the caregiver's phone, as far as Telegram told us."""
    await voice.tx.flush()
    sent = [
        row.sent_at
        for row in await voice.tx.outbox.of_alert(alert.id)
        if row.sent_at is not None and row.chat_id == caregiver.chat_id
    ]
    return voice.clock(min(sent)) if sent else None


async def tell_others(visit: Visit, alert: Alert, patient: Person, action: str, everybody: bool = False) -> None:
    """Tell every other caregiver what this person said.

    While the patient wanted to try their team first, nobody has been told of anything yet, and nobody is now.
    """
    if not everybody and not any(e.kind == "called" for e in await visit.tx.alerts.timeline(alert.id)):
        return
    number = visit.world.number_for(patient)
    for contact in await alert_ladder.told_contacts(visit.tx, alert, visit.now):
        if contact.person == visit.person.id:
            continue
        voice = visit.voice_to(await visit.tx.people.get(contact.person), about=patient)
        name, by = name_of(voice.tx, patient), who_is_there(visit)
        own = "" if visit.person.id == patient.id or action not in SAID_BY_BOTH else "_for"
        text = voice.html(f"alert.others.{action}{own}", patient=name, name=by, time=voice.clock(visit.now))
        once = CHECK_ONCE if action in ("passed", "mistap") else ()
        buttons = [[button] for button in caregiver_row(voice, alert, once, number)]
        voice.say(voice.message(text, buttons=buttons), Lane.ALERT, alert_id=alert.id)
