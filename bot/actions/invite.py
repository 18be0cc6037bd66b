"""Invites somebody: a link that works once, within 48 hours, and that its maker can take back."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from urllib.parse import quote

from bot.actions import family
from bot.actions.below import card_below, card_here
from bot.actions.relations import allowed, subject_and_action
from bot.actions.visit import Visit
from bot.actions.voice import column
from bot.domain.people import Deed
from bot.domain.press import SettingPress
from bot.domain.speech import Button, Message, Rows
from bot.store.tables import Invitation
from bot.texts import Html

OFFER, CARD = "invite", "invitation"
LIFETIME = timedelta(hours=48)
# 256 bits: nobody guesses them. Telegram takes at most 64 characters of A-Z a-z 0-9 _ - after ?start= (Bot API,
# deep linking); these make 43 of exactly those.
TOKEN_BYTES = 32
# More people than this are a crowd; and a link that lies about unused is one that can be found.
MOST_CAREGIVERS, MOST_OPEN = 12, 5
# Whoever stopped, or has died, invites nobody.
MAY_INVITE = ("onboarding", "active", "paused", "hospital")


def fingerprint(token: str) -> bytes:
    """What is kept of a token. A plain SHA-256 is enough: there is nothing to guess in 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


def can_invite(visit: Visit) -> bool:
    """Whether the visitor is a patient who may bring somebody in."""
    return visit.patient is not None and visit.patient.state in MAY_INVITE


async def offer(visit: Visit) -> None:
    """Ask a patient whether somebody shall be told, as a card; nothing for anybody else."""
    if not can_invite(visit):
        return
    voice = visit.voice
    new = voice.button("invite.button.new", SettingPress("invite", "new"), style="primary")
    later = voice.button("invite.button.later", SettingPress("invite", "later"))
    message = voice.message(voice.html("invite.offer"), buttons=column([new, later]))
    await card_below(voice, OFFER, visit.person.id, message)


async def press(visit: Visit, choice: str) -> str | None:
    """A tap on the offer, on "Invite somebody", or on an invitation."""
    invitation_id, action = subject_and_action(choice)
    if action == "revoke":
        return await _revoke(visit, invitation_id)
    if action not in ("new", "later"):
        return visit.voice.label("tap.unknown")
    if not can_invite(visit):
        return visit.voice.label("caregivers.only_patients.toast")
    if action == "new":
        return await _new(visit)
    await card_here(visit, OFFER, visit.voice.message(visit.voice.html("invite.later")))
    return None


async def _new(visit: Visit) -> str | None:
    voice, families = visit.voice, visit.tx.families
    known = await families.of_patient(visit.person.id, family.SHOWN)
    waiting = await families.open_invitations(visit.person.id, visit.now)
    if len(known) >= MOST_CAREGIVERS or len(waiting) >= MOST_OPEN:
        voice.tell("invite.too_many")
        return None
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = families.invite(visit.person.id, fingerprint(token), visit.now, LIFETIME)
    visit.tx.audit.note(visit.person.id, visit.person.id, "invited", visit.now, invitation.id)
    await voice.card(CARD, invitation.id, _invitation(visit, invitation, token))
    await visit.tx.flush()
    await family.refresh(voice)
    return None


def _invitation(visit: Visit, invitation: Invitation, token: str) -> Message:
    """The link to share or to copy, and what to write to the person. The card forgets it when the link is over."""
    voice, link = visit.voice, visit.world.link(token)
    words = voice.label("invite.words")
    share = f"https://t.me/share/url?url={quote(link, safe='')}&text={quote(words, safe='')}"
    rows: Rows = [
        [Button(voice.label("invite.button.share"), url=share, style="primary")],
        [Button(voice.label("invite.button.copy"), copy=link)],
        [Button(voice.label("group.button.invite"), url=visit.world.link(token, to_group=True))],
        [voice.button("invite.button.revoke", SettingPress("invite", f"{invitation.id}.revoke"))],
    ]
    return voice.message(
        voice.html("invite.link", until=family.until(voice, invitation.expires_at)),
        Html(link),
        voice.html("invite.what_to_write", words=words),
        voice.html("invite.then"),
        buttons=rows,
    )


async def _revoke(visit: Visit, invitation_id: int) -> str | None:
    voice, families = visit.voice, visit.tx.families
    invitation = await families.get_invitation(invitation_id)
    if invitation is None or not await allowed(visit, invitation.patient_id, Deed.INVITE):
        return voice.label("tap.unknown")
    if not await families.revoke(invitation, visit.now):
        return voice.label("invite.not_open")
    visit.tx.audit.note(visit.person.id, visit.person.id, "invitation_revoked", visit.now, invitation.id)
    await voice.card(CARD, invitation.id, voice.message(voice.html("invite.revoked")))
    await family.refresh(voice)
    return voice.label("invite.revoked.toast")
