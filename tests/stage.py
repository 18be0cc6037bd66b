"""A stage: verbs run on real rows and nothing is on the wire. What was said is read from outbox and cards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.actions.handle import handle
from bot.actions.world import World
from bot.chat.incoming import read_update
from bot.domain.incoming import Content, Incoming, Sender, Tap
from bot.domain.press import from_data
from bot.phrase_files import load_lists
from bot.places_file import load_places
from bot.protocol_file import load_protocol
from bot.store.database import Store
from bot.store.ids import Ids
from bot.store.queues import CardRow, OutboxRow
from bot.store.tables import Patient, Person
from bot.store.vault import Vault
from bot.texts import Texts, clean

WORLD = World(load_protocol(), Texts(), load_places(), load_lists(), bot_username="bonewatch_bot")


TUESDAY = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


@dataclass
class StageClock:
    """A calendar clock that only the play moves."""

    moment: datetime = TUESDAY

    def now(self) -> datetime:
        return self.moment

    def forward(self, **delta: float) -> None:
        self.moment += timedelta(**delta)


@dataclass(frozen=True)
class Said:
    """One thing that left: a message, an edit of the card `purpose`, or another kind of row."""

    kind: str
    body: dict[str, Any]
    purpose: str = ""
    message_id: int | None = None

    @property
    def text(self) -> str:
        return clean(str(self.body.get("text", "")).replace("<b>", "").replace("</b>", ""), 4096)

    @property
    def labels(self) -> list[str]:
        return [button["label"] for row in self.body.get("buttons", ()) for button in row]

    def data_of(self, wanted: str) -> str:
        for row in self.body.get("buttons", ()):
            for button in row:
                if wanted in (button["label"], button.get("data")):
                    return str(button["data"])
        raise AssertionError(f"no button {wanted!r} among {self.labels}")


@dataclass
class Stage:
    """The store, the clock and the cast."""

    store: Store
    clock: StageClock
    world: World = WORLD
    updates: int = 0
    messages: int = 100
    sent: set[int] = field(default_factory=set)

    @classmethod
    def on(cls, url: str) -> Stage:
        """A stage on a migrated database."""
        clock = StageClock()
        return cls(Store(url, Vault([b"k" * 32]), Ids(clock)), clock)

    def actor(self, chat_id: int, name: str, language: str = "en") -> Actor:
        return Actor(self, Sender(chat_id, name, name.lower(), language))

    async def act(self, sender: Sender, content: Content) -> str | None:
        """One update, one unit of work, then everything that waits is handed over."""
        self.updates += 1
        async with self.store.begin() as tx:
            return await handle(self.world, tx, Incoming(self.updates, sender, content), self.clock.now())

    async def deliver(self, chat_id: int) -> list[Said]:
        """What this chat gets now: new messages get a message id, cards show their newest version."""
        async with self.store.begin() as tx:
            said = await self._outbox(tx, chat_id)
            for card in await tx.session.scalars(select(CardRow).where(CardRow.chat_id == chat_id)):
                if card.shown < card.wanted:
                    if card.message_id is None:
                        self.messages += 1
                        card.message_id = self.messages
                    card.shown = card.wanted
                    about = await tx.people.get(card.about_id)
                    said.append(Said("card", tx.cards.body(about, card) or {}, card.purpose, card.message_id))
            return said

    async def _outbox(self, tx: Any, chat_id: int) -> list[Said]:
        said = []
        query = select(OutboxRow).where(OutboxRow.chat_id == chat_id).order_by(OutboxRow.id)
        for row in await tx.session.scalars(query):
            if row.id not in self.sent:
                self.sent.add(row.id)
                self.messages += 1
                body = tx.outbox.unit.open(await tx.people.get(row.about_id), "outbox.body", row.body)
                said.append(Said(row.kind, body, message_id=self.messages))
        return said


@dataclass
class Actor:
    """One of the cast: acts, and remembers what the phone showed last."""

    stage: Stage
    sender: Sender
    said: list[Said] = field(default_factory=list)
    toast: str | None = None

    async def does(self, content: Content) -> list[Said]:
        self.toast = await self.stage.act(self.sender, content)
        self.said = await self.stage.deliver(self.sender.chat_id)
        return self.said

    async def sends(self, text: str) -> list[Said]:
        raw = {
            "update_id": 1,
            "message": {
                "message_id": 1,
                "date": 0,
                "chat": {"id": self.sender.chat_id, "type": "private"},
                "from": {"id": self.sender.chat_id, "is_bot": False, "first_name": self.sender.first_name},
                "text": text,
            },
        }
        update = read_update(raw)
        assert update is not None
        return await self.does(update.content)

    async def taps(self, wanted: str) -> list[Said]:
        """Tap a button, by its label or its data, of what was shown by the last action."""
        for shown in reversed(self.said):
            if wanted in shown.labels or any(wanted == b.get("data") for r in shown.body.get("buttons", ()) for b in r):
                return await self.does(Tap(from_data(shown.data_of(wanted)), shown.message_id, "q"))
        raise AssertionError(f"no button {wanted!r} in {[shown.labels for shown in self.said]}")

    async def forges(self, data: str) -> list[Said]:
        """Tap a button that is nowhere to be seen."""
        return await self.does(Tap(from_data(data), None, "q"))

    @property
    def texts(self) -> str:
        return "\n".join(said.text for said in self.said if said.body.get("text"))

    def card(self, purpose: str) -> Said:
        found = [said for said in self.said if said.purpose == purpose]
        assert found, f"no card {purpose!r} among {[said.purpose or said.kind for said in self.said]}"
        return found[-1]

    async def person(self) -> Person:
        async with self.stage.store.read() as tx:
            person = await tx.people.by_chat(self.sender.chat_id)
            assert person is not None
            return person

    async def patient(self) -> Patient | None:
        async with self.stage.store.read() as tx:
            person = await tx.people.by_chat(self.sender.chat_id)
            return await tx.patients.get(person.id) if person else None

    async def moment(self, kind: str) -> datetime | None:
        person = await self.person()
        async with self.stage.store.read() as tx:
            return await tx.moments.of(kind, person.id)

    async def welcomed(self) -> None:
        """Go the whole way in, in Lisbon, up to the first check-in."""
        await self.sends("/start")
        await self.taps("o:consent:yes")
        await self.forges("o:place:PT.Europe/Lisbon")
        await self.taps("o:hour:09")
        await self.taps("o:usual:done")

    async def settled(self) -> None:
        """Be in, with the first check-in answered and the cards after it skipped."""
        await self.welcomed()
        await self.is_well()
        for _ in range(3):
            await self.taps("Skip")

    async def is_well(self) -> None:
        """Answer the check-in that is shown: no pain, no signs."""
        while True:
            shown = [said for said in self.said if said.purpose.startswith("checkin")]
            datas = [b["data"] for said in shown[-1:] for row in said.body.get("buttons", ()) for b in row]
            wanted = [data for data in datas if data.startswith("c:") and data.endswith((":pain:0", ":done"))]
            if not wanted:
                return
            await self.taps(wanted[0])
