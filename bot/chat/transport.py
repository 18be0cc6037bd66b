"""HTTP to the Bot API over aiohttp, under python-telegram-bot; and getUpdates as plain JSON.

Measured (reference.md): 5,300 sends a second this way against 625 with httpx.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote_plus, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from telegram import Bot as Bot  # noqa: PLC0414 - the loops know it by this name
from telegram._utils.defaultvalue import DefaultValue
from telegram.error import InvalidToken, NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.chat.incoming import ALLOWED_UPDATES
from bot.chat.verdicts import NotSent

# Seconds. Telegram answers a send in well under one; ten leaves room for a bad line without blocking a lane.
READ_TIMEOUT = 10.0
CONNECT_TIMEOUT = 5.0
# How long Telegram holds getUpdates open when there is nothing (Bot API: "should be positive, short polling
# should be used for testing purposes only").
POLL_SECONDS = 25
# Updates that Telegram may post to the webhook at the same time (Bot API: 1-100, 40 unless said); they share commits.
WEBHOOK_CONNECTIONS = 40
# More calls at once than this only queue up in the kernel.
CONNECTIONS = 64


class Unreachable(Exception):
    """The Bot API cannot be reached; the message says where and what to check."""


class WrongToken(Exception):
    """The Bot API does not know this token."""


class Given:
    """Plain parameters where python-telegram-bot has its RequestData."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self.parameters = parameters


class AiohttpRequest(BaseRequest):
    """What python-telegram-bot sends its calls with."""

    def __init__(self, connections: int = CONNECTIONS) -> None:
        self._connections = connections
        self._proxies: dict[str, str | None] = {}  # by host
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds that a call may take when it says nothing else."""
        return READ_TIMEOUT

    async def initialize(self) -> None:
        """Open the connection pool."""
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=self._connections))

    async def shutdown(self) -> None:
        """Close the connection pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Send one request; returns the HTTP status and the body.

        Raises NotSent when no connection stood, TimedOut or NetworkError when the outcome is unknown.
        """
        if self._session is None:
            raise NotSent("the transport is closed")
        seconds = READ_TIMEOUT if isinstance(read_timeout, DefaultValue) else read_timeout
        options: dict[str, Any] = {
            "timeout": aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT, sock_read=seconds),
            "proxy": self._proxy_for(url),
            **_body(request_data),
        }
        try:
            async with self._session.request(method, url, **options) as response:
                return response.status, await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(type(error).__name__) from None
        except TimeoutError:
            raise TimedOut from None
        except aiohttp.ClientError as error:
            # Only the name: the text of an aiohttp error holds the address, and so the token.
            raise NetworkError(type(error).__name__) from None

    def _proxy_for(self, url: str) -> str | None:
        # Looked up once a host. aiohttp's own `trust_env` reads the environment and ~/.netrc for every call, which
        # was a fifth of what a call costs [measured].
        parts = urlsplit(url)
        host = parts.hostname or ""
        if host not in self._proxies:
            self._proxies[host] = None if proxy_bypass(host) else getproxies().get(parts.scheme)
        return self._proxies[host]


def _body(request_data: RequestData | Given | None) -> dict[str, Any]:
    if request_data is None:
        return {}
    if isinstance(request_data, Given):
        return {"data": _form(request_data.parameters), "headers": FORM}
    if not request_data.contains_files:
        return {"data": request_data.json_parameters}
    form = aiohttp.FormData()
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, kind) in (request_data.multipart_data or {}).items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return {"data": form}


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# Every byte as it stands in a form; a table is four times as quick as urlencode on a keyboard [measured].
QUOTED = [quote_plus(bytes([number])) for number in range(256)]


def _form(parameters: Mapping[str, Any]) -> bytes:
    """Parameters as the Bot API takes them: strings as they are, everything else as JSON; None is left out."""
    plain = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in parameters.items()
        if value is not None
    }
    quoted = (f"{name}={''.join([QUOTED[byte] for byte in value.encode()])}" for name, value in plain.items())
    return "&".join(quoted).encode()


async def call(bot: Bot, method: str, **parameters: Any) -> Any:
    """Call a method of the Bot API with plain values; returns the plain result.

    For the calls that are made all day: python-telegram-bot's own methods build an object of every button sent and
    of the whole message that comes back, half a millisecond of work for one message id [measured]. Raises
    TelegramError as they do.
    """
    return await bot.request.post(f"{bot.base_url}/{method}", cast(RequestData, Given(parameters)))


def make_bot(token: str, api_url: str) -> Bot:
    """A bot on our transport; `initialize()` it before use."""
    return Bot(
        token,
        base_url=f"{api_url}/bot",
        base_file_url=f"{api_url}/file/bot",
        request=AiohttpRequest(),
        get_updates_request=AiohttpRequest(connections=2),
    )


async def say_hello(bot: Bot, api_url: str) -> None:
    """Connect and learn the bot's own name (getMe).

    Raises WrongToken and Unreachable, each with one line that says how to mend it.
    """
    try:
        await bot.initialize()
    except InvalidToken:
        raise WrongToken("Telegram does not know BONEWATCH_BOT_TOKEN; copy it again from BotFather") from None
    except TelegramError as error:
        raise Unreachable(
            f"the Bot API at {api_url} cannot be reached ({error.message}); check the network and BONEWATCH_API_URL"
        ) from None


async def set_webhook(bot: Bot, url: str, secret: str) -> None:
    """Let Telegram post updates to this address from now on; what waits there is kept.

    Raises TelegramError.
    """
    await bot.set_webhook(
        url,
        secret_token=secret,
        allowed_updates=list(ALLOWED_UPDATES),
        max_connections=WEBHOOK_CONNECTIONS,
        drop_pending_updates=False,
    )


async def webhook_url(bot: Bot) -> str:
    """Where Telegram posts updates now; empty when nowhere. Raises TelegramError."""
    return (await bot.get_webhook_info()).url


async def remove_webhook(bot: Bot) -> bool:
    """Make getUpdates possible; what waits at Telegram is kept. True when there was a webhook.

    Raises TelegramError.
    """
    if not await webhook_url(bot):
        return False
    await bot.delete_webhook(drop_pending_updates=False)
    return True


class Poller:
    """getUpdates as plain JSON, on a connection of its own.

    python-telegram-bot's own Updater would confirm updates before they are stored (docs/decisions/0002), and
    parsing here would cost 130 µs an update where plain JSON costs 4 (design.md).
    """

    def __init__(self, bot: Bot) -> None:
        self._request = AiohttpRequest(connections=2)
        self._url = f"{bot.base_url}/getUpdates"

    async def open(self) -> None:
        """Open the connection."""
        await self._request.initialize()

    async def close(self) -> None:
        """Close it; a poll under way is cut off."""
        await self._request.shutdown()

    async def poll(self, offset: int | None, seconds: int = POLL_SECONDS) -> list[dict[str, Any]]:
        """The next updates as Telegram sent them, waiting at most `seconds` for one.

        Raises TelegramError as python-telegram-bot's methods do.
        """
        asked = Given({"timeout": seconds, "limit": 100, "allowed_updates": ALLOWED_UPDATES, "offset": offset})
        updates: Any = await self._request.post(
            self._url, cast(RequestData, asked), read_timeout=seconds + READ_TIMEOUT
        )
        return list(updates)
