"""What the page lets a person do on a phone, as functions from a wish (JSON) to the phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.web.botapi import TelegramUser
from bot.web.sandbox.places import PLACES

Json = dict[str, Any]


def say(user: TelegramUser, wish: Json) -> None:
    """Send a text."""
    text = str(wish["text"]).strip()
    if not text:
        raise ValueError("Write something first.")
    user.sends(text[:4096])


def edit(user: TelegramUser, wish: Json) -> None:
    """Edit an own message."""
    user.edits(int(wish["message"]), str(wish["text"]).strip()[:4096])


def tap(user: TelegramUser, wish: Json) -> None:
    """Tap a button below a message."""
    user.taps(int(wish["message"]), str(wish["button"]))


def open_link(user: TelegramUser, wish: Json) -> None:
    """Follow an invitation link."""
    user.opens(str(wish["link"]))


def attach(user: TelegramUser, wish: Json) -> None:
    """Send something that is not a text."""
    match wish["what"]:
        case "sticker":
            user.sends_sticker()
        case "voice":
            user.sends_voice()
        case "photo":
            user.sends_photo()
        case "contact":
            user.sends_contact()
        case "location":
            place = next(place for place in PLACES if place.name == wish["place"])
            user.travels(place.zone)
            user.sends_location(place.latitude, place.longitude)
        case other:
            raise ValueError(f"Nothing called {other} can be attached.")


def block(user: TelegramUser, _wish: Json) -> None:
    """Block the bot."""
    if not user.chat.blocked:
        user.blocks()


def unblock(user: TelegramUser, _wish: Json) -> None:
    """Unblock the bot."""
    if user.chat.blocked:
        user.unblocks()


def set_zone(user: TelegramUser, wish: Json) -> None:
    """Set the phone's own clock."""
    user.travels(str(wish["zone"]))


DEEDS: dict[str, Callable[[TelegramUser, Json], None]] = {
    "say": say,
    "edit": edit,
    "tap": tap,
    "open": open_link,
    "attach": attach,
    "block": block,
    "unblock": unblock,
    "zone": set_zone,
}
