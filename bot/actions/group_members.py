"""Who is in a care group: when that changes, the patient hears of it, since everybody there reads the alerts."""

from __future__ import annotations

from bot.actions import family
from bot.actions.relations import is_dead, name_of
from bot.actions.visit import Visit
from bot.domain.incoming import InGroup, Member
from bot.domain.press import SettingPress
from bot.store.tables import CareLink
from bot.texts import clean


async def changed(visit: Visit, content: InGroup) -> None:
    """Keep what the group is called now, and tell each patient who came or went."""
    if content.title and visit.tx.people.handle(visit.person) != content.title:
        visit.tx.people.set_handle(visit.person, content.title)
    for link in await visit.tx.families.of_caregiver(visit.person.id):
        for member in content.came:
            await _tell(visit, link, "group.came", member)
        for member in content.went:
            await _tell(visit, link, "group.went", member)


async def _tell(visit: Visit, link: CareLink, key: str, member: Member) -> None:
    """One notice a change: Telegram may tell the same twice, as a message in the group and as a change of members."""
    patient = await visit.tx.people.get(link.patient_id)
    if member.user_id == patient.chat_id or await is_dead(visit.tx, patient.id):
        return
    voice = visit.voice_to(patient, about=patient)
    text = voice.html(key, member=clean(member.name) or "?", name=name_of(visit.tx, visit.person))
    remove = voice.button("group.button.remove", SettingPress("link", f"{link.id}.remove"))
    once = f"{key}:{link.id}:{member.user_id}:{visit.now:%Y%m%d%H}"
    voice.say(await family.softly(voice, voice.message(text, buttons=[[remove]])), key=once)
