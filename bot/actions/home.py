"""The greeting of somebody who is in: what can be done from here, for each side they have."""

from __future__ import annotations

from bot.actions.relations import name_of
from bot.actions.roles import Roles, roles_of
from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.domain.press import LearnPress, SettingPress, StepPress
from bot.domain.speech import Button
from bot.texts import Html, escaped


async def greet(visit: Visit) -> None:
    """Say hello and what can be done."""
    voice, roles = visit.voice, await roles_of(visit)
    name = visit.tx.people.name(visit.person)
    parts = [voice.html("home.hello", name=name) if name else voice.html("home.hello_nameless")]
    if roles.patient is not None:
        parts.append(voice.html(f"home.{roles.patient.state}"))
    if roles.cares_for:
        parts.append(voice.html("home.caregiver", names=await patients_named(visit, roles)))
    parts.append(voice.html("home.emergency", number=voice.world.number_for(visit.person)))
    voice.say(voice.message(*parts, buttons=buttons(voice, roles)))


def buttons(voice: Voice, roles: Roles) -> list[list[Button]]:
    """What a greeting and the help offer, for the sides that a person has."""
    if roles.patient is None:
        return [[voice.button("home.begin", StepPress("begin", "patient"))]] if roles.cares_for else []
    rows = [[voice.button("home.checkin", SettingPress("go", "checkin"), "primary")]]
    if roles.patient.state != "active":
        rows.insert(0, [voice.button("pause.resume", SettingPress("pause", "resume"), "success")])
    rows.append([voice.button("result.wrong", SettingPress("wrong", "open"))])
    rows.append([voice.button("home.settings", SettingPress("go", "settings"))])
    return [*rows, [learn_button(voice)]]


def learn_button(voice: Voice) -> Button:
    """Opens the list of things to read."""
    return voice.button("home.learn", LearnPress("topics"))


async def patients_named(visit: Visit, roles: Roles) -> Html:
    """The people this person cares for, by name."""
    people = [await visit.tx.people.get(link.patient_id) for link in roles.cares_for]
    names = [name_of(visit.tx, person) for person in people]
    return visit.world.texts.listed(visit.voice.language, [escaped(name) for name in names])
