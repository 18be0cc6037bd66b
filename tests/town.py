"""The town: one simulator that owns both clocks, the wire and the crashes, and runs the real loops on real rows.

A play is a few lines: who does what, and what each phone then shows. Leaving the block fails if anybody got a
message that no line expected. Every pause throws the process away and builds it anew from its rows.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import TracebackType

from sqlalchemy import update

from bot.app import App, Clocks, build, load_world
from bot.settings import Settings
from bot.store.queues import Lease
from bot.store.vault import Vault
from bot.web.botapi.api import BotApi
from bot.web.botapi.chats import Message
from bot.web.botapi.phones import TelegramUser
from bot.web.botapi.server import BotApiServer
from tests.databases import share_what_is_compiled

TOKEN = "123456:town-token-town-token-town-token"
MORNING = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)  # a Tuesday
MASTER_KEY = b"k" * 32
# More rounds than this without rest mean that the town turns in a circle.
MOST_ROUNDS = 2_000
WORLD = load_world(Settings(_env_file=None))  # type: ignore[call-arg]


class TownClock:
    """The calendar clock: stands still until somebody moves it."""

    def __init__(self, start: datetime) -> None:
        self.moment = start

    def now(self) -> datetime:
        return self.moment


class TownPace:
    """The pace clock: instead of waiting, it jumps; while a call is on the wire it really waits for it."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def time(self) -> float:
        return self.seconds

    async def wait(self, hint: asyncio.Event, seconds: float | None, busy: bool = False) -> None:
        if hint.is_set():
            return
        if busy or seconds is None:
            async with asyncio.timeout(10):
                await hint.wait()
        else:
            self.seconds += seconds


class Crash(BaseException):
    """The process dies here."""


class Phone:
    """One person of the cast, and what their phone has shown that no line of the play has expected yet."""

    def __init__(self, town: Town, user: TelegramUser) -> None:
        self.town = town
        self.user = user
        self._seen: dict[int, int] = {}

    @property
    def name(self) -> str:
        return self.user.first_name

    @property
    def chat_id(self) -> int:
        return self.user.chat.id

    @property
    def messages(self) -> list[Message]:
        return [message for message in self.user.hears if not message.deleted]

    @property
    def last(self) -> Message:
        """The newest message with buttons, else the newest."""
        with_buttons = [message for message in self.messages if message.buttons]
        return (with_buttons or self.messages)[-1]

    async def sends(self, text: str) -> None:
        self.user.sends(text)
        await self.town.settle()

    async def opens(self, link: str) -> None:
        self.user.opens(link)
        await self.town.settle()

    def finds(self, label: str, message: Message | None = None) -> tuple[Message, str]:
        """The newest message with a button whose text holds `label`; AssertionError names what there is."""
        for candidate in [message] if message else reversed(self.messages):
            for row in candidate.buttons:
                for button in row:
                    if label.lower() in button["text"].lower() or button.get("callback_data") == label:
                        return candidate, button.get("callback_data") or button["text"]
        raise AssertionError(f"{self.name} has no button {label!r}; the last shows {self.last.labels}")

    async def taps(self, *labels: str) -> None:
        """Tap buttons one after the other, each on the newest message that has it."""
        for label in labels:
            message, data = self.finds(label)
            self.user.taps(message.message_id, data)
            await self.town.settle()

    def unread(self) -> list[Message]:
        """New messages, and edits of those that were read before."""
        return [m for m in self.messages if self._seen.get(m.message_id, -1) < m.edits]

    def hears(self, *expected: str, loud: bool | None = None) -> Message:
        """An unread message holds all these words (in any order); it counts as read from now on."""
        for message in self.unread():
            if all(words.lower() in plain(message.text).lower() for words in expected):
                if loud is not None:
                    assert message.silent != loud, f"{self.name}: expected {'a sound' if loud else 'silence'}"
                self._seen[message.message_id] = message.edits
                return message
        shown = "\n---\n".join(plain(m.text) for m in self.unread()) or "nothing"
        raise AssertionError(f"{self.name} did not hear {expected}; unread:\n{shown}")

    def gets_contact(self, phone: str) -> None:
        """A contact card with this number."""
        for message in self.unread():
            if message.media.get("contact", {}).get("phone_number", "").replace(" ", "") == phone.replace(" ", ""):
                self._seen[message.message_id] = message.edits
                return
        raise AssertionError(f"{self.name} got no contact card with {phone}")

    def reads_all(self) -> list[str]:
        """Whatever there is counts as read; returns the texts."""
        texts = [plain(message.text) for message in self.unread()]
        self._seen = {message.message_id: message.edits for message in self.messages}
        return texts

    def hears_nothing(self) -> None:
        """Silence is asserted."""
        shown = [plain(message.text) or str(message.media) for message in self.unread()]
        assert not shown, f"{self.name} heard what no line expected: {shown}"


def plain(text: str) -> str:
    """A text without markup, on one line."""
    return re.sub(r"\s+", " ", text)


class Town:
    """The world of a play."""

    def __init__(
        self, database_url: str, start: datetime = MORNING, operators: tuple[int, ...] = (), **settings: object
    ) -> None:
        self.clock = TownClock(start)
        self.pace = TownPace()
        self.api = BotApi(TOKEN, self.clock.now)
        self.server = BotApiServer(self.api)
        self.database_url = database_url
        self.operators = operators
        self._settings = settings
        self.app: App | None = None
        self.phones: dict[int, Phone] = {}
        self.restarts = True
        self.before_commit: int | None = None  # crash at this commit from now on (counted down)
        self._settle_lock = asyncio.Lock()

    async def __aenter__(self) -> Town:
        await self.server.start()
        await self.boot()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                for phone in self.phones.values():
                    phone.hears_nothing()
        finally:
            await self.die()
            await self.server.stop()

    def settings(self) -> Settings:
        return Settings(  # type: ignore[call-arg]
            _env_file=None,
            database_url=self.database_url,
            encryption_keys="a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
            operators=self.operators,
            **self._settings,
        )

    async def boot(self) -> None:
        """A new process on the same rows."""
        from dataclasses import replace

        world = replace(WORLD, operators=self.operators)
        clocks = Clocks(self.clock, self.pace)
        self.app = await build(self.settings(), world, Vault([MASTER_KEY]), clocks, TOKEN, self.server.url)
        share_what_is_compiled(self.app.store)
        self.app.store.at_commit = self._at_commit
        await self.app.open()

    async def die(self) -> None:
        """The process is gone, without a word."""
        if self.app is not None:
            delivery = self.app.delivery
            for task in [*delivery._busy.values(), *delivery._taps]:
                task.cancel()
            await asyncio.gather(*delivery._busy.values(), *delivery._taps, return_exceptions=True)
            await self.app.close()
            self.app = None

    async def restart(self) -> None:
        await self._lease_runs_out()
        await self.die()
        await self.boot()

    async def _lease_runs_out(self) -> None:
        """A dead process's lease ends by the database's own clock, which the town cannot move: it does not wait."""
        assert self.app is not None
        async with self.app.store.begin() as tx:
            await tx.session.execute(update(Lease).values(until=datetime(2000, 1, 1, tzinfo=UTC)))

    def _at_commit(self, moment: str) -> None:
        if self.before_commit is None:
            return
        self.before_commit -= 1
        if self.before_commit < 0:
            self.before_commit = None
            raise Crash(moment)

    def person(self, chat_id: int, name: str, language: str = "en", username: str | None = None) -> Phone:
        user = self.api.add_user(chat_id, name, username, language)
        return self.phones.setdefault(chat_id, Phone(self, user))

    async def settle(self) -> None:
        """Let every loop go round until nothing is left to do at this moment; a crash is a restart."""
        for _ in range(MOST_ROUNDS):
            try:
                if not await self._round() and not await self._take_in():
                    return
            except Crash:
                await self.restart()
            except Exception as error:
                # On a busy machine PostgreSQL may cut a unit of work that slept too long: waited out, as the loops do.
                if self.app is None or not await self.app.store.is_away(error):
                    raise
        raise AssertionError("the town does not come to rest")

    async def _round(self) -> bool:
        """Each loop in turn; whether one of them has written something that an earlier one looks at."""
        app = self.app
        assert app is not None
        await self._lead(app)
        await self._take_in()
        while await app.worker.round():
            pass
        worked = await app.tick.round() + await app.knocker.round()
        return await self._deliver(app) or worked > 0

    async def _lead(self, app: App) -> None:
        if not app.leadership.leads:  # time went by: its loop would have renewed the lease meanwhile
            await app._lead()

    async def _take_in(self) -> bool:
        """What Telegram has for us; to ask again is to say that we have what came before."""
        assert self.app is not None
        return bool(self.api.updates.waiting and await self.app.intake.once(0))

    async def _deliver(self, app: App) -> bool:
        """Everything that may go goes; whether it put notes into the inbox: no other loop looks at what it writes."""
        delivery, has_noted = app.delivery, False
        while True:
            await self._lead(app)
            delivery.hint.clear()
            has_noted = has_noted or bool(delivery._notes)
            wait = await delivery.once()
            if delivery.is_busy:
                await self.pace.wait(delivery.hint, None, busy=True)
            elif not delivery.is_idle:
                await self.pace.wait(delivery.hint, wait)
            else:
                return has_noted

    async def later(self, **delta: float) -> None:
        """Time passes, from due moment to due moment; every pause is also a crash."""
        until = self.clock.moment + timedelta(**delta)
        if self.restarts:
            await self.restart()
        while True:
            await self.settle()
            due = await self._next_due()
            if due is None or due > until:
                break
            # What is due and does not go waits on the pace clock (a chat that Telegram asked to spare): both go on.
            self._jump(due if due > self.clock.moment else self.clock.moment + timedelta(seconds=1))
        self._jump(until)
        await self.settle()

    def _jump(self, moment: datetime) -> None:
        self.pace.seconds += (moment - self.clock.moment).total_seconds()
        self.clock.moment = moment

    async def _next_due(self) -> datetime | None:
        assert self.app is not None
        async with self.app.store.read() as tx:
            moments = [
                await tx.moments.next(),
                await tx.outbox.next_due(),
                await tx.cards.next_due(),
                await tx.knocks.next_due(),
            ]
        return min((moment for moment in moments if moment is not None), default=None)


@asynccontextmanager
async def a_town(database_url: str, **options: object) -> AsyncIterator[Town]:
    """A town on this database."""
    async with Town(database_url, **options) as town:  # type: ignore[arg-type]
        yield town
