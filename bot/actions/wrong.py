""" "Something else is wrong": what the check-in does not ask about and must not wait (clinical.md)."""

from __future__ import annotations

from bot.actions import raise_other
from bot.actions.visit import Visit
from bot.domain.press import SettingPress
from bot.domain.protocol import Urgency

SETTING = "wrong"
# What can be wrong, and how soon somebody must act; chest, breathing, bleeding and collapse ask nothing first.
KINDS: dict[str, Urgency] = {
    "breathing": Urgency.EMERGENCY,
    "bleeding": Urgency.EMERGENCY,
    "collapse": Urgency.EMERGENCY,
    "fever": Urgency.RIGHT_AWAY,
}


async def press(visit: Visit, choice: str) -> str | None:
    """Open the list, or act on what was tapped."""
    if choice == "open":
        _open(visit)
    elif choice in KINDS:
        await raise_other.say_and_alert(visit, choice, KINDS[choice])
    elif choice == "other":
        visit.voice.tell("wrong.other", number=visit.world.number_for(visit.person))
    else:
        return visit.voice.label("tap.unknown")
    return None


def _open(visit: Visit) -> None:
    voice = visit.voice
    rows = [
        [voice.button(f"wrong.{kind}", SettingPress(SETTING, kind), "danger" if urgency == Urgency.EMERGENCY else None)]
        for kind, urgency in KINDS.items()
    ]
    rows.append([voice.button("wrong.something_else", SettingPress(SETTING, "other"))])
    voice.say(voice.message(voice.html("wrong.ask", number=visit.world.number_for(visit.person)), buttons=rows))
