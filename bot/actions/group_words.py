"""What is said to a patient about a care group, and to the group about the patient."""

from __future__ import annotations

from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.domain.speech import Message
from bot.store.tables import Person
from bot.texts import Html

# In a group's sealed settings: who brought it and how many were in it, for the patient's question.
BROUGHT_BY, PEOPLE = "brought_by", "people"


def asks(voice: Voice, group: Person) -> list[Html]:
    """What the patient reads before they say yes: which group, who brought it, how many read along."""
    known = voice.tx.people.settings(group)
    name, by = voice.tx.people.handle(group), known.get(BROUGHT_BY)
    question = voice.html("group.ask_by", name=name, by=by) if by else voice.html("group.ask", name=name)
    return [question, voice.html("group.who_reads", count=int(known.get(PEOPLE, 0)))]


def welcome(visit: Visit, group: Person, patient: str) -> Message:
    """To the group, once the patient has said yes: what comes here, who reads it, and how it ends."""
    voice = visit.voice_to(group)
    return voice.message(
        voice.html("group.welcome", name=patient),
        voice.html("group.what_comes", name=patient),
        voice.html("group.how_it_ends"),
    )
