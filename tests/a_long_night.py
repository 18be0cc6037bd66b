"""Anything that may happen to an alert, as verbs, and what must be true of it after each of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.actions.alert_follow_up import OF_AN_ALERT
from bot.domain.ladder import step
from bot.domain.lost import lost_alerts
from bot.store.queues import DueMoment, OutboxRow
from bot.store.tables import Alert, AlertEvent
from bot.store.unit import Tx
from tests.care_group import GroupPhone
from tests.household import ANA, MARIA, RUI, Household
from tests.town import Phone

# A step is taken within one tick (5 s).
A_TICK = timedelta(seconds=5)
ENDS = {"false_alarm", "better", "same_told", "in_hospital", "died", "mistake"}
WRONG = ("fever", "breathing", "bleeding")
SIGNS = {"cord": ("numbness",), "soft": ("nausea",), "cord_emergency": ("numbness", "bladder"), "calcium": ("thirst",)}
PATIENT_SAYS = (
    "reached",
    "not_reached",
    "cant_get_through",
    "with_me",
    "ambulance",
    "in_hospital",
    "passed",
    "mistap",
    "safe",
    "better",
    "same_told",
    "same_untold",
    "worse",
    "details",
)
CAREGIVER_SAYS = (
    "ack",
    "called_team",
    "called_emergency",
    "with_them",
    "cant_reach",
    "false_alarm",
    "looked_after",
    "better",
    "worse",
    "reached",
    "in_hospital",
    "details",
    "say",
)


@dataclass
class Night:
    """A household, what has gone wrong so far, and the checks."""

    home: Household
    family: GroupPhone | None = None
    ze: Phone | None = None
    copies: int = 0  # how often a message may have arrived twice: crashes and lost replies
    away: list[tuple[datetime, datetime]] = field(default_factory=list)
    back: list[tuple[datetime, timedelta]] = field(default_factory=list)

    @property
    def town(self) -> Any:
        return self.home.town

    # ------------------------------------------------------------------------ what may happen

    async def reports(self, what: str) -> None:
        """Maria reports something, in a check-in or by "Something else is wrong"."""
        if what in WRONG:
            await self._forges(self.home.maria, f"s:wrong:{what}")
        else:
            await self.home.feels(*SIGNS[what])

    async def says(self, who: Phone, action: str) -> None:
        """Somebody taps a button of the newest alert, whether it is shown or not."""
        alerts = await self.home.alerts()
        if alerts:
            await self._forges(who, f"a:{alerts[-1].id}:{action}")

    async def the_group_says(self, action: str) -> None:
        """Somebody in the care group taps a button of the newest alert, whether it is shown or not."""
        alerts = await self.home.alerts()
        if alerts and self.family and self.ze and not self.family.group.chat.bot_kicked:
            await self.family.forges(self.ze, f"a:{alerts[-1].id}:{action}")

    async def the_group_puts_us_out(self) -> None:
        if self.family and self.ze:
            self.family.group.kicks_bot(self.ze.user)
            await self.town.settle()

    async def the_group_takes_us_in(self) -> None:
        if self.family and self.ze:
            self.family.group.adds_bot(self.ze.user)
            await self.town.settle()

    async def _forges(self, who: Phone, data: str) -> None:
        if who.messages and not who.user.chat.blocked:
            who.user.forges(who.messages[-1].message_id, data)
            await self.town.settle()

    async def blocks(self, who: Phone) -> None:
        who.user.blocks()
        await self.town.settle()

    async def unblocks(self, who: Phone) -> None:
        who.user.unblocks()
        await self.town.settle()

    async def leaves(self, who: Phone) -> None:
        async with self.town.app.store.read() as tx:
            person = await tx.people.by_chat(who.user.chat.id)
            links = await tx.families.of_caregiver(person.id) if person else []
        if links:
            await self._forges(who, f"s:leave:{links[0].id}.yes")

    async def dies_soon(self, commits: int) -> None:
        """The process dies at one of the next commits."""
        self.town.before_commit = commits
        self.copies += 1

    async def is_off(self, **delta: float) -> None:
        """Nobody runs the bot for a while."""
        start = self.town.clock.moment
        self.town.before_commit = None
        await self.town.die()
        self.town._jump(start + timedelta(**delta))
        self.away.append((start, self.town.clock.moment))
        await self.town.boot()
        await self.town.settle()

    async def clock_is_set(self, seconds: float) -> None:
        """The calendar clock jumps by so many seconds, forward or back."""
        start = self.town.clock.moment
        delta = timedelta(seconds=seconds)
        self.town.clock.moment += delta
        if seconds > 0:
            self.away.append((start, self.town.clock.moment))
        else:
            self.back.append((start, delta))
        await self.town.settle()

    async def later(self, minutes: float) -> None:
        await self.town.later(minutes=minutes)

    async def telegram_floods(self, chat_id: int) -> None:
        self.town.api.faults.floods(retry_after=20, method="sendMessage", chat_id=chat_id, times=2)

    async def reply_is_lost(self, chat_id: int) -> None:
        self.town.api.faults.loses_reply(method="sendMessage", chat_id=chat_id, times=1)
        self.copies += 1

    # ------------------------------------------------------------------------ what must be true

    async def holds(self) -> None:
        """Every claim about every alert of this night."""
        now, alerts = self.town.clock.moment, await self.home.alerts()
        async with self.town.app.store.read() as tx:
            for alert in alerts:
                events = await tx.alerts.timeline(alert.id)
                moments = [m for m in await tx.moments.of_subjects([alert.id]) if m.kind in OF_AN_ALERT]
                _never_lost(alert, moments, now)
                _ends_for_a_reason(alert, events)
                _no_step_twice(events)
                await self._in_time(tx, alert, events)
            await self._not_more_than_said(tx)

    async def _in_time(self, tx: Tx, alert: Alert, events: list[AlertEvent]) -> None:
        """Each call of the present round came within a tick of its time, or of the end of an outage."""
        patient = await tx.people.get(alert.patient_id)
        detail, stamped = tx.alerts.detail(patient, alert), tx.alerts.ladder(patient, alert)
        began = datetime.fromisoformat(detail["began"])
        for event in events:
            if event.kind != "called" or "back" in event.key:
                continue
            climbed, number = map(int, event.key.split(":")[1:3])
            if climbed != detail["round"]:
                continue
            at = step(stamped, number)
            assert at is not None
            due = began + at.after
            until = max([due, *(end for start, end in self.away if start <= due <= end)])
            # It came while the clock was still ahead, and the ladder was moved with the clock since.
            until -= sum((delta for start, delta in self.back if event.at <= start), timedelta())
            assert event.at <= until + A_TICK, f"step {number} of alert {alert.id} came {event.at - until} late"

    async def _not_more_than_said(self, tx: Tx) -> None:
        """A phone never shows more calls than steps, but for what a crash or a lost reply may have doubled."""
        for phone in (self.home.ana, self.home.rui, *([self.family] if self.family else [])):
            shown = sum(any(d.endswith(":ack") for d in _data(message)) for message in phone.messages)
            query = select(OutboxRow).where(OutboxRow.chat_id == phone.chat_id, OutboxRow.key.like("alert:%"))
            rows = list(await tx.session.scalars(query))
            assert shown <= len(rows) + self.copies, f"{phone.name} was called {shown} times for {len(rows)} calls"


def _data(message: Any) -> list[str]:
    return [button.get("callback_data", "") for row in message.buttons for button in row]


def _never_lost(alert: Alert, moments: list[DueMoment], now: datetime) -> None:
    assert lost_alerts([alert], moments, now) == []
    if alert.state == "closed":
        assert not moments, f"a closed alert waits for {[moment.kind for moment in moments]}"
        return
    assert moments, f"alert {alert.id} ({alert.state}) waits for nothing"
    late = [moment.kind for moment in moments if now - moment.due_at > A_TICK]
    assert not late, f"{late} of alert {alert.id} did not happen"
    assert (alert.state == "acknowledged") == (alert.owner_id is not None)


def _ends_for_a_reason(alert: Alert, events: list[AlertEvent]) -> None:
    kinds = [event.kind for event in events]
    if alert.state == "closed":
        assert alert.closed_why in ENDS
        assert kinds.count("closed") == 1
    elif alert.state == "acknowledged":
        assert alert.acknowledged_at is not None


def _no_step_twice(events: list[AlertEvent]) -> None:
    steps = [event.key for event in events if event.kind == "called"]
    assert len(steps) == len(set(steps)), "somebody was called twice for one step"


PHONES = {"maria": MARIA, "ana": ANA, "rui": RUI}
