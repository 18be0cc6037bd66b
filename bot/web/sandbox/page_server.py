"""Serves the sandbox's page beside everything else in one process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

import uvicorn

from bot.web.botapi import BotApi
from bot.web.sandbox.page_app import make_sandbox
from bot.web.sandbox.sandbox_time import SandboxTime


class QuietServer(uvicorn.Server):
    """uvicorn without its signal handlers: the app starts and stops it, with everything else in order."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say when that is done."""
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's signals alone."""
        yield


class SandboxServer:
    """`async with SandboxServer(api, time) as server:` shows the page at `server.url`.

    `port` 0 takes a free one. OSError when the port is taken. `hosts` as in make_sandbox.
    """

    def __init__(
        self,
        api: BotApi,
        time: SandboxTime,
        host: str = "127.0.0.1",
        port: int = 0,
        hosts: tuple[str, ...] = (),
    ) -> None:
        self.api = api
        self.host = host
        self.port = port
        config = uvicorn.Config(
            make_sandbox(api, time, hosts),
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server = QuietServer(config)
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The address to open, with a slash at the end."""
        return f"http://{self.host}:{self.port}/"

    async def __aenter__(self) -> SandboxServer:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self.host, self.port))
        except OSError:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        await self._server.ready.wait()

    async def stop(self) -> None:
        """End the live updates and stop listening."""
        self.api.changes.hang_up()
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving
