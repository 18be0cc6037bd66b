"""A check-in under way ends by the rules it began with, whatever the rules say after an update."""

from __future__ import annotations

from bot.protocol_file import shipped_text
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
