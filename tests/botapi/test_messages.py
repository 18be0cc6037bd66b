"""Sending, editing and tapping: as strict as Telegram, with its own sentences, over real TCP."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from telegram import Bot, InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden

from bot.web.botapi import BotApi, BotApiServer, TelegramUser
from tests.botapi.tools import NINE, TOKEN, A, Call, HandClock, description


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
