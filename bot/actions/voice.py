"""Speaks to one person: their language, their zone, their chat. Everything said becomes a row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bot.actions.world import World
from bot.domain.press import Press, to_data
from bot.domain.speech import Button, Lane, Message, Rows, contact
from bot.store.tables import Person
from bot.store.unit import Tx
from bot.texts import Html, Value

PARAGRAPH = "\n\n"
# "12:11 AM" is whole on a phone of 360 points with three in a row, not with four.
HOURS_IN_A_ROW = 3


class Voice:
    """One person's ear. `about` is the patient under whom the words are sealed (the person, unless said)."""

    def __init__(self, world: World, tx: Tx, person: Person, now: datetime, about: Person | None = None) -> None:
        self.world = world
        self.tx = tx
        self.person = person
        self.now = now
        self.about = about or person
        self._keys: list[str] = []

    @property
    def language(self) -> str:
        """The language that the person reads."""
        return self.person.language

    @property
    def zone(self) -> str:
        """The person's time zone; UTC until we know it."""
        return self.person.zone or "UTC"

    def html(self, key: str, /, **values: Value) -> Html:
        """A text in the person's language."""
        self._keys.append(key)
        return self.world.texts.render(self.language, key, **values)

    def label(self, key: str, /, **values: Value) -> str:
        """A text for a button."""
        return self.world.texts.label(self.language, key, **values)

    def button(self, key: str, press: Press, /, style: str | None = None, **values: Value) -> Button:
        """A button that means `press`."""
        return Button(self.label(key, **values), data=to_data(press), style=style)

    def clock(self, moment: datetime) -> Html:
        """The time of day in the person's zone."""
        return self.world.texts.clock(self.language, moment, self.zone)

    def weekday(self, day: date) -> Html:
        """The name of a weekday."""
        return self.world.texts.weekday(self.language, day)

    def message(self, *parts: Html | str, buttons: Rows = (), silent: bool = False) -> Message:
        """Paragraphs and buttons as one message; it remembers which texts it was made of."""
        keys, self._keys = tuple(self._keys), []
        return Message(PARAGRAPH.join(str(part) for part in parts if str(part)), buttons, silent=silent, keys=keys)

    def say(
        self,
        message: Message,
        lane: Lane = Lane.REPLY,
        key: str | None = None,
        alert_id: int | None = None,
        kind: str = "send",
        due_at: datetime | None = None,
    ) -> None:
        """Let the message go out; with a key, only once ever."""
        self.tx.outbox.put(
            self.person.chat_id,
            self.about,
            kind,
            message.to_json(),
            lane,
            due_at or self.now,
            key=key,
            alert_id=alert_id,
        )

    def tell(self, text_key: str, /, buttons: Rows = (), **values: Value) -> None:
        """Say one text, as a reply."""
        self.say(self.message(self.html(text_key, **values), buttons=buttons))

    def phone_card(self, phone: str, name: str, lane: Lane = Lane.REPLY, alert_id: int | None = None) -> None:
        """Send a phone number as a card: one tap calls."""
        self.tx.outbox.put(
            self.person.chat_id,
            self.about,
            "contact",
            contact(phone, name),
            lane,
            self.now,
            alert_id=alert_id,
        )

    async def card(self, purpose: str, subject_id: int, message: Message, lane: Lane = Lane.REPLY) -> None:
        """Show the message in a card that is edited in place."""
        await self.tx.cards.show(
            self.person.chat_id, self.about, purpose, subject_id, message.to_json(), lane, self.now
        )

    def bare(self, message_id: int) -> None:
        """Take the buttons off an earlier message; its words stay."""
        bare = {"message_id": message_id}
        self.tx.outbox.put(self.person.chat_id, self.about, "bare", bare, Lane.REPLY, self.now)


def column(buttons: Sequence[Button]) -> Rows:
    """One button a row: big enough for a shaking hand."""
    return [[button] for button in buttons]


def in_rows(buttons: Sequence[Button], most: int) -> list[list[Button]]:
    """The buttons in rows of `most`."""
    return [list(buttons[first : first + most]) for first in range(0, len(buttons), most)]
