"""Short cards with what the article says, in plain words, each with its section."""

from __future__ import annotations

from bot.actions.below import card_below, card_here
from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.domain.press import LearnPress
from bot.domain.speech import Message, Rows

PURPOSE = "learn"
TOPICS = ("red_flags", "signs", "why", "tests", "treatments", "support")
LIST = "topics"


async def topic(visit: Visit, press: LearnPress) -> str | None:
    """Show a card, or the list of them. The list comes as a new message, the rest in its place."""
    if press.topic == LIST:
        await card_below(visit.voice, PURPOSE, visit.person.id, _list(visit.voice))
    elif press.topic in TOPICS:
        await card_here(visit, PURPOSE, _card(visit.voice, press.topic))
    else:
        return visit.voice.label("tap.unknown")
    return None


def _list(voice: Voice) -> Message:
    return voice.message(voice.html("learn.topics"), buttons=_buttons(voice, None))


def _card(voice: Voice, topic: str) -> Message:
    source = voice.html("learn.source", section=voice.html(f"learn.{topic}.section"))
    urgent = voice.html("learn.urgent", number=voice.world.number_for(voice.person))
    return voice.message(voice.html(f"learn.{topic}"), urgent, source, buttons=_buttons(voice, topic))


def _buttons(voice: Voice, shown: str | None) -> Rows:
    return [[voice.button(f"learn.open.{topic}", LearnPress(topic))] for topic in TOPICS if topic != shown]
