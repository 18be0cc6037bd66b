"""A card shown anew as the newest message, when what it showed has scrolled away."""

from __future__ import annotations

from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.domain.speech import Message


async def card_below(voice: Voice, purpose: str, subject_id: int, message: Message) -> None:
    """Send the card as a new message; the earlier one loses its buttons.

    If delivery is just editing the earlier message, that edit may win and the card stays where it was: it still
    shows the right thing.
    """
    card = await voice.tx.cards.find(purpose, subject_id)
    if card is not None and card.message_id is not None:
        voice.bare(card.message_id)
        card.message_id, card.shown = None, 0
    await voice.card(purpose, subject_id, message)


async def card_here(visit: Visit, purpose: str, message: Message, subject_id: int | None = None) -> None:
    """Edit the card in place; the message whose button was tapped is the one to edit."""
    subject = visit.person.id if subject_id is None else subject_id
    card = await visit.tx.cards.find(purpose, subject)
    if card is not None and visit.message_id is not None:
        visit.tx.cards.adopt(card, visit.message_id)
    await visit.voice.card(purpose, subject, message)
