"""The operator's orders about second channels, carried out beside a running bot."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from bot.actions import second_channel
from bot.app import load_world
from bot.channel.call import Gateways
from bot.clock import Clock, SystemClock
from bot.domain.second_channel import Outcome, scheme_of
from bot.launch import beside
from bot.settings import Settings
from bot.store.database import Store
from bot.store.tables import Person
from bot.store.unit import Tx

# What is wrong with an address, and how to mend it.
WHY = {
    Outcome.MALFORMED: "this is no address that apprise understands; its documentation shows one for each service",
    Outcome.SCHEME: "its service is not in BONEWATCH_CHANNEL_SCHEMES",
    Outcome.INSIDE: "it leads inside your network; if it should, name the host in BONEWATCH_CHANNEL_HOSTS",
    Outcome.FAILED: "the service refused it, or could not be reached; try the address with another program",
    Outcome.HANGS: "the service did not answer in time",
}


class Refused(Exception):
    """An order cannot be carried out; the message says why."""


class Orders:
    """Set, remove, list and test addresses. Nothing here prints or logs one."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._gateways = Gateways(settings.channel_schemes, settings.channel_hosts)

    def _store(self) -> AbstractAsyncContextManager[Store]:
        return beside(self._settings)

    async def set(self, chat_id: int, address: str) -> str:
        """Keep a caregiver's address; returns its scheme. Raises Refused."""
        outcome = await self._gateways.look(address)
        if outcome is not Outcome.SENT:
            raise Refused(WHY[outcome])
        await self._change(chat_id, address)
        return scheme_of(address) or ""

    async def remove(self, chat_id: int) -> None:
        """Forget a caregiver's address. Raises Refused."""
        await self._change(chat_id, None)

    async def _change(self, chat_id: int, address: str | None) -> None:
        async with self._store() as store, store.begin() as tx:
            person = await _person(tx, chat_id)
            if address is not None and not await tx.families.of_caregiver(person.id):
                raise Refused(f"chat {chat_id} is nobody's caregiver; the patient invites them first, in Telegram")
            if address is None and person.channel is None:
                raise Refused(f"chat {chat_id} has no second channel")
            world = load_world(self._settings)
            second_channel.set_address(world, tx, person, address, self._clock.now())

    async def listed(self) -> list[tuple[int, str]]:
        """The chats of those who have one, with the scheme."""
        async with self._store() as store, store.read() as tx:
            people = await tx.people.with_channel()
            return [(person.chat_id, scheme_of(tx.people.channel(person) or "") or "?") for person in people]

    async def test(self, chat_id: int) -> None:
        """Call a caregiver's address with a text that says it is a test. Raises Refused with what went wrong."""
        async with self._store() as store, store.read() as tx:
            person = await _person(tx, chat_id)
            address, language = tx.people.channel(person), person.language
        if address is None:
            raise Refused(f"chat {chat_id} has no second channel")
        text = load_world(self._settings).texts.label(language, "second_channel.test")
        outcome = await self._gateways.call(address, text)
        if outcome is not Outcome.SENT:
            raise Refused(WHY[outcome])


async def _person(tx: Tx, chat_id: int) -> Person:
    person = await tx.people.by_chat(chat_id)
    if person is None:
        raise Refused(f"nobody with chat {chat_id} ever wrote to the bot")
    return person
