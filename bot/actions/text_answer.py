"""In the middle of a check-in a text can be an answer: "7", "about six", "none", "yes my left leg"."""

from __future__ import annotations

from dataclasses import replace

from bot.actions.answer_question import answer
from bot.actions.show_checkin import card_of, screen
from bot.actions.sittings import load_sitting, save_sitting
from bot.actions.visit import Visit
from bot.domain.press import DONE, CheckinPress
from bot.domain.recognise import Recognised
from bot.domain.recognise.answers import as_answer, number_told
from bot.domain.sitting import Sitting, current
from bot.store.tables import Checkin
from bot.texts import Html

PAIN = "pain"


async def answers(visit: Visit, text: str, *, only_numbers: bool = False) -> bool:
    """Take the text as the answer to the question that waits; False when it is none.

    `only_numbers` takes nothing but a number to a scale, with no other words that mean something.
    """
    here = await _under_way(visit)
    if here is None:
        return False
    checkin, sitting = here
    question = current(visit.world.protocol_of(checkin.protocol_version), sitting)
    if question is None or (only_numbers and question.kind != "scale"):
        return False
    phrases = visit.world.phrases
    value = as_answer(text, question.id, question.kind, question.choices, phrases)
    if value is None and question.kind == "scale" and not only_numbers:
        value = number_told(text, phrases)
    if value is None:
        return False
    await _goes_on_below(visit, checkin, sitting)
    if isinstance(value, frozenset):
        for code in sorted(value):
            await answer(visit, CheckinPress(checkin.id, question.id, f"+{code}"))
        # "None" is an answer as it stands; ticks wait for "Send", or for the 90 seconds.
        if not value and not sitting.ticks.get(question.id):
            await answer(visit, CheckinPress(checkin.id, question.id, DONE))
        return True
    await answer(visit, CheckinPress(checkin.id, question.id, str(value)))
    return True


async def says_a_number(visit: Visit, text: str, found: Recognised) -> Recognised:
    """Take "8/10 and my back hurts" as the answer to the question about pain; what else was told is given back."""
    here = await _under_way(visit)
    if here is None:
        return found
    checkin, sitting = here
    question = current(visit.world.protocol_of(checkin.protocol_version), sitting)
    number = number_told(text, visit.world.phrases)
    if question is None or question.kind != "scale" or number is None:
        return found
    await _goes_on_below(visit, checkin, sitting)
    await answer(visit, CheckinPress(checkin.id, question.id, str(number)))
    return replace(found, labels=found.labels - {PAIN})


async def ticks(visit: Visit, found: Recognised) -> bool:
    """Tick what was typed if the question that waits asks about just that; False when it asks something else."""
    here = await _under_way(visit)
    if here is None:
        return False
    checkin, sitting = here
    protocol = visit.world.protocol_of(checkin.protocol_version)
    question = current(protocol, sitting)
    codes = found.signs.get(question.id, frozenset()) if question is not None else frozenset[str]()
    if question is None or question.kind != "several" or not codes or set(found.signs) != {question.id}:
        return False
    await _goes_on_below(visit, checkin, sitting)
    for code in sorted(codes & set(question.choices)):
        await answer(visit, CheckinPress(checkin.id, question.id, f"+{code}"))
    return True


async def ask_again(visit: Visit, note: Html) -> bool:
    """In the middle of the questions, what cannot be read gets a kind line and the question below it once more."""
    here = await _under_way(visit)
    if here is None or here[0].state != "open":
        return False
    checkin, sitting = here
    sitting = await _goes_on_below(visit, checkin, sitting)
    shown = screen(visit.voice, visit.world.protocol_of(checkin.protocol_version), checkin, sitting)
    await visit.voice.card(card_of(sitting), checkin.id, replace(shown, text=f"{note}\n\n{shown.text}"))
    return True


async def _under_way(visit: Visit) -> tuple[Checkin, Sitting] | None:
    if visit.patient is None:
        return None
    checkin = await visit.tx.checkins.under_way(visit.person.id)
    if checkin is None or checkin.state not in ("prompted", "open") or checkin.expires_at <= visit.now:
        return None
    return checkin, await load_sitting(visit.tx, visit.person, visit.patient, checkin)


async def _goes_on_below(visit: Visit, checkin: Checkin, sitting: Sitting) -> Sitting:
    """The question keeps its words but not its buttons, and the next one comes below what was typed."""
    card = await visit.tx.cards.find(card_of(sitting), checkin.id)
    if card is None or card.message_id is None:
        return sitting
    visit.voice.bare(card.message_id)
    sitting = replace(sitting, part=sitting.part + 1)
    save_sitting(visit.tx, visit.person, checkin, sitting)
    return sitting
