"""The buttons under a result: why am I seeing this, and I am worried about this."""

from __future__ import annotations

from bot.actions import finish_checkin, told
from bot.actions.advise import WHY, WORRIED, names_of
from bot.actions.visit import Visit
from bot.domain.press import CheckinPress
from bot.store.tables import Checkin
from bot.texts import Html, escaped

SHARE_WORRY = "share_worry"
UNDER_A_RESULT = (WORRIED, WHY, SHARE_WORRY, told.TOLD)


async def press(visit: Visit, checkin: Checkin, tap: CheckinPress) -> str | None:
    """Act on a button under a result."""
    if tap.question == WHY:
        return await _why(visit, checkin)
    if tap.question == told.TOLD:
        return await told.answer(visit, checkin, tap.choice)
    if tap.question == SHARE_WORRY:
        return await _share(visit, checkin, tap.choice)
    if checkin.worried:
        return visit.voice.label("worried.noted")
    await finish_checkin.worry(visit, checkin)
    await _offer_to_share(visit, checkin)
    return None


async def _why(visit: Visit, checkin: Checkin) -> str | None:
    """Exactly what triggered the advice: the rule, the answers, and the source of each."""
    found = await visit.tx.checkins.last_finding(visit.person, checkin.id)
    voice = visit.voice
    if found is None or not found[1]:
        voice.tell("why.nothing")
        return None
    parts = [voice.html("why.head")]
    for finding in found[1]:
        answers = [_answer(visit, reason) for reason in finding["because"]]
        parts.append(
            voice.html(
                "why.finding",
                pattern=voice.html(f"pattern.{finding['id']}.name"),
                answers=voice.world.texts.listed(voice.language, answers),
                rules=Html("\n".join(f"• {rule}: {voice.html(f'rule.{rule}')}" for rule in finding["rules"])),
                source=finding["source"],
            )
        )
    parts.append(voice.html("why.version", version=checkin.protocol_version))
    voice.say(voice.message(*parts))
    return None


def _answer(visit: Visit, reason: str) -> Html:
    question, choice = reason.split(":", 1)
    if question == "pain":
        return visit.voice.html("noticed.pain", value=choice)
    return escaped(visit.voice.label(f"choice.{question}.{choice}"))


async def _offer_to_share(visit: Visit, checkin: Checkin) -> None:
    links = await visit.tx.families.people_of(visit.person.id)
    alert = await visit.tx.alerts.open_of(visit.person.id)
    if not links or alert is not None:  # with an alert they are told anyway
        return
    voice = visit.voice
    people = [await visit.tx.people.get(link.caregiver_id) for link in links]
    names = voice.world.texts.listed(voice.language, [escaped(name) for name in names_of(voice, people)])
    yes = voice.button("worried.share_yes", CheckinPress(checkin.id, SHARE_WORRY, "yes"), "primary")
    no = voice.button("worried.share_no", CheckinPress(checkin.id, SHARE_WORRY, "no"))
    voice.say(voice.message(voice.html("worried.share", names=names), buttons=[[yes], [no]]))


async def _share(visit: Visit, checkin: Checkin, choice: str) -> str | None:
    if choice != "yes":
        return visit.voice.label("worried.not_shared")
    name = visit.tx.people.name(visit.person) or visit.tx.people.handle(visit.person)
    for link in await visit.tx.families.people_of(visit.person.id):
        caregiver = await visit.tx.people.get(link.caregiver_id)
        voice = visit.voice_to(caregiver)
        message = voice.message(voice.html("worried.to_caregiver", name=name))
        voice.say(message, key=f"worried:{checkin.id}:{caregiver.id}")
    return visit.voice.label("worried.shared")
