"""Asks where a person lives: from there come the hour, the country and the emergency number."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time

from bot.actions.visit import Visit
from bot.actions.voice import HOURS_IN_A_ROW, Voice, in_rows
from bot.actions.world import DEFAULT_EMERGENCY_NUMBER
from bot.domain.cities import City
from bot.domain.homes import home_in, place_code
from bot.domain.local_time import zone_named
from bot.domain.press import Press, to_data
from bot.domain.speech import Button, Message, Rows
from bot.places_file import names_in
from bot.store.tables import Person
from bot.texts import Html

COUNTRIES_IN_A_ROW = 2


@dataclass(frozen=True)
class Asking:
    """Who asks, the welcome or the settings: what its buttons mean, where it shows, what comes when it knows.

    `back` is the button that leaves without a change; `expects` is what a typed city answers (`actions.expected`).
    """

    press: Callable[[str, str], Press]
    show: Callable[[Visit, Message], Awaitable[None]]
    done: Callable[[Visit], Awaitable[str | None]]
    expects: str
    back: Callable[[Voice], Button] | None = None


def app_language(visit: Visit) -> str:
    """The language of the person's app as Telegram tells it (such as pt-br), else the one they read here."""
    return visit.app_language or visit.person.language


def place_values(voice: Voice, zone: str | None, country: str | None) -> dict[str, str]:
    """The names of a zone's city and of a country, and the number that brings an ambulance there."""
    world = voice.world
    home = home_in(world.places, zone, country)
    city = names_in(voice.language).of(home) if home else (zone or "UTC").rsplit("/", 1)[-1].replace("_", " ")
    number = world.emergency_number or world.places.emergency_number(country) or DEFAULT_EMERGENCY_NUMBER
    return {"city": city, "country": country_name(voice, country), "number": number}


def country_name(voice: Voice, country: str | None) -> str:
    """A country's name in the person's language, or a word that it is not known."""
    return names_in(voice.language).countries.get(country or "", "") or voice.label("where.no_country")


def is_sure(voice: Voice, country: str | None) -> bool:
    """Whether somebody vouches for the emergency number: the operator, or our table."""
    return bool(voice.world.emergency_number or voice.world.places.emergency_number(country))


def number_note(voice: Voice, country: str | None) -> Html:
    """Which number brings an ambulance in this country, and whether somebody vouches for it."""
    return voice.html(
        "where.number" if is_sure(voice, country) else "where.number_unsure", **place_values(voice, None, country)
    )


def set_home(person: Person, home: City, source: str) -> None:
    """Keep where a person lives; `source` is guessed, said or location."""
    person.zone, person.country, person.zone_source = home.zone, home.country, source


def ask_where(voice: Voice, asking: Asking) -> Message:
    """The first question: by our guess if there is one, else openly."""
    return ask_time(voice, asking) if voice.person.zone else ask_clock(voice, asking)


def ask_time(voice: Voice, asking: Asking) -> Message:
    """Is it 14:05 where you are? With what follows from it, so that a wrong country is seen."""
    person = voice.person
    place = place_values(voice, person.zone, person.country)
    rows = [
        [voice.button("where.yes", asking.press("time", "yes"), "success", country=place["country"])],
        [voice.button("where.other_country", asking.press("time", "country"))],
        [voice.button("where.other_time", asking.press("time", "no"))],
    ]
    return voice.message(
        voice.html("where.time", time=voice.clock(voice.now)),
        voice.html("where.guess", **place),
        number_note(voice, person.country),
        buttons=_with_back(voice, rows, asking),
    )


def ask_clock(voice: Voice, asking: Asking) -> Message:
    """Which hour is it there? The person may also type a time or a city, or share where they are."""
    minute = voice.now.minute
    hours = [
        Button(_label(voice, time(hour, minute)), data=to_data(asking.press("clock", f"{hour:02}")))
        for hour in range(24)
    ]
    rows = in_rows(hours, HOURS_IN_A_ROW)
    rows.append([voice.button("where.locate", asking.press("time", "locate"))])
    return voice.message(
        voice.html("where.clock"), voice.html("where.type_city"), buttons=_with_back(voice, rows, asking)
    )


def ask_place(voice: Voice, asking: Asking, homes: Sequence[City]) -> Message:
    """Which of these is it? Each with its time, its city and its country."""
    rows = [[_place_button(voice, asking, home)] for home in homes]
    rows.append([voice.button("where.none", asking.press("time", "no"))])
    return voice.message(voice.html("where.which"), buttons=_with_back(voice, rows, asking))


def ask_country(voice: Voice, asking: Asking, homes: Sequence[City]) -> Message:
    """Which country? The likely ones as buttons; any other can be typed."""
    buttons = [
        Button(country_name(voice, home.country), data=to_data(asking.press("place", place_code(home))))
        for home in homes
    ]
    rows = in_rows(buttons, COUNTRIES_IN_A_ROW)
    return voice.message(
        voice.html("where.country"), voice.html("where.type_country"), buttons=_with_back(voice, rows, asking)
    )


def ask_location(voice: Voice) -> Message:
    """A keyboard with one button that shares the location."""
    keyboard = (voice.label("where.share_button"), voice.label("where.share_not"))
    message = voice.message(voice.html("where.share"), voice.html("where.share_kept"))
    return replace(message, keyboard=keyboard, locate=True)


def _place_button(voice: Voice, asking: Asking, home: City) -> Button:
    label = voice.label(
        "where.place",
        time=_label(voice, local(voice.now, home.zone)),
        city=names_in(voice.language).of(home),
        country=country_name(voice, home.country),
    )
    return Button(label, data=to_data(asking.press("place", place_code(home))))


def local(now: datetime, zone: str) -> time:
    """The wall clock in a zone."""
    return now.astimezone(zone_named(zone)).time()


def _label(voice: Voice, shown: time) -> str:
    return str(voice.world.texts.clock(voice.language, shown))


def _with_back(voice: Voice, rows: list[list[Button]], asking: Asking) -> Rows:
    return [*rows, [asking.back(voice)]] if asking.back else rows
