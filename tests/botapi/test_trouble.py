"""Floods, faults, and what a test can see and set from outside."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from telegram import Bot
from telegram.error import BadRequest, Conflict, NetworkError, RetryAfter, TimedOut

from bot.web.botapi import BotApi, BotApiServer, FloodLimits, Harm, TelegramUser
from tests.botapi.tools import TOKEN, A, Call, HandClock, description


class TestFloods:
    async def test_thirty_in_any_second(self, call: Call, api: BotApi) -> None:
        now = 0.0
        api.floods.pace = lambda: now
        api.floods.limits = FloodLimits()
        for user_id in range(100, 140):
            api.add_user(user_id, "Zé").presses_start()
        outcomes = [(await call("sendMessage", chat_id=chat, text="x"))["ok"] for chat in range(100, 140)]
        assert outcomes == [True] * 30 + [False] * 10
        now = 0.9
        answer = await call("sendMessage", chat_id=139, text="x")
        assert description(answer) == "Too Many Requests: retry after 1"
        assert answer["parameters"] == {"retry_after": 1}
        now = 1.0
        assert (await call("sendMessage", chat_id=139, text="x"))["ok"]
        assert api.floods.refused == 11

    async def test_one_a_second_in_a_chat_after_a_burst(self, call: Call, api: BotApi, maria: TelegramUser) -> None:
        moments = iter((0.0, 0.0, 0.5, 1.0, 1.5, 2.0))
        api.floods.pace = lambda: next(moments)
        api.floods.limits = FloodLimits(chat_burst=2)
        outcomes = [(await call("sendMessage", chat_id=71, text="x"))["ok"] for _ in range(6)]
        assert outcomes == [True, True, False, True, False, True]

    async def test_edits_count_only_when_asked(self, call: Call, api: BotApi, maria: TelegramUser) -> None:
        await call("sendMessage", chat_id=71, text="x")
        api.floods.limits = FloodLimits(chat_burst=1)
        for text in "ab":
            assert (await call("editMessageText", chat_id=71, message_id=2, text=text))["ok"]
        api.floods.limits = FloodLimits(chat_burst=1, edits_count=True)
        outcomes = [(await call("editMessageText", chat_id=71, message_id=2, text=t))["ok"] for t in "cd"]
        assert outcomes == [True, False]

    async def test_twenty_a_minute_in_a_group(self, call: Call, api: BotApi, maria: TelegramUser) -> None:
        now = 0.0
        api.floods.pace = lambda: now
        api.floods.limits = FloodLimits(per_chat_second=None)
        api.add_group(-1001, "Family", [maria]).adds_bot(maria)
        for _ in range(20):
            assert (await call("sendMessage", chat_id=-1001, text="x"))["ok"]
        now = 10.0
        answer = await call("sendMessage", chat_id=-1001, text="x")
        assert answer["parameters"] == {"retry_after": 50}


class TestFaults:
    async def test_a_flood_for_one_method_and_chat(
        self, bot: Bot, api: BotApi, maria: TelegramUser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PTB_TIMEDELTA", "true")
        api.add_user(72, "Ana").presses_start()
        api.faults.floods(retry_after=35, method="sendMessage", chat_id=71, times=2)
        await bot.send_message(72, "not hit")
        await bot.send_chat_action(71, "typing")
        for _ in range(2):
            with pytest.raises(RetryAfter, match=r"Retry in (35 seconds|0:00:35)"):
                await bot.send_message(71, "hit")
        await bot.send_message(71, "over")

    async def test_server_errors(self, bot: Bot, api: BotApi, maria: TelegramUser) -> None:
        api.faults.refuses(502, "Bad Gateway", skip=1)
        await bot.send_message(71, "first passes")
        with pytest.raises(NetworkError, match="Bad Gateway"):
            await bot.send_message(71, "second fails")
        assert [message.text for message in maria.hears] == ["first passes"]

    async def test_a_cut_before_and_after_the_effect(self, bot: Bot, api: BotApi, maria: TelegramUser) -> None:
        api.faults.cuts(method="sendMessage")
        with pytest.raises(NetworkError):
            await bot.send_message(71, "never arrives")
        assert maria.hears == []
        api.faults.loses_reply(method="sendMessage")
        with pytest.raises(NetworkError):
            await bot.send_message(71, "arrives untold")
        assert [message.text for message in maria.hears] == ["arrives untold"]
        lost, untold = api.journal.of("sendMessage")
        assert (lost.outcome, lost.took_effect) == ("cut", False)
        assert (untold.outcome, untold.took_effect, untold.message_id) == ("cut", True, 2)

    @pytest.mark.parametrize("after", [False, True])
    async def test_a_hang(self, bot: Bot, api: BotApi, maria: TelegramUser, after: bool) -> None:
        api.faults.hangs(after=after)
        with pytest.raises(TimedOut):
            await bot.send_message(71, "hello", read_timeout=0.2)
        assert len(maria.hears) == (1 if after else 0)

    async def test_a_delay_lasts_until_cleared(self, call: Call, api: BotApi) -> None:
        api.faults.delays(0.15, method="getMe")
        loop = asyncio.get_running_loop()
        for _ in range(2):
            started = loop.time()
            await call("getMe")
            assert loop.time() - started >= 0.15
        api.faults.clear()
        started = loop.time()
        await call("getMe")
        assert loop.time() - started < 0.15

    async def test_another_poller(self, bot: Bot, api: BotApi) -> None:
        api.faults.another_poller()
        with pytest.raises(Conflict, match="make sure that only one bot instance is running"):
            await bot.get_updates()
        assert await bot.get_updates() == ()

    async def test_duplicate_updates(self, bot: Bot, api: BotApi, maria: TelegramUser) -> None:
        api.updates.repeats = 1
        maria.sends("once")
        maria.sends("and again")
        first, second = await bot.get_updates()
        again = await bot.get_updates(offset=second.update_id + 1)
        assert [update.update_id for update in again] == [first.update_id]
        assert await bot.get_updates(offset=second.update_id + 1) == ()


class TestTheJournal:
    async def test_calls_are_noted_with_their_outcome(self, bot: Bot, api: BotApi, maria: TelegramUser) -> None:
        await bot.send_message(71, "one")
        with pytest.raises(BadRequest):
            await bot.send_message(99, "two")
        good, bad = api.journal.of("sendMessage")
        assert (good.chat_id, good.params["text"], good.outcome, good.message_id) == (71, "one", "ok", 2)
        assert (bad.chat_id, bad.outcome, bad.took_effect) == (99, "400", False)
        assert api.journal.counts["sendmessage", "ok"] == 1

    async def test_it_is_bounded_when_asked(self) -> None:
        api = BotApi(TOKEN, keep_calls=3, keep_messages=2, open_door=True)
        for number in range(9):
            await api.handle(TOKEN, "sendMessage", {"chat_id": 5, "text": str(number)})
        assert (len(api.journal), api.journal.counts["sendmessage", "ok"]) == (3, 9)
        assert [message.text for message in api.chats[5].shown] == ["7", "8"]

    async def test_idle_means_nothing_waits(self, bot: Bot, api: BotApi, maria: TelegramUser) -> None:
        moments = [api.idle]
        maria.sends("hello")
        moments.append(api.idle)
        (update,) = await bot.get_updates()
        await bot.get_updates(offset=update.update_id + 1)
        moments.append(api.idle)
        assert moments == [True, False, True]


class TestControl:
    async def test_another_process_drives_phones_and_faults(
        self, server: BotApiServer, call: Call, api: BotApi
    ) -> None:
        async with aiohttp.ClientSession() as session:

            async def control(verb: str, expecting: int = 200, **wish: Any) -> dict[str, Any]:
                async with session.post(f"{server.url}/_control/{verb}", json=wish) as response:
                    assert response.status == expecting
                    answer: dict[str, Any] = await response.json()
                    return answer

            assert (await control("users", first_id=500, count=3))["users"] == 3
            await call("sendMessage", chat_id=500, text="q", reply_markup={"inline_keyboard": [[A.to_dict()]]})
            doing = [
                {"user": 500, "verb": "taps", "message_id": 1, "button": "a"},
                {"user": 501, "verb": "sends", "text": "hello"},
                {"user": 502, "verb": "blocks"},
            ]
            await control("act", do=doing)
            assert len((await control("updates", repeats=1))["waiting"]) == 3
            await control("fault", harm=Harm.REFUSE, status=500, method="getMe")
            assert (await call("getMe"))["error_code"] == 500
            await control("floods", per_second=0)
            assert (await call("sendMessage", chat_id=500, text="x"))["error_code"] == 429
            assert (await control("floods", off=True))["refused"] == 1
            assert (await control("counts"))["counts"]["sendmessage"] == {"ok": 1, "429": 1}
            sends = (await control("calls", method="sendMessage"))["calls"]
            assert [one["outcome"] for one in sends] == ["ok", "429"]
            assert (await control("calls", after=sends[-1]["number"]))["calls"] == []
            assert (await control("chat", chat_id=500))["messages"][0]["text"] == "q"
            assert "LookupError" in (await control("act", 400, do=[doing[0] | {"button": "z"}]))["error"]
            await control("nonsense", 404)


class TestMemory:
    async def test_a_restart_forgets_nothing(self, tmp_path: Path, clock: HandClock) -> None:
        file = tmp_path / "sandbox.jsonl"
        before = BotApi(TOKEN, clock, memory=file)
        maria = before.add_user(71, "Maria", "maria_p")
        maria.presses_start()
        before.updates.drop()
        markup = {"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}
        await before.handle(TOKEN, "sendMessage", {"chat_id": 71, "text": "q", "reply_markup": markup})
        await before.handle(TOKEN, "editMessageText", {"chat_id": 71, "message_id": 2, "text": "q2"})
        await before.handle(TOKEN, "pinChatMessage", {"chat_id": 71, "message_id": 2})
        menu = [{"command": "help", "description": "Help"}]
        await before.handle(TOKEN, "setMyCommands", {"commands": menu})
        query = maria.forges(2, "a")
        # No close: the process was killed. Its last line may be cut short.
        with file.open("ab") as cut:
            cut.write(b'["message",{"mess')

        after = BotApi(TOKEN, clock, memory=file)
        assert [message.text for message in after.users[71].hears] == ["q2"]
        assert after.chats[71].pinned == [2]
        assert after.users[71].username == "maria_p"
        assert list(after.updates.waiting) == list(before.updates.waiting)
        assert after.updates.next_id == before.updates.next_id
        status, _ = await after.handle(TOKEN, "answerCallbackQuery", {"callback_query_id": query})
        assert status == 200
        assert (await after.handle(TOKEN, "getMyCommands", {}))[1]["result"] == menu
        _, sent = await after.handle(TOKEN, "sendMessage", {"chat_id": 71, "text": "next"})
        assert sent["result"]["message_id"] == 3
        before.close()
        after.close()

    async def test_confirmed_updates_do_not_come_back(self, tmp_path: Path, clock: HandClock) -> None:
        file = tmp_path / "sandbox.jsonl"
        for _ in range(3):
            api = BotApi(TOKEN, clock, memory=file)
            api.add_user(71, "Maria").sends("hello")
            (update,) = (await api.handle(TOKEN, "getUpdates", {}))[1]["result"]
            await api.handle(TOKEN, "getUpdates", {"offset": update["update_id"] + 1})
            api.close()
        assert file.stat().st_mode & 0o077 == 0
        last = BotApi(TOKEN, clock, memory=file)
        assert not last.updates.waiting
        assert last.updates.next_id == update["update_id"] + 1
        assert len(last.chats[71].shown) == 3
        last.close()
