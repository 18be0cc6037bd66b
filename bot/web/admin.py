"""Health and metrics on a port of their own, for this machine: /healthz, /readyz, /metrics."""

from __future__ import annotations

from aiohttp import web

from bot.web.health import Vitals, alive, ready
from bot.web.listen import Listener
from bot.web.metrics import CONTENT_TYPE, Metrics


def make_admin(vitals: Vitals, metrics: Metrics, host: str, port: int) -> Listener:
    """The listener; `start()` it. Answers GET and HEAD, changes nothing."""

    async def respond(request: web.BaseRequest) -> web.StreamResponse:
        if request.method not in ("GET", "HEAD"):
            return web.Response(status=405, headers={"Allow": "GET, HEAD"})
        match request.path:
            case "/healthz":
                fine, body = alive(vitals)
            case "/readyz":
                fine, body = await ready(vitals)
            case "/metrics":
                return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE})
            case _:
                return web.Response(status=404)
        return web.json_response(body, status=200 if fine else 503, headers={"Cache-Control": "no-store"})

    return Listener(respond, host, port, "BONEWATCH_ADMIN")
