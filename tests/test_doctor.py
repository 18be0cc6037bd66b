"""The doctor: each thing that can be wrong is named, with how to mend it, and nothing is changed by looking."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.clock import SystemClock
from bot.doctor import Check, disk, examine
from bot.settings import Settings
from bot.store import schema
from bot.store.database import make_engine
from bot.store.vault import Vault, keys_from_file
from bot.web.botapi import BotApiServer
from bot.web.webhook import webhook_path
from tests.databases import Postgres
from tests.running import KEY, an_api, free_port
from tests.town import TOKEN

ROOT = Path(__file__).resolve().parent.parent
SECRET = "a-webhook-secret"
NAMES = ["token", "telegram", "clock", "webhook", "keys", "database", "schema", "keys fit", "second channel", "disk"]


@pytest.fixture
async def server() -> AsyncIterator[BotApiServer]:
    async with an_api() as server:
        yield server


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    """A folder with keys and a database, as the first start leaves it."""
    vault = Vault(keys_from_file(tmp_path / "keys"))
    engine = make_engine(f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}")
    await schema.migrate(engine, vault)
    await engine.dispose()
    return tmp_path


def of(home: Path, server: BotApiServer | None, **values: Any) -> Settings:
    given: dict[str, Any] = {"database_url": f"sqlite+aiosqlite:///{home / 'bot.db'}", "bot_token": TOKEN, **values}
    return Settings(_env_file=None, api_url=server.url if server else "http://127.0.0.1:9", **given)  # type: ignore[call-arg]


async def found(settings: Settings, clock: SystemClock | None = None) -> dict[str, Check]:
    return {check.name: check for check in await examine(settings, clock)}


def failing(checks: dict[str, Check]) -> dict[str, Check]:
    bad = {name: check for name, check in checks.items() if not check.ok}
    assert all(check.mend for check in bad.values()), "whoever is told of trouble is told what to do"
    assert all("\n" not in check.said + check.mend for check in checks.values())
    return bad


async def test_a_good_set_up_has_nothing_wrong(home: Path, server: BotApiServer) -> None:
    before = sorted((path.name, path.stat().st_mtime_ns) for path in home.iterdir())
    checks = await found(of(home, server))
    assert list(checks) == NAMES
    assert failing(checks) == {}
    assert "bonewatch_sandbox_bot" in checks["token"].said
    assert sorted((path.name, path.stat().st_mtime_ns) for path in home.iterdir()) == before


async def test_an_empty_folder_is_well_and_stays_empty(tmp_path: Path) -> None:
    checks = await found(of(tmp_path / "data", None, bot_token=None))
    assert failing(checks) == {}
    assert list(checks) == ["token", "keys", "database", "disk"]
    assert list(tmp_path.iterdir()) == []


async def test_a_token_that_telegram_does_not_know(home: Path, server: BotApiServer) -> None:
    bad = failing(await found(of(home, server, bot_token="123456:wrong-token-wrong-token-wrong")))
    assert set(bad) == {"token", "webhook"}
    assert "BotFather" in bad["token"].mend


async def test_an_api_that_cannot_be_reached(home: Path) -> None:
    checks = await found(of(home, None))
    bad = failing(checks)
    assert set(bad) == {"token", "telegram", "clock", "webhook"}
    assert "127.0.0.1:9 cannot be reached" in bad["telegram"].said
    assert TOKEN not in str(checks)


async def test_an_api_in_trouble_and_one_that_is_none(home: Path, server: BotApiServer) -> None:
    server.api.faults.refuses(502, method="getMe")
    bad = failing(await found(of(home, server)))
    assert "502" in bad["telegram"].said
    from aiohttp import web

    from bot.web.listen import Listener

    async def hello(_request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text="<h1>hello</h1>")

    page = Listener(hello, "127.0.0.1", 0, "")
    await page.start()
    settings = of(home, None).model_copy(update={"api_url": f"http://127.0.0.1:{page.port}"})
    assert "no Bot API" in failing(await found(settings))["telegram"].said
    await page.stop()


@pytest.mark.parametrize(
    ("off", "said"),
    [(0.0, None), (1.2, None), (-1.2, None), (4, "ahead of"), (-4, "behind"), (3600, "3600 s ahead of")],
)
async def test_a_clock_that_is_off(home: Path, server: BotApiServer, off: float, said: str | None) -> None:
    bad = failing(await found(of(home, server), SystemClock(timedelta(seconds=off))))
    assert set(bad) == ({"clock"} if said else set())
    if said:
        assert said in bad["clock"].said


async def test_a_webhook_that_points_elsewhere(home: Path, server: BotApiServer) -> None:
    server.api.updates.webhook_url = "https://other.example/secret-path"
    bad = failing(await found(of(home, server)))
    assert set(bad) == {"webhook"}
    assert "other.example" in bad["webhook"].said
    assert "secret-path" not in str(bad)
    ours = of(home, server, webhook_url="https://bot.example", webhook_secret=SECRET)
    assert "at another path or address" in failing(await found(ours))["webhook"].said
    server.api.updates.webhook_url = "https://bot.example" + webhook_path(SECRET)
    assert failing(await found(ours)) == {}
    server.api.webhook["last_error_message"] = "Connection refused"
    assert "Connection refused" in failing(await found(ours))["webhook"].said
    server.api.updates.webhook_url = ""
    assert failing(await found(ours)) == {}


async def test_a_key_file_that_others_may_read(home: Path, server: BotApiServer) -> None:
    (home / "keys").chmod(0o640)
    bad = failing(await found(of(home, server)))
    assert set(bad) == {"keys"}
    assert "0640" in bad["keys"].said
    assert "chmod 600" in bad["keys"].mend


async def test_keys_that_are_lost_broken_or_of_another_database(home: Path, server: BotApiServer) -> None:
    keys = (home / "keys").read_text()
    (home / "keys").write_text("too short\n")
    assert set(failing(await found(of(home, server)))) == {"keys", "keys fit"}
    (home / "keys").unlink()
    bad = failing(await found(of(home, server)))
    assert "is missing" in bad["keys"].said
    assert not (home / "keys").exists(), "the doctor made a key"
    bad = failing(await found(of(home, server, encryption_keys=KEY)))
    assert set(bad) == {"keys fit"}
    assert "another key" in bad["keys fit"].said
    assert failing(await found(of(home, server, encryption_keys=f"{KEY},{keys.strip()}"))) == {}


async def test_what_is_no_database(home: Path, server: BotApiServer) -> None:
    (home / "bot.db").write_bytes(b"this is not a database" * 1000)
    bad = failing(await found(of(home, server)))
    assert set(bad) == {"database"}


async def say(home: Path, sql: str) -> None:
    engine = make_engine(f"sqlite+aiosqlite:///{home / 'bot.db'}")
    async with engine.begin() as connection:
        await connection.execute(text(sql))
    await engine.dispose()


@pytest.mark.parametrize(
    ("sql", "said", "mend"),
    [
        ("UPDATE alembic_version SET version_num = '0000'", "at 0000", "migrate"),
        ("UPDATE alembic_version SET version_num = '9999'", "newer", "update the code"),
        (f"UPDATE installation SET oldest_code_allowed = {schema.CODE + 1}", "newer", "update the code"),
    ],
)
async def test_a_schema_that_does_not_fit(home: Path, server: BotApiServer, sql: str, said: str, mend: str) -> None:
    await say(home, sql)
    bad = failing(await found(of(home, server)))
    assert set(bad) == {"schema"}
    assert said in bad["schema"].said
    assert mend in bad["schema"].mend


async def test_it_may_look_while_the_bot_works(home: Path, server: BotApiServer) -> None:
    engine = make_engine(f"sqlite+aiosqlite:///{home / 'bot.db'}")
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE installation SET oldest_code_allowed = 0"))
        assert failing(await found(of(home, server))) == {}
    await engine.dispose()


def test_a_full_disk(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'not' / 'yet' / 'bot.db'}"
    plenty = disk(url)
    assert plenty.ok
    assert re.fullmatch(rf"[\d,]+ MB free in {tmp_path}", plenty.said)
    full = disk(url, enough=2**62)  # no disk is as large
    assert not full.ok
    assert "make room" in full.mend


@pytest.mark.postgres
async def test_a_postgres_that_is_there_and_one_that_is_not(postgres: Postgres, tmp_path: Path) -> None:
    url = await postgres.fresh()
    async with an_api() as server:
        checks = await found(of(tmp_path, server, database_url=url, encryption_keys=KEY))
        assert failing(checks) == {}
        assert checks["schema"].said.startswith("the newest")
        gone = f"postgresql+asyncpg://nobody:hidden-password@127.0.0.1:{free_port()}/none"
        bad = failing(await found(of(tmp_path, server, database_url=gone, encryption_keys=KEY)))
        assert set(bad) == {"database"}
        assert "hidden-password" not in str(bad)
    await postgres.drop(url)


def doctor(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BONEWATCH_")}
    names = {f"BONEWATCH_{name.upper()}": value for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-P", "-m", "bot", "doctor"],
        cwd=folder,
        env={**clean, **names, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


async def test_the_command_says_a_line_each_and_fails_when_one_does(home: Path, server: BotApiServer) -> None:
    url = f"sqlite+aiosqlite:///{home / 'bot.db'}"
    good = await asyncio.to_thread(doctor, home, bot_token=TOKEN, api_url=server.url, database_url=url)
    assert good.returncode == 0, good.stdout + good.stderr
    assert [line.split(":")[0].split(maxsplit=1)[1] for line in good.stdout.splitlines()] == NAMES
    (home / "keys").chmod(0o644)
    bad = await asyncio.to_thread(doctor, home, bot_token=TOKEN, api_url=server.url, database_url=url)
    assert bad.returncode == 1
    [line] = [line for line in bad.stdout.splitlines() if line.startswith("FAIL")]
    assert "chmod 600" in line
    assert TOKEN not in bad.stdout + bad.stderr
