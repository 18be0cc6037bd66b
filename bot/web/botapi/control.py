"""Lets another process drive the phones and the faults: `POST /_control/<verb>` with JSON.

For benchmarks and chaos runs, whose server is a process of its own; off unless asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.web.botapi.floods import FloodLimits

if TYPE_CHECKING:
    from bot.web.botapi.api import BotApi
    from bot.web.botapi.phones import TelegramUser

Json = dict[str, Any]
MAX_CALLS_A_PAGE = 50_000


async def control(api: BotApi, request: web.BaseRequest, verb: str) -> web.Response:
    """One verb; 404 for an unknown one, 400 with the reason when it cannot be done."""
    if verb not in VERBS:
        return web.json_response({"error": f"unknown verb {verb}"}, status=404)
    body = await request.read()
    try:
        answer = VERBS[verb](api, json.loads(body) if body else {})
    except (KeyError, LookupError, TypeError, ValueError) as error:
        return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)
    return web.json_response(answer)


def users(api: BotApi, wish: Json) -> Json:
    """`{"first_id", "count", "started"}`: people with ids upward from the first."""
    for user_id in range(wish["first_id"], wish["first_id"] + wish.get("count", 1)):
        api.add_user(user_id, wish.get("first_name", f"Person {user_id}"))
        api.chats[user_id].started = wish.get("started", True)
        api.keep_chat(api.chats[user_id])
    return {"users": len(api.users)}


def act(api: BotApi, wish: Json) -> Json:
    """`{"do": [{"user", "verb", …}, …]}`: what people do, in this order, as TelegramUser's methods."""
    updates_before = api.updates.next_id
    for deed in wish["do"]:
        user = api.users.get(deed["user"]) or api.add_user(deed["user"], f"Person {deed['user']}")
        DEEDS[deed["verb"]](user, deed)
    return {"updates": [updates_before, api.updates.next_id]}


DEEDS: dict[str, Callable[[TelegramUser, Json], object]] = {
    "sends": lambda user, deed: user.sends(deed["text"]),
    "taps": lambda user, deed: user.taps(deed["message_id"], deed["button"]),
    "forges": lambda user, deed: user.forges(deed["message_id"], deed["data"]),
    "edits": lambda user, deed: user.edits(deed["message_id"], deed["text"]),
    "opens": lambda user, deed: user.opens(deed["link"]),
    "blocks": lambda user, _: user.blocks(),
    "unblocks": lambda user, _: user.unblocks(),
}


def fault(api: BotApi, wish: Json) -> Json:
    """The fields of Fault; `{"clear": true}` forgets all of them first."""
    if wish.pop("clear", False):
        api.faults.clear()
    if wish:
        api.faults.add(**wish)
    return {"waiting": len(api.faults.waiting)}


def floods(api: BotApi, wish: Json) -> Json:
    """The fields of FloodLimits, or `{"off": true}`; how many calls were refused so far."""
    if wish.get("off"):
        api.floods.limits = None
    elif wish:
        api.floods.limits = FloodLimits(**wish)
    return {"refused": api.floods.refused}


def updates(api: BotApi, wish: Json) -> Json:
    """`{"repeats": n, "out_of_order": bool}`; how many updates wait and the next id."""
    api.updates.repeats = wish.get("repeats", api.updates.repeats)
    api.updates.out_of_order = wish.get("out_of_order", api.updates.out_of_order)
    return {"waiting": list(api.updates.waiting), "next_id": api.updates.next_id}


def calls(api: BotApi, wish: Json) -> Json:
    """Calls with a number above `after`, at most 50,000, optionally of one `method`."""
    wanted = wish.get("method", "").lower()
    page: list[Json] = []
    for call in api.journal:
        if call.number > wish.get("after", 0) and wanted in ("", call.method) and len(page) < MAX_CALLS_A_PAGE:
            page.append(
                {
                    "number": call.number,
                    "method": call.method,
                    "chat_id": call.chat_id,
                    "params": dict(call.params),
                    "at": call.at.timestamp(),
                    "pace": call.pace,
                    "outcome": call.outcome,
                    "message_id": call.message_id,
                    "took_effect": call.took_effect,
                }
            )
    return {"calls": page}


def counts(api: BotApi, _wish: Json) -> Json:
    """How often each method was answered how, e.g. `{"sendmessage": {"ok": 3}}`."""
    table: Json = {}
    for (method, outcome), count in api.journal.counts.items():
        table.setdefault(method, {})[outcome] = count
    return {"counts": table, "in_flight": api.journal.in_flight, "pace": api.pace()}


def chat(api: BotApi, wish: Json) -> Json:
    """The messages one phone shows; with `newest` only so many of the last ones."""
    shown = api.chats[wish["chat_id"]].shown[-wish.get("newest", 0) :]
    return {"messages": [message.record() for message in shown]}


VERBS: dict[str, Callable[[BotApi, Json], Json]] = {
    "users": users,
    "act": act,
    "fault": fault,
    "floods": floods,
    "updates": updates,
    "calls": calls,
    "counts": counts,
    "chat": chat,
}
