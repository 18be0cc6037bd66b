"""Several copies on one PostgreSQL: what a frozen one leaves behind, and how they hear of each other."""

from __future__ import annotations

import asyncio
import socket

import pytest
from sqlalchemy import text

from bot.domain.speech import Lane
from bot.loops.leader import RENEW_SECONDS
from bot.store import database
from bot.store.database import DEAD_LINE_SECONDS, Store
from bot.store.ids import Ids
from bot.store.unit import CHANNEL
from bot.store.vault import Vault
from tests.chaos.gate import Gate
from tests.conftest import HandClock
from tests.databases import MASTER_KEY
from tests.running import eventually
from tests.town import a_town

pytestmark = pytest.mark.postgres


async def test_what_a_thawed_leader_claims_late_is_sent_by_the_one_that_leads(postgres_url: str) -> None:
    """It asked whether it leads, froze, thawed, claimed, and died: the row must not wait for the next leader."""
    async with a_town(postgres_url) as town:
        ana = town.person(2, "Ana")
        ana.user.chat.started = True
        app = town.app
        assert app is not None
        assert app.leadership.epoch is not None
        async with app.store.begin() as tx:
            about = tx.people.add(2, "en", town.clock.now())
            tx.outbox.put(2, about, "send", {"text": "call Maria"}, Lane.ALERT, town.clock.now())
        async with app.store.begin() as tx:
            assert await tx.outbox.claim(town.clock.now(), app.leadership.epoch - 1, 10, [Lane.ALERT])
        await town.settle()
        ana.hears_nothing()
        assert await app._lead() == RENEW_SECONDS
        await town.settle()
        ana.hears("call Maria")


async def test_hints_of_other_copies_come_again_after_the_line_was_cut(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LISTEN_AGAIN", 0.05)
    async with Gate(postgres_url) as gate:
        here, there = (Store(url, Vault([MASTER_KEY]), Ids(HandClock())) for url in (gate.url, postgres_url))
        heard = asyncio.Event()

        async def says_something() -> bool:
            async with there.begin() as tx:
                await tx.session.execute(text(f"NOTIFY {CHANNEL}"))
            await asyncio.sleep(0.02)
            return heard.is_set()

        async with here.listening(heard.set):
            await eventually(says_something)
            gate.cut()
            heard.clear()
            assert not await says_something()
            gate.mend()
            await eventually(says_something)
        await here.close()
        await there.close()


async def test_a_line_that_falls_silent_is_given_up_soon(postgres_url: str) -> None:
    """A quarter of an hour is what the system waits by itself."""
    async with Gate(postgres_url) as gate:
        store = Store(gate.url, Vault([MASTER_KEY]), Ids(HandClock()))
        async with store.engine.connect() as connection:
            raw = await connection.get_raw_connection()
            line = raw.driver_connection._transport.get_extra_info("socket")  # type: ignore[union-attr]
            assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            if hasattr(socket, "TCP_USER_TIMEOUT"):
                assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == DEAD_LINE_SECONDS * 1_000
        await store.close()
