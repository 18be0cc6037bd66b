"""The team plan card: what the care team said to expect after a treatment, entered in a few taps and ended in one.

Each button carries what was chosen before it, so that nothing half-entered is kept anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.actions.below import card_below, card_here
from bot.actions.show_checkin import NOT_TICKED, TICKED
from bot.actions.sittings import IN_CARE, plans_of
from bot.actions.visit import Visit
from bot.actions.voice import Voice, column, in_rows
from bot.domain import team_plan
from bot.domain.press import SettingPress, to_data
from bot.domain.speech import Button, Message, Rows
from bot.domain.team_plan import Expected
from bot.plan_words import in_words
from bot.store.tables import Patient
from bot.texts import Html

SETTING = CARD = "expect"
EARLIER, COMING = "earlier", "coming"
NUMBERS_A_ROW, DAYS_A_ROW = 4, 3
A_WEEK, A_DAY = timedelta(days=7), timedelta(days=1)


def _keep(visit: Visit, patient: Patient, plans: Iterable[Expected]) -> None:
    care = visit.tx.patients.care(visit.person, patient)
    visit.tx.patients.set_care(visit.person, patient, {**care, IN_CARE: [plan.to_json() for plan in plans]})


def today_of(visit: Visit) -> date:
    """The day it is where the person lives."""
    return visit.now.astimezone(ZoneInfo(visit.person.zone or "UTC")).date()


def lines(voice: Voice, patient: Patient, today: date) -> list[Html]:
    """For /status: each plan that still stands."""
    plans = [plan for plan in plans_of(voice.tx, voice.person, patient) if not plan.is_over(today)]
    return [voice.html("plan.status", plan=in_words(voice.world.texts, voice.language, plan)) for plan in plans]


async def press(visit: Visit, patient: Patient, choice: str) -> str | None:
    """A tap on the card: open it, add step by step, or end one."""
    if choice == "open":
        await card_below(visit.voice, CARD, visit.person.id, _screen(visit, patient))
        return None
    if choice == "list":
        await card_here(visit, CARD, _screen(visit, patient))
        return None
    word, _, rest = choice.partition(".")
    if word == "pick":
        return await _pick(visit, frozenset(rest.split("-")) - {""})
    if word == "end":
        return await _end(visit, patient, rest)
    return await _step(visit, patient, choice.split("."))


def _signs(visit: Visit) -> list[str]:
    """What may be expected: signs that a treatment often brings. The others mean danger on any day."""
    return sorted(visit.world.protocol.timing.follow_up.soft_signs)


def _screen(visit: Visit, patient: Patient) -> Message:
    voice, today = visit.voice, today_of(visit)
    plans = [plan for plan in plans_of(visit.tx, visit.person, patient) if not plan.is_over(today)]
    listed = [in_words(voice.world.texts, voice.language, plan) for plan in plans]
    rows = [
        voice.button("plan.end", SettingPress(SETTING, f"end.{plan.number}"), number=place)
        for place, plan in enumerate(plans, start=1)
    ]
    if len(plans) < team_plan.MOST_PLANS:
        rows.append(voice.button("plan.add", SettingPress(SETTING, "pick."), style="primary"))
    numbered = Html("\n".join(f"{place}. {line}" for place, line in enumerate(listed, start=1)))
    title = voice.html("plan.title" if plans else "plan.none")
    return voice.message(title, numbered, voice.html("plan.how"), buttons=column(rows))


async def _end(visit: Visit, patient: Patient, number: str) -> str | None:
    plans = plans_of(visit.tx, visit.person, patient)
    kept = [plan for plan in plans if str(plan.number) != number]
    if len(kept) == len(plans):
        return visit.voice.label("tap.over")
    _keep(visit, patient, kept)
    visit.tx.audit.note(visit.person.id, visit.person.id, "plan_ended", visit.now)
    await card_here(visit, CARD, _screen(visit, patient))
    return visit.voice.label("plan.ended")


async def _pick(visit: Visit, ticked: frozenset[str]) -> str | None:
    """What did they say to expect? Ticks travel in the buttons."""
    voice, signs = visit.voice, _signs(visit)
    if not ticked <= set(signs):
        return voice.label("tap.unknown")
    rows = []
    for sign in signs:
        after = "-".join(sorted(ticked ^ {sign}))
        mark, label = (TICKED if sign in ticked else NOT_TICKED), voice.label(f"choice.calcium_signs.{sign}")
        rows.append(voice.button("checkin.tick", SettingPress(SETTING, f"pick.{after}"), mark=mark, label=label))
    if ticked:
        rows.append(voice.button("plan.next", SettingPress(SETTING, "-".join(sorted(ticked))), style="primary"))
    rows.append(_back(voice))
    message = voice.message(voice.html("plan.what"), voice.html("plan.only_these"), buttons=column(rows))
    await card_here(visit, CARD, message)
    return None


async def _step(visit: Visit, patient: Patient, codes: list[str]) -> str | None:
    """The next question, by what is chosen so far; after the last one the plan is kept."""
    page = codes.pop() if codes[-1] in (EARLIER, COMING) else ""
    draft = team_plan.drafted(codes, _signs(visit), today_of(visit))
    if draft is None:
        return visit.voice.label("tap.stale")
    if len(draft) == len(team_plan.STEPS):
        return await _finish(visit, patient, draft)
    step = team_plan.STEPS[len(draft)]
    buttons = [*_choices(visit, step, draft, ".".join(codes), page), [_back(visit.voice)]]
    await card_here(visit, CARD, visit.voice.message(visit.voice.html(f"plan.ask.{step}"), buttons=buttons))
    return None


async def _finish(visit: Visit, patient: Patient, draft: dict[str, Any]) -> str | None:
    plans = [plan for plan in plans_of(visit.tx, visit.person, patient) if not plan.is_over(today_of(visit))]
    if len(plans) >= team_plan.MOST_PLANS:
        return visit.voice.label("tap.over")
    _keep(visit, patient, team_plan.added(plans, draft))
    visit.tx.audit.note(visit.person.id, visit.person.id, "plan_added", visit.now)
    await card_here(visit, CARD, _screen(visit, patient))
    return visit.voice.label("plan.kept")


def _choices(visit: Visit, step: str, draft: dict[str, Any], so_far: str, page: str) -> Rows:
    voice = visit.voice
    match step:
        case "first":
            return _numbers(so_far, team_plan.FIRST_DAYS)
        case "last":
            return _numbers(so_far, range(draft["first"], team_plan.LATEST_DAY + 1))
        case "every":
            fits = {every: word for every, word in team_plan.RHYTHMS.items() if not every or every > draft["last"]}
            return column([_button(voice, f"plan.every.{word}", so_far, str(n)) for n, word in fits.items()])
        case "said_by":
            return column([_button(voice, f"plan.who.{who}", so_far, who) for who in team_plan.WHO])
    return _days(visit, so_far, page, ahead=step == "treated_on")


def _numbers(so_far: str, numbers: Iterable[int]) -> Rows:
    buttons = [Button(str(n), data=to_data(SettingPress(SETTING, f"{so_far}.{n}"))) for n in numbers]
    return in_rows(buttons, NUMBERS_A_ROW)


def _days(visit: Visit, so_far: str, page: str, ahead: bool) -> Rows:
    """The last week day by day; earlier and coming days on a page of their own."""
    voice, today, texts = visit.voice, today_of(visit), visit.world.texts

    def shown(days: Iterable[date], name: Any) -> list[Button]:
        return [
            Button(str(name(voice.language, day)), data=to_data(SettingPress(SETTING, f"{so_far}.{code}")))
            for day in days
            if (code := team_plan.day_code(day))
        ]

    if page:
        earlier = [today - A_WEEK - n * A_DAY for n in range((team_plan.BACK - A_WEEK).days + 1)]
        coming = [today + n * A_DAY for n in range(1, team_plan.AHEAD.days + 1)]
        buttons = shown(earlier if page == EARLIER else coming, texts.date_of)
        return in_rows(buttons, DAYS_A_ROW)
    rows = column(shown([today - n * A_DAY for n in range(A_WEEK.days)], texts.day))
    more = [_button(voice, "plan.earlier", so_far, EARLIER)]
    return [*rows, [*more, *([_button(voice, "plan.coming", so_far, COMING)] if ahead else [])]]


def _button(voice: Voice, key: str, so_far: str, code: str) -> Button:
    return voice.button(key, SettingPress(SETTING, f"{so_far}.{code}"))


def _back(voice: Voice) -> Button:
    return voice.button("plan.back", SettingPress(SETTING, "list"))
