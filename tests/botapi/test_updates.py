"""What people do, and how a bot hears of it: by polling or by a webhook."""

from __future__ import annotations

import asyncio

import pytest
from telegram import Bot
from telegram.error import Conflict, Forbidden

from bot.web.botapi import BotApi, TelegramUser
from tests.botapi.tools import Call, HandClock, Hook, description


class TestWhatPeopleDo:
    async def test_every_kind_of_message(self, bot: Bot, maria: TelegramUser) -> None:
        maria.sends("My hip hurts /checkin")
        maria.sends_sticker()
        maria.sends_voice()
        maria.sends_photo("my knee")
        maria.sends_location(38.7, -9.1)
        maria.sends_contact()
        messages = [update.message for update in await bot.get_updates()]
        assert all(message is not None for message in messages)
        text, sticker, voice, photo, place, contact = messages
        assert text is not None
        assert text.parse_entities() == {text.entities[0]: "/checkin"}
        assert sticker is not None
        assert sticker.sticker is not None
        assert voice is not None
        assert voice.voice is not None
        assert photo is not None
        assert (len(photo.photo), photo.caption) == (1, "my knee")
        assert place is not None
        assert place.location is not None
        assert place.location.latitude == 38.7
        assert contact is not None
        assert contact.contact is not None
        assert contact.contact.user_id == 71

    async def test_an_edited_message(self, bot: Bot, maria: TelegramUser) -> None:
        message = maria.sends("pain 3")
        maria.edits(message.message_id, "pain 8")
        update = (await bot.get_updates())[-1]
        assert update.edited_message is not None
        assert update.edited_message.text == "pain 8"
        assert update.edited_message.edit_date is not None

    async def test_an_invitation_link(self, bot: Bot, api: BotApi) -> None:
        ana = api.add_user(72, "Ana")
        ana.opens("https://t.me/bonewatch_sandbox_bot?start=abc-DEF_123")
        (update,) = await bot.get_updates()
        assert update.message is not None
        assert update.message.text == "/start abc-DEF_123"
        with pytest.raises(ValueError, match="does not lead to"):
            ana.opens("https://t.me/another_bot?start=x")

    async def test_reactions_come_only_when_asked_for(self, bot: Bot, maria: TelegramUser) -> None:
        maria.reacts(1, "👍")
        assert await bot.get_updates(allowed_updates=["message_reaction"]) == ()
        maria.reacts(1, "👍")
        maria.sends("not asked for")
        (update,) = await bot.get_updates()
        assert update.message_reaction is not None


class TestGetUpdates:
    async def test_ids_grow_by_one_from_anywhere(self, bot: Bot, maria: TelegramUser) -> None:
        for text in "abc":
            maria.sends(text)
        ids = [update.update_id for update in await bot.get_updates()]
        assert ids == [ids[0], ids[0] + 1, ids[0] + 2]
        assert ids[0] > 1000

    async def test_the_offset_confirms(self, bot: Bot, api: BotApi, maria: TelegramUser) -> None:
        for text in "abc":
            maria.sends(text)
        first, second, third = await bot.get_updates()
        assert [u.update_id for u in await bot.get_updates(limit=2)] == [first.update_id, second.update_id]
        assert [u.update_id for u in await bot.get_updates(offset=third.update_id)] == [third.update_id]
        assert len(api.updates.waiting) == 1
        assert await bot.get_updates(offset=third.update_id + 1) == ()
        assert len(api.updates.waiting) == 0

    async def test_a_negative_offset_keeps_the_last_ones(self, bot: Bot, maria: TelegramUser) -> None:
        for text in "abc":
            maria.sends(text)
        (update,) = await bot.get_updates(offset=-1)
        assert update.message is not None
        assert update.message.text == "c"

    async def test_long_polling_returns_as_soon_as_something_comes(
        self, bot: Bot, api: BotApi, maria: TelegramUser
    ) -> None:
        poll = asyncio.create_task(bot.get_updates(timeout=30, read_timeout=30))
        await api.until(lambda: api.updates.polling)
        assert not poll.done()
        maria.sends("hello")
        assert len(await asyncio.wait_for(poll, 2)) == 1

    async def test_long_polling_ends_empty_in_time(self, bot: Bot) -> None:
        async with asyncio.timeout(3):
            assert await bot.get_updates(timeout=1) == ()

    async def test_a_second_poller_ends_the_first_with_409(self, bot: Bot, call: Call, api: BotApi) -> None:
        poll = asyncio.create_task(bot.get_updates(timeout=30, read_timeout=30))
        await api.until(lambda: api.updates.polling)
        assert (await call("getUpdates"))["result"] == []
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await poll

    async def test_409_while_a_webhook_is_set(self, bot: Bot, call: Call) -> None:
        await call("setWebhook", url="http://127.0.0.1:9/hook")
        with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
            await bot.get_updates()
        await call("deleteWebhook")
        assert await bot.get_updates() == ()

    async def test_updates_are_kept_24_hours(self, bot: Bot, clock: HandClock, maria: TelegramUser) -> None:
        maria.sends("yesterday")
        clock.forward(hours=23)
        assert len(await bot.get_updates()) == 1
        maria.sends("today")
        clock.forward(hours=2)
        (update,) = await bot.get_updates()
        assert update.message is not None
        assert update.message.text == "today"

    async def test_allowed_updates_hold_for_what_comes_later(self, bot: Bot, maria: TelegramUser) -> None:
        await bot.get_updates(allowed_updates=["callback_query"])
        maria.sends("not wanted")
        maria.forges(1, "wanted")
        (update,) = await bot.get_updates()
        assert update.callback_query is not None
        await bot.get_updates(offset=update.update_id + 1, allowed_updates=[])
        maria.sends("wanted again")
        assert len(await bot.get_updates()) == 1


class TestWebhook:
    async def test_updates_come_with_the_secret(self, call: Call, api: BotApi, maria: TelegramUser, hook: Hook) -> None:
        maria.sends("before")
        assert (await call("setWebhook", url=hook.url, secret_token="s3cret"))["ok"]
        maria.sends("after")
        await api.until(lambda: not api.updates.waiting)
        assert [update["message"]["text"] for update in hook.got] == ["before", "after"]
        assert hook.secrets == ["s3cret", "s3cret"]

    async def test_refused_updates_come_again(self, call: Call, api: BotApi, maria: TelegramUser, hook: Hook) -> None:
        hook.refusals = 2
        await call("setWebhook", url=hook.url)
        maria.sends("hello")
        await api.until(lambda: not api.updates.waiting)
        assert len(hook.got) == 1
        info = (await call("getWebhookInfo"))["result"]
        assert info["url"] == hook.url
        assert info["last_error_message"].startswith("Wrong response from the webhook: 500")
        assert info["pending_update_count"] == 0

    async def test_duplicates_and_disorder_on_demand(
        self, call: Call, api: BotApi, maria: TelegramUser, hook: Hook
    ) -> None:
        api.updates.repeats = 1
        api.updates.out_of_order = True
        for number in range(20):
            maria.sends(str(number))
        await call("setWebhook", url=hook.url)
        await api.until(lambda: not api.updates.waiting)
        texts = [int(update["message"]["text"]) for update in hook.got]
        assert len(texts) == 21
        assert sorted(set(texts)) == list(range(20))
        assert texts != sorted(texts)

    async def test_wrong_webhooks(self, call: Call) -> None:
        answer = await call("setWebhook", url="nonsense")
        assert description(answer) == "Bad Request: invalid webhook URL specified"
        answer = await call("setWebhook", url="https://x.org", secret_token="not allowed")
        assert description(answer) == "Bad Request: secret token contains unallowed characters"

    async def test_pending_updates_can_be_dropped(self, call: Call, api: BotApi, maria: TelegramUser) -> None:
        maria.sends("hello")
        await call("deleteWebhook", drop_pending_updates=True)
        assert not api.updates.waiting


class TestTheBotItself:
    async def test_menus_by_scope_and_language(self, bot: Bot, api: BotApi, maria: TelegramUser) -> None:
        from telegram import BotCommandScopeChat

        from bot.web.botapi.methods.about import menu_of

        await bot.set_my_commands([("help", "Help")])
        await bot.set_my_commands([("help", "Ayuda")], language_code="es")
        await bot.set_my_commands([("checkin", "Check in")], scope=BotCommandScopeChat(71))
        assert (await bot.get_my_commands())[0].description == "Help"
        assert (await bot.get_my_commands(language_code="es"))[0].description == "Ayuda"
        assert menu_of(api, 71, "es")[0]["command"] == "checkin"
        assert menu_of(api, 72, "es")[0]["description"] == "Ayuda"
        await bot.delete_my_commands(scope=BotCommandScopeChat(71))
        assert menu_of(api, 71, "en")[0]["description"] == "Help"

    @pytest.mark.parametrize(
        ("command", "complaint"),
        [
            ({"command": "Help!", "description": "x"}, "BOT_COMMAND_INVALID"),
            ({"command": "x" * 33, "description": "x"}, "BOT_COMMAND_INVALID"),
            ({"command": "help", "description": ""}, "BOT_COMMAND_DESCRIPTION_INVALID"),
            ({"command": "help", "description": "x" * 257}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ],
    )
    async def test_wrong_commands(self, call: Call, command: dict[str, str], complaint: str) -> None:
        answer = await call("setMyCommands", commands=[command])
        assert description(answer) == f"Bad Request: {complaint}"

    async def test_too_many_commands_and_unknown_scopes(self, call: Call) -> None:
        commands = [{"command": f"c{number}", "description": "x"} for number in range(101)]
        answer = await call("setMyCommands", commands=commands)
        assert description(answer) == "Bad Request: BOT_COMMANDS_TOO_MUCH"
        answer = await call("setMyCommands", commands=commands[:1], scope={"type": "moon"})
        assert description(answer).endswith("Unsupported type specified")
        answer = await call("setMyCommands", commands=[], scope={"type": "chat", "chat_id": 999})
        assert description(answer) == "Bad Request: chat not found"

    async def test_descriptions(self, bot: Bot, call: Call) -> None:
        await bot.set_my_description("A short check-in")
        await bot.set_my_short_description("Check-ins", language_code="en")
        assert (await bot.get_my_description()).description == "A short check-in"
        assert (await bot.get_my_short_description("en")).short_description == "Check-ins"
        answer = await call("setMyShortDescription", short_description="x" * 121)
        assert description(answer) == "Bad Request: BOT_SHORT_DESCRIPTION_TOO_LONG"


class TestGroups:
    async def test_added_listed_and_gone(self, bot: Bot, api: BotApi, maria: TelegramUser) -> None:
        ana = api.add_user(72, "Ana")
        group = api.add_group(-1001, "Family", [ana, maria])
        with pytest.raises(Forbidden, match="bot is not a member of the supergroup chat"):
            await bot.send_message(-1001, "hello")
        group.adds_bot(ana)
        await bot.send_message(-1001, "hello")
        admins = await bot.get_chat_administrators(-1001)
        assert [admin.user.id for admin in admins] == [72]
        assert (await bot.get_chat_member(-1001, 71)).status == "member"
        await bot.leave_chat(-1001)
        with pytest.raises(Forbidden, match="not a member"):
            await bot.send_message(-1001, "hello")
        updates = await bot.get_updates()
        assert updates[0].my_chat_member is not None
        assert updates[0].my_chat_member.new_chat_member.status == "member"

    async def test_kicked_and_moved(self, bot: Bot, call: Call, api: BotApi, maria: TelegramUser) -> None:
        group = api.add_group(-1001, "Family", [maria])
        group.adds_bot(maria, admin=True)
        group.moves_to(-1002)
        answer = await call("sendMessage", chat_id=-1001, text="x")
        assert answer["parameters"] == {"migrate_to_chat_id": -1002}
        await bot.send_message(-1002, "hello")
        api.groups[-1002].kicks_bot(maria)
        with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
            await bot.send_message(-1002, "hello")

    async def test_privacy_mode(self, bot: Bot, api: BotApi, maria: TelegramUser) -> None:
        group = api.add_group(-1001, "Family", [maria])
        group.adds_bot(maria)
        seen = len(api.updates.waiting)
        maria.sends("between us", to=group.chat)
        assert len(api.updates.waiting) == seen
        maria.sends("/help", to=group.chat)
        assert len(api.updates.waiting) == seen + 1

    async def test_members_come_and_go(self, bot: Bot, api: BotApi, maria: TelegramUser) -> None:
        await bot.get_updates(allowed_updates=["chat_member"])
        ana = api.add_user(72, "Ana")
        group = api.add_group(-1001, "Family", [maria])
        group.joins(ana)
        group.leaves(ana)
        changes = [update.chat_member for update in await bot.get_updates()]
        assert [change.new_chat_member.status for change in changes if change] == ["member", "left"]
