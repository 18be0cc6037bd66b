"""People: found by their chat, made when they first write."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.store.session import Repository, Unit
from bot.store.tables import Consent, Person


class People(Repository):
    """Everybody who ever wrote to the bot in private."""

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._by_chat: dict[int, Person | None] = {}
        self._made: dict[int, Person] = {}  # in this same unit of work, perhaps not written yet

    async def load_chats(self, chats: Collection[int]) -> None:
        """Read the people of these chats in one statement, so that `by_chat` needs none."""
        wanted = set(chats) - self._by_chat.keys()
        if not wanted:
            return
        self._by_chat.update(dict.fromkeys(wanted))
        rows = await self.session.scalars(select(Person).where(Person.chat_id.in_(wanted)))
        self._by_chat.update({person.chat_id: person for person in rows})

    async def by_chat(self, chat_id: int) -> Person | None:
        """The person of a private chat."""
        await self.load_chats([chat_id])
        return self._by_chat[chat_id]

    async def load(self, ids: Collection[int]) -> None:
        """Read these people in one statement, so that `get` needs none."""
        missing = [i for i in set(ids) if self.unit.known(Person, i) is None]
        if missing:
            rows = await self.session.scalars(select(Person).where(Person.id.in_(missing)))
            self._by_chat.update({person.chat_id: person for person in rows})

    async def get(self, person_id: int) -> Person:
        """A person known to exist. Raises LookupError otherwise."""
        person = self.unit.known(Person, person_id) or self._made.get(person_id)
        if person is None:
            person = await self.session.get(Person, person_id)
        if person is None:
            raise LookupError(f"there is no person {person_id}")
        return person

    def add(self, chat_id: int, language: str, now: datetime) -> Person:
        """A new person with a data key of their own."""
        person_id = self.unit.ids.new()
        person = Person(
            id=person_id,
            chat_id=chat_id,
            wrapped_key=self.unit.vault.new_wrapped_key(person_id),
            language=language,
            created_at=now,
        )
        self.session.add(person)
        self._by_chat[chat_id] = self._made[person_id] = person
        return person

    def move(self, group: Person, chat_id: int) -> None:
        """A group has another id from now on."""
        self._by_chat[group.chat_id] = None
        group.chat_id = chat_id
        self._by_chat[chat_id] = group

    def name(self, person: Person) -> str | None:
        """What the person wants to be called."""
        name: str | None = self.unit.open(person, "people.name", person.name)
        return name

    def set_name(self, person: Person, name: str | None) -> None:
        """Keep what the person wants to be called."""
        person.name = self.unit.seal(person, "people.name", name)

    def handle(self, person: Person) -> str:
        """How Telegram shows the person ("Ana (@ana)"), for whoever must recognise them."""
        return self.unit.open(person, "people.handle", person.handle) or ""

    def set_handle(self, person: Person, handle: str) -> None:
        """Keep how Telegram shows the person."""
        if self.unit.open(person, "people.handle", person.handle) != handle:
            person.handle = self.unit.seal(person, "people.handle", handle)

    def expects(self, person: Person) -> dict[str, Any] | None:
        """What a typed line from this person would answer, if we asked for one."""
        expected: dict[str, Any] | None = self.unit.open(person, "people.expects", person.expects)
        return expected

    def expect(self, person: Person, what: dict[str, Any] | None) -> None:
        """Remember (or forget) that we asked this person to type something."""
        person.expects = self.unit.seal(person, "people.expects", what)

    def settings(self, person: Person) -> dict[str, Any]:
        """Small choices of the person that no query asks for."""
        return self.unit.open(person, "people.settings", person.settings) or {}

    def set_settings(self, person: Person, settings: dict[str, Any]) -> None:
        """Keep the small choices."""
        person.settings = self.unit.seal(person, "people.settings", settings)

    def channel(self, person: Person) -> str | None:
        """The address of the person's second channel: a secret."""
        address: str | None = self.unit.open(person, "people.channel", person.channel)
        return address

    def set_channel(self, person: Person, address: str | None) -> None:
        """Keep (or forget) the address of the second channel."""
        person.channel = self.unit.seal(person, "people.channel", address)

    async def with_channel(self) -> list[Person]:
        """Everybody who has a second channel. It reads all people: for the operator's commands only."""
        query = select(Person).where(Person.channel.is_not(None), Person.wrapped_key.is_not(None))
        return list(await self.session.scalars(query.order_by(Person.id)))

    def consent(self, person: Person, kind: str, text_version: str, now: datetime) -> None:
        """Keep that the person agreed, to which text and in which language."""
        self.session.add(
            Consent(
                id=self.unit.ids.new(),
                person_id=person.id,
                kind=kind,
                text_version=text_version,
                language=person.language,
                given_at=now,
            )
        )

    async def consents(self, person_id: int) -> dict[str, Consent]:
        """The consents that stand, by kind."""
        rows = await self.session.scalars(
            select(Consent).where(Consent.person_id == person_id, Consent.withdrawn_at.is_(None)).order_by(Consent.id)
        )
        return {row.kind: row for row in rows}
