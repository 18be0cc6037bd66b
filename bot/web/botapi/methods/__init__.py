"""The methods a bot may call: https://core.telegram.org/bots/api#available-methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bot.web.botapi.methods import about, chatting, editing, sending, webhooks
from bot.web.botapi.params import Params

if TYPE_CHECKING:
    from bot.web.botapi.api import BotApi

Method = Callable[["BotApi", Params], Any]

METHODS: dict[str, Method] = {
    **sending.METHODS,
    **editing.METHODS,
    **chatting.METHODS,
    **about.METHODS,
    **webhooks.METHODS,
}
