"""The sandbox's web page: phones side by side, and a clock that can be moved."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.web.botapi import BotApi, TelegramUser
from bot.web.sandbox.deeds import DEEDS
from bot.web.sandbox.guard import Guard
from bot.web.sandbox.live import live_updates
from bot.web.sandbox.sandbox_time import SandboxTime
from bot.web.sandbox.views import milliseconds, phone_view, whole_view

Json = dict[str, Any]

PAGE = Path(__file__).parent / "page"
# Far from the ids of `seed`, which start at 1.
FIRST_PHONE = 880_000_001
LONGEST_STEP = 31 * 86_400
PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}


class Sandbox:
    """Answers the page's requests."""

    def __init__(self, api: BotApi, time: SandboxTime) -> None:
        self.api = api
        self.time = time
        self.moving = asyncio.Lock()

    def add_phone(self, name: str, language: str = "en", zone: str = "UTC") -> TelegramUser:
        """One more phone, which has not pressed Start."""
        ZoneInfo(zone)
        phone = max([FIRST_PHONE - 1, *self.api.users]) + 1
        return self.api.add_user(phone, name, language_code=language, zone=zone)

    async def page(self, _request: Request) -> Response:
        """The page itself."""
        return FileResponse(PAGE / "index.html")

    async def state(self, _request: Request) -> Response:
        """Everything, to draw the page anew."""
        return JSONResponse(whole_view(self.api, self.time.now()))

    async def events(self, _request: Request) -> Response:
        """Live updates."""
        return StreamingResponse(live_updates(self.api, self.time), media_type="text/event-stream")

    async def new_phone(self, request: Request) -> Response:
        """`{"name", "language", "zone"}`: one more phone."""
        wish = await read_wish(request)
        name = str(wish.get("name", "")).strip()[:64]
        if not name:
            return problem("Give the phone's owner a name.")
        try:
            user = self.add_phone(name, str(wish.get("language", "en"))[:2], str(wish.get("zone", "UTC")))
        except (LookupError, OSError, ValueError):
            return problem("There is no such time zone.")
        return JSONResponse(phone_view(self.api, user), status_code=201)

    async def do(self, request: Request) -> Response:
        """What a person does on a phone."""
        user = self.api.users.get(request.path_params["phone"])
        deed = DEEDS.get(request.path_params["deed"])
        if user is None or deed is None:
            return problem("There is no such phone or button.", 404)
        try:
            deed(user, await read_wish(request))
        except (LookupError, StopIteration, TypeError, ValueError) as error:
            return problem(str(error) or "That did not work.", 409)
        return JSONResponse({"done": True})

    async def move_time(self, request: Request) -> Response:
        """`{"seconds": n}` or `{"to": "next_checkin"}`: let time pass; answers when all is done."""
        wish = await read_wish(request)
        planned = True
        async with self.moving:
            if wish.get("to") == "next_checkin":
                planned = await self.time.to_next_checkin()
            else:
                seconds = wish.get("seconds")
                if not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST_STEP:
                    return problem("Time moves forward only, by at most a month.")
                await self.time.forward(seconds)
        self.api.changes.announce("time")
        return JSONResponse({"now": milliseconds(self.time.now()), "planned": planned})

    async def file(self, request: Request) -> Response:
        """A document or picture, as a download."""
        upload = self.api.files.get(request.path_params["file_id"])
        if upload is None:
            return problem("There is no such file.", 404)
        kind = upload.mime_type if upload.mime_type in PICTURES else "application/octet-stream"
        headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(upload.name, safe='')}"}
        return Response(upload.content, media_type=kind, headers=headers)


async def read_wish(request: Request) -> Json:
    """The JSON object of a request; empty when there is none."""
    try:
        wish = await request.json()
    except ValueError:
        return {}
    return wish if isinstance(wish, dict) else {}


def problem(sentence: str, status: int = 400) -> JSONResponse:
    """A refusal in words for the person at the page."""
    return JSONResponse({"problem": sentence}, status_code=status)


def make_sandbox(api: BotApi, time: SandboxTime, hosts: Iterable[str] = ()) -> Starlette:
    """The page as an ASGI app, with a patient's and a caregiver's phone when there are none yet.

    `hosts` are names beside the loopback ones under which the page may be opened.
    """
    sandbox = Sandbox(api, time)
    if not api.users:
        sandbox.add_phone("Maria")
        sandbox.add_phone("Ana")
    return Starlette(
        routes=[
            Route("/", sandbox.page),
            Route("/api/state", sandbox.state),
            Route("/api/events", sandbox.events),
            Route("/api/phones", sandbox.new_phone, methods=["POST"]),
            Route("/api/phones/{phone:int}/{deed}", sandbox.do, methods=["POST"]),
            Route("/api/time", sandbox.move_time, methods=["POST"]),
            Route("/api/files/{file_id}", sandbox.file),
            Mount("/page", StaticFiles(directory=PAGE)),
        ],
        middleware=[Middleware(Guard, hosts=hosts)],
    )
