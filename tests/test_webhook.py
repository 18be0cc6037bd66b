"""The webhook over real TCP: who is let in, and that 200 means kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.chat.transport import make_bot
from bot.loops.hook import LOOK_AGAIN, Hook
from bot.store.database import Store
from bot.web.botapi import BotApiServer
from bot.web.listen import Listener
from bot.web.webhook import MOST_BYTES, SECRET_HEADER, BadUpdate, make_webhook, read_body, webhook_path
from tests.conftest import HandClock
from tests.running import an_api, eventually, free_port, running, some_settings
from tests.town import TOKEN

SECRET = "the-secret-of-the-webhook"
UPDATE = {"update_id": 7, "message": {"message_id": 1, "date": 0, "chat": {"id": 5}, "from": {"id": 5}, "text": "hi"}}


class Keep:
    """A stand-in for the commit: waits at its gate, can be away."""

    def __init__(self) -> None:
        self.batches: list[list[dict[str, Any]]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = asyncio.Event()
        self.away = False

    async def __call__(self, updates: list[dict[str, Any]]) -> None:
        self.begun.set()
        await self.gate.wait()
        if self.away:
            raise OSError("no database")
        self.batches.append(updates)

    @property
    def ids(self) -> list[int]:
        return [update["update_id"] for batch in self.batches for update in batch]


@pytest.fixture
async def kept() -> Keep:
    return Keep()


@pytest.fixture
async def listener(kept: Keep) -> AsyncIterator[Listener]:
    listener = make_webhook(SECRET, kept, "127.0.0.1", 0)
    await listener.start()
    yield listener
    await listener.stop()


@pytest.fixture
async def http(listener: Listener) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{listener.port}") as session:
        yield session


async def post(http: aiohttp.ClientSession, body: Any = None, **options: Any) -> int:
    headers = options.pop("headers", {SECRET_HEADER: SECRET})
    path = options.pop("path", webhook_path(SECRET))
    data = body if isinstance(body, bytes) else json.dumps(UPDATE if body is None else body).encode()
    async with http.post(path, data=data, headers=headers, **options) as response:
        return response.status


async def test_an_update_with_the_secret_is_kept(http: aiohttp.ClientSession, kept: Keep) -> None:
    assert await post(http) == 200
    assert kept.batches == [[UPDATE]]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({SECRET_HEADER: ""}, 403),
        ({SECRET_HEADER: SECRET[:-1]}, 403),
        ({SECRET_HEADER: SECRET + "x"}, 403),
        ({SECRET_HEADER: "wrong-secret"}, 403),
        ({SECRET_HEADER: "sécret"}, 403),
    ],
)
async def test_without_the_secret_nobody_is_let_in(
    http: aiohttp.ClientSession, kept: Keep, headers: dict[str, str], status: int
) -> None:
    assert await post(http, headers=headers) == status
    assert kept.batches == []


async def test_the_path_is_part_of_the_secret(http: aiohttp.ClientSession, kept: Keep) -> None:
    assert await post(http, path="/") == 404
    assert await post(http, path=webhook_path("another")) == 404
    assert SECRET not in webhook_path(SECRET)
    async with http.get(webhook_path(SECRET), headers={SECRET_HEADER: SECRET}) as response:
        assert response.status == 405
    assert kept.batches == []


async def test_a_body_over_a_megabyte_is_refused_whether_it_says_so_or_not(
    http: aiohttp.ClientSession, kept: Keep
) -> None:
    long = json.dumps({**UPDATE, "filler": "x" * MOST_BYTES}).encode()
    async with http.post(webhook_path(SECRET), data=BytesIO(long), headers={SECRET_HEADER: SECRET}) as response:
        assert response.status == 413

    async def in_pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(long), 65536):
            yield long[start : start + 65536]

    async with http.post(webhook_path(SECRET), data=in_pieces(), headers={SECRET_HEADER: SECRET}) as response:
        assert response.status == 413
    assert kept.batches == []
    assert await post(http, {**UPDATE, "filler": "x" * (MOST_BYTES // 2)}) == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[1]",
        b"5",
        b'{"update_id": "7"}',
        b'{"update_id": true}',
        b'{"update_id": -7}',
        b'{"update_id": 9223372036854775808}',
        b'{"message": {}}',
        b'{"update_id": 7, "message": {"from": {"id": 9223372036854775808}}}',
        b'{"update_id": 7, "message": {"from": {"id": Infinity}}}',
        b'{"update_id": 7, "bonewatch": {"chat_id": 5, "alert": 1, "moved_to": null}}',
        b'{"update_id": 7, "message": {"text": "\\ud83d"}}',
        b"[" * 100_000,
    ],
)
async def test_what_is_no_update_is_refused_and_harms_nobody(
    http: aiohttp.ClientSession, kept: Keep, body: bytes
) -> None:
    assert await post(http, body) == 400
    assert await post(http) == 200
    assert kept.ids == [7]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["update_id", "message", "callback_query", "bonewatch", "x"]), json_values))
def test_whatever_comes_is_an_update_or_refused(body: dict[str, Any]) -> None:
    try:
        update = read_body(json.dumps(body).encode())
    except BadUpdate:
        return
    assert update == body


async def test_200_comes_only_after_the_commit(http: aiohttp.ClientSession, kept: Keep) -> None:
    kept.gate.clear()
    posting = asyncio.create_task(post(http))
    await kept.begun.wait()
    await asyncio.sleep(0.05)
    assert not posting.done()
    kept.gate.set()
    assert await posting == 200


async def test_what_could_not_be_kept_is_asked_for_again(http: aiohttp.ClientSession, kept: Keep) -> None:
    kept.away = True
    assert await post(http) == 503
    kept.away = False
    assert await post(http) == 200
    assert kept.ids == [7]


async def test_updates_that_come_together_share_a_commit(http: aiohttp.ClientSession, kept: Keep) -> None:
    kept.gate.clear()
    first = asyncio.create_task(post(http, {**UPDATE, "update_id": 1}))
    await kept.begun.wait()
    others = [asyncio.create_task(post(http, {**UPDATE, "update_id": n})) for n in range(2, 12)]
    await asyncio.sleep(0.2)
    kept.gate.set()
    assert await asyncio.gather(first, *others) == [200] * 11
    assert len(kept.batches) == 2
    assert sorted(kept.ids) == list(range(1, 12))


async def test_the_same_update_a_hundred_times_is_kept_once(store: Store, clock: HandClock) -> None:
    from bot.loops.intake import keep

    async def commit(updates: list[dict[str, Any]]) -> None:
        await keep(store, clock, updates)

    listener = make_webhook(SECRET, commit, "127.0.0.1", 0)
    await listener.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{listener.port}") as http:
        assert await asyncio.gather(*(post(http) for _ in range(100))) == [200] * 100
    await listener.stop()
    async with store.read() as tx:
        assert await tx.inbox.count("waiting") == 1


# The whole bot


def calls(server: BotApiServer, method: str) -> list[dict[str, Any]]:
    return [dict(call.params) for call in server.api.journal if call.method == method]


async def test_a_bot_with_a_webhook_answers_what_waited_and_what_comes(sqlite_url: str) -> None:
    port = free_port()
    async with an_api() as server:
        maria = server.api.add_user(1, "Maria")
        maria.sends("/start")
        url = f"http://127.0.0.1:{port}"
        settings = some_settings(sqlite_url, webhook_url=url, webhook_secret=SECRET, http_port=port)
        async with running(settings, server.url) as bot:
            await eventually(lambda: maria.hears)
            heard = len(maria.hears)
            maria.sends("/help")
            await eventually(lambda: len(maria.hears) > heard)
            assert (await bot.ready())["telegram"] == "ok"
        [said] = calls(server, "setwebhook")
        assert said["url"] == url + webhook_path(SECRET)
        assert said["secret_token"] == SECRET
        assert "my_chat_member" in str(said["allowed_updates"])
        assert str(said.get("drop_pending_updates", False)).lower() == "false"
        assert calls(server, "getupdates") == []


async def test_a_bot_that_polls_takes_the_webhook_away_and_loses_nothing(sqlite_url: str) -> None:
    async with an_api() as server:
        maria = server.api.add_user(1, "Maria")
        old = make_bot(TOKEN, server.url)
        await old.initialize()
        await old.set_webhook("http://127.0.0.1:9/elsewhere")
        await old.shutdown()
        maria.sends("/start")
        async with running(some_settings(sqlite_url), server.url) as bot:
            await eventually(lambda: maria.hears)
            await bot.ready()
        [said] = calls(server, "deletewebhook")
        assert str(said.get("drop_pending_updates", False)).lower() == "false"


async def test_without_a_webhook_none_is_deleted(sqlite_url: str) -> None:
    async with an_api() as server, running(some_settings(sqlite_url), server.url) as bot:
        await bot.ready()
        assert calls(server, "deletewebhook") == []


async def test_the_leader_sets_a_moved_webhook_again_and_a_standby_copy_leaves_it() -> None:
    leads = True
    async with an_api() as server:
        bot = make_bot(TOKEN, server.url)
        await bot.initialize()
        hook = Hook(bot, "http://127.0.0.1:9/ours", SECRET, lambda: leads)
        assert await hook.once() == LOOK_AGAIN
        assert await hook.once() == LOOK_AGAIN
        assert len(calls(server, "setwebhook")) == 1
        await bot.set_webhook("http://127.0.0.1:9/theirs")
        leads = False
        await hook.once()
        assert server.api.updates.webhook_url.endswith("/theirs")
        leads = True
        await hook.once()
        assert server.api.updates.webhook_url.endswith("/ours")
        assert server.api.webhook["secret"] == SECRET
        await bot.shutdown()
