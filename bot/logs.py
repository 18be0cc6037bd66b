"""Logs: events and ids, by an allow-list. No token, no name, no word of a patient, at any level."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO

import structlog

# A field that is not here is dropped, whatever it holds. Add one only if it can never hold what a person said.
ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "logger", "error", "loop", "update", "kind", "subject", "lane", "verdict",
        "why", "alert", "patient", "count", "seconds", "port", "host", "version", "epoch", "holder", "revision",
        "languages", "step", "exception", "keys", "mode",
    }
)  # fmt: skip
# These log addresses (with the token) and texts at INFO or DEBUG [reference.md, finding 7].
QUIET_LIBRARIES = (
    "httpx",
    "httpcore",
    "telegram",
    "aiohttp",
    "apscheduler",
    "asyncio",
    "aiosqlite",
    "uvicorn",
    "sqlalchemy",
)


def only_allowed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not on the list."""
    return {name: value for name, value in event.items() if name in ALLOWED}


def _where_only(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception as its type and the lines it came through: its text may hold what somebody said."""
    info = event.pop("exc_info", None)
    if info:
        error = info if isinstance(info, BaseException) else sys.exc_info()[1]
        event["exception"] = _trace(error) if error is not None else None
    return event


def _trace(error: BaseException) -> str:
    places, step = [type(error).__name__], error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 2)[-1]}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    return " < ".join([places[0], *reversed(places[1:])])


def set_up_logs(style: Literal["console", "json"], level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send our events to `stream` (the error output, unless said), and keep talkative libraries quiet."""
    out = stream or sys.stderr
    renderer: Any = (
        structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer(colors=out.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _where_only,
            only_allowed,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(logging.ERROR)
        logging.getLogger(name).handlers = [logging.NullHandler()]
        logging.getLogger(name).propagate = False
