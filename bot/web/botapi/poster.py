"""Posts updates to the bot's webhook, again and again until it says 2xx.

Updates of one person go one after the other, those of different people in parallel, as Telegram's own
server does (tdlib/telegram-bot-api `WebhookActor.cpp`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp

from bot.web.botapi.updates import Waiting

if TYPE_CHECKING:
    from bot.web.botapi.api import BotApi

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 30.0
TIMEOUT = aiohttp.ClientTimeout(total=60)
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header


class Poster:
    """Runs beside the server and empties the queue into the webhook, when one is set."""

    def __init__(self, api: BotApi) -> None:
        self.api = api
        self.posts: set[asyncio.Task[None]] = set()
        self.pause = FIRST_PAUSE

    async def run(self) -> None:
        """Post for ever; ends by being cancelled."""
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            try:
                while True:
                    self.api.updates.arrived.clear()
                    for one in self.postable():
                        one.in_flight = True
                        post = asyncio.create_task(self.post(session, one))
                        self.posts.add(post)
                        post.add_done_callback(self.posts.discard)
                    await self.api.updates.arrived.wait()
            finally:
                for post in self.posts:
                    post.cancel()
                await asyncio.gather(*self.posts, return_exceptions=True)

    def postable(self) -> list[Waiting]:
        """The updates that may leave now, within the allowed connections."""
        updates = self.api.updates
        if not updates.webhook_url:
            return []
        room = self.api.webhook["max_connections"] - len(self.posts)
        free = [one for one in updates.waiting.values() if not one.in_flight]
        if updates.out_of_order:
            self.api.dice.shuffle(free)
            return free[:room]
        busy = {one.order for one in updates.waiting.values() if one.in_flight}
        chosen: list[Waiting] = []
        for one in free:
            if len(chosen) < room and one.order not in busy:
                chosen.append(one)
            busy.add(one.order)
        return chosen

    async def post(self, session: aiohttp.ClientSession, one: Waiting) -> None:
        """Post one update; confirmed by any 2xx, tried again after a growing pause otherwise."""
        one.deliveries += 1
        problem = await self.try_post(session, one)
        if problem:
            self.api.webhook |= {"last_error_date": self.api.unix_now(), "last_error_message": problem}
            await asyncio.sleep(self.pause)
            self.pause = min(self.pause * 2, LONGEST_PAUSE)
            one.in_flight = False
        else:
            self.pause = FIRST_PAUSE
            if one.update_id in self.api.updates.waiting:
                self.api.updates.confirm([one.update_id])
        asyncio.get_running_loop().call_soon(self.api.updates.arrived.set)

    async def try_post(self, session: aiohttp.ClientSession, one: Waiting) -> str:
        """What went wrong; empty when the bot has the update."""
        secret = self.api.webhook.get("secret", "")
        headers = {SECRET_HEADER: secret} if secret else {}
        url = self.api.updates.webhook_url
        try:
            async with session.post(url, json=one.telegram(), headers=headers) as response:
                await response.read()
                if 200 <= response.status < 300:
                    return ""
                return f"Wrong response from the webhook: {response.status} {response.reason}"
        except (aiohttp.ClientError, TimeoutError) as error:
            return f"Connection failed: {type(error).__name__}"
