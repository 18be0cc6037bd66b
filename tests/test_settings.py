"""Settings: what is read, what is refused in which words, and that `.env.example` and the docs tell the truth.

`BONEWATCH_TEST_UPDATE=1 make test PYTEST_ARGS=tests/test_settings.py` writes the generated parts anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from bot.settings import Settings, SettingsError, read_settings

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / ".env.example"
OPERATIONS = ROOT / "docs/operations.md"
UPDATE = bool(os.environ.get("BONEWATCH_TEST_UPDATE"))
# The contract's table: these names may be relied on.
PROMISED = set(
    "BOT_TOKEN API_URL DATABASE_URL ENCRYPTION_KEYS WEBHOOK_URL WEBHOOK_SECRET HTTP_HOST HTTP_PORT ADMIN_HOST "
    "ADMIN_PORT MESSAGES_PER_SECOND OPERATORS HEARTBEAT_URL EMERGENCY_NUMBER LOG_FORMAT "
    "CHANNEL_SCHEMES CHANNEL_HOSTS".split()
)
TOKEN = "123456789:AAabcdefghijklmnopqrstuvwxyz0123456"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("BONEWATCH_") and not name.startswith("BONEWATCH_TEST_"):
            monkeypatch.delenv(name)


def refused(monkeypatch: pytest.MonkeyPatch, **values: str) -> str:
    for name, value in values.items():
        monkeypatch.setenv(f"BONEWATCH_{name}", value)
    with pytest.raises(SettingsError) as caught:
        read_settings(None)
    line = str(caught.value)
    assert "\n" not in line
    return line


def fields() -> Iterator[tuple[str, FieldInfo, str]]:
    """Each setting's variable, its field, and its default as one would write it."""
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, SecretStr):
            default = default.get_secret_value()
        if isinstance(default, tuple):
            default = ",".join(default)
        shown = "" if default in (None, "") else f"{default:g}" if isinstance(default, float) else str(default)
        yield f"BONEWATCH_{name.upper()}", field, shown


# What is generated


def the_example() -> str:
    head = (
        "# The settings of BoneWatch. Copy this file to .env, and take away the # before what you change.\n"
        "# What is shown after = is the default. More about each: docs/operations.md\n"
    )
    return "\n".join([head, *(f"# {field.description}\n#{name}={default}\n" for name, field, default in fields())])


def the_table() -> str:
    rows = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for name, field, default in fields():
        rows.append(f"| `{name}` | {f'`{default}`' if default else 'none'} | {field.description} |")
    return "\n".join(rows)


def generated(page: str, text: str) -> str:
    """The page with the text between its markers."""
    marked = re.compile(r"(<!-- settings: generated -->\n).*?(<!-- end -->)", re.DOTALL)
    assert len(marked.findall(page)) == 1
    return marked.sub(lambda found: found[1] + text + "\n" + found[2], page)


def test_the_example_is_what_the_settings_are() -> None:
    if UPDATE:
        EXAMPLE.write_text(the_example(), "utf-8")
    assert EXAMPLE.read_text("utf-8") == the_example(), "write it anew: see the top of this file"


def test_the_operations_page_tells_the_same() -> None:
    page = OPERATIONS.read_text("utf-8")
    if UPDATE:
        OPERATIONS.write_text(generated(page, the_table()), "utf-8")
    assert OPERATIONS.read_text("utf-8") == generated(page, the_table()), "write it anew: see the top of this file"


def test_every_setting_is_promised_and_explained() -> None:
    assert {name.removeprefix("BONEWATCH_") for name, _, _ in fields()} == PROMISED
    assert all(field.description for _, field, _ in fields())


def test_the_docs_name_no_setting_that_does_not_exist() -> None:
    known = {name for name, _, _ in fields()}
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        named = set(re.findall(r"BONEWATCH_[A-Z_]*[A-Z]", page.read_text("utf-8")))
        assert {name for name in named - known if not name.startswith("BONEWATCH_TEST")} == set(), page.name


def test_the_example_copied_as_it_is_sets_nothing(tmp_path: Path) -> None:
    copy = tmp_path / ".env"
    copy.write_text(the_example())
    assert read_settings(copy) == read_settings(None)


def test_the_example_with_every_line_taken_in_can_be_read(tmp_path: Path) -> None:
    copy = tmp_path / ".env"
    copy.write_text(re.sub(r"^#BONEWATCH_", "BONEWATCH_", the_example(), flags=re.MULTILINE))
    assert read_settings(copy) == read_settings(None)


# What is read


def test_without_anything_it_is_the_sandbox_on_this_machine() -> None:
    settings = read_settings(None)
    assert settings.bot_token is None
    assert settings.database_url.get_secret_value() == "sqlite+aiosqlite:///data/bonewatch.db"
    assert (settings.http_host, settings.admin_host, settings.admin_is_public) == ("127.0.0.1", "127.0.0.1", False)


def test_lists_and_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONEWATCH_OPERATORS", " 12, -1003 ,")
    monkeypatch.setenv("BONEWATCH_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("BONEWATCH_ENCRYPTION_KEYS", "newest, oldest")
    settings = read_settings(None)
    assert settings.operators == (12, -1003)
    assert [key.get_secret_value() for key in settings.encryption_keys] == ["newest", "oldest"]
    assert TOKEN not in repr(settings)
    assert "newest" not in repr(settings)


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("BONEWATCH_HTTP_PORT=1\nBONEWATCH_ADMIN_PORT=2\n")
    monkeypatch.setenv("BONEWATCH_HTTP_PORT", "3")
    settings = read_settings(file)
    assert (settings.http_port, settings.admin_port) == (3, 2)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        read_settings(None).http_port = 1


# What is refused


def test_an_unknown_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert refused(monkeypatch, BOT_TOKN="x").startswith("BONEWATCH_BOT_TOKN is not a setting")
    monkeypatch.delenv("BONEWATCH_BOT_TOKN")
    file = tmp_path / ".env"
    file.write_text("export BONEWATCH_OPERATOR=1\n")
    with pytest.raises(SettingsError, match=r"^BONEWATCH_OPERATOR is not a setting"):
        read_settings(file)


@pytest.mark.parametrize(
    "name",
    ["TEST_POSTGRES_URL", "SERVICE_HOST", "BOT_SERVICE_HOST", "SERVICE_PORT_HTTP", "PORT", "PORT_8080_TCP_ADDR"],
)
def test_names_that_others_put_there_are_left_alone(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"BONEWATCH_{name}", "anything")
    read_settings(None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOT_TOKEN", "not-a-token"),
        ("API_URL", "ftp://example.org"),
        ("API_URL", "https://"),
        ("DATABASE_URL", "mysql://host/name"),
        ("WEBHOOK_URL", "bot.example.org"),
        ("HTTP_PORT", "http"),
        ("ADMIN_PORT", "65536"),
        ("MESSAGES_PER_SECOND", "0"),
        ("OPERATORS", "12, me"),
        ("HEARTBEAT_URL", "ping"),
        ("EMERGENCY_NUMBER", "call"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_bad_value_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    assert refused(monkeypatch, **{name: value}).startswith(f"BONEWATCH_{name} ")


def test_a_bad_secret_is_named_but_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "hush-hush" not in refused(monkeypatch, BOT_TOKEN="hush-hush")
    monkeypatch.delenv("BONEWATCH_BOT_TOKEN")
    said = refused(monkeypatch, WEBHOOK_URL="https://bot.example", WEBHOOK_SECRET="hush hush")
    assert said.startswith("BONEWATCH_WEBHOOK_SECRET")
    assert "hush" not in said


def test_a_webhook_needs_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "BONEWATCH_WEBHOOK_SECRET" in refused(monkeypatch, WEBHOOK_URL="https://bot.example")


def test_postgres_needs_keys_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refused(monkeypatch, DATABASE_URL="postgresql+asyncpg://user:pass-word@host/name")
    assert said.startswith("BONEWATCH_ENCRYPTION_KEYS")
    assert "pass-word" not in said
