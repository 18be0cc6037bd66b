"""When an alert is lost: nobody has it and nothing will happen next. The one definition, for all who must know.

The watchdog, the metrics and the tests that kill processes read the same rows through this.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

# A step may be this late: the tick looks every second, so a minute is no hurry but a stop.
OVERDUE = timedelta(seconds=60)
# A step that fails is put off by half a minute each time (the tick's PUT_OFF), which moves its due moment on;
# after the third failure it is a minute late, whatever its row says.
FAILED_TOO_OFTEN = 3


class AlertSeen(Protocol):
    """What is asked of an alert."""

    @property
    def id(self) -> int: ...  # noqa: D102 - the names say it
    @property
    def state(self) -> str: ...  # noqa: D102
    @property
    def owner_id(self) -> int | None: ...  # noqa: D102
    @property
    def raised_at(self) -> datetime: ...  # noqa: D102


class StepSeen(Protocol):
    """What is asked of a due moment whose subject is an alert."""

    @property
    def subject_id(self) -> int: ...  # noqa: D102
    @property
    def due_at(self) -> datetime: ...  # noqa: D102
    @property
    def tries(self) -> int: ...  # noqa: D102


class Why(StrEnum):
    """In which way an alert is lost."""

    NO_STEP = "no owner and no next step"
    OVERDUE = "its next step did not happen"
    FAILING = "its next step fails again and again"


@dataclass(frozen=True)
class Lost:
    """A lost alert; `since` is when the step was due, or when the alert was raised if there is none."""

    alert_id: int
    why: Why
    since: datetime


def lost_alerts(alerts: Iterable[AlertSeen], steps: Iterable[StepSeen], now: datetime) -> list[Lost]:
    """The open alerts that are lost, the oldest first. `steps` are the due moments about alerts, of any alert."""
    of_alert: dict[int, list[StepSeen]] = defaultdict(list)
    for step in steps:
        of_alert[step.subject_id].append(step)
    found = (_lost(alert, of_alert[alert.id], now) for alert in alerts if alert.state != "closed")
    return sorted((lost for lost in found if lost is not None), key=lambda lost: lost.since)


def _lost(alert: AlertSeen, steps: list[StepSeen], now: datetime) -> Lost | None:
    if not steps:
        return None if alert.owner_id is not None else Lost(alert.id, Why.NO_STEP, alert.raised_at)
    earliest = min(steps, key=lambda step: step.due_at)
    if now - earliest.due_at > OVERDUE:
        return Lost(alert.id, Why.OVERDUE, earliest.due_at)
    failing = [step for step in steps if step.tries >= FAILED_TOO_OFTEN]
    return Lost(alert.id, Why.FAILING, failing[0].due_at) if failing else None
