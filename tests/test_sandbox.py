"""The sandbox keeps to itself: its own database, and nobody else's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.app import MixedUp
from bot.launch import started
from bot.settings import Settings
from tests.running import an_api, some_settings
from tests.town import TOKEN

ROOT = Path(__file__).resolve().parent.parent


async def test_the_sandbox_leaves_the_real_database_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/decisions/0011: where no database is named, each has its own."""
    monkeypatch.chdir(tmp_path)
    settings = Settings(_env_file=None, http_port=0, admin_port=0)  # type: ignore[call-arg]
    async with started(settings, sandbox=True) as begun:
        assert begun.page
    names = {path.name for path in (tmp_path / "data").iterdir()}
    assert {"sandbox.db", "keys"} <= names
    assert "bonewatch.db" not in names


async def test_neither_takes_the_others_database(tmp_path: Path) -> None:
    urls = {sandbox: f"sqlite+aiosqlite:///{tmp_path}/{sandbox}.db" for sandbox in (True, False)}
    async with an_api() as api:
        for sandbox, url in urls.items():
            settings = some_settings(url, bot_token=TOKEN, api_url=api.url)
            async with started(settings, sandbox=sandbox):
                pass
            with pytest.raises(MixedUp, match="BONEWATCH_DATABASE_URL"):
                async with started(settings, sandbox=not sandbox):
                    pass


def test_the_bot_api_server_loads_no_second_web_server() -> None:
    """docs/decisions/0013."""
    loaded = "import sys, bot.web.botapi; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    said = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "aiohttp" in said.split()
    assert not {"starlette", "uvicorn"} & set(said.split())
