"""A check-in under way ends by the rules it began with, whatever the rules say after an update."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.protocol_file import shipped_text
from bot.store.database import Store
from tests.conftest import NINE
from tests.town import a_town


async def test_the_rules_of_before_are_still_known_after_an_update(sqlite_url: str) -> None:
    before = shipped_text().replace('version: "1"', 'version: "0"')
    async with a_town(sqlite_url) as t:
        assert t.app is not None
        async with t.app.store.begin() as tx:
            assert await tx.protocols.keep("0", before, t.clock.now())
        await t.restart()
        assert t.app.world.protocol_of("0").version == "0"
        assert t.app.world.protocol_of("1").version == "1"


async def test_a_version_stands_for_one_text(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        assert t.app is not None
        async with t.app.store.begin() as tx:
            assert not await tx.protocols.keep("1", "other rules", t.clock.now())
            assert (await tx.protocols.bodies())["1"] == shipped_text()


async def test_two_copies_that_start_at_the_same_moment_both_start(store: Store) -> None:
    """Both keep today's rules and ask for the lease while the other has not committed yet."""
    both_began = asyncio.Barrier(2)

    async def start(holder: str) -> int | None:
        async with store.begin() as tx:
            if not tx.is_sqlite:  # there only one writes at a time
                await both_began.wait()
            assert await tx.protocols.keep("1", "the rules", NINE)
            return await tx.leases.take("leader", holder, timedelta(seconds=10))

    epochs = await asyncio.gather(start("one"), start("two"))
    assert sorted(epoch or 0 for epoch in epochs) in ([0, 1], [1, 2])
