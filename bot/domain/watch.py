"""What the watchdog looks at, and what of it is trouble."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.lost import OVERDUE, Lost
from bot.domain.speech import Lane

# Seconds within which a loop goes round when all is well, with room for a slow machine. Intake: Telegram holds a
# poll for 25 s, its reply may take 10 s more, and a failed one is followed by a pause.
LOOP_LIMITS: Mapping[str, float] = {"intake": 90.0, "webhook": 120.0, "watchdog": 120.0}
LOOP_LIMIT = 60.0
# What several loops may wait for at the same time, as their pulses say it.
DATABASE_AWAY = "database.away"
TELEGRAM_AWAY = "telegram.away"
# So many lost alerts are named one by one; the rest is a number.
NAMED = 5


# A gap shorter than this is a restart: nobody has waited for anything.
OUTAGE = timedelta(minutes=5)


class Kind(StrEnum):
    """The kinds of trouble; docs/operations.md says what each means and what to do."""

    ALERT_LOST = "alert_lost"
    MESSAGES_LATE = "messages_late"
    TICK_LATE = "tick_late"
    LOOP_LATE = "loop_late"
    MOMENTS_FAILING = "moments_failing"
    UPDATE_PARKED = "update_parked"
    CHANNEL_FAILING = "channel_failing"


@dataclass(frozen=True)
class Waiting:
    """What waits in one lane: how many rows, and since when the oldest should have left."""

    count: int
    since: datetime


@dataclass(frozen=True)
class LoopState:
    """A loop as its pulse tells it; seconds count from the start until it has gone round once."""

    turned: float  # seconds since it last went round, with or without a failure
    worked: float  # seconds since it last went round without one
    trouble: str | None = None  # what is the matter: database.away, or an error's name
    is_new: bool = False  # it has not gone round yet


@dataclass(frozen=True)
class Look:
    """Everything the watchdog read at one moment."""

    at: datetime
    alerts_owned: int = 0
    alerts_unowned: int = 0
    lost: tuple[Lost, ...] = ()
    oldest_lost_raised_at: datetime | None = None
    outbox: Mapping[int, Waiting] = field(default_factory=dict)
    cards: Mapping[int, Waiting] = field(default_factory=dict)
    parked: int = 0
    newest_parked: int | None = None
    moments_failing: int = 0  # about anything but alerts: those are lost
    next_moment: datetime | None = None
    knocks_failed: int = 0  # in the last hour, for good

    @property
    def tick_lag(self) -> timedelta:
        """How long the earliest due moment has been waiting for the tick."""
        return max(timedelta(), self.at - self.next_moment) if self.next_moment else timedelta()

    def late_since(self, lane: int) -> datetime | None:
        """Since when a message of this lane has been waiting, if that is longer than it may."""
        since = [rows[lane].since for rows in (self.outbox, self.cards) if lane in rows]
        return min(since) if since and self.at - min(since) > OVERDUE else None


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong. Kind and subject name it: while they stay the same it is the same trouble."""

    kind: Kind
    subject: str  # an alert's id, a lane's or a loop's name, an update's id
    count: int = 1
    since: datetime | None = None
    why: str = ""  # in one word: no_step, database.away
    # A parked update stays parked: saying so every hour would teach people not to read.
    once: bool = False

    @property
    def name(self) -> str:
        """Kind and subject in one word."""
        return f"{self.kind}:{self.subject}"


def troubles(look: Look, loops: Mapping[str, LoopState]) -> list[Trouble]:
    """What is wrong, the worst first."""
    late = [*_alerts(look), *_messages(look), *_tick(look), *_loops(look, loops)]
    return [*late, *_moments(look), *_parked(look), *_knocks(look)]


def _alerts(look: Look) -> list[Trouble]:
    named = [
        Trouble(Kind.ALERT_LOST, str(lost.alert_id), since=lost.since, why=lost.why.name.lower())
        for lost in look.lost[:NAMED]
    ]
    rest = look.lost[NAMED:]
    if rest:
        named.append(Trouble(Kind.ALERT_LOST, "more", count=len(rest), since=rest[0].since))
    return named


def _messages(look: Look) -> list[Trouble]:
    found = []
    for lane in Lane:
        since = look.late_since(lane)
        if since is not None:
            count = sum(rows[lane].count for rows in (look.outbox, look.cards) if lane in rows)
            found.append(Trouble(Kind.MESSAGES_LATE, lane.name.lower(), count=count, since=since))
    return found


def _tick(look: Look) -> list[Trouble]:
    late = look.tick_lag > OVERDUE
    return [Trouble(Kind.TICK_LATE, "tick", since=look.next_moment)] if late else []


def _loops(look: Look, loops: Mapping[str, LoopState]) -> list[Trouble]:
    return [
        Trouble(Kind.LOOP_LATE, name, since=look.at - timedelta(seconds=state.worked), why=state.trouble or "stands")
        for name, state in loops.items()
        if is_late(name, state.worked)
    ]


def is_late(loop: str, seconds: float) -> bool:
    """Whether a loop should have gone round since."""
    return seconds > LOOP_LIMITS.get(loop, LOOP_LIMIT)


def _moments(look: Look) -> list[Trouble]:
    count = look.moments_failing
    return [Trouble(Kind.MOMENTS_FAILING, "moments", count=count)] if count else []


def _parked(look: Look) -> list[Trouble]:
    if not look.parked:
        return []
    return [Trouble(Kind.UPDATE_PARKED, str(look.newest_parked), count=look.parked, once=True)]


def _knocks(look: Look) -> list[Trouble]:
    count = look.knocks_failed
    return [Trouble(Kind.CHANNEL_FAILING, "knocks", count=count)] if count else []


def gap_around(
    due: datetime, now: datetime, alive_at: datetime | None, last: tuple[datetime | None, datetime | None]
) -> tuple[datetime, datetime] | None:
    """The outage in which something fell due: the last one noted, or the one that is just over and not noted yet."""
    began, ended = last
    if began is not None and ended is not None and began <= due <= ended:
        return began, ended
    if alive_at is not None and alive_at <= due and now - alive_at > OUTAGE:
        return alive_at, now
    return None


def keeps_heart_still(trouble: Trouble, is_sending: bool) -> bool:
    """Whether the outside world should be alarmed: the heartbeat is not sent while this lasts.

    A burst of prompts that is on its way at the pace Telegram allows is late, but not broken. What stays behind
    after it was reported (a parked update, a moment that fails) is for the operators, not for the alarm.
    """
    match trouble.kind:
        case Kind.MESSAGES_LATE:
            return not (is_sending and trouble.subject in (Lane.PROMPT.name.lower(), Lane.DIGEST.name.lower()))
        case Kind.MOMENTS_FAILING | Kind.UPDATE_PARKED | Kind.CHANNEL_FAILING:
            return False
    return True
