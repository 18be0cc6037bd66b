"""A gateway on this machine, as ntfy or an SMS service would be: it keeps what it gets, and may fail or hang."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Gateway:
    """What was sent to it, and how it behaves."""

    port: int = 0
    got: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    hangs: bool = False
    location: str | None = None  # redirects there

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.port}/secret-path"

    @property
    def texts(self) -> list[str]:
        return [str(one["message"]) for one in self.got]


@asynccontextmanager
async def a_gateway() -> AsyncIterator[Gateway]:
    gateway, released = Gateway(), asyncio.Event()

    async def take(request: web.BaseRequest) -> web.StreamResponse:
        gateway.got.append(json.loads(await request.read()))
        if gateway.hangs:
            await released.wait()
        if gateway.location:
            return web.Response(status=302, headers={"Location": gateway.location})
        return web.Response(status=gateway.status)

    runner = web.ServerRunner(web.Server(take))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    gateway.port = runner.addresses[0][1]
    try:
        yield gateway
    finally:
        released.set()
        await runner.cleanup()
