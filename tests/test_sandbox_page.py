"""The sandbox's page in a real browser: everything a person does on a phone, against a tiny bot."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from bot.web.botapi import BotApi, BotApiServer
from bot.web.sandbox import SandboxServer

TOKEN = "1234567890:AAtestTESTtestTESTtestTESTtest12345"
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"), reason="no Chromium is installed on this machine"
    ),
]


class HandTime:
    """A clock that the page moves; the next check-in is always at nine in the morning."""

    def __init__(self) -> None:
        self.moment = NINE
        self.planned = True

    def now(self) -> datetime:
        return self.moment

    async def forward(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    async def to_next_checkin(self) -> bool:
        if self.planned:
            self.moment = self.moment.replace(hour=9, minute=0, second=0) + timedelta(days=1)
        return self.planned


class EchoBot:
    """A bot of a few lines on real HTTP, with one answer for everything the page can show."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/bot{TOKEN}/"
        self.session = aiohttp.ClientSession()
        self.polling = asyncio.create_task(self.poll())

    async def call(self, method: str, **params: Any) -> Any:
        async with self.session.post(self.url + method, json=params) as response:
            return (await response.json()).get("result")

    async def poll(self) -> None:
        commands = [{"command": "start", "description": "Begin"}, {"command": "card", "description": "A card"}]
        await self.call("setMyCommands", commands=commands)
        await self.call("setMyDescription", description="I echo what you say.")
        offset = 0
        while True:
            for update in await self.call("getUpdates", offset=offset, timeout=20) or []:
                offset = update["update_id"] + 1
                if query := update.get("callback_query"):
                    await self.tapped(query)
                elif message := update.get("message") or update.get("edited_message"):
                    await self.heard(message, "edited_message" in update)

    async def tapped(self, query: dict[str, Any]) -> None:
        place = {"chat_id": query["from"]["id"], "message_id": query["message"]["message_id"]}
        left = [[{"text": "Back", "callback_data": "back"}], [{"text": "Done", "callback_data": "done"}]]
        alert = query["data"] == "help"
        answer = {"text": f"Saved {query['data']}", "show_alert": alert}
        await self.call("answerCallbackQuery", callback_query_id=query["id"], **answer)
        await self.call(
            "editMessageText", **place, text=f"You chose {query['data']}.", reply_markup={"inline_keyboard": left}
        )

    async def heard(self, message: dict[str, Any], edited: bool) -> None:
        chat = message["chat"]["id"]
        text = message.get("text", "")
        word, _, rest = text.partition(" ")
        match word:
            case "/start" if rest:
                await self.say(chat, f"Invited by <b>{rest}</b>")
            case "/start":
                await self.say(chat, "<b>Good morning.</b> How is your pain?", reply_markup=QUESTION)
            case "/card":
                contact = {"phone_number": "+351 210 000 000", "first_name": "Care team"}
                await self.call("sendContact", chat_id=chat, **contact)
            case "/file" | "/photo":
                await self.upload(chat, word)
            case "/pin":
                sent = await self.say(chat, "Next check-in: tomorrow at nine")
                await self.call("pinChatMessage", chat_id=chat, message_id=sent["message_id"])
            case "/invite":
                await self.say(chat, "Give her this: https://t.me/bonewatch_sandbox_bot?start=Maria1")
            case "/hush":
                await self.say(chat, "No hurry.", disable_notification=True)
            case "/keys":
                await self.say(chat, "Where are you?", reply_markup=KEYS)
            case "/react":
                reaction = [{"type": "emoji", "emoji": "👍"}]
                await self.call("setMessageReaction", chat_id=chat, message_id=message["message_id"], reaction=reaction)
            case _:
                kinds = ("sticker", "voice", "photo", "location", "contact")
                kind = next((kind for kind in kinds if kind in message), "text")
                verb = "edited to" if edited else f"sent {kind}"
                await self.say(chat, f"You {verb}: {text.replace('<', '&lt;')}")

    async def say(self, chat: int, text: str, **more: Any) -> Any:
        return await self.call("sendMessage", chat_id=chat, text=text, parse_mode="HTML", **more)

    async def upload(self, chat: int, word: str) -> None:
        form = aiohttp.FormData({"chat_id": str(chat)})
        if word == "/file":
            form.add_field("document", b"<script>alert(1)</script>", filename="pain.html", content_type="text/html")
        else:
            form.add_field("photo", PIXEL, filename="chart.png", content_type="image/png")
        method = "sendDocument" if word == "/file" else "sendPhoto"
        async with self.session.post(self.url + method, data=form) as response:
            await response.read()

    async def stop(self) -> None:
        self.polling.cancel()
        await asyncio.gather(self.polling, return_exceptions=True)
        await self.session.close()


QUESTION = {
    "inline_keyboard": [
        [{"text": str(number), "callback_data": f"pain:{number}"} for number in range(6)],
        [{"text": "None", "callback_data": "none", "style": "success"}],
        [{"text": "I need help", "callback_data": "help", "style": "danger"}],
    ]
}
KEYS = {
    "keyboard": [
        [{"text": "Share my place", "request_location": True}],
        [{"text": "Share my number", "request_contact": True}, "Skip"],
    ],
    "resize_keyboard": True,
    "one_time_keyboard": True,
}


@dataclass
class Town:
    """The running sandbox and a page that looks at it."""

    api: BotApi
    time: HandTime
    url: str
    page: Page
    bot: EchoBot

    def phone(self, name: str) -> Locator:
        return self.page.get_by_label(f"{name}’s phone", exact=True)

    async def says(self, name: str, text: str) -> None:
        box = self.phone(name).get_by_label(f"Message from {name}")
        await box.fill(text)
        await box.press("Enter")

    async def starts(self, name: str) -> None:
        await self.phone(name).get_by_role("button", name="Start", exact=True).click()
        await expect(self.last(name)).to_contain_text("How is your pain?")

    def last(self, name: str) -> Locator:
        return self.phone(name).locator(".message").last


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="module")
async def town(browser: Browser) -> AsyncIterator[Town]:
    time = HandTime()
    api = BotApi(TOKEN, time.now)
    async with BotApiServer(api) as server, SandboxServer(api, time) as sandbox:
        bot = EchoBot(server.url)
        context = await browser.new_context(viewport={"width": 1280, "height": 860}, reduced_motion="reduce")
        page = await context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
        page.on("request", lambda wish: None if wish.url.startswith(sandbox.url) else problems.append(wish.url))
        await page.goto(sandbox.url)
        await expect(page.locator("#desk[data-ready]")).to_be_attached()
        yield Town(api, time, sandbox.url, page, bot)
        await context.close()
        await bot.stop()
        assert [line for line in problems if "status of 409" not in line] == []


async def test_the_first_line_says_what_it_is(town: Town) -> None:
    first = town.page.locator("body p").first
    await expect(first).to_contain_text("A sandbox on this machine: not Telegram")
    await expect(first).to_contain_text("no real data")


async def test_a_conversation_with_keyboard_and_taps(town: Town) -> None:
    await expect(town.phone("Maria")).to_contain_text("I echo what you say.")
    await town.starts("Maria")
    maria = town.phone("Maria")
    await maria.get_by_role("button", name="3", exact=True).click()
    await expect(town.last("Maria")).to_contain_text("You chose pain:3.")
    await expect(town.last("Maria")).to_contain_text("edited")
    await expect(maria.locator(".toast")).to_have_text("Saved pain:3")
    await expect(town.last("Maria").get_by_role("button", name="Done")).to_be_focused()
    await town.says("Maria", "hello <b>there</b>")
    await expect(town.last("Maria")).to_contain_text("You sent text: hello <b>there</b>")
    await expect(town.phone("Ana").locator(".message")).to_have_count(0)


async def test_styles_of_buttons_and_an_alert(town: Town) -> None:
    await town.starts("Maria")
    maria = town.phone("Maria")
    await expect(maria.get_by_role("button", name="None")).to_have_class(re.compile("success"))
    help_button = maria.get_by_role("button", name="I need help")
    await expect(help_button).to_have_class(re.compile("danger"))
    await help_button.click()
    await expect(town.page.get_by_role("dialog")).to_contain_text("Saved help")
    await expect(town.page.get_by_role("dialog").get_by_role("button", name="Cancel")).to_be_hidden()
    await town.page.keyboard.press("Escape")
    await expect(town.page.get_by_role("dialog")).to_be_hidden()


async def test_a_reload_forgets_nothing(town: Town) -> None:
    await town.starts("Maria")
    await town.says("Maria", "still here?")
    await expect(town.last("Maria")).to_contain_text("You sent text")
    await town.page.reload()
    await expect(town.phone("Maria").locator(".message")).to_have_count(4)
    await expect(town.last("Maria")).to_contain_text("You sent text: still here?")


async def test_loud_and_silent_are_told_apart_by_words(town: Town) -> None:
    await town.starts("Maria")
    await expect(town.last("Maria").locator(".loud")).to_have_text("with sound")
    await expect(town.phone("Maria")).to_have_class(re.compile("ringing"))
    await expect(town.phone("Maria")).not_to_have_class(re.compile("ringing"))
    await town.says("Maria", "/hush")
    await expect(town.last("Maria").locator(".silent")).to_have_text("silent")
    # At once, not after a while: the pulse of a loud message would be on now.
    assert "ringing" not in (await town.phone("Maria").get_attribute("class") or "")


async def test_contact_card_file_photo_pin_and_reaction(town: Town) -> None:
    await town.starts("Maria")
    maria = town.phone("Maria")
    await town.says("Maria", "/card")
    await maria.get_by_role("button", name="Call Care team").click()
    await expect(maria.locator(".toast")).to_contain_text("Calling +351 210 000 000")
    await town.says("Maria", "/file")
    async with town.page.expect_download() as waiting:
        await maria.get_by_role("link", name="pain.html").click()
    download = await waiting.value
    assert download.suggested_filename == "pain.html"
    content = await asyncio.to_thread(Path(await download.path()).read_text)
    assert content == "<script>alert(1)</script>"
    file = next(iter(town.api.files))
    async with aiohttp.ClientSession() as session, session.get(f"{town.url}api/files/{file}") as response:
        assert response.content_type == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    await town.says("Maria", "/photo")
    picture = town.last("Maria").get_by_alt_text("A picture")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    await town.says("Maria", "/pin")
    await expect(maria.get_by_role("button", name="Pinned message")).to_contain_text("tomorrow at nine")
    await town.says("Maria", "/react")
    await expect(town.last("Maria").locator(".reaction")).to_contain_text("👍")


async def test_an_invitation_opened_on_the_other_phone(town: Town) -> None:
    await town.starts("Maria")
    await town.says("Maria", "/invite")
    await town.last("Maria").get_by_role("button", name="t.me/bonewatch_sandbox_bot").click()
    await town.page.get_by_role("dialog").get_by_role("button", name="Ana’s phone").click()
    await expect(town.last("Ana")).to_contain_text("Invited by Maria1")


async def test_an_invitation_opened_on_a_new_phone(town: Town) -> None:
    await town.starts("Maria")
    await town.says("Maria", "/invite")
    await town.last("Maria").get_by_role("button", name="t.me/bonewatch_sandbox_bot").click()
    dialog = town.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="A new phone").click()
    await dialog.get_by_label("Whose phone is it?").fill("Rui")
    await dialog.get_by_label("Language of the phone").select_option("es")
    await dialog.get_by_role("button", name="Add").click()
    await expect(town.last("Rui")).to_contain_text("Invited by Maria1")
    assert [user.language_code for user in town.api.users.values()] == ["en", "en", "es"]


async def test_reply_keyboard_with_place_and_number(town: Town) -> None:
    await town.starts("Maria")
    maria = town.phone("Maria")
    await town.says("Maria", "/keys")
    await maria.get_by_role("button", name="Share my place").click()
    await town.page.get_by_role("dialog").get_by_role("button", name="Kolkata").click()
    await expect(town.last("Maria")).to_contain_text("You sent location")
    await expect(maria.locator(".local")).to_contain_text("14:30 Kolkata")
    await expect(maria.get_by_role("button", name="Share my place")).to_be_hidden()
    await town.says("Maria", "/keys")
    await maria.get_by_role("button", name="Share my number").click()
    await town.page.get_by_role("dialog").get_by_role("button", name="Share").click()
    await expect(town.last("Maria")).to_contain_text("You sent contact")
    await town.says("Maria", "/keys")
    await maria.get_by_role("button", name="Skip").click()
    await expect(town.last("Maria")).to_contain_text("You sent text: Skip")


async def test_attachments_for_testing(town: Town) -> None:
    await town.starts("Maria")
    for entry, kind in (("Photo", "photo"), ("Voice message", "voice"), ("Sticker", "sticker")):
        await town.phone("Maria").get_by_role("button", name="Attach").click()
        await town.phone("Maria").get_by_role("button", name=entry, exact=True).click()
        await expect(town.last("Maria")).to_contain_text(f"You sent {kind}")


async def test_the_command_menu_by_keyboard(town: Town) -> None:
    await town.starts("Maria")
    maria = town.phone("Maria")
    await maria.get_by_role("button", name="Menu").press("Enter")
    await expect(maria.get_by_role("button", name="Begin")).to_be_focused()
    await town.page.keyboard.press("ArrowDown")
    await town.page.keyboard.press("Enter")
    await expect(town.last("Maria")).to_contain_text("Care team")
    await expect(maria.get_by_role("button", name="Menu")).to_be_focused()


async def test_an_own_message_is_edited(town: Town) -> None:
    await town.starts("Maria")
    await town.says("Maria", "pain 3")
    await expect(town.last("Maria")).to_contain_text("You sent text: pain 3")
    await town.phone("Maria").get_by_role("button", name="Edit this message").last.click()
    await town.says("Maria", "pain 8")
    await expect(town.last("Maria")).to_contain_text("You edited to: pain 8")
    await expect(town.phone("Maria").locator(".message.mine").last).to_contain_text("edited")


async def test_block_and_unblock(town: Town) -> None:
    await town.starts("Maria")
    maria = town.phone("Maria")
    await maria.get_by_role("button", name="More").click()
    await maria.get_by_role("button", name="Block the bot").click()
    await expect(maria).to_contain_text("You blocked this bot.")
    user = next(iter(town.api.users.values()))
    assert user.chat.blocked
    await maria.get_by_role("button", name="Unblock", exact=True).click()
    await town.says("Maria", "back again")
    await expect(town.last("Maria")).to_contain_text("You sent text: back again")


async def test_the_clock_moves(town: Town) -> None:
    now = town.page.locator(".now")
    await expect(now).to_contain_text("2 Mar 2026 09:00")
    for button, shown in (
        ("+15 min", "2 Mar 2026 09:15"),
        ("+1 h", "2 Mar 2026 10:15"),
        ("+1 day", "3 Mar 2026 10:15"),
        ("Next check-in", "4 Mar 2026 09:00"),
    ):
        step = town.page.get_by_role("button", name=button)
        await step.click()
        await expect(now).to_contain_text(shown)
        await expect(step).to_be_focused()
    await expect(town.phone("Maria").locator(".local")).to_contain_text("09:00")
    town.time.planned = False
    await town.page.get_by_role("button", name="Next check-in").click()
    await expect(town.page.get_by_role("status").first).to_have_text("No check-in is planned yet.")


async def test_each_phone_shows_its_own_zone(town: Town) -> None:
    maria = town.phone("Maria")
    await maria.get_by_role("button", name="More").click()
    await maria.get_by_label("Time zone of this phone").select_option("America/New_York")
    await expect(maria.locator(".local")).to_contain_text("Mon 04:00 New York")
    await expect(town.phone("Ana").locator(".local")).to_contain_text("09:00 UTC")


async def test_one_phone_at_a_time_on_a_small_screen(town: Town) -> None:
    await town.page.set_viewport_size({"width": 390, "height": 780})
    await expect(town.phone("Maria")).to_be_visible()
    await expect(town.phone("Ana")).to_be_hidden()
    await town.starts("Maria")
    await town.says("Maria", "/invite")
    await town.last("Maria").get_by_role("button", name="t.me/bonewatch_sandbox_bot").click()
    await town.page.get_by_role("dialog").get_by_role("button", name="Ana’s phone").click()
    await expect(town.phone("Ana")).to_be_visible()
    await expect(town.last("Ana")).to_contain_text("Invited by Maria1")
    maria = next(iter(town.api.users))
    await town.bot.say(maria, "Are you there?")
    tab = town.page.get_by_role("tab", name="Maria")
    await expect(tab.locator(".count")).to_have_attribute("aria-label", "1 new, with sound")
    await town.page.get_by_role("tab", name="Ana").press("ArrowLeft")
    await expect(town.phone("Maria")).to_be_visible()
    await expect(tab.locator(".count")).to_have_count(0)
    frame = town.phone("Maria").locator(".glass")
    assert await frame.evaluate("frame => { frame.scrollTop = 40; return frame.scrollTop }") == 0
    overflow = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert await town.page.evaluate(overflow) is False


async def test_screen_readers_hear_new_messages_and_every_control_has_a_name(town: Town) -> None:
    await town.starts("Maria")
    log = town.phone("Maria").get_by_role("log", name="Messages on Maria’s phone")
    await expect(log).to_have_attribute("aria-live", "polite")
    nameless = await town.page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, textarea')].filter(control =>
            !(control.getAttribute('aria-label') || control.innerText?.trim() || control.textContent.trim()
              || control.labels?.length)).map(control => control.outerHTML)"""
    )
    assert nameless == []


async def test_an_old_button_is_answered_kindly(town: Town) -> None:
    await town.starts("Maria")
    user = next(iter(town.api.users.values()))
    # The bot took the buttons away, and this browser did not hear of it yet.
    user.chat.messages[2].buttons = []
    await town.phone("Maria").get_by_role("button", name="None").click()
    await expect(town.phone("Maria").locator(".toast")).to_contain_text("no button")


class TestTheGuard:
    """Another web site in the same browser must not reach the sandbox."""

    async def post(self, url: str, **headers: str) -> int:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{url}api/time", json={"seconds": 60}, headers=headers) as response,
        ):
            return response.status

    async def test_cross_site_posts_are_refused(self, town: Town) -> None:
        assert await self.post(town.url) == 200
        assert await self.post(town.url, Origin=town.url.rstrip("/")) == 200
        assert await self.post(town.url, Origin="https://evil.example") == 403
        assert await self.post(town.url, Origin="null") == 403
        assert await self.post(town.url, **{"Sec-Fetch-Site": "cross-site"}) == 403
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"{town.url}api/time", data='{"seconds": 60}', headers={"Content-Type": "text/plain"}
            ) as response,
        ):
            assert response.status == 403

    async def test_a_rebound_name_is_refused(self, town: Town) -> None:
        assert await self.post(town.url, Host="evil.example") == 403
        async with aiohttp.ClientSession() as session:
            for host, status in (("evil.example", 403), ("localhost:1", 200), ("[::1]:1", 200)):
                async with session.get(f"{town.url}api/state", headers={"Host": host}) as response:
                    assert response.status == status

    async def test_time_moves_forward_only_and_not_for_ever(self, town: Town) -> None:
        async with aiohttp.ClientSession() as session:
            for seconds in (-1, 0, 10**9, "x", None):
                async with session.post(f"{town.url}api/time", json={"seconds": seconds}) as response:
                    assert response.status == 400
        assert town.time.moment == NINE
