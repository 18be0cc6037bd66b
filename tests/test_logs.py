"""Logs carry events and ids: canaries planted everywhere never come out, at the lowest level, with every failure."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.logs import set_up_logs
from tests.plays.cast import ANA, at_home, presses
from tests.town import TOKEN, a_town

CANARIES = ("Quetzalcoatl", "Xochimilco", "555 77 99", "35121555", "vermilion", TOKEN, "town-token")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that is logged at DEBUG, by us and by any library."""
    out, before = io.StringIO(), structlog.get_config()
    root, level = logging.getLogger(), logging.getLogger().level
    handler = logging.StreamHandler(out)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    set_up_logs("json", logging.DEBUG, out)
    yield out
    root.removeHandler(handler)
    root.setLevel(level)
    structlog.configure(**before)


def leaked(out: io.StringIO) -> list[str]:
    return [canary for canary in CANARIES if canary.lower() in out.getvalue().lower()]


async def test_a_play_leaves_no_word_in_the_logs(sqlite_url: str, written: io.StringIO) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t, phone="+351 21 555 77 99")
        t.person(5, "Quetzalcoatl", username="xochimilco").user.presses_start()
        await t.settle()
        await cast.maria.sends("my vermilion toaster is broken, says Quetzalcoatl")
        await t.later(hours=1, minutes=1)
        t.api.faults.refuses(400, "Bad Request: vermilion", method="sendMessage", chat_id=ANA)
        t.api.faults.refuses(502, "Quetzalcoatl", method="sendMessage", times=2)
        t.api.faults.loses_reply(method="sendMessage")
        await presses(cast.maria, ":pain:0", ":bone_signs:+numbness", ":bone_signs:done")
        await t.later(minutes=31)
        for phone in t.phones.values():
            phone.reads_all()
    assert "leader.taken" in written.getvalue(), "the logs are on"
    assert leaked(written) == []


async def test_an_action_that_fails_says_where_and_not_what(sqlite_url: str, written: io.StringIO) -> None:
    async with a_town(sqlite_url) as t:
        cast = await at_home(t)
        assert t.app is not None

        async def fails(*_given: object) -> str:
            raise ValueError("Quetzalcoatl said vermilion")

        t.app.worker._handlers = type(t.app.worker._handlers)(t.app.worker._handlers.prepare, fails)
        await cast.maria.sends("vermilion")
        cast.maria.reads_all()
    assert "update.failed" in written.getvalue()
    assert "ValueError" in written.getvalue()
    assert leaked(written) == []


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_field_that_is_not_on_the_list_is_dropped(style: str) -> None:
    out, before = io.StringIO(), structlog.get_config()
    set_up_logs(style, logging.DEBUG, out)  # type: ignore[arg-type]
    try:
        raise RuntimeError("Quetzalcoatl")
    except RuntimeError:
        structlog.get_logger().error("it.failed", update=7, text="vermilion", exc_info=True)
    structlog.configure(**before)
    assert "it.failed" in out.getvalue()
    assert "7" in out.getvalue()
    assert "RuntimeError" in out.getvalue()
    assert leaked(out) == []


def test_json_is_a_line_an_event(written: io.StringIO) -> None:
    structlog.get_logger().info("bot.started", mode="polling")
    (line,) = [line for line in written.getvalue().splitlines() if "bot.started" in line]
    assert json.loads(line)["mode"] == "polling"
