"""Builds everything, starts it in order and stops it in reverse. The only file that knows all rooms."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.actions import menus
from bot.actions.handle import handle, prepare
from bot.actions.happen import ALERTS, happen
from bot.actions.open_checkin import open_due, read_for_cards, render_card
from bot.actions.set_back import set_back
from bot.actions.world import World
from bot.channel.call import Gateways
from bot.chat.outgoing import perform
from bot.chat.transport import POLL_SECONDS, Bot, Poller, make_bot, remove_webhook, say_hello
from bot.chat.verdicts import CallFailed, Verdict
from bot.clock import Clock, Pace
from bot.domain.incoming import Incoming
from bot.domain.protocol import Protocol
from bot.domain.speech import Lane
from bot.loops.delivery import Crew, Delivery
from bot.loops.heartbeat import Heartbeat
from bot.loops.hook import Hook
from bot.loops.intake import Intake, keep
from bot.loops.knocker import Knocker, Ring
from bot.loops.lag import measure_lag
from bot.loops.leader import RENEW_SECONDS, Leadership
from bot.loops.pulse import Hints, Pulse, go_round
from bot.loops.tick import Deeds, Tick
from bot.loops.watchdog import Post, Watchdog
from bot.loops.worker import Handlers, Worker
from bot.phrase_files import load_lists
from bot.places_file import load_places
from bot.protocol_file import load_protocol, read_protocol, shipped_text
from bot.settings import Settings
from bot.store import schema
from bot.store.database import Store
from bot.store.ids import Ids
from bot.store.queues import CardRow, DueMoment
from bot.store.tables import Person
from bot.store.unit import Tx
from bot.store.vault import Vault
from bot.texts import Texts
from bot.web.admin import make_admin
from bot.web.health import Vitals
from bot.web.listen import Listener
from bot.web.metrics import Metrics, Sight
from bot.web.webhook import make_webhook, webhook_path

log = structlog.get_logger()

# clinical.md wants step times met within 5 s; a look that finds nothing costs one indexed read.
TICK_SECONDS = 1.0
# "Stop in reverse within 10 s": calls under way get this long to finish.
STOP_SECONDS = 8.0
# Loops that may be in a long call to the outside when we stop. Cutting them off loses nothing: no update is confirmed
# before it is kept, and whoever was being called by a second channel is called again.
MAY_HANG = ("intake", "webhook", "watchdog", "knocker")
Loops = dict[str, tuple[Callable[[], Awaitable[float | None]], asyncio.Event]]


# The sandbox's own bot; Telegram never gives out an id this small.
SANDBOX_BOT = 1


class MixedUp(Exception):
    """The sandbox was started on a real bot's database, or the other way round."""


@dataclass(frozen=True)
class Clocks:
    """The two clocks."""

    calendar: Clock
    pace: Pace


def load_world(settings: Settings) -> World:
    """Everything in messages/, read once."""
    return World(
        protocol=load_protocol(),
        texts=Texts(),
        places=load_places(),
        phrases=load_lists(),
        emergency_number=settings.emergency_number,
        operators=settings.operators,
    )


class App:
    """One copy of the bot: its store, its chat and its loops."""

    def __init__(self, settings: Settings, world: World, store: Store, bot: Bot, clocks: Clocks) -> None:
        self.settings = settings
        self.world = world
        self.store = store
        self.bot = bot
        self.clocks = clocks
        self.hints = Hints()
        self.pulse = Pulse(clocks.pace)
        self.poller = Poller(bot)
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{id(self):x}"
        self.leadership = Leadership(store, self.holder, clocks.pace)
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self.intake = Intake(store, self.poller, clocks.calendar, self.hints)
        self.tick = Tick(store, clocks.calendar, Deeds(self._open_checkins, self._happen, self._set_back), self.hints)
        crew = Crew(store, bot, clocks.calendar, clocks.pace, read_for_cards, self._render)
        self.delivery = Delivery(crew, settings.messages_per_second, self.hints.outbox)
        self.delivery.may_send = self._leads
        self.delivery.on_verdict = self._on_verdict
        self.worker = Worker(
            store,
            clocks.calendar,
            Handlers(self._prepare, self._handle),
            self.hints,
            self.delivery.answer_taps,
        )
        gateways = Gateways(settings.channel_schemes, settings.channel_hosts)
        self.knocker = Knocker(Ring(store, clocks.calendar, lambda: self.world, gateways, self._leads))
        post = Post(store, clocks.calendar, self.pulse, lambda: self.world, self._leads, ALERTS.keys())
        self.watchdog = Watchdog(post, Heartbeat(settings.heartbeat_url))
        self.metrics = Metrics(self._sight())
        store.on_saved = self.metrics.saved
        self._listeners: list[Listener] = []
        self._loops: Loops = {}
        self._polls = False

    async def open(self) -> None:
        """Connect to Telegram, learn our own name, take the lease, and free what earlier processes had claimed.

        Raises WrongToken, Unreachable and MixedUp, each with a line that says how to mend it.
        """
        await say_hello(self.bot, str(self.bot.base_url).rsplit("/bot", 1)[0])
        await self.poller.open()
        async with self.store.begin() as tx:
            await self._refuse_mixed_up(tx)
            earlier = await self._earlier_protocols(tx)
        self.world = replace(self.world, bot_username=self.bot.username, earlier=earlier)
        await self._lead()
        self.tick.seen = await self.watchdog.came_back()

    async def listen(self) -> None:
        """Open the ports: health and metrics, and the webhook's if there is one. Raises CannotListen."""
        vitals = Vitals(self.pulse.states, self._ask_database, self._leads)
        admin = make_admin(vitals, self.metrics, self.settings.admin_host, self.settings.admin_port)
        await self._open_port(admin)
        log.info("admin.listening", host=admin.host, port=admin.port)
        if self.settings.admin_is_public:
            log.warning("admin.public", host=admin.host, port=admin.port, step="Let only your monitoring reach it.")
        if self._webhook is not None:
            secret, host, port = self._webhook[1], self.settings.http_host, self.settings.http_port
            await self._open_port(make_webhook(secret, self._keep, host, port))

    async def _open_port(self, listener: Listener) -> None:
        await listener.start()
        self._listeners.append(listener)

    @property
    def _webhook(self) -> tuple[str, str] | None:
        """Address and secret of the webhook; None where we poll, as the sandbox always does."""
        url, secret = self.settings.webhook_url, self.settings.webhook_secret
        if url is None or secret is None or self.bot.id == SANDBOX_BOT:
            return None
        return url + webhook_path(secret.get_secret_value()), secret.get_secret_value()

    async def _keep(self, updates: list[dict[str, Any]]) -> None:
        await keep(self.store, self.clocks.calendar, updates)
        self.hints.inbox.set()

    async def _ask_database(self) -> None:
        async with self.store.read() as tx:
            await tx.installation.get()

    def _leads(self) -> bool:
        return self.leadership.leads

    def _sight(self) -> Sight:
        return Sight(
            look=lambda: self.watchdog.look,
            troubles=lambda: self.watchdog.troubles,
            loops=self.pulse.states,
            leads=self._leads,
            heartbeats=lambda: self.watchdog.heartbeat.outcomes,
            knocks=lambda: self.knocker.outcomes,
        )

    def _on_verdict(self, kind: str, verdict: str) -> None:
        self.metrics.sent(kind, verdict)
        if verdict == Verdict.DONE:
            self.watchdog.sent()

    async def _lead(self) -> float:
        """Take or renew the lease; a new leader frees what earlier processes had claimed."""
        if await self.leadership.once():
            await self.delivery.take_over(self.leadership.epoch or 0)
            await self.knocker.take_over(self.leadership.epoch or 0)
            await self._show_menus()
        elif self.leadership.leads and not self.store.is_sqlite:
            # A leader that froze between asking whether it leads and claiming may claim when it thaws, and die then.
            await self.delivery.recover()
        return RENEW_SECONDS

    async def _earlier_protocols(self, tx: Tx) -> dict[str, Protocol]:
        """Keep today's protocol; read those of before, so that a check-in under way ends by the rules it began with."""
        today = self.world.protocol.version
        if not await tx.protocols.keep(today, shipped_text(), self.clocks.calendar.now()):
            log.warning("protocol.changed", version=today, step="Give a changed messages/checkin.yaml a new version.")
        bodies = await tx.protocols.bodies()
        return {version: read_protocol(body) for version, body in bodies.items() if version != today}

    async def _show_menus(self) -> None:
        """The command menu of whoever has not begun yet; without it everything still works."""
        try:
            for body in menus.default(self.world):
                await perform(self.bot, "commands", 0, body)
        except CallFailed as error:
            log.warning("menus.not_set", error=type(error).__name__)

    async def _refuse_mixed_up(self, tx: Tx) -> None:
        """The sandbox's people are not real, and real people must never be written to from the sandbox."""
        row = await tx.installation.get()
        if row.bot_id is not None and (row.bot_id == SANDBOX_BOT) != (self.bot.id == SANDBOX_BOT):
            whose, here = ("the sandbox", "a real bot") if row.bot_id == SANDBOX_BOT else ("a real bot", "the sandbox")
            raise MixedUp(
                f"this database belongs to {whose}, this is {here}; set BONEWATCH_DATABASE_URL to another one"
            )
        row.bot_id = self.bot.id

    async def run(self) -> None:
        """Run the loops until `stop()`."""
        self._scheduler.add_job(self._tick, "interval", seconds=TICK_SECONDS, max_instances=1, coalesce=True)
        self._scheduler.start()
        self._loops = self._all_loops()
        self.pulse.expect([*self._loops, "tick"])
        self._tasks = [
            asyncio.create_task(go_round(name, once, hint, self._stop, self.pulse), name=name)
            for name, (once, hint) in self._loops.items()
        ]
        self._tasks.append(asyncio.create_task(measure_lag(self.clocks.pace, self._stop, self.metrics.lagged)))
        async with self.store.listening(self.hints.outbox.set):
            log.info("bot.started", mode="webhook" if self._webhook else "polling")
            await self._stop.wait()

    def _all_loops(self) -> Loops:
        incoming: Loops = {"intake": (self._poll, asyncio.Event())}
        if self._webhook is not None:
            incoming = {"webhook": (Hook(self.bot, *self._webhook, self._leads).once, asyncio.Event())}
        return {
            "leader": (self._lead, asyncio.Event()),
            "delivery": (self.delivery.once, self.hints.outbox),
            "worker": (self.worker.once, self.hints.inbox),
            **incoming,
            "knocker": (self.knocker.once, asyncio.Event()),
            "watchdog": (self.watchdog.once, asyncio.Event()),
        }

    async def stop(self) -> None:
        """Stop in reverse: take nothing more in, finish what is begun, settle what was sent."""
        self._stop.set()
        for listener in self._listeners[1:]:
            await listener.stop()
        for _, hint in self._loops.values():
            hint.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        for task in self._tasks:
            if task.get_name() in MAY_HANG:
                task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await asyncio.gather(*self._tasks, return_exceptions=True)
                await self.delivery.drain()
                await self.leadership.give_up()
        await self.close()
        if self._loops:
            log.info("bot.stopped")

    async def settle(self) -> None:
        """Return when nothing is left to do at this moment: for the sandbox, which moves its clock."""
        while True:
            self.delivery.rested.clear()
            worked = await self.tick.round()
            self.hints.outbox.set()
            await self.clocks.pace.wait(self.delivery.rested, 1.0)
            if not worked and self.delivery.is_idle and not await self._anything_waits():
                return

    async def _anything_waits(self) -> bool:
        now, lanes = self.clocks.calendar.now(), list(Lane)
        async with self.store.read() as tx:
            waiting = await tx.inbox.count("waiting")
            return bool(waiting) or await tx.outbox.any_due(now, lanes) or await tx.cards.any_due(now, lanes)

    async def next_due(self, kind: str | None = None) -> datetime | None:
        """When the next thing is due (of a kind, or anything that happens or is sent)."""
        async with self.store.read() as tx:
            if kind is not None:
                return await tx.moments.next(kind)
            due = (await tx.moments.next(), await tx.outbox.next_due(), await tx.cards.next_due())
        return min((moment for moment in due if moment is not None), default=None)

    async def close(self) -> None:
        """Let go of Telegram and the database, without finishing anything."""
        for listener in self._listeners:
            await listener.stop()
        self._listeners.clear()
        await self.poller.close()
        await self.bot.shutdown()
        await self.store.close()

    async def _poll(self) -> float:
        if not self.leadership.leads:
            self._polls = False
            return RENEW_SECONDS
        if not self._polls and await remove_webhook(self.bot):
            log.warning("webhook.removed", step="BONEWATCH_WEBHOOK_URL is not set, so updates are polled.")
        # A short one at first and after a failure: whoever waits for us to be ready need not wait for a long one.
        is_well = self._polls and "intake" not in self.pulse.troubles
        self._polls = True
        await self.intake.once(POLL_SECONDS if is_well else 0)
        return 0.0

    async def _tick(self) -> None:
        try:
            if self.leadership.leads:
                await self.tick.once()
            self.pulse.beat("tick")
        except Exception as error:  # noqa: BLE001 - the heartbeat goes on, whatever one tick met
            self.pulse.trouble("tick", error)

    async def _prepare(self, tx: Tx, updates: Sequence[Incoming]) -> None:
        await prepare(self.world, tx, updates)

    async def _handle(self, tx: Tx, update: Incoming, now: datetime) -> str | None:
        return await handle(self.world, tx, update, now)

    async def _open_checkins(self, tx: Tx, due: Sequence[DueMoment], now: datetime) -> None:
        await open_due(self.world, tx, due, now)

    async def _happen(self, tx: Tx, moment: DueMoment, now: datetime) -> None:
        await happen(self.world, tx, moment, now)

    async def _set_back(self, tx: Tx, now: datetime, by: timedelta) -> None:
        await set_back(self.world, tx, now, by)

    async def _render(self, tx: Tx, person: Person, card: CardRow) -> Mapping[str, Any] | None:
        return await render_card(self.world, tx, person, card, self.clocks.calendar.now())


async def build(settings: Settings, world: World, vault: Vault, clocks: Clocks, token: str, api_url: str) -> App:
    """Open (and migrate) the database and put an app together; `open()` and `run()` it.

    Raises SchemaTrouble, KeyTrouble and the database's own errors.
    """
    url = settings.database_url.get_secret_value()
    schema.prepare_folder(url)
    store = Store(url, vault, Ids(clocks.calendar))
    try:
        await schema.migrate(store.engine, vault)
    except BaseException:
        await store.close()
        raise
    return App(settings, world, store, make_bot(token, api_url), clocks)
