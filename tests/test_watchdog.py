"""The watchdog: what counts as lost or late, who hears of it, and when the outside is told that all is well."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.actions.happen import ALERTS
from bot.domain.lost import Lost, Why, lost_alerts
from bot.domain.speech import Lane
from bot.domain.watch import Kind, Look, LoopState, Trouble, gap_around, keeps_heart_still, troubles
from bot.loops.heartbeat import Heartbeat
from bot.loops.lag import measure_lag
from bot.loops.pulse import Pulse
from bot.loops.watchdog import EVERY, Post, Watchdog
from bot.store.database import Store
from bot.store.queues import CardRow, DueMoment, InboxRow, OutboxRow
from bot.store.tables import Alert, Person
from bot.store.unit import Tx
from bot.store.watch import made_at
from bot.web.listen import Listener
from tests.conftest import NINE, HandClock
from tests.running import an_api, eventually, running, some_settings
from tests.town import WORLD, TownPace, a_town

OPERATOR = 900
CANARY = "canary-numbness"


# The definition


@dataclass(frozen=True)
class AnAlert:
    id: int = 1
    state: str = "raised"
    owner_id: int | None = None
    raised_at: datetime = NINE - timedelta(hours=1)


@dataclass(frozen=True)
class AStep:
    subject_id: int = 1
    due_at: datetime = NINE + timedelta(minutes=5)
    tries: int = 0


def late(seconds: float, **values: Any) -> AStep:
    return AStep(due_at=NINE - timedelta(seconds=seconds), **values)


@pytest.mark.parametrize(
    ("alert", "steps", "why"),
    [
        (AnAlert(), [], Why.NO_STEP),
        (AnAlert(state="escalated"), [], Why.NO_STEP),
        (AnAlert(), [AStep(subject_id=2)], Why.NO_STEP),
        (AnAlert(owner_id=5, state="acknowledged"), [], None),
        (AnAlert(state="closed"), [], None),
        (AnAlert(state="closed"), [late(600)], None),
        (AnAlert(), [AStep()], None),
        (AnAlert(), [late(60)], None),
        (AnAlert(), [late(61)], Why.OVERDUE),
        (AnAlert(), [AStep(), late(61)], Why.OVERDUE),
        (AnAlert(owner_id=5), [late(61)], Why.OVERDUE),
        (AnAlert(), [AStep(tries=2)], None),
        (AnAlert(), [AStep(tries=3)], Why.FAILING),
        (AnAlert(), [AStep(tries=0), AStep(tries=3)], Why.FAILING),
    ],
)
def test_an_alert_is_lost_when_nobody_has_it_and_nothing_moves_it(
    alert: AnAlert, steps: list[AStep], why: Why | None
) -> None:
    assert [lost.why for lost in lost_alerts([alert], steps, NINE)] == ([why] if why else [])


def test_the_rows_themselves_can_be_judged() -> None:
    """The checker of killed processes has rows, not values of its own."""
    alerts = [Alert(id=n, state="raised", owner_id=None, raised_at=NINE - timedelta(minutes=n)) for n in (1, 2)]
    steps = [DueMoment(kind="rung", subject_id=1, patient_id=5, due_at=NINE - timedelta(minutes=3), tries=0)]
    assert lost_alerts(alerts, steps, NINE) == [
        Lost(1, Why.OVERDUE, NINE - timedelta(minutes=3)),
        Lost(2, Why.NO_STEP, NINE - timedelta(minutes=2)),
    ]


def test_many_lost_alerts_are_named_in_part() -> None:
    look = Look(NINE, lost=tuple(Lost(n, Why.NO_STEP, NINE) for n in range(200)))
    named = troubles(look, {})
    assert [trouble.subject for trouble in named] == ["0", "1", "2", "3", "4", "more"]
    assert named[-1].count == 195


@pytest.mark.parametrize(
    ("loop", "worked", "is_late"),
    [
        ("worker", 59, False),
        ("worker", 61, True),
        ("intake", 89, False),
        ("intake", 91, True),
        ("watchdog", 119, False),
    ],
)
def test_a_loop_is_late_after_its_own_time(loop: str, worked: float, is_late: bool) -> None:
    found = troubles(Look(NINE), {loop: LoopState(turned=0, worked=worked, trouble="database.away")})
    assert [(t.kind, t.subject, t.why) for t in found] == ([(Kind.LOOP_LATE, loop, "database.away")] if is_late else [])


@pytest.mark.parametrize(
    ("kind", "subject", "is_sending", "still"),
    [
        (Kind.ALERT_LOST, "1", True, True),
        (Kind.LOOP_LATE, "tick", True, True),
        (Kind.TICK_LATE, "tick", True, True),
        (Kind.MESSAGES_LATE, "alert", True, True),
        (Kind.MESSAGES_LATE, "reply", True, True),
        (Kind.MESSAGES_LATE, "prompt", True, False),
        (Kind.MESSAGES_LATE, "prompt", False, True),
        (Kind.UPDATE_PARKED, "1", True, False),
        (Kind.MOMENTS_FAILING, "moments", True, False),
    ],
)
def test_what_stops_the_heart(kind: Kind, subject: str, is_sending: bool, still: bool) -> None:
    assert keeps_heart_still(Trouble(kind, subject), is_sending) is still


# What it reads


class Guard:
    """A watchdog on a database, with hands on everything it looks at."""

    def __init__(self, store: Store, clock: HandClock, heartbeat: Heartbeat | None = None) -> None:
        self.store = store
        self.clock = clock
        self.pace = TownPace()
        self.pulse = Pulse(self.pace)
        self.leads = True
        self.world = replace(WORLD, operators=(OPERATOR,))
        post = Post(store, clock, self.pulse, lambda: self.world, lambda: self.leads, ALERTS.keys())
        self.dog = Watchdog(post, heartbeat or Heartbeat(None))

    async def looks(self) -> list[str]:
        """What it finds now."""
        if self.dog._is_new:
            await self.dog.once()
        await self.dog.once()
        async with self.store.begin() as tx:  # what was said to the operator leaves at once
            for row in await tx.session.scalars(select(OutboxRow).where(OutboxRow.chat_id == OPERATOR)):
                row.state = "sent"
        return [trouble.name for trouble in self.dog.troubles]

    def later(self, **delta: float) -> None:
        self.clock.forward(**delta)
        self.pace.seconds += timedelta(**delta).total_seconds()

    async def said(self, chat_id: int = OPERATOR) -> list[str]:
        """Everything that was ever put into the outbox for this chat."""
        async with self.store.read() as tx:
            rows = await tx.session.scalars(
                select(OutboxRow).where(OutboxRow.chat_id == chat_id).order_by(OutboxRow.id)
            )
            people = {p.id: p for p in await tx.session.scalars(select(Person))}
            return [tx.open(people[row.about_id], "outbox.body", row.body)["text"] for row in rows]


@pytest.fixture
def guard(store: Store, clock: HandClock) -> Guard:
    return Guard(store, clock)


async def an_alert(tx: Tx, now: datetime, **values: Any) -> Alert:
    person = tx.people.add(1000 + tx.ids.new() % 10**9, "en", now)
    sealer = tx.sealer(person)
    alert = Alert(
        id=tx.ids.new(),
        patient_id=person.id,
        urgency="emergency",
        kind="finding",
        protocol_version="1",
        ladder=sealer.seal("alerts.ladder", {}),
        detail=sealer.seal("alerts.detail", {"findings": [CANARY]}),
        **{"state": "raised", "rung": 0, "raised_at": now, **values},
    )
    return tx.alerts.add(alert)


async def test_nothing_is_wrong_in_an_empty_house(guard: Guard) -> None:
    assert await guard.looks() == []
    assert await guard.said() == []


async def test_an_alert_without_a_step_is_told_to_the_operators_once_an_hour(guard: Guard) -> None:
    async with guard.store.begin() as tx:
        alert = await an_alert(tx, guard.clock.now())
    guard.later(seconds=5)
    with capture_logs() as logs:
        assert await guard.looks() == [f"alert_lost:{alert.id}"]
        guard.later(minutes=1)
        await guard.looks()
    assert [entry["kind"] for entry in logs if entry["event"] == "trouble.seen"] == ["alert_lost"]
    [text] = await guard.said()
    assert str(alert.id) in text
    assert "docs/operations.md" in text
    assert "alert_lost" in text
    guard.later(minutes=58)
    await guard.looks()
    assert len(await guard.said()) == 1
    guard.later(minutes=2)
    await guard.looks()
    assert len(await guard.said()) == 2


async def test_a_new_process_does_not_say_it_again(guard: Guard, store: Store, clock: HandClock) -> None:
    clock.forward(minutes=30)
    async with guard.store.begin() as tx:
        await an_alert(tx, guard.clock.now())
    await guard.looks()
    clock.forward(minutes=59)  # the clock strikes ten in between
    again = Guard(store, clock)
    await again.looks()
    assert len(await again.said()) == 1


async def test_a_second_lost_alert_does_not_wait_for_the_first_ones_hour(guard: Guard) -> None:
    async with guard.store.begin() as tx:
        await an_alert(tx, guard.clock.now())
    await guard.looks()
    async with guard.store.begin() as tx:
        await an_alert(tx, guard.clock.now())
    await guard.looks()
    assert len(await guard.said()) == 2


async def test_what_operators_read_is_theirs_and_tells_nothing_of_health(guard: Guard) -> None:
    async with guard.store.begin() as tx:
        alert = await an_alert(tx, guard.clock.now())
    await guard.looks()
    async with guard.store.read() as tx:
        operator = await tx.people.by_chat(OPERATOR)
        row = (await tx.session.scalars(select(OutboxRow))).one()
    assert operator is not None
    assert row.about_id == operator.id != alert.patient_id
    assert (row.lane, row.kind) == (Lane.REPLY, "send")
    for word in (CANARY, "emergency", "patient"):
        assert word not in "".join(await guard.said()).lower()


async def test_an_alert_with_a_step_or_an_owner_is_not_lost_until_the_step_is_late(guard: Guard) -> None:
    now = guard.clock.now()
    async with guard.store.begin() as tx:
        await an_alert(tx, now, owner_id=5, state="acknowledged")
        waits = await an_alert(tx, now)
        tx.moments.set("rung", waits.id, waits.patient_id, now + timedelta(minutes=15))
        await an_alert(tx, now, state="closed")
    assert await guard.looks() == []
    assert guard.dog.look is not None
    assert (guard.dog.look.alerts_owned, guard.dog.look.alerts_unowned) == (1, 1)
    guard.later(minutes=15, seconds=59)
    assert f"alert_lost:{waits.id}" not in await guard.looks()
    guard.later(seconds=2)
    assert await guard.looks() == [f"alert_lost:{waits.id}", "tick_late:tick"]
    assert guard.dog.look.oldest_lost_raised_at == now


async def test_a_step_that_fails_again_and_again_is_late_whatever_its_row_says(guard: Guard) -> None:
    now = guard.clock.now()
    async with guard.store.begin() as tx:
        alert = await an_alert(tx, now)
        tx.moments.set("followup", alert.id, alert.patient_id, now)
    for tries in range(1, 4):
        async with guard.store.begin() as tx:
            soon = timedelta(seconds=30)
            await tx.moments.put_off("followup", alert.id, guard.clock.now(), 5, soon, timedelta(hours=1))
        found = await guard.looks()
        assert found == ([] if tries < 3 else [f"alert_lost:{alert.id}"])
        guard.later(seconds=30)
    assert "fails each time" in (await guard.said())[-1]


async def test_a_moment_about_something_else_is_no_step_of_an_alert(guard: Guard) -> None:
    now = guard.clock.now()
    async with guard.store.begin() as tx:
        alert = await an_alert(tx, now)
        tx.moments.set("remind", alert.id, alert.patient_id, now + timedelta(hours=1))
    assert await guard.looks() == [f"alert_lost:{alert.id}"]


async def test_other_moments_that_fail_are_counted(guard: Guard) -> None:
    now = guard.clock.now()
    async with guard.store.begin() as tx:
        for subject in (1, 2, 3):
            tx.moments.set("checkin", subject, subject, now + timedelta(hours=1))
    async with guard.store.begin() as tx:
        for subject, tries in ((1, 2), (2, 3), (3, 5)):
            moment = await tx.moments.get("checkin", subject)
            assert moment is not None
            moment.tries = tries
    assert await guard.looks() == ["moments_failing:moments"]
    assert guard.dog.troubles[0].count == 2


async def test_a_tick_that_does_not_run_shows_in_what_is_due(guard: Guard) -> None:
    async with guard.store.begin() as tx:
        tx.moments.set("checkin", 1, 1, guard.clock.now())
    guard.later(seconds=59)
    assert await guard.looks() == []
    guard.later(seconds=2)
    assert await guard.looks() == ["tick_late:tick"]
    async with guard.store.begin() as tx:
        tx.moments.clear("checkin", 1)
    with capture_logs() as logs:
        assert await guard.looks() == []
    assert [entry["event"] for entry in logs] == ["trouble.over"]


async def put(guard: Guard, lane: Lane, due_in: float = 0.0, **columns: Any) -> int:
    """A message in the outbox; returns its id."""
    async with guard.store.begin() as tx:
        person = tx.people.add(2000 + tx.ids.new() % 10**9, "en", guard.clock.now())
        due_at = guard.clock.now() + timedelta(seconds=due_in)
        tx.outbox.put(person.chat_id, person, "send", {"text": "x"}, lane, due_at)
        await tx.flush()
        row = (await tx.session.scalars(select(OutboxRow).order_by(OutboxRow.id.desc()).limit(1))).one()
        for name, value in columns.items():
            setattr(row, name, value)
        return row.id


async def test_a_message_that_waits_over_a_minute_is_late(guard: Guard) -> None:
    await put(guard, Lane.ALERT)
    guard.later(seconds=60)
    assert await guard.looks() == []
    guard.later(seconds=1)
    assert await guard.looks() == ["messages_late:alert"]
    await put(guard, Lane.PROMPT, due_in=-61)
    assert await guard.looks() == ["messages_late:alert", "messages_late:prompt"]


async def test_a_message_for_later_or_one_that_left_is_not_late(guard: Guard) -> None:
    await put(guard, Lane.DIGEST, due_in=600)
    await put(guard, Lane.ALERT, state="sent")
    await put(guard, Lane.REPLY, state="gone")
    guard.later(minutes=5)
    assert await guard.looks() == []


async def test_a_message_that_is_tried_again_and_again_is_late_whenever_it_is_due_next(guard: Guard) -> None:
    row_id = await put(guard, Lane.ALERT)
    guard.later(seconds=70)
    async with guard.store.begin() as tx:
        row = await tx.session.get(OutboxRow, row_id)
        assert row is not None
        row.tries, row.due_at = 7, guard.clock.now() + timedelta(seconds=20)
    assert await guard.looks() == ["messages_late:alert"]
    assert abs(made_at(row_id) - NINE) < timedelta(seconds=1)


async def test_a_message_planned_long_ago_is_not_late_while_it_is_first_sent(guard: Guard) -> None:
    row_id = await put(guard, Lane.DIGEST, due_in=600)
    guard.later(seconds=601)
    async with guard.store.begin() as tx:
        row = await tx.session.get(OutboxRow, row_id)
        assert row is not None
        row.tries, row.state = 1, "sending"
    assert await guard.looks() == []


async def test_a_card_that_shows_less_than_it_should_for_over_a_minute_is_late(guard: Guard) -> None:
    async with guard.store.begin() as tx:
        person = tx.people.add(5, "en", guard.clock.now())
        await tx.cards.show(5, person, "checkin.1", 1, {"text": "x"}, Lane.PROMPT, guard.clock.now())
    guard.later(seconds=61)
    assert await guard.looks() == ["messages_late:prompt"]
    async with guard.store.begin() as tx:
        card = (await tx.session.scalars(select(CardRow))).one()
        card.shown = card.wanted
    assert await guard.looks() == []


async def test_a_parked_update_is_told_once_and_never_again(guard: Guard) -> None:
    async with guard.store.begin() as tx:
        await tx.inbox.keep([(41, 5, {"update_id": 41}), (42, 5, {"update_id": 42})], guard.clock.now())
        for row in await tx.session.scalars(select(InboxRow)):
            row.state = "parked"
    assert await guard.looks() == ["update_parked:42"]
    for _ in range(3):
        guard.later(hours=2)
        await guard.looks()
    assert len([text for text in await guard.said() if "update 42" in text]) == 1


async def test_only_the_leader_tells_and_beats(guard: Guard) -> None:
    async with guard.store.begin() as tx:
        await an_alert(tx, guard.clock.now())
    guard.leads = False
    assert len(await guard.looks()) == 1
    assert await guard.said() == []


# Being away


async def test_it_notes_every_minute_that_it_lives(guard: Guard) -> None:
    async def alive_at() -> datetime | None:
        async with guard.store.read() as tx:
            return (await tx.installation.get()).alive_at

    await guard.looks()
    assert await alive_at() == NINE
    guard.later(seconds=30)
    await guard.looks()
    assert await alive_at() == NINE
    guard.later(seconds=30)
    await guard.looks()
    assert await alive_at() == NINE + timedelta(minutes=1)


async def test_a_bot_that_cannot_work_does_not_count_as_alive(guard: Guard) -> None:
    await guard.looks()
    guard.pulse.expect(["intake"])
    guard.later(minutes=2)
    assert await guard.looks() == ["loop_late:intake"]
    async with guard.store.read() as tx:
        assert (await tx.installation.get()).alive_at == NINE


@pytest.mark.parametrize(("minutes", "is_outage"), [(4, False), (150, True)])
async def test_a_new_process_knows_how_long_nobody_was_there(
    guard: Guard, store: Store, clock: HandClock, minutes: int, is_outage: bool
) -> None:
    await guard.looks()
    back = clock.forward(minutes=minutes)
    again = Guard(store, clock)
    await again.dog.came_back()
    assert again.dog.outage == ((NINE, back) if is_outage else None)


@pytest.mark.parametrize(
    ("due", "alive_at", "away", "gap"),
    [
        (10, 5, (None, None), (5, 60)),  # just over, and not noted yet
        (10, 60, (5, 59), (5, 59)),
        (10, 60, (20, 59), None),  # it fell due before: something else held it up
        (10, 58, (None, None), None),
        (10, None, (None, None), None),
    ],
)
def test_the_gap_in_which_something_fell_due(
    due: int, alive_at: int | None, away: tuple[int | None, int | None], gap: tuple[int, int] | None
) -> None:
    def at(minute: int | None) -> datetime | None:
        return None if minute is None else NINE + timedelta(minutes=minute)

    wanted = None if gap is None else (at(gap[0]), at(gap[1]))
    assert (
        gap_around(
            NINE + timedelta(minutes=due), NINE + timedelta(minutes=60), at(alive_at), (at(away[0]), at(away[1]))
        )
        == wanted
    )


async def test_a_first_start_and_a_clock_that_went_back_are_no_outage(
    guard: Guard, store: Store, clock: HandClock
) -> None:
    await guard.dog.came_back()
    assert guard.dog.outage is None
    await guard.looks()
    clock.forward(hours=-3)
    again = Guard(store, clock)
    await again.dog.came_back()
    assert again.dog.outage is None


async def test_an_hour_without_a_database_is_an_outage_too_and_a_clock_moved_forward_is_not(guard: Guard) -> None:
    await guard.looks()
    guard.clock.forward(hours=5)  # the sandbox's time button: no time has passed for the process
    await guard.looks()
    guard.pace.seconds += 61
    await guard.looks()
    assert guard.dog.outage is None
    began = guard.clock.now()
    guard.later(hours=1)  # no look succeeded in between
    await guard.looks()
    assert guard.dog.outage == (began, guard.clock.now())


# The heart


@dataclass
class Outside:
    """Whoever waits for the beat."""

    beats: int = 0
    status: int = 200
    hang: bool = False
    released: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def hear(self, _request: web.BaseRequest) -> web.StreamResponse:
        self.beats += 1
        if self.hang:
            await self.released.wait()
        return web.Response(status=self.status)


@asynccontextmanager
async def somebody_outside() -> AsyncIterator[Outside]:
    outside = Outside()
    listener = Listener(outside.hear, "127.0.0.1", 0, "")
    await listener.start()
    outside.url = f"http://127.0.0.1:{listener.port}/ping"
    yield outside
    outside.released.set()
    await listener.stop()


async def test_the_heart_beats_while_all_is_well_and_stops_while_a_loop_stands(
    sqlite_url: str, vault: Any, clock: HandClock
) -> None:
    from bot.store.ids import Ids

    async with somebody_outside() as outside:
        guard = Guard(Store(sqlite_url, vault, Ids(clock)), clock, Heartbeat(outside.url))
        guard.pulse.expect(["worker"])
        await guard.looks()
        assert outside.beats == 1
        guard.later(seconds=30)
        await guard.looks()
        assert outside.beats == 2
        for _ in range(4):  # the worker does not move
            guard.later(seconds=30)
            await guard.looks()
        assert outside.beats == 3  # at 60 s it is not yet late
        guard.pulse.beat("worker")
        await guard.looks()
        assert outside.beats == 4
        await guard.store.close()


async def test_the_heart_stops_for_late_alerts_but_not_for_prompts_on_their_way(
    sqlite_url: str, vault: Any, clock: HandClock
) -> None:
    from bot.store.ids import Ids

    async with somebody_outside() as outside:
        guard = Guard(Store(sqlite_url, vault, Ids(clock)), clock, Heartbeat(outside.url))
        await put(guard, Lane.PROMPT, due_in=-300)
        await guard.looks()
        assert outside.beats == 0  # nothing leaves
        guard.dog.sent()
        await guard.looks()
        assert outside.beats == 1  # the morning's prompts leave one after the other
        await put(guard, Lane.ALERT, due_in=-61)
        guard.dog.sent()
        await guard.looks()
        assert outside.beats == 1
        await guard.store.close()


async def test_an_outside_that_fails_stops_nothing_and_is_said_once() -> None:
    async with somebody_outside() as outside:
        heart = Heartbeat(outside.url)
        with capture_logs() as logs:
            outside.status = 500
            await heart.beat()
            await heart.beat()
            outside.status = 200
            await heart.beat()
        assert heart.outcomes == {"heard": 1, "failed": 2}
        assert [entry["event"] for entry in logs] == ["heartbeat.unheard"]
        assert outside.url not in str(logs)
    await heart.beat()  # nobody there any more
    assert heart.outcomes["failed"] == 3


async def test_an_outside_that_hangs_is_given_up() -> None:
    async with somebody_outside() as outside:
        outside.hang = True
        heart = Heartbeat(outside.url, patience=0.1)
        async with asyncio.timeout(5):
            await heart.beat()
        assert heart.outcomes["failed"] == 1


async def test_the_lag_of_the_event_loop_is_seen() -> None:
    import time

    from bot.clock import SystemPace

    lags: list[float] = []
    stop = asyncio.Event()
    measuring = asyncio.create_task(measure_lag(SystemPace(), stop, lags.append))
    await eventually(lambda: lags)
    time.sleep(0.6)  # noqa: ASYNC251 - this is the stall that is to be seen
    await eventually(lambda: max(lags) > 0.3)
    stop.set()
    await measuring


# In the whole bot


async def test_the_operators_phone_shows_it(sqlite_url: str) -> None:
    async with a_town(sqlite_url, operators=(OPERATOR,)) as town:
        operator = town.person(OPERATOR, "Op")
        operator.user.chat.started = True
        assert town.app is not None
        async with town.app.store.begin() as tx:
            alert = await an_alert(tx, town.clock.now())
        await town.app.watchdog.once()
        await town.app.watchdog.once()
        await town.settle()
        operator.hears("is lost", str(alert.id), "docs/operations.md")


async def test_a_running_bot_beats_and_stops_when_its_tick_stops(sqlite_url: str) -> None:
    async with somebody_outside() as outside, an_api() as server:
        settings = some_settings(sqlite_url, heartbeat_url=outside.url)
        async with running(settings, server.url) as bot:
            await bot.ready()
            dog, pulse = bot.app.watchdog, bot.app.pulse
            await dog.once()
            assert outside.beats == 1
            bot.app._scheduler.pause()
            await asyncio.sleep(0.1)  # a tick that was under way ends
            for moments in (pulse.began, pulse.beats, pulse.turns):
                moments["tick"] -= 61  # a minute passes
            await dog.once()
            assert (await bot.ready(role="leader"))["loops"]["tick"] == "late"
            assert (await bot.get("/healthz"))[0] == 503
            assert outside.beats == 1
            bot.app._scheduler.resume()
            await bot.ready()
            await dog.once()
            assert outside.beats == 2


def test_every_trouble_is_in_the_operations_page() -> None:
    page = (Path(__file__).resolve().parent.parent / "docs/operations.md").read_text("utf-8")
    alarms = page.split("## What each alarm means")[1].split("\n## ")[0]
    assert re.findall(r"^### (\w+)$", alarms, re.MULTILINE) == [str(kind) for kind in Kind]
    for why in Why:
        assert f"`{why.name.lower()}`" in alarms


def test_operators_can_be_told_of_every_trouble() -> None:
    keys = WORLD.texts.keys()
    assert {f"operator.{kind}" for kind in Kind if kind is not Kind.ALERT_LOST} <= keys
    assert {f"operator.{Kind.ALERT_LOST}.{why.name.lower()}" for why in Why} <= keys


def test_a_look_every_half_minute_reports_within_a_minute() -> None:
    assert EVERY <= 30  # seconds: late after 60, seen at the next look
