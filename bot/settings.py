"""The settings of the contract, read once from the environment and `.env`, then frozen."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.domain.second_channel import NEVER, SCHEMES, scheme_of

PREFIX = "BONEWATCH_"
# Names that others put into the environment: our tests, and Kubernetes for a service called bonewatch.
NOT_OURS = re.compile(r"BONEWATCH_(TEST_.*|(.*_)?SERVICE_HOST|(.*_)?SERVICE_PORT.*|PORT(_.*)?)")
# BotFather's form: digits, a colon, then letters, digits, _ and - (Telegram Bot API, "Authorizing your bot").
TOKEN = re.compile(r"\d{3,}:[A-Za-z0-9_-]{20,}")
# Telegram Bot API, setWebhook: secret_token is 1-256 characters of A-Z, a-z, 0-9, _ and -.
WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class SettingsError(Exception):
    """A setting is unknown, missing or malformed; the message says which and how to mend it."""


class Settings(BaseSettings):
    """Everything that can be set from outside. Field order and descriptions make `.env.example`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    bot_token: SecretStr | None = Field(None, description="Token from BotFather. Without it: the sandbox.")
    api_url: str = Field(
        "https://api.telegram.org", description="Base of the Bot API; change it for a local Bot API server."
    )
    database_url: SecretStr = Field(
        SecretStr("sqlite+aiosqlite:///data/bonewatch.db"),
        description="SQLite, or PostgreSQL as postgresql+asyncpg://user:password@host/name.",
    )
    encryption_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        description="Comma-separated keys (32 bytes, base64), newest first. "
        "Made on first run in data/keys with SQLite; required with PostgreSQL.",
    )
    webhook_url: str | None = Field(None, description="Public https address. Without it: long polling.")
    webhook_secret: SecretStr | None = Field(
        None, description="1-256 characters of A-Z a-z 0-9 _ -; required with WEBHOOK_URL."
    )
    http_host: str = Field("127.0.0.1", description="Where the webhook, or the sandbox, listens.")
    http_port: int = Field(8080, ge=0, le=65535, description="Its port.")
    admin_host: str = Field("127.0.0.1", description="Where /healthz, /readyz and /metrics listen.")
    admin_port: int = Field(8081, ge=0, le=65535, description="Their port.")
    messages_per_second: float = Field(30, gt=0, le=1000, description="The bot's overall send budget.")
    operators: Annotated[tuple[int, ...], NoDecode] = Field(
        (), description="Comma-separated chat ids that hear of operational trouble (never health data)."
    )
    heartbeat_url: str | None = Field(None, description="Pinged while everything works (dead man's switch).")
    emergency_number: str | None = Field(
        None, description="Shown in emergency advice. Without it: by the patient's country, else 112."
    )
    channel_schemes: Annotated[tuple[str, ...], NoDecode] = Field(
        SCHEMES,
        description="Services that a caregiver's second channel may use, as apprise names them.",
    )
    channel_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Hosts inside your network that a second channel may reach; any other is refused.",
    )
    log_format: Literal["console", "json"] = Field("console", description="console, or json.")

    @field_validator("bot_token")
    @classmethod
    def _token(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("is not a token as BotFather gives it (123456789:AA…); copy it again")
        return value

    @field_validator("api_url", "webhook_url", "heartbeat_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "http://unset")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an address that starts with http:// or https://")
        return value.rstrip("/") if value else value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
            raise ValueError("must start with sqlite+aiosqlite:/// or postgresql+asyncpg://")
        return value

    @field_validator("encryption_keys", mode="before")
    @classmethod
    def _keys(cls, value: object) -> object:
        return tuple(k.strip() for k in value.split(",") if k.strip()) if isinstance(value, str) else value

    @field_validator("operators", mode="before")
    @classmethod
    def _chat_ids(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return tuple(int(part) for part in value.split(",") if part.strip())
        except ValueError:
            raise ValueError("must be chat ids: whole numbers with commas between them") from None

    @field_validator("channel_schemes", "channel_hosts", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        return tuple(w.strip().lower() for w in value.split(",") if w.strip()) if isinstance(value, str) else value

    @field_validator("channel_schemes")
    @classmethod
    def _schemes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for scheme in value:
            if scheme in NEVER or scheme_of(f"{scheme}://x") != scheme:
                raise ValueError(
                    "must be names of apprise services, such as ntfys,mailtos; none that stay on this machine"
                )
        return value

    @field_validator("emergency_number")
    @classmethod
    def _number(cls, value: str | None) -> str | None:
        if value and not re.fullmatch(r"\+?[0-9][0-9 ]{1,14}", value):
            raise ValueError("must be a telephone number: digits, spaces, a leading +")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Settings:
        if self.webhook_url and not self.webhook_secret:
            raise ValueError("WEBHOOK_URL needs BONEWATCH_WEBHOOK_SECRET beside it")
        if self.webhook_secret and not WEBHOOK_SECRET.fullmatch(self.webhook_secret.get_secret_value()):
            raise ValueError("WEBHOOK_SECRET must be 1-256 characters of A-Z a-z 0-9 _ -")
        if self.on_postgres and not self.encryption_keys:
            raise ValueError("ENCRYPTION_KEYS is required with PostgreSQL, so that two copies never make two keys")
        return self

    @property
    def on_postgres(self) -> bool:
        """Whether the database is PostgreSQL."""
        return self.database_url.get_secret_value().startswith("postgresql")

    def with_database(self, url: str) -> Settings:
        """The same settings on another database."""
        return self.model_copy(update={"database_url": SecretStr(url)})

    @property
    def admin_is_public(self) -> bool:
        """Whether health and metrics listen beyond this machine, which deserves a warning."""
        return self.admin_host not in LOOPBACK


def read_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Read and check all settings.

    Raises SettingsError with one line that names the variable and says how to mend it.
    """
    _refuse_unknown(env_file)
    try:
        return Settings(_env_file=env_file)  # type: ignore[call-arg]
    except ValidationError as error:
        raise SettingsError(_one_line(error)) from None


def _refuse_unknown(env_file: Path | None) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    names = {name.upper() for name in os.environ}
    if env_file and env_file.is_file():
        lines = env_file.read_text(encoding="utf-8").splitlines()
        names |= {line.split("=")[0].removeprefix("export ").strip().upper() for line in lines if "=" in line}
    for name in sorted(names):
        if name.startswith(PREFIX) and name not in known and not NOT_OURS.fullmatch(name):
            raise SettingsError(f"{name} is not a setting; see .env.example for the names, or remove it")


def _one_line(error: ValidationError) -> str:
    first = error.errors()[0]
    name = PREFIX + str(first["loc"][0]).upper() + " " if first["loc"] else PREFIX
    return name + first["msg"].removeprefix("Value error, ")
