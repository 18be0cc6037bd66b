"""Measures how late the event loop is: everything in this process waits at least that long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.clock import Pace

EVERY = 0.25  # seconds: four readings a second catch a stall of 50 ms often enough, and cost nothing


async def measure_lag(pace: Pace, stop: asyncio.Event, on_lag: Callable[[float], None]) -> None:
    """Call `on_lag` with the seconds by which each wake-up was late, until `stop`."""
    while not stop.is_set():
        due = pace.time() + EVERY
        await pace.wait(stop, EVERY)
        if not stop.is_set():
            on_lag(max(0.0, pace.time() - due))
