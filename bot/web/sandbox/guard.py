"""Keeps other web sites away from the sandbox.

It has no log-in and listens on this machine, so any page in the same browser could try to reach it:
directly (a cross-site post) or through a name of its own that points here (DNS rebinding). Both are
told apart by the headers that browsers do not let pages change.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
CONTENT_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = [
    (b"content-security-policy", CONTENT_POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]


class Guard:
    """Lets through what comes from this page itself, refuses the rest with 403."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = ()) -> None:
        self.app = app
        self.hosts = LOOPBACK_NAMES | set(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on or refuse one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if problem := self.problem(scope["method"], Headers(scope=scope)):
            refusal = PlainTextResponse(f"{problem}\n", status_code=403)
            await refusal(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *SECURITY_HEADERS]
            await send(message)

        await self.app(scope, receive, send_guarded)

    def problem(self, method: str, headers: Headers) -> str:
        """Why a request is refused; empty when it is not."""
        host = headers.get("host", "")
        if urlsplit(f"//{host}").hostname not in self.hosts:
            return "The sandbox answers only to names of this machine."
        if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"} and method != "GET":
            return "The sandbox listens only to its own page."
        if method in {"GET", "HEAD"}:
            return ""
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            return "The sandbox listens only to its own page."
        # A form of another site cannot send JSON without asking first.
        if not headers.get("content-type", "").startswith("application/json"):
            return "The sandbox takes JSON only."
        return ""
