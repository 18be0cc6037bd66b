"""Makes the pictures of the README from a sandbox that is started for it: `make pictures`.

Needs a Chromium on this machine. Maria and Ana live a morning by tapping what a person would tap; what is shown is
what the bot said. The sandbox runs on free ports and a database of its own, which are gone afterwards.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from playwright.async_api import Locator, Page, async_playwright, expect

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
# The morning of the pictures, so that a new picture differs from the old one only where the bot does.
BEGINS = time(8, 58)
WINDOW = {"width": 940, "height": 960}
TALL = {"width": 940, "height": 1330}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def until_the_morning() -> float:
    """Seconds from now to the next Tuesday's morning, for the sandbox's clock."""
    now = datetime.now(UTC)  # noqa: TID251 - a script, not the bot
    day = now.date() + timedelta(days=(1 - now.weekday()) % 7 + 7)
    return (datetime.combine(day, BEGINS, UTC) - now).total_seconds()


@asynccontextmanager
async def sandbox(folder: Path) -> AsyncIterator[str]:
    """A running sandbox; gives the address of its page."""
    port = free_port()
    (folder / "sandbox-clock").write_text(str(until_the_morning()))
    mine = {
        "BONEWATCH_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/sandbox.db",
        "BONEWATCH_HTTP_PORT": str(port),
        "BONEWATCH_ADMIN_PORT": str(free_port()),
    }
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("BONEWATCH_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "sandbox",
        cwd=ROOT, env={**theirs, **mine}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    line = b"-"
    try:
        while line and b"open http" not in line:
            line = await asyncio.wait_for(process.stdout.readline(), 60)
        if not line:
            raise SystemExit("the sandbox did not start: try `bonewatch sandbox`")
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None and line:
            process.terminate()
        await process.wait()


class Phone:
    """One of the phones on the page."""

    def __init__(self, page: Page, name: str) -> None:
        self.name = name
        self.page = page
        self.root: Locator = page.get_by_label(f"{name}’s phone", exact=True)

    async def starts(self) -> None:
        """Press Start in an empty chat."""
        await self.root.get_by_role("button", name="Start", exact=True).click()

    async def says(self, words: str) -> None:
        """Type a message and send it."""
        box = self.root.get_by_label(f"Message from {self.name}")
        await box.fill(words)
        await box.press("Enter")

    async def taps(self, *labels: str) -> None:
        """Tap buttons below messages, each as soon as the bot has answered the one before."""
        for label in labels:
            button = self.root.locator(".message").get_by_role("button", name=re.compile(label)).last
            await button.click()
            await self.page.wait_for_timeout(400)

    async def shows(self, words: str) -> None:
        """Wait for a message with these words, and turn the chat to where it begins."""
        message = self.root.locator(".message", has_text=words).first
        await expect(message).to_be_visible()
        await self.page.wait_for_timeout(1500)  # what follows has arrived, and what slides stands
        await message.evaluate("found => found.scrollIntoView({ block: 'start' })")
        await self.page.wait_for_timeout(500)


async def main() -> None:
    """Start everything, live the morning, stop everything."""
    if CHROMIUM is None:
        raise SystemExit("no Chromium on this machine: install one (apt install chromium) and try again")
    with tempfile.TemporaryDirectory() as folder:
        async with sandbox(Path(folder)) as address, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            page = await browser.new_page(viewport=WINDOW)
            await page.goto(address)
            await morning(page)
            await browser.close()


async def morning(page: Page) -> None:
    """Maria comes in and invites Ana; the next day she ticks a warning sign, and both read what follows."""
    maria, ana = Phone(page, "Maria"), Phone(page, "Ana")
    await come_in(maria)
    await invite(maria, ana)
    await page.get_by_role("button", name="Next check-in").click()
    await maria.taps("^2$", "^The same", "^Yes", "Numb")
    await page.set_viewport_size(TALL)
    await maria.shows("2 of 3")
    await maria.root.locator(".glass").screenshot(path=HERE / "checkin.png")
    await page.set_viewport_size(WINDOW)
    await maria.taps("^Send", "^None of these", "^None of these")
    await ana.shows("Maria needs help now")
    await maria.shows("Call your cancer care team now")
    await page.locator("#desk").screenshot(path=HERE / "alert.png")


async def come_in(maria: Phone) -> None:
    """From Start to the end of the first check-in, which finds nothing, and the cards after it."""
    await maria.starts()
    await maria.taps("^Yes, you may")
    await maria.says("Lisbon")
    await maria.taps("Lisbon, Portugal", "^9:00.AM", "^None", "^0$", "^None", "^None", "^Call me Maria")
    await maria.says("21 123 4567")
    await maria.taps("^The same", "^Invite somebody")


async def invite(maria: Phone, ana: Phone) -> None:
    """Ana opens Maria's link and agrees, and Maria says that it is her."""
    await maria.root.locator(".linky").last.click()
    await maria.page.get_by_role("dialog").get_by_role("button", name="Ana’s phone").click()
    await ana.taps("^Yes")
    await maria.taps("^Yes")


if __name__ == "__main__":
    asyncio.run(main())
