"""Finds out where a person lives from what they tap, type or share."""

from __future__ import annotations

from dataclasses import replace

from bot.actions.visit import Visit
from bot.actions.where import (
    Asking,
    app_language,
    ask_clock,
    ask_country,
    ask_location,
    ask_place,
    ask_where,
    place_values,
    set_home,
)
from bot.domain.cities import City
from bot.domain.homes import across_a_border, home_of, homes_at_hour
from bot.domain.incoming import Location
from bot.domain.local_time import read_time
from bot.places_file import names_in

Toast = str | None


async def press(visit: Visit, asking: Asking, button: str, choice: str) -> Toast:
    """Act on a button of the screens in `actions.where`."""
    match button, choice:
        case "time", "yes" if visit.person.zone:
            visit.person.zone_source = "said"
            # A wrong emergency number is a hazard: an unknown country is asked for, never passed over.
            return await _found(visit, asking) if visit.person.country else await _time(visit, asking, "country")
        case "time", "country" | "no" | "locate" | "ask":
            return await _time(visit, asking, choice)
        case "clock", hour if hour.isascii() and hour.isdigit() and int(hour) < 24:
            return await offer(
                visit, asking, homes_at_hour(visit.world.places, visit.now, int(hour), app_language(visit))
            )
        case "place", code if home := home_of(visit.world.places, code):
            set_home(visit.person, home, "said")
            return await _found(visit, asking)
    return visit.voice.label("tap.unknown")


async def _time(visit: Visit, asking: Asking, choice: str) -> Toast:
    voice, person = visit.voice, visit.person
    visit.tx.people.expect(person, {"what": asking.expects})
    if choice == "ask":
        await asking.show(visit, ask_where(voice, asking))
    elif choice == "no":
        await asking.show(visit, ask_clock(voice, asking))
    elif choice == "locate":
        voice.say(ask_location(voice))
    else:
        zone = person.zone or "UTC"
        likely = visit.world.places.countries_for(zone, visit.now, app_language(visit))
        await asking.show(visit, ask_country(voice, asking, likely))
    return None


async def offer(visit: Visit, asking: Asking, homes: tuple[City, ...]) -> Toast:
    """Let the person choose between homes; when there is none, ask again."""
    if homes:
        await asking.show(visit, ask_place(visit.voice, asking, homes))
        return None
    return visit.voice.label("where.nowhere")


async def typed(visit: Visit, asking: Asking, text: str) -> Toast:
    """A typed time, city or country becomes a few homes to choose from."""
    voice = visit.voice
    if text.strip() == voice.label("where.share_not"):
        voice.say(replace(voice.message(voice.html("where.share_declined")), remove_keyboard=True))
        await asking.show(visit, ask_clock(voice, asking))
        return None
    said = read_time(text)
    if said is not None:
        homes = visit.world.places.zones_by_local_time(visit.now, said, app_language(visit))
    else:
        homes = visit.world.places.search(text, names_in(visit.person.language))
    if homes:
        await asking.show(visit, ask_place(voice, asking, homes))
    else:
        voice.tell("where.not_found")
    return None


async def shared(visit: Visit, asking: Asking, location: Location) -> None:
    """A shared location becomes a home at once, unless a border is near. The location itself is not kept."""
    voice = visit.voice
    homes = across_a_border(visit.world.places.nearest(location.latitude, location.longitude), visit.now)
    if len(homes) == 1:
        set_home(visit.person, homes[0], "location")
        place = place_values(voice, visit.person.zone, visit.person.country)
        voice.say(replace(voice.message(voice.html("where.thanks_found", **place)), remove_keyboard=True))
        await _found(visit, asking)
        return
    voice.say(replace(voice.message(voice.html("where.thanks")), remove_keyboard=True))
    await asking.show(visit, ask_place(voice, asking, homes))


async def _found(visit: Visit, asking: Asking) -> Toast:
    visit.tx.people.expect(visit.person, None)
    return await asking.done(visit)
