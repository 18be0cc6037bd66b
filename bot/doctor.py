"""Looks for everything that can be wrong with a set-up, and says how to mend it. Changes nothing."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from bot.chat.inquiry import Heard, inquire
from bot.clock import Clock, SystemClock
from bot.domain.second_channel import trouble_with
from bot.launch import DEFAULT_DATABASE, SANDBOX_DATABASE, folder_of
from bot.settings import Settings
from bot.store import schema
from bot.store.database import Store, make_engine
from bot.store.ids import Ids
from bot.store.schema import DatabaseTrouble, SchemaState
from bot.store.vault import KeyTrouble, Unreadable, Vault, keys_from_file, read_keys
from bot.web.webhook import webhook_path

# Telegram's own signatures and our due moments both bear a second or two; more makes reminders come at a wrong time.
CLOCK_OFF = timedelta(seconds=2)
# SQLite writes its log beside the file, and a migration may copy a table: below this there is no room for either.
ENOUGH_DISK = 200 * 1024 * 1024
# Calls by a second channel that failed longer ago have been dealt with, or have been failing since.
LATELY = timedelta(days=7)
# Seconds for the database to open.
PATIENCE = 10.0


@dataclass(frozen=True)
class Check:
    """One line: what was looked at, whether it is well, what was found, and how to mend it."""

    name: str
    ok: bool
    said: str
    mend: str = ""


async def examine(settings: Settings, clock: Clock | None = None) -> list[Check]:
    """All checks, in the order in which they are best mended. Changes nothing, and may run beside the bot."""
    token = settings.bot_token.get_secret_value() if settings.bot_token else None
    url = settings.database_url.get_secret_value()
    if token is None and url == DEFAULT_DATABASE:
        url = SANDBOX_DATABASE
    checks: list[Check] = []
    if token is None:
        checks.append(Check("token", True, "none set: `bonewatch run` starts the sandbox"))
    else:
        heard = await inquire(settings.api_url, token, (clock or SystemClock()).now)
        checks += [_token(heard), _telegram(settings, heard), _clock(heard), _webhook(settings, heard)]
    vault, keys = _keys(settings, url)
    checks.append(keys)
    database = await _database(url, vault)
    checks += database
    if vault is not None and len(database) > 1 and all(check.ok for check in database):
        checks.append(await _second_channel(settings, url, vault, (clock or SystemClock()).now()))
    checks.append(disk(url))
    return checks


def _token(heard: Heard) -> Check:
    if heard.status == 200:
        return Check("token", True, f"belongs to @{heard.username}")
    if heard.status in (401, 404):
        return Check("token", False, "Telegram does not know it", "copy BONEWATCH_BOT_TOKEN again from BotFather")
    return Check("token", False, "not checked: the Bot API does not answer", "mend the next line first")


def _telegram(settings: Settings, heard: Heard) -> Check:
    host = urlsplit(settings.api_url).netloc
    if heard.trouble:
        mend = "check the network, a proxy (HTTPS_PROXY), and BONEWATCH_API_URL"
        return Check("telegram", False, f"{host} cannot be reached ({heard.trouble})", mend)
    if heard.status == 200 and heard.username is None:
        return Check("telegram", False, f"{host} answers, but is no Bot API", "check BONEWATCH_API_URL")
    if heard.status >= 500:
        return Check("telegram", False, f"{host} has trouble of its own (status {heard.status})", "try again later")
    return Check("telegram", True, f"{host} answers")


def _clock(heard: Heard) -> Check:
    if heard.ahead is None:
        return Check("clock", False, "not checked: Telegram did not tell the time", "mend the lines above first")
    seconds = heard.ahead.total_seconds()
    if abs(heard.ahead) <= CLOCK_OFF:
        return Check("clock", True, "agrees with Telegram's")
    which = "ahead of" if seconds > 0 else "behind"
    said = f"{abs(seconds):.0f} s {which} Telegram's"
    return Check("clock", False, said, "let this machine set its clock from the network: timedatectl set-ntp true")


def _webhook(settings: Settings, heard: Heard) -> Check:
    if heard.status != 200:
        return Check("webhook", False, "not checked: Telegram did not answer", "mend the lines above first")
    host = urlsplit(heard.webhook).netloc
    if settings.webhook_url is None or settings.webhook_secret is None:
        if not heard.webhook:
            return Check("webhook", True, "none, as it should be: updates are polled")
        mend = f"if another copy runs at {host}, stop one of them; else start this one: it removes the webhook"
        return Check("webhook", False, f"Telegram sends updates to {host}, but this copy polls", mend)
    ours = settings.webhook_url + webhook_path(settings.webhook_secret.get_secret_value())
    if not heard.webhook:
        return Check("webhook", True, "not set yet; the start sets it")
    if heard.webhook != ours:
        mend = "stop the other copy, or start this one: it sets the webhook again"
        return Check("webhook", False, f"Telegram sends updates to {host} at another path or address", mend)
    if heard.webhook_error:
        mend = f"see that {host} reaches BONEWATCH_HTTP_HOST and _PORT of this machine"
        return Check("webhook", False, f"Telegram could not deliver: {heard.webhook_error}", mend)
    return Check("webhook", True, f"Telegram sends updates to {host}")


def _keys(settings: Settings, url: str) -> tuple[Vault | None, Check]:
    """The keys as the bot would read them, without making any."""
    path = folder_of(url) / "keys"
    try:
        if settings.encryption_keys:
            vault = Vault(read_keys([key.get_secret_value() for key in settings.encryption_keys]))
            return vault, Check("keys", True, "from BONEWATCH_ENCRYPTION_KEYS")
        if not path.exists():
            return None, _no_keys(path, url)
        vault = Vault(keys_from_file(path))
    except (KeyTrouble, OSError, ValueError) as error:
        return None, Check("keys", False, str(error), f"put the right keys into BONEWATCH_ENCRYPTION_KEYS or {path}")
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        return vault, Check("keys", False, f"others may read {path} (mode {mode:04o})", f"chmod 600 {path}")
    return vault, Check("keys", True, f"in {path}")


def _no_keys(path: Path, url: str) -> Check:
    if _is_there(url):
        return Check("keys", False, f"{path} is missing, but there is a database", f"restore {path} from the backup")
    return Check("keys", True, "none yet; the first start makes them")


def _is_there(url: str) -> bool:
    """Whether there is a database; for PostgreSQL only asking can tell."""
    kind, _, file = url.partition(":///")
    return not kind.startswith("sqlite") or Path(file.partition("?")[0]).exists()


async def _database(url: str, vault: Vault | None) -> list[Check]:
    if not _is_there(url):
        return [Check("database", True, "none yet; the first start makes it")]
    try:
        state = await _look(url)
    except (DatabaseTrouble, TimeoutError) as error:
        said = "does not answer" if isinstance(error, TimeoutError) else str(error)
        return [Check("database", False, said, "start the database, or mend BONEWATCH_DATABASE_URL")]
    return [Check("database", True, "opens"), _schema(state), _fits(state, vault)]


async def _look(url: str) -> SchemaState:
    engine = make_engine(url, read_only=True)
    try:
        async with asyncio.timeout(PATIENCE):
            return await schema.look(engine)
    finally:
        await engine.dispose()


def _schema(state: SchemaState) -> Check:
    if state.oldest_code_allowed > schema.CODE or (state.revision or "") > state.newest:
        return Check("schema", False, "newer than this copy of BoneWatch", "update the code")
    if not state.is_current:
        said = f"at {state.revision or 'nothing'}, the newest is {state.newest}"
        return Check("schema", False, said, "bonewatch migrate (the start does it, too)")
    return Check("schema", True, f"the newest, {state.newest}")


def _fits(state: SchemaState, vault: Vault | None) -> Check:
    if state.key_fingerprint is None:
        return Check("keys fit", True, "nothing is sealed yet")
    if vault is None:
        return Check("keys fit", False, "not checked: there are no keys", "mend the line about keys first")
    if not vault.knows(state.key_fingerprint):
        said = f"the database was sealed with another key ({state.key_fingerprint})"
        return Check("keys fit", False, said, "put the key it was sealed with back; without it nothing can be read")
    return Check("keys fit", True, "they open this database")


async def _second_channel(settings: Settings, url: str, vault: Vault, now: datetime) -> Check:
    """Whether every address is allowed, and whether any failed lately. Calls nobody: `channel test` does."""
    store = Store(url, vault, Ids(SystemClock()))
    try:
        async with store.read() as tx:
            people = await tx.people.with_channel()
            wrong = [p.chat_id for p in people if trouble_with(tx.people.channel(p) or "", settings.channel_schemes)]
            failures = await tx.knocks.failures_since(now - LATELY)
            failing = {p.chat_id for p in people if p.id in {caregiver for caregiver, _, _ in failures}}
    except Unreadable as error:
        return Check("second channel", False, f"not checked ({type(error).__name__})", "mend the lines above first")
    finally:
        await store.close()
    if wrong:
        mend = "set another address, or let BONEWATCH_CHANNEL_SCHEMES name its service"
        return Check("second channel", False, f"not allowed: of chat {_chats(wrong)}", mend)
    if failing:
        reasons = ", ".join(sorted({f"{why} ({count})" for _, why, count in failures}))
        mend = "bonewatch channel test with each chat's number"
        return Check("second channel", False, f"failed this week for chat {_chats(failing)}: {reasons}", mend)
    return Check("second channel", True, f"set for {len(people)}" if people else "set for nobody")


def _chats(chats: Iterable[int]) -> str:
    return ", ".join(str(chat) for chat in sorted(chats))


def disk(url: str, enough: int = ENOUGH_DISK) -> Check:
    """Whether so many bytes are free where the database's folder is, or will be."""
    folder = folder_of(url)
    while not folder.is_dir():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    said = f"{free // 1024**2:,} MB free in {folder}"
    return Check("disk", free >= enough, said, "make room: remove old files, or move the folder to a larger disk")
