"""/emergency: whom to call, as a number to read and as a card to tap, and what to say."""

from __future__ import annotations

from bot.actions.relations import name_of
from bot.actions.roles import roles_of
from bot.actions.visit import Visit
from bot.actions.where import is_sure, number_note
from bot.domain.speech import Lane
from bot.store.tables import CareLink
from bot.texts import Html


async def show(visit: Visit) -> None:
    """The number at once, for anybody, known or not; then the care team's phones as cards."""
    voice, roles = visit.voice, await roles_of(visit)
    number = visit.world.number_for(visit.person)
    about = [await _patient(visit, link) for link in roles.cares_for]
    say = "emergency.say" if roles.patient is not None else "emergency.say_other"
    parts = [voice.html("emergency.call", number=number), voice.html(say), *about]
    if not is_sure(voice, visit.person.country):
        parts.append(number_note(voice, visit.person.country))
    parts.append(voice.html("emergency.nobody_reads"))
    voice.say(voice.message(*parts), Lane.ALERT)
    voice.phone_card(number, voice.label("phone.emergency"), Lane.ALERT)
    if roles.patient is not None:
        care = visit.tx.patients.care(visit.person, roles.patient)
        for phone in dict.fromkeys(care[time] for time in ("night", "day") if care.get(time)):
            voice.phone_card(phone, voice.label("phone.team"), Lane.ALERT)


async def _patient(visit: Visit, link: CareLink) -> Html:
    """The numbers of somebody this person cares for, who may live in another country."""
    patient = await visit.tx.people.get(link.patient_id)
    side = await visit.tx.patients.get(link.patient_id)
    care = visit.tx.patients.care(patient, side) if side else {}
    name = name_of(visit.tx, patient)
    number, phone = visit.world.number_for(patient), care.get("night") or care.get("day")
    if phone:
        return visit.voice.html("emergency.patient_team", name=name, number=number, phone=phone)
    return visit.voice.html("emergency.patient", name=name, number=number)
