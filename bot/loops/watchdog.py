"""The watchdog: is any alert lost, does any message wait too long, do all loops live? It tells whoever can mend it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.actions.tell_operators import tell_operators
from bot.actions.world import World
from bot.clock import Clock
from bot.domain.lost import FAILED_TOO_OFTEN, Lost, lost_alerts
from bot.domain.watch import OUTAGE, Kind, Look, Trouble, keeps_heart_still, troubles
from bot.loops.heartbeat import Heartbeat
from bot.loops.pulse import Pulse
from bot.store.database import Store
from bot.store.unit import Tx
from bot.store.watch import OpenAlert, Watch

log = structlog.get_logger()

# Seconds between two looks: what is a minute late is reported within a minute and a half of being due.
EVERY = 30.0
# How often it is written down that we live: an outage is known to the minute.
NOTE_ALIVE = 60.0
# Calls by the second channel that failed longer ago are no news any more.
NEWS = timedelta(hours=1)


@dataclass(frozen=True)
class Post:
    """Where the watchdog stands: what it watches, and who hears of it."""

    store: Store
    clock: Clock
    pulse: Pulse
    world: Callable[[], World]
    leads: Callable[[], bool]
    step_kinds: Collection[str]  # the due moments that are a next step of an alert


class Watchdog:
    """Reads. What it writes: when we were last alive, and messages to the operators; only the leader does."""

    def __init__(self, post: Post, heartbeat: Heartbeat) -> None:
        self._post = post
        self.heartbeat = heartbeat
        self.look: Look | None = None
        self.troubles: list[Trouble] = []
        self.outage: tuple[datetime, datetime] | None = None
        self._sent = 0
        self._is_new = True
        self._alive_noted: float | None = None

    async def came_back(self) -> datetime | None:
        """At the start: `outage` becomes the time for which no copy of the bot was alive, if that was long.

        Returns when one was last alive.
        """
        async with self._post.store.begin() as tx:
            last = (await tx.installation.get()).alive_at
            await self._note_outage(tx, last, self._post.clock.now())
        return last

    def sent(self) -> None:
        """A message was handed over: whatever waits, waits for its turn."""
        self._sent += 1

    async def once(self) -> float:
        """Look once, and tell; returns seconds until the next look."""
        if self._is_new:  # what fell due while we were away gets this long before it counts as late
            self._is_new = False
            return EVERY
        async with self._post.store.read() as tx:
            self.look = await self._read(tx)
        self._report(troubles(self.look, self._post.pulse.states()))
        if self._post.leads():
            await self._write(self.look.at)
            if not any(keeps_heart_still(trouble, self._sent > 0) for trouble in self.troubles):
                await self.heartbeat.beat()
        self._sent = 0
        return EVERY

    async def _read(self, tx: Tx) -> Look:
        watch, now = Watch(tx), self._post.clock.now()
        alerts = await watch.open_alerts()
        steps = await watch.steps(self._post.step_kinds, [alert.id for alert in alerts])
        lost = lost_alerts(alerts, steps, now)
        parked, newest_parked = await watch.parked()
        return Look(
            at=now,
            alerts_owned=sum(alert.owner_id is not None for alert in alerts),
            alerts_unowned=sum(alert.owner_id is None for alert in alerts),
            lost=tuple(lost),
            oldest_lost_raised_at=_raised_first(alerts, lost),
            outbox=await watch.outbox(),
            cards=await watch.cards(),
            parked=parked,
            newest_parked=newest_parked,
            moments_failing=await watch.failing_moments(FAILED_TOO_OFTEN, but=self._post.step_kinds),
            next_moment=await tx.moments.next(),
            knocks_failed=await tx.knocks.failed_since(now - NEWS),
        )

    def _report(self, found: list[Trouble]) -> None:
        """Log what is new and what is over; not the same again at every look."""
        before = {trouble.name for trouble in self.troubles}
        for trouble in found:
            if trouble.name not in before:
                since = (self._post.clock.now() - trouble.since).total_seconds() if trouble.since else 0.0
                log.error(
                    "trouble.seen",
                    kind=trouble.kind,
                    subject=trouble.subject,
                    count=trouble.count,
                    seconds=round(since),
                    why=trouble.why,
                )
        for trouble in self.troubles:
            if trouble.name not in {other.name for other in found}:
                log.info("trouble.over", kind=trouble.kind, subject=trouble.subject)
        self.troubles = found

    async def _write(self, now: datetime) -> None:
        pace = self._post.pulse.pace.time()
        alive = not any(trouble.kind is Kind.LOOP_LATE for trouble in self.troubles)
        note = alive and (self._alive_noted is None or pace - self._alive_noted >= NOTE_ALIVE)
        if not (self.troubles or note):
            return
        async with self._post.store.begin() as tx:
            await tell_operators(self._post.world(), tx, self.troubles, now)
            last = await tx.installation.seen_alive(now) if note else None
            if note and self._alive_noted is not None and pace - self._alive_noted > OUTAGE.total_seconds():
                await self._note_outage(tx, last, now)
        if note:
            self._alive_noted = pace

    async def _note_outage(self, tx: Tx, last: datetime | None, now: datetime) -> None:
        if last is not None and now - last > OUTAGE:
            self.outage = (last, now)
            await tx.installation.was_away(last, now)
            log.warning("bot.was_away", seconds=round((now - last).total_seconds()))


def _raised_first(alerts: Sequence[OpenAlert], lost: Sequence[Lost]) -> datetime | None:
    ids = {one.alert_id for one in lost}
    return min((alert.raised_at for alert in alerts if alert.id in ids), default=None)
