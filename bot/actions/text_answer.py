"""In the middle of a check-in a text can be an answer: "7", "about six", "none", "yes my left leg"."""

from __future__ import annotations

from bot.actions.answer_question import answer
from bot.actions.sittings import load_sitting
from bot.actions.visit import Visit
from bot.domain.press import DONE, CheckinPress
from bot.domain.recognise import Recognised
from bot.domain.recognise.answers import as_answer
from bot.domain.sitting import Sitting, current
from bot.store.tables import Checkin


async def answers(visit: Visit, text: str) -> bool:
    """Take the text as the answer to the question that waits; False when it is none."""
    here = await _under_way(visit)
    if here is None:
        return False
    checkin, sitting = here
    question = current(visit.world.protocol_of(checkin.protocol_version), sitting)
    if question is None:
        return False
    value = as_answer(text, question.id, question.kind, question.choices, visit.world.phrases)
    if value is None:
        return False
    if isinstance(value, frozenset):
        for code in sorted(value):
            await answer(visit, CheckinPress(checkin.id, question.id, f"+{code}"))
        # "None" is an answer as it stands; ticks wait for "Send", or for the 90 seconds.
        if not value and not sitting.ticks.get(question.id):
            await answer(visit, CheckinPress(checkin.id, question.id, DONE))
        return True
    await answer(visit, CheckinPress(checkin.id, question.id, str(value)))
    return True


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
    for code in sorted(codes & set(question.choices)):
        await answer(visit, CheckinPress(checkin.id, question.id, f"+{code}"))
    return True


async def _under_way(visit: Visit) -> tuple[Checkin, Sitting] | None:
    if visit.patient is None:
        return None
    checkin = await visit.tx.checkins.under_way(visit.person.id)
    if checkin is None or checkin.state not in ("prompted", "open") or checkin.expires_at <= visit.now:
        return None
    return checkin, await load_sitting(visit.tx, visit.person, visit.patient, checkin)
