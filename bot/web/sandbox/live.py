"""Live updates of the page: server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from bot.web.botapi import BotApi
from bot.web.sandbox.sandbox_time import SandboxTime
from bot.web.sandbox.views import keyboard_of, message_view, milliseconds, phone_view

Json = dict[str, Any]
# Proxies and sleeping laptops drop a silent connection; a comment now and then keeps it open.
HEARTBEAT = 15.0


async def live_updates(api: BotApi, time: SandboxTime) -> AsyncIterator[bytes]:
    """Every change as an event, until the listener leaves or the server stops."""
    with api.changes.listening() as changes:
        yield as_event({"type": "hello", "now": milliseconds(time.now())})
        while True:
            try:
                change = await asyncio.wait_for(changes.get(), HEARTBEAT)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if change is None:
                return
            for event in events_of(api, time, change):
                yield as_event(event)


def events_of(api: BotApi, time: SandboxTime, change: Json) -> list[Json]:
    """What the page is told about one change."""
    phone = change.get("chat_id")
    match change["kind"]:
        case "time":
            return [{"type": "time", "now": milliseconds(time.now())}]
        case "commands":
            return [{"type": "phone", "phone": phone_view(api, user)} for user in api.users.values()]
        case "person" | "chat" if phone in api.users:
            return [{"type": "phone", "phone": phone_view(api, api.users[phone])}]
        case "message" if phone in api.users:
            return [
                {
                    "type": "message",
                    "phone": phone,
                    "message": message_view(api, change["message"]),
                    "new": change["new"],
                    "keyboard": keyboard_of(api.chats[phone]),
                }
            ]
        case "answer":
            return [{"type": "answer", "phone": phone, "text": change["text"], "alert": change["alert"]}]
        case "action":
            return [{"type": "action", "phone": phone, "action": change["action"]}]
    return []


def as_event(event: Json) -> bytes:
    """One server-sent event."""
    return f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()
