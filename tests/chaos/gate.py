"""A gate between one copy of the bot and PostgreSQL, which may be shut: the network's own ways to fail."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from sqlalchemy.engine import make_url


class Gate:
    """Hands bytes through, both ways, on a port of this machine. `async with Gate(database) as gate:`.

    `cut` resets what is open and refuses what is new, as a firewall that answers does; with `silently` it swallows
    everything without a word, as an unplugged cable does.
    """

    def __init__(self, database: str) -> None:
        self._database = make_url(database)
        self._server: asyncio.Server | None = None
        self._open = asyncio.Event()
        self._refuses = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Gate:
        self._open.set()
        self._server = await asyncio.start_server(self._came, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self._reset()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        """The database's address by way of this gate."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        there = self._database.set(host="127.0.0.1", port=port, query={})
        return there.render_as_string(hide_password=False)

    def cut(self, silently: bool = False) -> None:
        """Shut it."""
        self._refuses = not silently
        self._open.clear()
        if not silently:
            self._reset()

    def mend(self) -> None:
        """Open it again; what was swallowed silently goes on its way now, as after a cable was plugged in again."""
        self._refuses = False
        self._open.set()

    def _reset(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            writer.transport.abort()
            return
        there, back = await self._connect()
        self._writers |= {writer, back}
        for one in (self._hand(reader, back), self._hand(there, writer)):
            task = asyncio.create_task(one)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _connect(self) -> Any:
        host = str(self._database.query.get("host") or self._database.host)
        port = self._database.port or 5432
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _hand(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                await self._open.wait()
                writer.write(data)
                await writer.drain()
        self._writers.discard(writer)
        writer.transport.abort()
