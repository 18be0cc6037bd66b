"""The local Bot API server on HTTP: the same paths as Telegram's, on this machine only.

aiohttp's server, not Starlette's, because it parses HTTP in C and reads multipart by itself: a third more
calls a second than uvicorn with h11, and benchmarks push thousands a second through it.
"""

from __future__ import annotations

import asyncio
import json
from types import TracebackType
from typing import Any

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from multidict import MultiDictProxy

from bot.web.botapi.api import BotApi
from bot.web.botapi.control import control
from bot.web.botapi.params import Upload
from bot.web.botapi.poster import Poster
from bot.web.botapi.refusals import CutConnection

MAX_BODY = 64 * 1024 * 1024
JSON_TYPE = "application/json"


class BotApiServer:
    """`async with BotApiServer(api) as server:` answers at `server.url` until the block ends.

    `port` 0 takes a free one; `with_control` opens `POST /_control/…` for tests in other processes.
    """

    def __init__(self, api: BotApi, host: str = "127.0.0.1", port: int = 0, with_control: bool = False) -> None:
        self.api = api
        self.host = host
        self.port = port
        self.with_control = with_control
        self._runner: web.ServerRunner | None = None
        self._poster: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The base address, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    async def __aenter__(self) -> BotApiServer:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; OSError when the port is taken."""
        # No access log: Telegram's paths hold the token.
        server = web.Server(self._respond, request_factory=self._request, keepalive_timeout=75, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, backlog=1024, reuse_address=True)
        try:
            await site.start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.port = self._runner.addresses[0][1]
        self._poster = asyncio.create_task(Poster(self.api).run())

    async def stop(self) -> None:
        """Stop listening and cut what is still open."""
        if self._poster is not None:
            self._poster.cancel()
            await asyncio.gather(self._poster, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    def _request(
        self,
        message: Any,
        payload: StreamReader,
        protocol: Any,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> web.BaseRequest:
        loop = asyncio.get_running_loop()
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=MAX_BODY)

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        room, _, rest = request.path.lstrip("/").partition("/")
        if room.startswith("bot"):
            return await self._bot_call(request, room[3:], rest)
        if room == "file":
            return self._file(rest)
        if room == "_control" and self.with_control:
            return await control(self.api, request, rest)
        return as_json(404, {"ok": False, "error_code": 404, "description": "Not Found"})

    async def _bot_call(self, request: web.BaseRequest, token: str, method: str) -> web.StreamResponse:
        try:
            values, uploads = await read_parameters(request)
        except ValueError:
            problem = "Bad Request: can't parse the request"
            return as_json(400, {"ok": False, "error_code": 400, "description": problem})
        try:
            status, body = await self.api.handle(token, method, values, uploads)
        except CutConnection:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        return as_json(status, body)

    def _file(self, rest: str) -> web.StreamResponse:
        upload = self.api.files.get(rest.removeprefix(f"bot{self.api.token}/files/"))
        if upload is None:
            return web.Response(status=404)
        return web.Response(body=upload.content, content_type=upload.mime_type)


async def read_parameters(request: web.BaseRequest) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Parameters and files of a call: query string, JSON, form or multipart; ValueError when broken."""
    values: dict[str, Any] = dict(request.query) if request.query_string else {}
    if request.method != "POST":
        return values, {}
    if request.content_type == JSON_TYPE:
        body = await request.read()
        given = json.loads(body) if body else {}
        if not isinstance(given, dict):
            raise ValueError("the body is no JSON object")
        return values | given, {}
    uploads: dict[str, Upload] = {}
    form: MultiDictProxy[Any] = await request.post()
    for name, value in form.items():
        if isinstance(value, web.FileField):
            uploads[name] = Upload(value.filename, value.content_type, value.file.read())
        else:
            values[name] = value
    return values, uploads


def as_json(status: int, body: Any) -> web.Response:
    """A JSON answer; a 429 also carries Telegram's Retry-After header."""
    headers = {}
    if status == 429:
        headers["Retry-After"] = str(body.get("parameters", {}).get("retry_after", 1))
    encoded = json.dumps(body, separators=(",", ":")).encode()
    return web.Response(status=status, body=encoded, content_type=JSON_TYPE, headers=headers)
