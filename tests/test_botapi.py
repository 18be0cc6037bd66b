"""The local Bot API server is as strict as Telegram: its own sentences, over real TCP."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Conflict, Forbidden, NetworkError, RetryAfter, TimedOut
from telegram.request import HTTPXRequest

from bot.web.botapi import BotApi, BotApiServer, FloodLimits, Harm, TelegramUser

TOKEN = "1234567890:AAtestTESTtestTESTtestTESTtest12345"
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)

Call = Callable[..., Any]


class HandClock:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        self.time = NINE

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **delta: float) -> None:
        self.time += timedelta(**delta)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def api(clock: HandClock) -> BotApi:
    return BotApi(TOKEN, clock, dice=random.Random(7))


@pytest.fixture
async def server(api: BotApi) -> AsyncIterator[BotApiServer]:
    async with BotApiServer(api, with_control=True) as running:
        yield running


@pytest.fixture
async def call(server: BotApiServer) -> AsyncIterator[Call]:
    """Calls a method as JSON; the whole answer."""
    async with aiohttp.ClientSession() as session:

        async def calling(method: str, token: str = TOKEN, **params: Any) -> dict[str, Any]:
            async with session.post(f"{server.url}/bot{token}/{method}", json=params) as response:
                answer: dict[str, Any] = await response.json()
                assert answer["ok"] == (response.status == 200)
                assert answer.get("error_code", 200) == response.status
                return answer

        yield calling


@pytest.fixture
async def bot(server: BotApiServer) -> AsyncIterator[Bot]:
    """The real library as it comes, on its own HTTP client."""
    # Loading certificates takes longer than most tests here, and there is nothing to certify on loopback.
    plain, polling = (HTTPXRequest(httpx_kwargs={"verify": False}) for _ in range(2))
    async with Bot(
        TOKEN,
        base_url=f"{server.url}/bot",
        base_file_url=f"{server.url}/file/bot",
        request=plain,
        get_updates_request=polling,
    ) as running:
        yield running


@pytest.fixture
def maria(api: BotApi) -> TelegramUser:
    person = api.add_user(71, "Maria", "maria_p")
    person.presses_start()
    api.updates.drop()
    return person


def description(answer: dict[str, Any]) -> str:
    return str(answer["description"])


class TestTheDoor:
    async def test_a_wrong_token_is_unauthorized(self, call: Call) -> None:
        answer = await call("getMe", token="1234567890:AAwrong")
        assert (answer["error_code"], answer["description"]) == (401, "Unauthorized")

    async def test_a_malformed_token_is_not_found(self, call: Call) -> None:
        assert (await call("getMe", token="nonsense"))["error_code"] == 404

    async def test_an_unknown_method_is_not_found(self, call: Call) -> None:
        assert description(await call("makeCoffee")) == "Not Found: method not found"

    async def test_method_names_ignore_case(self, call: Call) -> None:
        assert (await call("GETME"))["result"]["username"] == "bonewatch_sandbox_bot"

    async def test_get_with_a_query_string_works(self, server: BotApiServer, maria: TelegramUser) -> None:
        url = f"{server.url}/bot{TOKEN}/sendMessage"
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, params={"chat_id": "71", "text": "hello"}) as response,
        ):
            assert (await response.json())["result"]["text"] == "hello"

    async def test_broken_json_is_a_bad_request(self, server: BotApiServer) -> None:
        headers = {"Content-Type": "application/json"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{server.url}/bot{TOKEN}/getMe", data=b"{broken", headers=headers) as response,
        ):
            assert response.status == 400

    async def test_the_library_logs_in(self, bot: Bot) -> None:
        me = await bot.get_me()
        assert (me.id, me.first_name, me.is_bot) == (1234567890, "BoneWatch", True)

    async def test_control_is_closed_unless_asked_for(self, api: BotApi) -> None:
        async with (
            BotApiServer(api) as server,
            aiohttp.ClientSession() as session,
            session.post(f"{server.url}/_control/counts") as response,
        ):
            assert response.status == 404


class TestSending:
    async def test_html_becomes_text_and_entities(self, bot: Bot, maria: TelegramUser) -> None:
        message = await bot.send_message(
            71, "<b>Pain</b> &lt;3 <a href='https://x.org/a?b=1&amp;c=2'>why</a> 🦴 /help", parse_mode="HTML"
        )
        assert message.text == "Pain <3 why 🦴 /help"
        found = [(entity.type, message.parse_entity(entity)) for entity in message.entities]
        assert found == [("bold", "Pain"), ("text_link", "why"), ("bot_command", "/help")]
        assert message.entities[1].url == "https://x.org/a?b=1&c=2"
        assert maria.hears[-1].source.startswith("<b>Pain</b>")

    @pytest.mark.parametrize(
        ("html", "complaint"),
        [
            ("<b>Pain", 'Can\'t find end tag corresponding to start tag "b"'),
            ("é <p>Pain</p>", 'Unsupported start tag "p" at byte offset 3'),
            ("pain < 5", 'Unsupported start tag "" at byte offset 5'),
            ("pain <5", "Unclosed start tag at byte offset 5"),
            ("Pain</b>", "Unexpected end tag at byte offset 4"),
            ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
            ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
            ("<a href='x", 'Empty attribute name in the tag "a" at byte offset 0'),
            ("<b>x</b ", "Unclosed end tag at byte offset 4"),
        ],
    )
    async def test_broken_html(self, call: Call, maria: TelegramUser, html: str, complaint: str) -> None:
        answer = await call("sendMessage", chat_id=71, text=html, parse_mode="HTML")
        assert description(answer) == f"Bad Request: can't parse entities: {complaint}"
        assert maria.hears == []

    @pytest.mark.parametrize(
        ("html", "text", "kinds"),
        [
            ("&amp;&quot;&#65;&#x42;&nbsp;", '&"AB&nbsp;', []),
            ("<u>a</u><ins>b</ins>", "ab", ["underline", "underline"]),
            ("<s>a</s><tg-spoiler>b</tg-spoiler>", "ab", ["strikethrough", "spoiler"]),
            ("<blockquote expandable>a</blockquote>", "a", ["expandable_blockquote"]),
            ('<pre><code class="language-py">x</code></pre>', "x", ["pre"]),
            ("<code>/start</code>", "/start", ["code"]),
            ("<b></b>empty", "empty", []),
            ("<b>a <i>b</i></b>", "a b", ["bold", "italic"]),
            ("  <b> x</b> ", "x", ["bold"]),
            ('<tg-time unix="1772442000" format="t">nine</tg-time>', "nine", ["date_time"]),
            ('<a href="tg://user?id=71">Maria</a>', "Maria", ["text_mention"]),
        ],
    )
    async def test_telegrams_tags(
        self, call: Call, maria: TelegramUser, html: str, text: str, kinds: list[str]
    ) -> None:
        result = (await call("sendMessage", chat_id=71, text=html, parse_mode="HTML"))["result"]
        assert result["text"] == text
        assert [entity["type"] for entity in result.get("entities", [])] == kinds

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("", "Bad Request: message text is empty"),
            (" \n ", "Bad Request: text must be non-empty"),
            ("x" * 4097, "Bad Request: message is too long"),
            ("🦴" * 2049, "Bad Request: message is too long"),
        ],
    )
    async def test_texts_that_do_not_fit(self, call: Call, maria: TelegramUser, text: str, complaint: str) -> None:
        assert description(await call("sendMessage", chat_id=71, text=text)) == complaint

    async def test_markup_does_not_count_towards_the_4096(self, call: Call, maria: TelegramUser) -> None:
        text = f"<b>{'x' * 4096}</b>"
        assert (await call("sendMessage", chat_id=71, text=text, parse_mode="HTML"))["ok"]

    async def test_an_unknown_parse_mode(self, call: Call, maria: TelegramUser) -> None:
        answer = await call("sendMessage", chat_id=71, text="x", parse_mode="BBCode")
        assert description(answer) == "Bad Request: unsupported parse_mode"

    @pytest.mark.parametrize(
        ("button", "complaint"),
        [
            ({"text": "A", "callback_data": "é" * 32 + "a"}, "BUTTON_DATA_INVALID"),
            (
                {"text": "A"},
                "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
            ),
            (
                {"text": "A", "callback_data": ""},
                "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
            ),
            ({"text": " ", "callback_data": "a"}, "inline keyboard button text must be non-empty"),
            (
                {"text": "A", "callback_data": "a", "style": "pink"},
                "can't parse inline keyboard button: invalid button style specified",
            ),
            (
                {"text": "A", "url": "nowhere"},
                "inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL",
            ),
            ({"text": "A", "copy_text": {"text": "x" * 257}}, "BUTTON_COPY_TEXT_INVALID"),
        ],
    )
    async def test_wrong_buttons(self, call: Call, maria: TelegramUser, button: dict[str, Any], complaint: str) -> None:
        markup = {"inline_keyboard": [[button]]}
        answer = await call("sendMessage", chat_id=71, text="x", reply_markup=markup)
        assert description(answer) == f"Bad Request: {complaint}"

    async def test_64_bytes_of_callback_data_fit(self, call: Call, maria: TelegramUser) -> None:
        markup = json.dumps({"inline_keyboard": [[{"text": "A", "callback_data": "é" * 32}]]})
        assert (await call("sendMessage", chat_id=71, text="x", reply_markup=markup))["ok"]

    async def test_over_a_hundred_buttons(self, call: Call, maria: TelegramUser) -> None:
        markup = {"inline_keyboard": [[{"text": "A", "callback_data": "a"}]] * 101}
        answer = await call("sendMessage", chat_id=71, text="x", reply_markup=markup)
        assert description(answer) == "Bad Request: reply markup is too long"

    async def test_markup_that_is_no_json(self, call: Call, maria: TelegramUser) -> None:
        answer = await call("sendMessage", chat_id=71, text="x", reply_markup="{")
        assert description(answer) == "Bad Request: can't parse reply keyboard markup JSON object"

    async def test_ids_grow_in_each_chat_and_dates_are_the_clocks(
        self, bot: Bot, api: BotApi, clock: HandClock, maria: TelegramUser
    ) -> None:
        ana = api.add_user(72, "Ana")
        ana.presses_start()
        first = await bot.send_message(71, "one")
        clock.forward(hours=3)
        second = await bot.send_message(71, "two")
        other = await bot.send_message(72, "one")
        assert (first.message_id, second.message_id, other.message_id) == (2, 3, 2)
        assert (first.date, second.date) == (NINE, NINE + timedelta(hours=3))

    async def test_silent_and_protected_messages_are_marked(self, bot: Bot, maria: TelegramUser) -> None:
        message = await bot.send_message(71, "hush", disable_notification=True, protect_content=True)
        assert message.has_protected_content
        assert maria.hears[-1].silent
        assert not (await bot.send_message(71, "loud")).has_protected_content
        assert not maria.hears[-1].silent

    async def test_a_contact_card(self, bot: Bot, call: Call, maria: TelegramUser) -> None:
        message = await bot.send_contact(71, "+351 210 000 000", "Care team")
        assert message.contact is not None
        assert message.contact.phone_number == "+351 210 000 000"
        assert maria.hears[-1].media["contact"]["first_name"] == "Care team"
        answer = await call("sendContact", chat_id=71, first_name="X")
        assert description(answer) == "Bad Request: phone number is empty"

    async def test_documents_photos_and_their_download(self, bot: Bot, maria: TelegramUser) -> None:
        sent = await bot.send_document(71, b"a,b\n1,2\n", filename="answers.csv", caption="Your <b>", parse_mode=None)
        assert sent.document is not None
        assert (sent.document.file_name, sent.document.file_size, sent.caption) == ("answers.csv", 8, "Your <b>")
        file = await bot.get_file(sent.document.file_id)
        assert bytes(await file.download_as_bytearray()) == b"a,b\n1,2\n"
        again = await bot.send_document(71, sent.document.file_id)
        assert again.document is not None
        assert again.document.file_size == 8
        header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\0\x80"
        photo = await bot.send_photo(71, header)
        assert (photo.photo[0].width, photo.photo[0].height) == (256, 128)

    async def test_wrong_files(self, call: Call, maria: TelegramUser) -> None:
        answer = await call("sendDocument", chat_id=71, document="none-such")
        assert description(answer) == "Bad Request: wrong file identifier/HTTP URL specified"
        assert description(await call("getFile", file_id="none-such")) == "Bad Request: invalid file_id"
        answer = await call("sendPhoto", chat_id=71)
        assert description(answer) == "Bad Request: there is no photo in the request"

    async def test_typing(self, call: Call, api: BotApi, maria: TelegramUser) -> None:
        assert (await call("sendChatAction", chat_id=71, action="typing"))["result"] is True
        assert api.chats[71].action == "typing"
        answer = await call("sendChatAction", chat_id=71, action="dancing")
        assert description(answer) == "Bad Request: wrong parameter action in request"

    async def test_an_answer_to_a_message_that_is_not_there(self, call: Call, maria: TelegramUser) -> None:
        answer = await call("sendMessage", chat_id=71, text="x", reply_parameters={"message_id": 99})
        assert description(answer) == "Bad Request: message to be replied not found"
        lenient = {"message_id": 99, "allow_sending_without_reply": True}
        assert (await call("sendMessage", chat_id=71, text="x", reply_parameters=lenient))["ok"]


class TestWhoCanBeReached:
    async def test_nobody_known(self, bot: Bot) -> None:
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(999, "hello")

    async def test_a_person_who_never_pressed_start(self, call: Call, api: BotApi) -> None:
        ze = api.add_user(74, "Zé")
        assert description(await call("sendMessage", chat_id=74, text="x")) == "Bad Request: chat not found"
        ze.presses_start()
        assert (await call("sendMessage", chat_id=74, text="x"))["ok"]

    async def test_no_chat_named(self, call: Call) -> None:
        assert description(await call("sendMessage", text="x")) == "Bad Request: chat_id is empty"

    async def test_blocked_and_unblocked(self, bot: Bot, maria: TelegramUser) -> None:
        maria.blocks()
        with pytest.raises(Forbidden, match="Forbidden: bot was blocked by the user"):
            await bot.send_message(71, "hello")
        maria.unblocks()
        await bot.send_message(71, "hello")
        first, second = await bot.get_updates()
        assert first.my_chat_member is not None
        assert second.my_chat_member is not None
        assert first.my_chat_member.new_chat_member.status == "kicked"
        assert second.my_chat_member.new_chat_member.status == "member"

    async def test_writing_to_the_bot_ends_a_block(self, api: BotApi, maria: TelegramUser) -> None:
        maria.blocks()
        maria.sends("hello again")
        assert not maria.chat.blocked
        kinds = [one.kind for one in api.updates.waiting.values()]
        assert kinds == ["my_chat_member", "my_chat_member", "message"]

    async def test_a_deleted_account(self, bot: Bot, maria: TelegramUser) -> None:
        maria.deactivates()
        with pytest.raises(Forbidden, match="user is deactivated"):
            await bot.send_message(71, "hello")


class TestEditing:
    async def test_an_edit_is_shown_and_marked(self, bot: Bot, clock: HandClock, maria: TelegramUser) -> None:
        message = await bot.send_message(71, "one", reply_markup=InlineKeyboardMarkup.from_button(A))
        clock.forward(minutes=1)
        edited = await bot.edit_message_text("two", 71, message.message_id)
        assert not isinstance(edited, bool)
        assert (edited.text, edited.edit_date, edited.reply_markup) == ("two", NINE + timedelta(minutes=1), None)
        assert [shown.text for shown in maria.hears] == ["two"]

    async def test_unchanged_edits_are_refused_with_the_full_sentence(self, call: Call, maria: TelegramUser) -> None:
        markup = {"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}
        await call("sendMessage", chat_id=71, text="one", reply_markup=markup)
        same = await call("editMessageText", chat_id=71, message_id=2, text="one", reply_markup=markup)
        assert description(same) == (
            "Bad Request: message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content and reply markup of the message"
        )
        buttons = await call("editMessageReplyMarkup", chat_id=71, message_id=2, reply_markup=markup)
        assert description(buttons) == description(same)
        assert (await call("editMessageReplyMarkup", chat_id=71, message_id=2))["ok"]
        assert maria.hears[0].buttons == []

    async def test_edit_targets_that_cannot_be(self, call: Call, maria: TelegramUser) -> None:
        unknown = await call("editMessageText", chat_id=71, message_id=99, text="x")
        assert description(unknown) == "Bad Request: message to edit not found"
        foreign = await call("editMessageText", chat_id=71, message_id=1, text="x")
        assert description(foreign) == "Bad Request: message can't be edited"
        await call("sendContact", chat_id=71, phone_number="1", first_name="X")
        wordless = await call("editMessageText", chat_id=71, message_id=2, text="x")
        assert description(wordless) == "Bad Request: there is no text in the message to edit"

    async def test_an_edit_keeps_the_limits(self, call: Call, maria: TelegramUser) -> None:
        await call("sendMessage", chat_id=71, text="one")
        for text, complaint in (("x" * 4097, "message is too long"), ("<b>", "can't parse entities: Can't find end")):
            answer = await call("editMessageText", chat_id=71, message_id=2, text=text, parse_mode="HTML")
            assert description(answer).startswith(f"Bad Request: {complaint}")
        wide = {"keyboard": [["A"]]}
        answer = await call("editMessageText", chat_id=71, message_id=2, text="two", reply_markup=wide)
        assert description(answer) == "Bad Request: inline keyboard expected"
        assert maria.hears[0].text == "one"

    async def test_captions_are_edited_too(self, call: Call, bot: Bot, maria: TelegramUser) -> None:
        await bot.send_document(71, b"x", filename="x.txt", caption="one")
        edited = await call("editMessageCaption", chat_id=71, message_id=2, caption="two")
        assert edited["result"]["caption"] == "two"

    async def test_deletion_until_48_hours(self, bot: Bot, call: Call, clock: HandClock, maria: TelegramUser) -> None:
        for text in ("one", "two"):
            await bot.send_message(71, text)
        clock.forward(hours=48)
        assert await bot.delete_message(71, 2)
        clock.forward(seconds=1)
        answer = await call("deleteMessage", chat_id=71, message_id=3)
        assert description(answer) == "Bad Request: message can't be deleted for everyone"
        answer = await call("deleteMessage", chat_id=71, message_id=2)
        assert description(answer) == "Bad Request: message to delete not found"
        answer = await call("editMessageText", chat_id=71, message_id=2, text="x")
        assert description(answer) == "Bad Request: message to edit not found"
        assert [shown.text for shown in maria.hears] == ["two"]

    async def test_pins(self, bot: Bot, call: Call, maria: TelegramUser) -> None:
        message = await bot.send_message(71, "status")
        await bot.pin_chat_message(71, message.message_id)
        assert maria.chat.pinned == [message.message_id]
        pinned = (await bot.get_chat(71)).pinned_message
        assert pinned is not None
        assert pinned.text == "status"
        await bot.unpin_chat_message(71)
        assert maria.chat.pinned == []
        again = await call("unpinChatMessage", chat_id=71)
        assert description(again) == "Bad Request: message to unpin not found"
        unknown = await call("pinChatMessage", chat_id=71, message_id=99)
        assert description(unknown) == "Bad Request: message to pin not found"

    async def test_reactions(self, bot: Bot, call: Call, maria: TelegramUser) -> None:
        await bot.set_message_reaction(71, 1, "👍")
        assert maria.chat.messages[1].reaction == "👍"
        await bot.set_message_reaction(71, 1)
        assert maria.chat.messages[1].reaction == ""
        unknown = await call("setMessageReaction", chat_id=71, message_id=99)
        assert description(unknown) == "Bad Request: message to react not found"


A = InlineKeyboardButton("A", callback_data="a")
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


class TestTaps:
    async def test_a_tap_by_label_or_data(self, bot: Bot, api: BotApi, maria: TelegramUser) -> None:
        message = await bot.send_message(71, "q", reply_markup=InlineKeyboardMarkup.from_button(A))
        for name in ("A", "a"):
            maria.taps(message.message_id, name)
        first, second = await bot.get_updates()
        assert first.callback_query is not None
        assert second.callback_query is not None
        assert (first.callback_query.data, second.callback_query.data) == ("a", "a")
        await first.callback_query.answer("Saved")
        assert api.answers == {first.callback_query.id: "Saved"}

    async def test_a_button_that_is_not_there(self, bot: Bot, maria: TelegramUser) -> None:
        message = await bot.send_message(71, "q", reply_markup=InlineKeyboardMarkup.from_button(A))
        with pytest.raises(LookupError, match="no button 'B'"):
            maria.taps(message.message_id, "B")

    async def test_unknown_old_and_answered_queries(self, call: Call, clock: HandClock, maria: TelegramUser) -> None:
        await call("sendMessage", chat_id=71, text="q")
        assert description(await call("answerCallbackQuery", callback_query_id="1")) == TOO_OLD
        old, fresh = maria.forges(2, "a"), maria.forges(2, "b")
        assert (await call("answerCallbackQuery", callback_query_id=fresh))["ok"]
        assert description(await call("answerCallbackQuery", callback_query_id=fresh)) == TOO_OLD
        clock.forward(minutes=16)
        assert description(await call("answerCallbackQuery", callback_query_id=old)) == TOO_OLD

    async def test_an_answer_has_200_characters(self, call: Call, maria: TelegramUser) -> None:
        query = maria.forges(1, "a")
        answer = await call("answerCallbackQuery", callback_query_id=query, text="x" * 201)
        assert description(answer) == "Bad Request: MESSAGE_TOO_LONG"

    async def test_a_tap_on_a_deleted_message_carries_an_inaccessible_one(self, bot: Bot, maria: TelegramUser) -> None:
        message = await bot.send_message(71, "q", reply_markup=InlineKeyboardMarkup.from_button(A))
        await bot.delete_message(71, message.message_id)
        maria.forges(message.message_id, "a")
        (update,) = await bot.get_updates()
        assert update.callback_query is not None
        assert update.callback_query.message is not None
        assert not update.callback_query.message.is_accessible


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


class Hook:
    """A webhook of a bot that can refuse."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.refusals = 0
        self.url = ""

    async def take(self, request: web.BaseRequest) -> web.Response:
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=500)
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.got.append(await request.json())
        return web.Response()


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    runner = web.ServerRunner(web.Server(hook.take, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    await runner.cleanup()


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
