"""Rui may sleep through Telegram: the operator has set another way to reach him."""

from __future__ import annotations

import io
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import structlog

from bot.logs import set_up_logs
from bot.store.queues import KnockRow
from tests.gateway import Gateway, a_gateway
from tests.plays.cast import RUI, Cast, at_home, begin, open_alert, says_pain
from tests.town import Town, a_town

WORDS = "BoneWatch: Maria needs you. Open Telegram."
ALLOWED = {"channel_schemes": ("json",), "channel_hosts": ("127.0.0.1",)}
OPERATOR = 900


@asynccontextmanager
async def a_night(url: str, **options: object) -> AsyncIterator[tuple[Town, Cast, Gateway]]:
    """Ana and Rui care for Maria; Rui has a second channel."""
    async with a_gateway() as gateway, a_town(url, **{**ALLOWED, **options}) as t:
        cast = await at_home(t)
        async with begin(t) as tx:
            rui = await tx.people.by_chat(RUI)
            assert rui is not None
            tx.people.set_channel(rui, gateway.address)
        yield t, cast, gateway


async def numb(t: Town, cast: Cast) -> None:
    await cast.maria.sends("/checkin")
    await says_pain(cast.maria, 0)
    await cast.maria.taps("Numb, tingling", "Send (1)")


def all_read(cast: Cast) -> None:
    for phone in (cast.maria, cast.ana, cast.rui):
        phone.reads_all()


async def knocks(t: Town) -> list[KnockRow]:
    alert = await open_alert(t)
    assert alert is not None
    async with begin(t) as tx:
        return await tx.knocks.of_alert(alert.id, alert.patient_id)


async def test_rui_is_woken_at_the_second_step_by_these_words_alone(database_url: str) -> None:
    async with a_night(database_url) as (t, cast, gateway):
        await numb(t, cast)
        assert gateway.got == []
        all_read(cast)
        await t.later(minutes=15)
        cast.rui.hears("Nobody has answered")
        assert gateway.texts == [WORDS]
        assert gateway.got[0]["title"] == ""
        assert set(gateway.got[0]) == {"version", "title", "message", "attachments", "type"}
        all_read(cast)
        await t.later(minutes=1)
        assert len(gateway.got) == 1
        await cast.rui.taps("What happened so far")
        cast.rui.hears("8:15 AM Rui was called outside Telegram")
        await t.later(minutes=14)
        assert gateway.texts == [WORDS, WORDS], "the third step is another one"
        await cast.rui.taps("I'm on it")
        await t.later(hours=1)
        assert len(gateway.got) == 2
        all_read(cast)


async def test_a_crash_at_any_commit_loses_no_knock_and_makes_no_second_row(sqlite_url: str) -> None:
    async with a_night(sqlite_url) as (t, cast, gateway):
        await numb(t, cast)
        for minutes, commit in ((15, 0), (15, 1), (30, 2), (30, 3), (30, 4)):
            before = len(gateway.got)
            t.before_commit = commit
            t.restarts = False
            await t.later(minutes=minutes)
            t.before_commit = None
            # Died after the gateway took it and before that was kept: it is called again, and never a third time.
            assert 1 <= len(gateway.got) - before <= 2
        rows = await knocks(t)
        assert [row.state for row in rows] == ["sent"] * 5
        assert len({row.key for row in rows}) == 5
        all_read(cast)


async def test_whoever_answers_in_between_is_not_woken(database_url: str) -> None:
    async with a_night(database_url) as (t, cast, gateway):
        gateway.status = 503
        await numb(t, cast)
        await t.later(minutes=15)
        assert len(gateway.got) == 1
        await cast.ana.taps("I'm on it")
        gateway.status = 200
        await t.later(minutes=10)
        assert len(gateway.got) == 1
        assert [row.state for row in await knocks(t)] == ["moot"]
        all_read(cast)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    log, before = io.StringIO(), structlog.get_config()
    set_up_logs("json", logging.DEBUG, log)
    yield log
    structlog.configure(**before)


async def test_a_gateway_that_is_down_is_tried_three_times_and_the_operator_hears(
    sqlite_url: str, written: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    async with a_night(sqlite_url, operators=(OPERATOR,)) as (t, cast, gateway):
        operator = t.person(OPERATOR, "Zé")
        operator.user.chat.started = True
        gateway.status = 503
        t.restarts = False
        await numb(t, cast)
        await t.later(minutes=19)
        assert len(gateway.got) == 3
        assert t.app is not None
        assert t.app.knocker.outcomes["failed"] == 3
        assert (await knocks(t))[0].state == "failed"
        await cast.ana.taps("I'm on it")
        for _ in range(2):
            await t.app.watchdog.once()
        await t.settle()
        operator.hears("call by a second channel failed", "1 did not go out", "channel_failing")
        assert "bonewatch_knocks_failed 1.0" in t.app.metrics.text().decode()
        await cast.ana.taps("What happened so far")
        cast.ana.hears("Rui was not reached outside Telegram")
        all_read(cast)
    said = written.getvalue() + "".join(capfd.readouterr())
    assert "knock.failed" in said
    assert not [word for word in ("secret-path", "Maria", "needs you", "json://") if word in said]


async def test_without_a_second_channel_nothing_is_planned(sqlite_url: str) -> None:
    async with a_gateway() as gateway, a_town(sqlite_url, **ALLOWED) as t:
        cast = await at_home(t)
        await numb(t, cast)
        await t.later(hours=1)
        assert await knocks(t) == []
        assert gateway.got == []
        all_read(cast)


async def test_who_is_removed_is_not_woken(sqlite_url: str) -> None:
    async with a_night(sqlite_url) as (t, cast, gateway):
        gateway.status = 503
        await numb(t, cast)
        await t.later(minutes=15)
        gateway.status = 200
        await cast.maria.sends("/caregivers")
        await cast.maria.taps("Rui: remove", "Yes, remove")
        await t.later(minutes=5)
        assert len(gateway.got) == 1
        all_read(cast)
