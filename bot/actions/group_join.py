"""A group follows an invitation: one of those who lead it brings the link, and then the patient is asked.

Whether somebody leads a group only Telegram knows, so it is asked first; the answer comes back as a note of our own.
"""

from __future__ import annotations

from datetime import datetime

from bot.actions import confirm, consents, family, invite, leave_group
from bot.actions.group_words import BROUGHT_BY, PEOPLE
from bot.actions.join import MOST_WRONG, TOKEN, WITHIN
from bot.actions.visit import Visit
from bot.actions.world import World
from bot.domain.incoming import GroupSeen, InGroup, Sender
from bot.domain.speech import Lane
from bot.store.tables import CareLink, Invitation, Person
from bot.store.unit import Tx

CONSENT = "caregiving"
MEANING = ("group.waits",)


async def follow(world: World, tx: Tx, person: Person, sender: Sender, content: InGroup, now: datetime) -> bool:
    """Follow an invitation in a group; False when it leads nowhere. What was wrong is not said: others read along."""
    command = content.command
    if command is None or command.name != "start" or not TOKEN.fullmatch(token := command.argument):
        return False
    if await tx.families.wrong_guesses(person.id, now - WITHIN) >= MOST_WRONG:
        return False
    invitation = await tx.families.invitation(invite.fingerprint(token))
    if invitation is None:
        tx.families.guessed_wrong(person.id, now)
        return False
    if await _over(tx, invitation, now):
        return False
    asked = {
        "title": content.title,
        "invitation": invitation.id,
        "by": sender.chat_id,
        "name": sender.handle,
        "by_admin": content.by_admin,
        "language": world.texts.closest(sender.language),
    }
    tx.outbox.put(content.group_id, person, "look", asked, Lane.REPLY, now)
    return True


async def _over(tx: Tx, invitation: Invitation, now: datetime) -> bool:
    """Whether nobody can follow this invitation any more."""
    patient = (await tx.patients.lock([invitation.patient_id])).get(invitation.patient_id)
    used = invitation.used_at is not None or invitation.revoked_at is not None or invitation.expires_at <= now
    return used or patient is None or patient.state not in invite.MAY_INVITE


async def seen(world: World, tx: Tx, content: GroupSeen, now: datetime) -> None:
    """Telegram has told who leads the group: one of them may link it, anybody else is asked to ask one of them."""
    invitation = await tx.families.get_invitation(content.invitation)
    if invitation is None:
        return
    group = await tx.people.by_chat(content.group_id) or tx.people.add(content.group_id, content.language, now)
    tx.people.set_handle(group, content.title)
    link = await tx.families.between(invitation.patient_id, group.id)
    standing = link is not None and link.state in ("pending", "active")
    visit = Visit(world, tx, now, group)
    leads = content.by_admin or content.by.user_id in content.admins
    if standing:
        visit.voice.tell("group.already")
    elif leads and not await _over(tx, invitation, now) and await tx.families.use(invitation, group.id, now):
        await _link(visit, content, invitation, link)
    else:
        visit.voice.tell("group.only_admin" if not leads else "join.revoked")
        await leave_group.unless_needed(tx, group, now)


async def _link(visit: Visit, content: GroupSeen, invitation: Invitation, link: CareLink | None) -> None:
    tx, group = visit.tx, visit.person
    if link is None:
        link = tx.families.link(invitation.patient_id, group.id, visit.now, is_group=True)
    link.state, link.created_at = "pending", visit.now
    link.confirmed_at = link.ended_at = link.unreachable_at = None
    link.sees, link.all_findings = "alerts", False
    invitation.revoked_at = visit.now  # spent: one invitation asks the patient once
    brought_by = None if content.by_admin else content.by.name
    tx.people.set_settings(group, {**tx.people.settings(group), BROUGHT_BY: brought_by, PEOPLE: content.people})
    await consents.agree(visit.voice, CONSENT, MEANING)
    tx.audit.note(invitation.patient_id, group.id, "joined", visit.now, link.id)
    visit.voice.tell("group.waits")
    patient = await tx.people.get(invitation.patient_id)
    theirs = visit.voice_to(patient, about=patient)
    await theirs.card(invite.CARD, invitation.id, theirs.message(theirs.html("group.link_used")))
    await tx.flush()
    await confirm.ask(visit, link)
    await family.refresh(theirs)
