"""What caregivers read beyond the signs: only what the patient agreed to, each by itself, ended by one tap."""

from __future__ import annotations

from collections.abc import Set

from bot.actions import consents
from bot.actions import settings_screens as screens
from bot.actions.show_checkin import NOT_TICKED, TICKED
from bot.actions.visit import Visit
from bot.domain.press import SettingPress
from bot.domain.speech import Message
from bot.store.tables import Patient

SETTING = "sharing"
# The switch of each consent; the words that are agreed to are the text "sharing.<consent>".
SWITCHES = {"share_words": consents.WORDS, "share_self_harm": consents.SELF_HARM}


async def open_screen(visit: Visit, patient: Patient, choice: str) -> str | None:
    """Show what stands."""
    if choice != "open":
        return visit.voice.label("tap.unknown")
    await screens.put(visit, _screen(visit, await _agreed(visit)))
    return None


async def share_words(visit: Visit, patient: Patient, choice: str) -> str | None:
    """Whether caregivers read what the patient typed."""
    return await _switch(visit, consents.WORDS, choice)


async def share_self_harm(visit: Visit, patient: Patient, choice: str) -> str | None:
    """Whether caregivers are told of thoughts of ending one's life."""
    return await _switch(visit, consents.SELF_HARM, choice)


async def _switch(visit: Visit, kind: str, choice: str) -> str | None:
    if choice not in ("on", "off"):
        return visit.voice.label("tap.unknown")
    agreed = await _agreed(visit) - {kind}
    if choice == "on":
        await consents.agree(visit.voice, kind, [f"sharing.{kind}"])
        agreed |= {kind}
    else:
        await consents.withdraw(visit.voice, kind)
        if kind == consents.WORDS:
            await _take_words_out(visit)
    visit.tx.audit.note(visit.person.id, visit.person.id, f"sharing_{kind}_{choice}", visit.now)
    await screens.put(visit, _screen(visit, agreed))
    return None


async def _take_words_out(visit: Visit) -> None:
    """Whoever is called from now on about an alert that is open does not read them any more."""
    alert = await visit.tx.alerts.open_of(visit.person.id)
    if alert is not None:
        visit.tx.alerts.set_detail(visit.person, alert, {**visit.tx.alerts.detail(visit.person, alert), "words": None})


async def _agreed(visit: Visit) -> set[str]:
    return set(await visit.tx.people.consents(visit.person.id))


def _screen(visit: Visit, agreed: Set[str]) -> Message:
    voice, rows = visit.voice, []
    for switch, kind in SWITCHES.items():
        is_on, label = kind in agreed, voice.label(f"settings.switch.{switch}")
        press = SettingPress(switch, "off" if is_on else "on")
        rows.append([voice.button("usual.tick", press, mark=TICKED if is_on else NOT_TICKED, label=label)])
    parts = [voice.html("settings.ask.sharing"), *(voice.html(f"sharing.{kind}") for kind in SWITCHES.values())]
    return voice.message(*parts, buttons=[*rows, [screens.back(voice)]])
