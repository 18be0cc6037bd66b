"""The settings: one card with what is set now, and a screen for each thing that can be changed."""

from __future__ import annotations

from datetime import date, timedelta

from bot.actions.about_me import PHONES
from bot.actions.below import card_below, card_here
from bot.actions.roles import checking_in
from bot.actions.show_checkin import NOT_TICKED, TICKED
from bot.actions.visit import Visit
from bot.actions.voice import HOURS_IN_A_ROW, Voice, in_rows
from bot.actions.welcome_screens import hour_button, shown_hour, with_note
from bot.actions.where import place_values
from bot.domain.onboarding import HOURS
from bot.domain.press import SettingPress
from bot.domain.speech import Button, Message, Rows
from bot.domain.timetable import ALL_DAYS, RHYTHMS, far_enough, hours_of
from bot.store.tables import Patient
from bot.texts import Html

PURPOSE = "settings"
A_MONDAY = date(2024, 1, 1)
QUIET_FROM, QUIET_TO = (20, 21, 22, 23), (5, 6, 7, 8, 9, 10)
SWITCHES = ("discreet", "silence_note")


async def put(visit: Visit, message: Message, below: bool | None = None) -> None:
    """Let the settings' card show this: in place after a tap, as a new message below what was typed."""
    if below or (below is None and visit.message_id is None):
        await card_below(visit.voice, PURPOSE, visit.person.id, message)
    else:
        await card_here(visit, PURPOSE, message)


async def show_main(visit: Visit, note: Html | None = None, below: bool | None = None) -> None:
    """Show what is set; `note` says what was just changed."""
    patient = checking_in(visit)
    message = _patients_own(visit, patient) if patient else _anybodys(visit)
    await put(visit, with_note(message, note), below)


def _patients_own(visit: Visit, patient: Patient) -> Message:
    voice = visit.voice
    lines = [voice.html("settings.title"), *_set_now(visit, patient)]
    rows = [
        [_open(voice, "hours"), _open(voice, "days")],
        [_open(voice, "where"), _open(voice, "name")],
        [_open(voice, "phones"), _open(voice, "quiet")],
        [_open(voice, "tell")],
        [_open(voice, "sharing")],
        *[[_switch(voice, name, bool(getattr(patient, name)))] for name in SWITCHES],
        [voice.button("status.change_usual", SettingPress("usual", "open"))],
        [voice.button("settings.pause", SettingPress("pause", "ask"))],
    ]
    return voice.message("\n".join(map(str, lines)), buttons=_with_language(voice, rows))


def _anybodys(visit: Visit) -> Message:
    voice = visit.voice
    place = place_values(voice, visit.person.zone, visit.person.country)
    lines = [voice.html("settings.title"), voice.html("settings.line.where", **place), _name_line(visit)]
    rows = [[_open(voice, "where"), _open(voice, "name")]]
    return voice.message("\n".join(map(str, lines)), buttons=_with_language(voice, rows))


def _set_now(visit: Visit, patient: Patient) -> list[Html]:
    voice, person = visit.voice, visit.person
    hours = voice.world.texts.listed(voice.language, [shown_hour(voice, hour) for hour in hours_of(patient.hours)])
    quiet = (shown_hour(voice, patient.quiet_from), shown_hour(voice, patient.quiet_to))
    never = patient.quiet_from == patient.quiet_to
    return [
        voice.html("settings.line.hours", hours=hours, days=_days(voice, patient)),
        voice.html("settings.line.where", **place_values(voice, person.zone, person.country)),
        _name_line(visit),
        voice.html("settings.line.no_quiet")
        if never
        else voice.html("settings.line.quiet", start=quiet[0], end=quiet[1]),
        voice.html(f"status.tell.{patient.tell}"),
    ]


def _name_line(visit: Visit) -> Html:
    name = visit.tx.people.name(visit.person)
    return visit.voice.html("settings.line.name", name=name) if name else visit.voice.html("settings.line.no_name")


def _days(voice: Voice, patient: Patient) -> Html:
    if patient.rhythm != "weekdays":
        return voice.html(f"settings.rhythm.{patient.rhythm}.line")
    return voice.world.texts.listed(voice.language, [day_name(voice, day) for day in patient.weekdays])


def day_name(voice: Voice, digit: str) -> Html:
    """The name of the weekday with this digit (0 is Monday)."""
    return voice.weekday(A_MONDAY + timedelta(days=int(digit)))


def _open(voice: Voice, setting: str) -> Button:
    return voice.button(f"settings.open.{setting}", SettingPress(setting, "open"))


def _switch(voice: Voice, name: str, is_on: bool) -> Button:
    label = voice.label(f"settings.switch.{name}")
    press = SettingPress(name, "off" if is_on else "on")
    return voice.button("usual.tick", press, mark=TICKED if is_on else NOT_TICKED, label=label)


def _with_language(voice: Voice, rows: list[list[Button]]) -> Rows:
    return [*rows, [_open(voice, "language")]] if len(voice.world.texts.languages) > 1 else rows


def back(voice: Voice) -> Button:
    """Leaves a screen of the settings without a change."""
    return voice.button("settings.back", SettingPress("go", "main"))


def ask_hours(voice: Voice, patient: Patient) -> Message:
    """At which hour, and whether twice a day."""
    first, *second = hours_of(patient.hours)
    buttons = [hour_button(voice, hour, SettingPress("hour", f"{hour:02}")) for hour in HOURS]
    twice = voice.button("settings.twice", SettingPress("second", "open"))
    once = voice.button("settings.once", SettingPress("second", "none"))
    rows = [*in_rows(buttons, HOURS_IN_A_ROW), [once if second else twice], [back(voice)]]
    return voice.message(voice.html("settings.ask.hours", hour=shown_hour(voice, first)), buttons=rows)


def ask_second(voice: Voice, patient: Patient) -> Message:
    """The second hour of the day; those too close to the first are not offered."""
    first = hours_of(patient.hours)[0]
    fitting = [hour for hour in HOURS if far_enough(first, f"{hour:02}:00")]
    buttons = [hour_button(voice, hour, SettingPress("second", f"{hour:02}")) for hour in fitting]
    rows = [*in_rows(buttons, HOURS_IN_A_ROW), [back(voice)]]
    return voice.message(voice.html("settings.ask.second", hour=shown_hour(voice, first)), buttons=rows)


def ask_days(voice: Voice, patient: Patient) -> Message:
    """Every day, every other day, or on chosen days."""
    rows = [[voice.button(f"settings.rhythm.{rhythm}", SettingPress("rhythm", rhythm))] for rhythm in RHYTHMS]
    if patient.rhythm == "weekdays":
        rows += in_rows([_day_button(voice, patient, day) for day in ALL_DAYS], 2)
    return voice.message(
        voice.html("settings.ask.days", days=_days(voice, patient)),
        voice.html("settings.ask.days_note"),
        buttons=[*rows, [back(voice)]],
    )


def _day_button(voice: Voice, patient: Patient, day: str) -> Button:
    ticked = day in patient.weekdays
    press = SettingPress("weekday", ("-" if ticked else "+") + day)
    return voice.button("usual.tick", press, mark=TICKED if ticked else NOT_TICKED, label=str(day_name(voice, day)))


def ask_quiet(voice: Voice) -> Message:
    """From when prompts wait."""
    buttons = [hour_button(voice, hour, SettingPress("quiet_from", f"{hour:02}")) for hour in QUIET_FROM]
    never = voice.button("settings.quiet_never", SettingPress("quiet", "never"))
    rows = [buttons, [never], [back(voice)]]
    return voice.message(voice.html("settings.ask.quiet_from"), voice.html("settings.quiet_note"), buttons=rows)


def ask_quiet_to(voice: Voice) -> Message:
    """Until when prompts wait."""
    buttons = [hour_button(voice, hour, SettingPress("quiet_to", f"{hour:02}")) for hour in QUIET_TO]
    return voice.message(voice.html("settings.ask.quiet_to"), buttons=[*in_rows(buttons, 3), [back(voice)]])


def ask_tell(voice: Voice) -> Message:
    """Caregivers at once, or only when the team is not reached."""
    rows = [[voice.button(f"settings.tell.{way}", SettingPress("tell", way))] for way in ("at_once", "if_not_reached")]
    return voice.message(
        voice.html("settings.ask.tell"), voice.html("settings.tell_note"), buttons=[*rows, [back(voice)]]
    )


def ask_phones(visit: Visit, patient: Patient) -> Message:
    """Which of the team's phones to change."""
    voice, care = visit.voice, visit.tx.patients.care(visit.person, patient)
    lines = [voice.html(f"status.phone_{when}", phone=care[when]) for when in PHONES if care.get(when)]
    rows = [[voice.button(f"settings.phone_{when}", SettingPress(f"phone_{when}", "open"))] for when in PHONES]
    rows += [
        [voice.button(f"settings.remove_{when}", SettingPress(f"phone_{when}", "remove"))]
        for when in PHONES
        if care.get(when)
    ]
    shown = "\n".join(map(str, lines or [voice.html("status.no_phone")]))
    return voice.message(shown, buttons=[*rows, [back(voice)]])


def ask_typed(voice: Voice, *keys: str) -> Message:
    """Ask for something that is typed."""
    return voice.message(*[voice.html(key) for key in keys], buttons=[[back(voice)]])


def ask_language(voice: Voice) -> Message:
    """Every language, each named in itself."""
    texts = voice.world.texts
    rows = [
        [voice.button("welcome.language_name", SettingPress("language", code), name=texts.label(code, "language.name"))]
        for code in texts.languages
    ]
    return voice.message(voice.html("welcome.language"), buttons=[*rows, [back(voice)]])
