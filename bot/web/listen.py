"""Listens on a port for small things: health, metrics, the webhook. aiohttp's server (docs/decisions)."""

from __future__ import annotations

import errno
from collections.abc import Awaitable, Callable

from aiohttp import web

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
# Seconds that requests under way get to end when we stop.
LAST_WORDS = 2.0


class CannotListen(OSError):
    """The port cannot be listened on; the message says which, why, and which settings to change."""


class Listener:
    """`start()` listens, `stop()` lets the requests under way end. `port` 0 takes a free one."""

    def __init__(self, handler: Handler, host: str, port: int, settings: str) -> None:
        self.host = host
        self.port = port
        self._settings = settings
        # No access log: a path may hold a secret.
        self._handler = handler
        self._runner = web.ServerRunner(web.Server(self._respond, access_log=None), shutdown_timeout=LAST_WORDS)

    async def start(self) -> None:
        """Listen. Raises CannotListen."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.host, self.port, reuse_address=True).start()
        except OSError as error:
            await self._runner.cleanup()
            raise CannotListen(_why(error, self.host, self.port, self._settings)) from None
        self.port = self._runner.addresses[0][1]

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        response = await self._handler(request)
        response.headers["Server"] = "BoneWatch"  # not which version of what is looking for trouble
        return response

    async def stop(self) -> None:
        """Listen no more."""
        await self._runner.cleanup()


def _why(error: OSError, host: str, port: int, settings: str) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"port {port} on {host} is in use; stop what uses it, or set {settings}_PORT to another"
        case errno.EACCES:
            return f"port {port} on {host} needs rights that this user lacks; set {settings}_PORT above 1023"
        case errno.EADDRNOTAVAIL:
            return f"{host} is no address of this machine; mend {settings}_HOST"
    return f"cannot listen on {host} port {port} ({error.strerror or error}); check {settings}_HOST and {settings}_PORT"
