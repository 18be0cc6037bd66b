"""The list of commands that Telegram shows beside the text field, for each side that a person has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.actions.roles import Roles, roles_of
from bot.actions.visit import Visit
from bot.actions.world import World
from bot.domain.speech import Lane

STRANGER = ("start", "help", "emergency")
_HERS = ("checkin", "status", "usual", "caregivers")
_LAST = ("testalert", "pause", "settings", "help", "emergency", "stop")
PATIENT = (*_HERS, *_LAST)
CAREGIVER = ("patients", "help", "emergency")
BOTH = (*_HERS, "patients", *_LAST)


def default(world: World) -> list[dict[str, Any]]:
    """The menus of the default scope (chat 0), as bodies of rows of the kind "commands": one a language.

    The first has no language: Telegram shows it to everybody whose language has none of its own.
    """
    languages = world.texts.languages
    bodies = [_body(world, language, STRANGER) | {"language": language} for language in languages]
    return [_body(world, languages[0], STRANGER), *bodies]


async def refresh(visit: Visit) -> None:
    """Let this person's menu show what they can do now, in their language."""
    body = _body(visit.world, visit.person.language, commands_of(await roles_of(visit)))
    visit.tx.outbox.put(visit.person.chat_id, visit.person, "commands", body, Lane.DIGEST, visit.now)


def commands_of(roles: Roles) -> Sequence[str]:
    """The commands that mean something to a person with these sides."""
    if roles.patient is not None:
        return BOTH if roles.cares_for else PATIENT
    return CAREGIVER if roles.cares_for else STRANGER


def _body(world: World, language: str, names: Sequence[str]) -> dict[str, Any]:
    return {"commands": [[name, world.texts.label(language, f"command.{name}")] for name in names]}
