"""Sees to it that Telegram posts updates to us: in the place of polling, where a webhook is set up."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from bot.chat.transport import Bot, set_webhook, webhook_url

log = structlog.get_logger()

# Seconds between two looks at where Telegram posts to: somebody else with the token may have moved it.
LOOK_AGAIN = 60.0
# Seconds after which a copy that does not lead asks whether it does now.
STANDBY = 1.5


class Hook:
    """The leader sets the webhook once, and again whenever it points elsewhere."""

    def __init__(self, bot: Bot, url: str, secret: str, leads: Callable[[], bool]) -> None:
        self._bot = bot
        self._url = url
        self._secret = secret
        self._leads = leads
        self._is_set = False

    async def once(self) -> float:
        """Look, and set it if needed; returns seconds until the next look. Raises TelegramError."""
        if not self._leads():
            self._is_set = False
            return STANDBY
        if self._is_set and await webhook_url(self._bot) == self._url:
            return LOOK_AGAIN
        if self._is_set:
            log.warning("webhook.moved", step="Another copy uses this token, or somebody changed it; set again.")
        # The first time in any case: the secret or the kinds of update may have changed, and nobody can ask for those.
        await set_webhook(self._bot, self._url, self._secret)
        self._is_set = True
        log.info("webhook.set")
        return LOOK_AGAIN
