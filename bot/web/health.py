"""Is the process alive (restart it if not), and is it ready to work (wait if not)?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.watch import DATABASE_AWAY, TELEGRAM_AWAY, LoopState, is_late

# Seconds for the database to answer a question about one row.
DATABASE_PATIENCE = 2.0
# The loops that talk to Telegram all the time: they know whether it is there.
TO_TELEGRAM = ("intake", "webhook")


@dataclass(frozen=True)
class Vitals:
    """What health is read from."""

    loops: Callable[[], Mapping[str, LoopState]]
    ask_database: Callable[[], Awaitable[object]]
    leads: Callable[[], bool]


def alive(vitals: Vitals) -> tuple[bool, dict[str, Any]]:
    """Whether every loop still goes round, even if it fails each time, with the seconds since it last did.

    A database or a Telegram that is away is nothing that a restart would mend, so it does not count here.
    """
    states = vitals.loops()
    stuck = [name for name, state in states.items() if is_late(name, state.turned)]
    return not stuck, {"alive": not stuck, "loops": {name: round(state.turned, 1) for name, state in states.items()}}


async def ready(vitals: Vitals) -> tuple[bool, dict[str, Any]]:
    """Whether everything works, with a word for each loop, the database and Telegram."""
    states = vitals.loops()
    words = {name: _word(name, state) for name, state in states.items()}
    parts = {"database": await _database(vitals), "telegram": _telegram(states)}
    fine = bool(words) and all(word == "ok" for word in (*words.values(), *parts.values()))
    role = "leader" if vitals.leads() else "standby"
    return fine, {"ready": fine, "role": role, "loops": words, **parts}


def _word(name: str, state: LoopState) -> str:
    if state.trouble is not None:
        return "waiting" if state.trouble in (DATABASE_AWAY, TELEGRAM_AWAY) else "failing"
    if is_late(name, state.worked):
        return "late"
    return "starting" if state.is_new else "ok"


async def _database(vitals: Vitals) -> str:
    try:
        async with asyncio.timeout(DATABASE_PATIENCE):
            await vitals.ask_database()
    except Exception:  # noqa: BLE001 - whatever it is, the database did not answer
        return "away"
    return "ok"


def _telegram(states: Mapping[str, LoopState]) -> str:
    asking = [states[name] for name in TO_TELEGRAM if name in states]
    troubles = [state.trouble for state in asking if state.trouble not in (None, DATABASE_AWAY)]
    if troubles:
        return "away" if TELEGRAM_AWAY in troubles else "refused"
    return "starting" if not asking or any(state.is_new for state in asking) else "ok"
