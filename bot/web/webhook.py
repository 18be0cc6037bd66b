"""The webhook: Telegram hands us updates, and hears 200 only after they are kept."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from aiohttp import web

from bot.chat.incoming import OWN, sender_of
from bot.web.listen import Listener

log = structlog.get_logger()

Update = dict[str, Any]
Keep = Callable[[list[Update]], Awaitable[None]]

# Bot API, setWebhook: "X-Telegram-Bot-Api-Secret-Token" in every request.
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
# An update is a few kilobytes; a message holds at most 4,096 characters.
MOST_BYTES = 1024 * 1024
# Seconds for a whole request to come in, and for its commit. Telegram asks again, so giving up loses nothing.
BODY_PATIENCE = 10.0
COMMIT_PATIENCE = 25.0
MOST_IN_ONE_COMMIT = 100
# Ids that fit our columns.
MOST_ID = 2**63 - 1


def webhook_path(secret: str) -> str:
    """A path nobody can guess and that does not give the secret away; the same in every copy."""
    return "/telegram/" + hmac.new(secret.encode(), b"bonewatch webhook path", hashlib.sha256).hexdigest()[:32]


class BadUpdate(Exception):
    """What came is no update."""


class Keeper:
    """Commits updates that come in parallel together: while one commit is under way, the next batch gathers."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._waiting: list[tuple[Update, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def kept(self, update: Update) -> None:
        """Return when the update is committed. Raises the database's errors."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((update, done))
        if self._task is None:
            self._task = asyncio.create_task(self._commit())
        await done

    async def _commit(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST_IN_ONE_COMMIT], self._waiting[MOST_IN_ONE_COMMIT:]
                try:
                    await self._keep([update for update, _ in batch])
                except Exception as error:  # noqa: BLE001 - it belongs to whoever waits for the commit
                    _settle(batch, error)
                else:
                    _settle(batch, None)
        finally:
            self._task = None


def _settle(batch: Sequence[tuple[Update, asyncio.Future[None]]], error: Exception | None) -> None:
    for _, done in batch:
        if done.done():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)


class Webhook:
    """Answers one request after the other; knows nothing of ports."""

    def __init__(self, secret: str, keep: Keep) -> None:
        self._secret = secret.encode()
        self._path = webhook_path(secret).encode()
        self._keeper = Keeper(keep)

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        """200 when the update is kept, else the reason as a status: 401, 403, 404, 405, 408, 413, 400 or 503."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        try:
            async with asyncio.timeout(BODY_PATIENCE):
                body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)
        except TimeoutError:
            return web.Response(status=408)
        try:
            update = read_body(body)
        except BadUpdate:
            return web.Response(status=400)
        return await self._kept(update)

    def _refusal(self, request: web.BaseRequest) -> web.Response | None:
        if not hmac.compare_digest(request.path.encode("utf-8", "surrogateescape"), self._path):
            return web.Response(status=404)
        if request.method != "POST":
            return web.Response(status=405, headers={"Allow": "POST"})
        given = request.headers.get(SECRET_HEADER)
        if given is None:
            return web.Response(status=401)
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._secret):
            return web.Response(status=403)
        if request.content_length is not None and request.content_length > MOST_BYTES:
            return web.Response(status=413)
        return None

    async def _kept(self, update: Update) -> web.Response:
        try:
            async with asyncio.timeout(COMMIT_PATIENCE):
                await self._keeper.kept(update)
        except Exception as error:  # noqa: BLE001 - whatever it was, it is not kept, so Telegram must come again
            log.warning("webhook.not_kept", error=type(error).__name__)
            return web.Response(status=503, headers={"Retry-After": "1"})
        return web.Response(status=200)


def read_body(body: bytes) -> Update:
    """The update in a request's body. Raises BadUpdate for anything that could not be kept."""
    try:
        update = json.loads(body)
        update_id = update["update_id"]
        sender = sender_of(update)
        json.dumps(update, ensure_ascii=False).encode()  # half of a surrogate pair could not be sealed
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise BadUpdate from None
    if not isinstance(update_id, int) or isinstance(update_id, bool) or not 0 <= update_id <= MOST_ID:
        raise BadUpdate
    if abs(sender) > MOST_ID or OWN in update:  # our own notes never come from outside
        raise BadUpdate
    return dict(update)


def make_webhook(secret: str, keep: Keep, host: str, port: int) -> Listener:
    """The listener; `start()` it. `keep` returns when the updates are committed."""
    return Listener(Webhook(secret, keep).respond, host, port, "BONEWATCH_HTTP")
