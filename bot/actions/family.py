"""The patient's list of caregivers: who is told when, who waits for a yes, and which links are open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.actions.below import card_below, card_here
from bot.actions.relations import name_of, short_name
from bot.actions.sittings import quiet_of
from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.domain.press import SettingPress
from bot.domain.quiet import quiet
from bot.domain.speech import Button, Message
from bot.store.tables import CareLink, Invitation
from bot.texts import Html

CARD = "caregivers"
SHOWN = ("active", "pending")


async def show_below(visit: Visit) -> None:
    """Show the list as the newest message."""
    await card_below(visit.voice, CARD, visit.person.id, await screen(visit.voice))


async def show_here(visit: Visit) -> None:
    """Show the list in the message whose button was tapped."""
    await card_here(visit, CARD, await screen(visit.voice))


async def refresh(voice: Voice) -> None:
    """Let the patient's list, if they ever opened it, show how things are now. An edit makes no sound."""
    if await voice.tx.cards.find(CARD, voice.person.id) is not None:
        await voice.card(CARD, voice.person.id, await screen(voice))


async def screen(voice: Voice) -> Message:
    """The list as the patient reads it."""
    links = await voice.tx.families.of_patient(voice.person.id, SHOWN)
    await voice.tx.people.load([link.caregiver_id for link in links])
    active = [link for link in links if link.state == "active"]
    pending = [link for link in links if link.state == "pending"]
    invitations = await voice.tx.families.open_invitations(voice.person.id, voice.now)
    lines = [await _line(voice, link) for link in active]
    lines += [await _pending_line(voice, link) for link in pending]
    lines += [voice.html("caregivers.open_link", until=until(voice, i.expires_at)) for i in invitations]
    title = voice.html("caregivers.title" if active else "caregivers.nobody")
    rows = [await _buttons(voice, link) for link in links]
    rows += [[_revoke(voice, invitation)] for invitation in invitations]
    rows.append([voice.button("invite.button.new", SettingPress("invite", "new"), style="primary")])
    return voice.message(title, _lines(lines), voice.html("caregivers.how"), buttons=rows)


def until(voice: Voice, moment: datetime) -> Html:
    """A moment of the next days, such as "Thursday, 14:05", in the reader's zone."""
    day = moment.astimezone(ZoneInfo(voice.zone)).date()
    return voice.html("caregivers.moment", day=voice.weekday(day), time=voice.clock(moment))


def _lines(lines: Sequence[Html]) -> Html:
    return Html("\n".join(str(line) for line in lines))


async def _line(voice: Voice, link: CareLink) -> Html:
    name = name_of(voice.tx, await voice.tx.people.get(link.caregiver_id))
    if link.unreachable_at is not None:
        return voice.html("caregivers.unreachable", name=name, since=until(voice, link.unreachable_at))
    return voice.html("group.line" if link.is_group else f"caregivers.line.{link.line}", name=name)


async def _pending_line(voice: Voice, link: CareLink) -> Html:
    # By their Telegram name: what they call themselves is not yet something the patient agreed to read.
    person = await voice.tx.people.get(link.caregiver_id)
    return voice.html("caregivers.pending", name=voice.tx.people.handle(person))


async def _buttons(voice: Voice, link: CareLink) -> list[Button]:
    name = short_name(voice, await voice.tx.people.get(link.caregiver_id))
    actions = ["ask"] if link.state == "pending" else ["second" if link.line == 1 else "first", "remove"]
    if link.is_group and link.state == "active":
        actions = ["remove"]  # many people read it, so it stays second line
    return [
        voice.button(f"caregivers.button.{action}", SettingPress("link", f"{link.id}.{action}"), name=name)
        for action in actions
    ]


def _revoke(voice: Voice, invitation: Invitation) -> Button:
    press = SettingPress("invite", f"{invitation.id}.revoke")
    return voice.button("caregivers.button.revoke", press, until=until(voice, invitation.expires_at))


async def softly(voice: Voice, message: Message) -> Message:
    """The same without a sound while the patient wants quiet: this is no alert."""
    patient = await voice.tx.patients.get(voice.person.id)
    if patient is not None and quiet(voice.now, ZoneInfo(voice.zone), *quiet_of(patient)):
        return message.quietly()
    return message
