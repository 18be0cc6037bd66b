"""Methods that set where updates go: https://core.telegram.org/bots/api#setwebhook."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.web.botapi.chats import Json
from bot.web.botapi.params import Params
from bot.web.botapi.refusals import bad_request

if TYPE_CHECKING:
    from bot.web.botapi.api import BotApi

SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")
CONNECTIONS = 40


def set_webhook(api: BotApi, params: Params) -> bool:
    """Post updates to an address from now on; plain http is allowed, as for a server in local mode."""
    url, secret = params.text("url"), params.text("secret_token")
    if not url:
        return delete_webhook(api, params)
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise bad_request("invalid webhook URL specified")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    connections = min(max(params.number("max_connections", CONNECTIONS), 1), 100)
    keep_webhook(api, params, {"url": url, "secret": secret, "max_connections": connections})
    api.updates.interrupt_poll("terminated by setWebhook request")
    return True


def delete_webhook(api: BotApi, params: Params) -> bool:
    """Go back to getUpdates."""
    keep_webhook(api, params, {})
    return True


def keep_webhook(api: BotApi, params: Params, webhook: Json) -> None:
    """Remember the address, drop what waits if asked, and wake the poster."""
    api.updates.allow(params.json("allowed_updates", "allowed updates"))
    if params.flag("drop_pending_updates"):
        api.updates.drop()
    api.webhook = webhook
    api.updates.webhook_url = webhook.get("url", "")
    api.keep("webhook", {"webhook": webhook, "allowed": sorted(api.updates.allowed or [])})
    api.updates.wake()


def get_webhook_info(api: BotApi, _params: Params) -> Json:
    """Where updates go, how many wait and what went wrong last."""
    info: Json = {
        "url": api.updates.webhook_url,
        "has_custom_certificate": False,
        "pending_update_count": len(api.updates.waiting),
    }
    for name in ("max_connections", "last_error_date", "last_error_message"):
        if name in api.webhook:
            info[name] = api.webhook[name]
    if api.updates.allowed:
        info["allowed_updates"] = sorted(api.updates.allowed)
    return info


METHODS = {
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": get_webhook_info,
    "logout": lambda _api, _params: True,
    "close": lambda _api, _params: True,
}
