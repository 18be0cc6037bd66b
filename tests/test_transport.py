"""The transport: what leaves is what was meant, whatever the letters; proxies; and taps read without objects."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from telegram import Bot, Update

from bot.chat.incoming import read_update
from bot.chat.outgoing import edit, send
from bot.chat.transport import call, make_bot
from bot.domain.incoming import InGroup, Sender, Tap
from bot.domain.press import CheckinPress
from bot.web.botapi import BotApi, BotApiServer

TOKEN = "123456:transport-token-transport-token"
ODD = "a+b&c=d;e %41 100% «é» ✅ \u2028 <b>x</b> \"q\" 'r' ?/:@#\n\t~*()!"


@pytest.fixture
async def server() -> AsyncIterator[BotApiServer]:
    async with BotApiServer(BotApi(TOKEN, open_door=True)) as running:
        yield running


@pytest.fixture
async def bot(server: BotApiServer) -> AsyncIterator[Bot]:
    async with make_bot(TOKEN, server.url) as ready:
        yield ready


async def test_every_letter_arrives_as_it_was_written(server: BotApiServer, bot: Bot) -> None:
    rows = [[{"label": ODD, "data": "c:1:pain:0", "style": "success"}], [{"label": "☎", "copy": "+351 21"}]]
    message_id = await send(bot, 1, {"text": ODD.replace("<b>", "").replace("</b>", ""), "buttons": rows})
    shown = server.api.chats[1].messages[message_id or 0]
    assert shown.text == ODD.replace("<b>", "").replace("</b>", "").strip()
    assert shown.buttons == [
        [{"text": ODD, "callback_data": "c:1:pain:0", "style": "success"}],
        [{"text": "☎", "copy_text": {"text": "+351 21"}}],
    ]
    await edit(bot, 1, message_id or 0, {"text": "<b>now</b> &amp; then"})
    assert (shown.text, shown.buttons) == ("now & then", [])


async def test_what_is_not_said_is_left_out(server: BotApiServer, bot: Bot) -> None:
    await call(bot, "sendMessage", chat_id=1, text="x", reply_markup=None, protect_content=False)
    assert server.api.journal.of("sendMessage")[-1].params == {"chat_id": "1", "text": "x", "protect_content": "false"}


@pytest.mark.parametrize(("host", "goes_by_proxy"), [("telegram.invalid", True), ("127.0.0.1", False)])
async def test_a_proxy_of_the_environment_is_used(
    server: BotApiServer, monkeypatch: pytest.MonkeyPatch, host: str, goes_by_proxy: bool
) -> None:
    asked: list[tuple[str, str | None]] = []

    async def proxy(request: web.BaseRequest) -> web.StreamResponse:
        asked.append((str(request.url.host), request.headers.get("Proxy-Authorization")))
        status, body = await server.api.handle(TOKEN, request.path.rpartition("/")[2], {})
        return web.json_response(body, status=status)

    runner = web.ServerRunner(web.Server(proxy))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        monkeypatch.setenv("http_proxy", f"http://ana:secret@127.0.0.1:{runner.addresses[0][1]}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        async with make_bot(TOKEN, f"http://{host}:{server.port}") as bot:
            await bot.get_me()
    finally:
        await runner.cleanup()
    assert [name for name, _ in asked] == ([host] * 2 if goes_by_proxy else [])
    assert all(secret == "Basic YW5hOnNlY3JldA==" for _, secret in asked)


async def test_a_tap_is_read_as_the_library_would_read_it(server: BotApiServer, bot: Bot) -> None:
    maria = server.api.add_user(1, "Maria", "maria", "pt")
    maria.presses_start()
    rows = [[{"label": "4", "data": "c:17:pain:4"}]]
    message_id = await send(bot, 1, {"text": "Pain?", "buttons": rows})
    query_id = maria.taps(message_id or 0, "4")
    raw = [one.telegram() for one in server.api.updates.waiting.values()][-1]
    raw["callback_query"]["from"] |= {"last_name": "de Sousa"}
    update = Update.de_json(raw, None)
    assert update.effective_user is not None
    mine = read_update(raw)
    assert mine is not None
    assert mine.sender == Sender(1, update.effective_user.full_name, "maria", "pt")
    assert mine.content == Tap(CheckinPress(17, "pain", "4"), message_id, query_id)


@pytest.mark.parametrize("message", [None, {"message_id": 9, "date": 0, "chat": {"id": 1, "type": "private"}}])
def test_a_tap_below_a_message_that_is_gone(message: dict[str, object] | None) -> None:
    query = {"id": "5", "from": {"id": 1, "is_bot": False, "first_name": "Maria"}, "data": "?", "message": message}
    mine = read_update({"update_id": 1, "callback_query": query})
    assert mine is not None
    assert mine.content == Tap(None, 9 if message else None, "5")


def test_a_tap_in_a_group_is_no_answer() -> None:
    message = {"message_id": 9, "chat": {"id": -100, "type": "supergroup", "title": "Family"}, "date": 1}
    query = {"id": "5", "from": {"id": 1, "first_name": "Zé"}, "data": "c:17:pain:4", "message": message}
    mine = read_update({"update_id": 1, "callback_query": query})
    assert mine is not None
    assert mine.content == InGroup(-100, "Family", query_id="5", press=CheckinPress(17, "pain", "4"))
