"""It sounded like a warning sign: ask, and do not let it be forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.actions import raise_other
from bot.actions.answer_question import judge_unsent
from bot.actions.open_checkin import open_now
from bot.actions.relations import alive_patients_of, allowed, is_dead, name_of, subject_and_action
from bot.actions.report_for import on_behalf
from bot.actions.visit import Visit
from bot.domain.people import Deed
from bot.domain.press import SettingPress
from bot.domain.recognise import Recognised
from bot.domain.speech import Lane
from bot.store.reports import WAITING
from bot.store.tables import Person, Report

SETTING, ABOUT, MOMENT = "heard", "about", "report"
# Asked again loudly after this long, and after as long again the grave ones count as yes.
ASK_AGAIN = timedelta(minutes=15)
# Milder signs of high calcium are asked about once more after this, and then come ticked in the next check-in.
ASK_MILD_AGAIN = timedelta(minutes=30)
GRAVE_LABELS = frozenset({"cord", "fracture"})
GRAVE_SIGNS = frozenset({"confused", "hard_to_wake"})


async def hear(visit: Visit, text: str, heard: Recognised) -> None:
    """Keep the words and ask whether that is what they mean."""
    await _keep_and_ask(visit, _detail(text, heard))


def ask_who(visit: Visit, text: str, heard: Recognised, kind: str | None, cared_for: Sequence[Person]) -> None:
    """Keep the words of a caregiver of several under the caregiver, until we know whom they are about.

    `kind` is the emergency (or fever) that they tell of, if any: it is raised as soon as we know.
    """
    detail = {**_detail(text, heard), "kind": kind, "who": True}
    report = visit.tx.reports.add(visit.person, visit.person.id, detail, visit.now)
    _ask_who(visit, report, "report.who", cared_for)
    wait = raise_other.SECOND_THOUGHTS if kind else _wait(detail)
    visit.tx.moments.set(MOMENT, report.id, cared_for[0].id, visit.now + wait)


def _ask_who(visit: Visit, report: Report, key: str, cared_for: Sequence[Person]) -> None:
    voice = visit.voice_to(visit.speaker, about=visit.speaker)
    rows = [
        [voice.button("report.about", SettingPress(ABOUT, f"{report.id}.{p.id}"), name=name_of(visit.tx, p))]
        for p in cared_for
    ]
    text = voice.html(key, number=visit.world.number_for(cared_for[0]))
    voice.say(voice.message(text, buttons=rows), Lane.ALERT)


async def about(visit: Visit, choice: str) -> str | None:
    """The answer to "Who is this about?": what was typed is kept with that patient, and asked about."""
    report_id, chosen = subject_and_action(choice)
    patient_id, _ = subject_and_action(f"{chosen}.")
    report = await visit.tx.reports.get(report_id)
    if report is None or report.sender_id != visit.person.id or report.patient_id != visit.person.id:
        return visit.voice.label("tap.unknown")
    if not await allowed(visit, patient_id, Deed.REPORT_FOR):
        return visit.voice.label("tap.unknown")
    if await is_dead(visit.tx, patient_id):
        return visit.voice.label("died.already")
    detail = visit.tx.reports.detail(visit.person, report)
    if report.state not in WAITING or not detail.pop("who", False):
        return visit.voice.label("tap.stale")
    report.state = "confirmed"
    visit.tx.moments.clear(MOMENT, report.id)
    visit.tx.reports.set_detail(visit.person, report, {"who": True})  # the words are the patient's from here on
    acting, kind = await on_behalf(visit, patient_id), detail.pop("kind", None)
    if kind is not None:
        await raise_other.say_and_alert(acting, kind, raise_other.TYPED[kind])
    else:
        await _keep_and_ask(acting, detail)
    return None


def _detail(text: str, heard: Recognised) -> dict[str, Any]:
    signs = {question: sorted(codes) for question, codes in heard.signs.items()}
    return {"text": text, "labels": list(heard.to_ask), "signs": signs}


async def _keep_and_ask(visit: Visit, detail: dict[str, Any]) -> None:
    report = await _same_question(visit, detail)
    if report is None:
        report = visit.tx.reports.add(visit.person, visit.speaker.id, detail, visit.now)
        visit.tx.moments.set(MOMENT, report.id, visit.person.id, visit.now + _wait(detail))
    _ask(visit, report, "heard.ask")


async def _same_question(visit: Visit, detail: dict[str, Any]) -> Report | None:
    """The report that waits for an answer to the very question this would ask, with these words and signs in it, too.

    So "my legs are weak" and "cant feel my feet" are one question, asked again once, and no later for the second.
    """
    for report in await visit.tx.reports.waiting(visit.person.id, visit.speaker.id):
        before = visit.tx.reports.detail(visit.person, report)
        if before.get("who") or before["labels"] != detail["labels"]:
            continue
        signs = {
            question: sorted({*before["signs"].get(question, ()), *detail["signs"].get(question, ())})
            for question in {**before["signs"], **detail["signs"]}
        }
        visit.tx.reports.set_detail(
            visit.person, report, {**before, "text": f"{before['text']}\n{detail['text']}", "signs": signs}
        )
        return report
    return None


def _ask(visit: Visit, report: Report, key: str) -> None:
    detail = visit.tx.reports.detail(visit.person, report)
    voice = visit.voice
    what = voice.world.texts.listed(voice.language, [voice.html(f"heard.{label}") for label in detail["labels"]])
    name = name_of(visit.tx, visit.person)
    key += ".for" if visit.reporter is not None else ""
    rows = [
        [voice.button(f"heard.{choice}", SettingPress(SETTING, f"{report.id}.{choice}"))]
        for choice in ("yes", "no", "else")
    ]
    message = voice.message(
        voice.html(key, what=what, name=name, number=visit.world.number_for(visit.person)), buttons=rows
    )
    voice.say(message, Lane.ALERT)


def _is_grave(detail: Mapping[str, Any]) -> bool:
    codes = {code for listed in detail["signs"].values() for code in listed}
    return bool(GRAVE_LABELS & set(detail["labels"]) or GRAVE_SIGNS & codes)


def _wait(detail: Mapping[str, Any]) -> timedelta:
    return ASK_AGAIN if _is_grave(detail) else ASK_MILD_AGAIN


async def press(visit: Visit, choice: str) -> str | None:
    """The answer to "Is that right?"."""
    report_id, said = subject_and_action(choice)
    report = await visit.tx.reports.get(report_id)
    if report is None or visit.person.id not in (report.patient_id, report.sender_id):
        return visit.voice.label("tap.unknown")
    if report.patient_id == visit.person.id and visit.tx.reports.detail(visit.person, report).get("who"):
        return visit.voice.label("tap.unknown")  # nobody knows yet whom it is about
    if report.patient_id != visit.person.id:
        if not await allowed(visit, report.patient_id, Deed.REPORT_FOR):
            return visit.voice.label("tap.unknown")
        if await is_dead(visit.tx, report.patient_id):
            return visit.voice.label("died.already")
        visit = await on_behalf(visit, report.patient_id)
    if report.state not in WAITING:
        return visit.voice.label("tap.stale")
    visit.tx.moments.clear(MOMENT, report.id)
    if said == "yes":
        await _confirmed(visit, report, "confirmed")
    elif said in ("no", "else"):
        report.state = "refused"
        key = "heard.said_no.for" if visit.reporter is not None and said == "no" else f"heard.said_{said}"
        name, number = name_of(visit.tx, visit.person), visit.world.number_for(visit.person)
        visit.voice.tell(key, name=name, number=number)
        if said == "else":
            await open_now(visit)
    else:
        return visit.voice.label("tap.unknown")
    return None


async def _confirmed(visit: Visit, report: Report, state: str) -> None:
    """Open a check-in at the matching questions with what was said ticked, and judge it at once."""
    report.state = state
    detail = visit.tx.reports.detail(visit.person, report)
    visit = replace(visit, typed=detail["text"], unconfirmed=state == "counted")
    ticked = {question: frozenset(codes) for question, codes in detail["signs"].items()}
    protocol = visit.world.protocol
    groups = {group.question for group in protocol.groups}
    checkin = await open_now(visit, ticked={q: codes for q, codes in ticked.items() if q in groups})
    if ticked:
        await judge_unsent(visit, checkin, "ticks")


async def still_open(visit: Visit, report: Report) -> None:
    """Nobody answered: ask again, loudly; the second time the grave ones count as yes."""
    if report.patient_id == report.sender_id and visit.reporter is not None:
        await _still_nobody(visit, report)
        return
    detail = visit.tx.reports.detail(visit.person, report)
    if report.state == "asked":
        report.state = "asked_again"
        _ask(visit, report, "heard.ask_again")
        visit.tx.moments.set(MOMENT, report.id, visit.person.id, visit.now + ASK_AGAIN)
    elif report.state == "asked_again" and _is_grave(detail):
        visit.voice.tell("heard.counts_as_yes", number=visit.world.number_for(visit.person))
        await _confirmed(visit, report, "counted")
    elif report.state == "asked_again":
        report.state = "carried"


async def _still_nobody(visit: Visit, report: Report) -> None:
    """Nobody said whom it is about: ask twice more. To guess would call the wrong people."""
    cared_for = await alive_patients_of(visit.tx, visit.speaker.id)
    if not cared_for:
        return
    _ask_who(visit, report, "report.who_again", cared_for)
    if report.state == "asked":
        report.state = "asked_again"
        visit.tx.moments.set(MOMENT, report.id, visit.person.id, visit.now + ASK_AGAIN)
