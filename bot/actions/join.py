"""Follows an invitation: what being a caregiver means, the joiner's yes, and then the patient's."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.actions import confirm, consents, family, invite
from bot.actions.below import card_below, card_here
from bot.actions.relations import relation_to, subject_and_action
from bot.actions.visit import Visit
from bot.actions.voice import column
from bot.domain.people import Relation
from bot.domain.press import SettingPress
from bot.domain.speech import Message
from bot.store.tables import Invitation

CARD = "join"
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
# Somebody who copies a link by hand errs once or twice; five wrong ones in an hour are not typing errors.
MOST_WRONG, WITHIN = 5, timedelta(hours=1)
CONSENT = "caregiving"
MEANING = ("join.what_it_is", "join.what_it_is_not", "join.what_is_kept")


async def join(visit: Visit, token: str) -> str | None:
    """Follow an invitation by its token.

    The invitation is taken here, when its link is opened, and not at the consent. So the one who holds the token is
    fixed while we still see the token: later presses carry only the invitation's id, which is not a secret, and are
    believed because `used_by` says who opened it. A link that leaked opens once and then shows nobody anything.
    Opening it by accident costs the patient one more tap for a new link. Nothing here names the patient.
    """
    families, voice = visit.tx.families, visit.voice
    if await families.wrong_guesses(visit.person.id, visit.now - WITHIN) >= MOST_WRONG:
        voice.tell("join.try_later")
        return None
    # Copies of a link bring a dot or a bracket along; a token has neither.
    token = token.strip(" .,;:!?()<>[]\"'")
    invitation = await families.invitation(invite.fingerprint(token)) if TOKEN.fullmatch(token) else None
    if invitation is None:
        families.guessed_wrong(visit.person.id, visit.now)
        voice.tell("join.unknown")
    elif (why_not := await _why_not(visit, invitation)) is not None:
        voice.tell(why_not)
    else:
        await _open(visit, invitation)
    await visit.tx.flush()
    return None


async def _why_not(visit: Visit, invitation: Invitation) -> str | None:
    """The text that says why this link leads nowhere for this person; None when it does."""
    relation = await relation_to(visit.tx, visit.person.id, invitation.patient_id)
    if relation is Relation.SELF:
        return "join.own"
    mine = invitation.used_by == visit.person.id
    if invitation.used_at is not None and not mine:
        return "join.used"
    if relation.is_caregiver:
        return "join.already"
    if relation is Relation.PENDING:
        return "join.waiting"
    return await _over(visit, invitation)


async def _over(visit: Visit, invitation: Invitation) -> str | None:
    """The text that says why an invitation is over for everybody; None while it holds."""
    patient = (await visit.tx.patients.lock([invitation.patient_id])).get(invitation.patient_id)
    if invitation.revoked_at is not None or patient is None or patient.state not in invite.MAY_INVITE:
        return "join.revoked"
    return "join.expired" if invitation.expires_at <= visit.now else None


async def _open(visit: Visit, invitation: Invitation) -> None:
    """Take it, and ask whether they want to be a caregiver. Of two who open it at once, one is too late."""
    mine = invitation.used_by == visit.person.id
    if not mine and not await visit.tx.families.use(invitation, visit.person.id, visit.now):
        visit.voice.tell("join.used")
        return
    await card_below(visit.voice, CARD, invitation.id, _meaning(visit, invitation))
    if not mine:
        visit.tx.audit.note(invitation.patient_id, visit.person.id, "invitation_opened", visit.now, invitation.id)
        await _show_opened(visit, invitation)


def _meaning(visit: Visit, invitation: Invitation) -> Message:
    voice = visit.voice
    yes = voice.button("join.button.yes", SettingPress("join", f"{invitation.id}.yes"), style="success")
    no = voice.button("join.button.no", SettingPress("join", f"{invitation.id}.no"))
    return voice.message(voice.html("join.title"), *(voice.html(key) for key in MEANING), buttons=column([yes, no]))


async def _show_opened(visit: Visit, invitation: Invitation) -> None:
    """The patient's card with the link says that it is over: the token is gone from our rows, too."""
    patient = await visit.tx.people.get(invitation.patient_id)
    voice = visit.voice_to(patient, about=patient)
    await voice.card(invite.CARD, invitation.id, voice.message(voice.html("invite.opened")))
    await visit.tx.flush()
    await family.refresh(voice)


async def press(visit: Visit, choice: str) -> str | None:
    """The answer of whoever opened an invitation: yes or no."""
    invitation_id, action = subject_and_action(choice)
    invitation = await visit.tx.families.get_invitation(invitation_id)
    if invitation is None or action not in ("yes", "no") or invitation.used_by != visit.person.id:
        return visit.voice.label("tap.unknown")
    if (over := await _over(visit, invitation)) is not None:
        await card_here(visit, CARD, visit.voice.message(visit.voice.html(over)), invitation.id)
        return None
    if action == "yes":
        return await _yes(visit, invitation)
    return await _no(visit, invitation)


async def _yes(visit: Visit, invitation: Invitation) -> str | None:
    """Keep the consent, and ask the patient. Nothing flows before the patient's own yes."""
    tx, voice = visit.tx, visit.voice
    link = await tx.families.between(invitation.patient_id, visit.person.id)
    if link is not None and link.state in ("pending", "active"):
        return voice.label("join.already_said")
    if link is None:
        link = tx.families.link(invitation.patient_id, visit.person.id, visit.now)
    link.state, link.created_at = "pending", visit.now
    link.confirmed_at = link.ended_at = link.unreachable_at = None
    link.sees, link.all_findings = "alerts", False  # what an earlier link allowed does not come back by itself
    invitation.revoked_at = visit.now  # spent: one invitation asks the patient once
    await consents.agree(voice, CONSENT, MEANING)
    tx.audit.note(invitation.patient_id, visit.person.id, "joined", visit.now, link.id)
    await card_here(visit, CARD, voice.message(voice.html("join.thanks")), invitation.id)
    await tx.flush()
    await confirm.ask(visit, link)
    return None


async def _no(visit: Visit, invitation: Invitation) -> str | None:
    voice = visit.voice
    relation = await relation_to(visit.tx, visit.person.id, invitation.patient_id)
    if relation.is_caregiver or relation is Relation.PENDING:
        return voice.label("join.already_said")
    invitation.revoked_at = visit.now  # spent, too
    await card_here(visit, CARD, voice.message(voice.html("join.no")), invitation.id)
    patient = await visit.tx.people.get(invitation.patient_id)
    theirs = visit.voice_to(patient, about=patient)
    await theirs.card(invite.CARD, invitation.id, theirs.message(theirs.html("invite.declined")))
    await visit.tx.flush()
    return None
