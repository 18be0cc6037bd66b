"""Whatever is typed: an answer we asked for, a warning sign, or something we cannot read."""

from __future__ import annotations

from bot.actions import small_talk
from bot.actions.expected import EXPECTED
from bot.actions.visit import Visit


async def typed(visit: Visit, text: str) -> str | None:
    """Act on a typed line."""
    expected = visit.tx.people.expects(visit.person)
    if expected is not None and expected.get("what") in EXPECTED:
        return await EXPECTED[expected["what"]](visit, text)
    return await small_talk.other_text(visit, text)


async def edited(visit: Visit, text: str) -> str | None:
    """An edited message never withdraws a report; what it says now is read like a new one."""
    return await typed(visit, text)


async def shared_contact(visit: Visit, phone: str) -> str | None:
    """A contact card answers a question about a phone."""
    return await typed(visit, phone)
