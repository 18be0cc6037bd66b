"""Who may see whom in bot/, and how big a thing may grow."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE = 400
LONGEST_FUNCTION = 60

# room or module of bot/ → what of bot/ it may import, beside itself. `*` may see everything.
SEES: dict[str, set[str]] = {
    "__init__": set(),
    "clock": set(),
    "domain": set(),
    "phones": set(),
    "settings": {"domain"},
    "logs": set(),
    "texts": {"domain"},
    # What reads messages/ and says what is wrong with it.
    "protocol_yaml": {"domain"},
    "protocol_shape": {"domain", "protocol_yaml", "timing_shape"},
    "timing_shape": {"domain", "protocol_yaml", "protocol_shape"},
    "protocol_check": {"domain", "protocol_yaml"},
    "protocol_file": {
        "domain",
        "texts",
        "protocol_yaml",
        "protocol_shape",
        "protocol_check",
        "texts_check",
        "timing_shape",
    },
    "protocol_table": {"domain"},
    "texts_check": {"domain", "texts", "protocol_yaml"},
    "triage_lines": {"domain"},
    "plan_words": {"domain", "texts"},
    "phrase_files": {"domain"},
    "places_file": {"domain"},
    "recognise_lines": {"domain", "phrase_files"},
    "store": {"domain", "clock"},
    "actions": {"domain", "store", "texts", "phones", "places_file", "plan_words"},
    "chat": {"domain"},
    "channel": {"domain"},
    "reports": {"domain", "store", "texts", "plan_words"},
    "loops": {"domain", "store", "actions", "chat", "texts", "clock"},
    "web": {"domain", "store", "actions", "chat", "texts", "clock", "settings", "protocol_file", "loops"},
    "seed": {"domain", "store", "actions"},
    "doctor": {"*"},
    "channel_orders": {"*"},
    "app": {"*"},
    "launch": {"*"},
    "sandbox_clock": {"app", "clock"},
    "cli": {"*"},
    "__main__": {"*"},
}
# library → the rooms that may import it.
ONLY_IN: dict[str, set[str]] = {
    "apprise": {"channel"},
    "telegram": {"chat"},
    "sqlalchemy": {"store", "launch", "seed"},
    "alembic": {"store"},
    "aiosqlite": {"store"},
    "asyncpg": {"store"},
    "cryptography": {"store"},
    "apscheduler": {"app"},
    "aiohttp": {"chat", "loops", "web", "cli"},
    "starlette": {"web"},
    "uvicorn": {"web"},
    "typer": {"cli"},
}
# room → the only libraries it may import.
LIBRARIES: dict[str, set[str]] = {
    "domain": set(),
    "clock": set(),
    "actions": {"structlog", "phonenumbers"},
    "chat": {"telegram", "aiohttp"},
    "channel": {"apprise"},
    "store": {"sqlalchemy", "alembic", "cryptography", "aiosqlite", "asyncpg"},
}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "services", "service", "misc"}


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def room_of(path: Path) -> str:
    return path.relative_to(ROOT / "bot").parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    """Every dotted name the file imports, wherever in the file; `from a import b` counts as a.b."""
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write imports out in full"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def other_rooms(path: Path) -> set[str]:
    """The rooms and modules of bot/ that the file imports from, its own aside."""
    rooms = {name.split(".")[1] for name in imports_of(path) if name.startswith("bot.")}
    return rooms - {room_of(path), "__version__"}


def libraries(path: Path) -> set[str]:
    """The top-level names of what the file imports from outside the project and the standard library."""
    return {name.split(".")[0] for name in imports_of(path)} - sys.stdlib_module_names - {"bot", "messages"}


def test_every_room_is_known() -> None:
    rooms = {room_of(path) for path in python_files("bot")}
    assert rooms <= SEES.keys(), "a new room or module says here whom it may see"


@pytest.mark.parametrize("room", sorted(SEES))
def test_a_room_sees_only_inward(room: str) -> None:
    allowed = SEES[room]
    wrong = [
        f"{path.relative_to(ROOT)} imports bot.{seen}"
        for path in python_files("bot")
        if room_of(path) == room and "*" not in allowed
        for seen in other_rooms(path) - allowed
    ]
    assert not wrong


@pytest.mark.parametrize("room", sorted(SEES))
def test_libraries_stay_in_their_rooms(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in python_files("bot")
        if room_of(path) == room
        for name in sorted(libraries(path))
        if room not in ONLY_IN.get(name, {room}) or name not in LIBRARIES.get(room, {name})
    ]
    assert not wrong


def test_intake_and_delivery_are_our_own() -> None:
    """telegram.ext holds the Updater and the AIORateLimiter: docs/decisions/0002 and 0004."""
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in python_files("bot")
        for name in imports_of(path)
        if name.startswith("telegram.ext")
    ]
    assert not wrong


def test_the_scheduler_is_only_a_heartbeat() -> None:
    """No job store, and no trigger that knows a calendar: docs/decisions/0003."""
    truth = re.compile(r"apscheduler\.(jobstores|triggers\.(cron|date))")
    for path in python_files("bot"):
        assert not [name for name in imports_of(path) if truth.match(name)], path
        for call in (node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)):
            if getattr(call.func, "attr", "") == "add_job":
                words = {node.value for node in ast.walk(call) if isinstance(node, ast.Constant)}
                assert not words & {"cron", "date"}, f"{path}:{call.lineno}"


def living_files() -> list[Path]:
    """All of bot/, but for the migrations: lists of tables, written once and never edited."""
    return [path for path in python_files("bot") if "migrations" not in path.parts]


def test_files_stay_small() -> None:
    sizes = {str(path.relative_to(ROOT)): path.read_text("utf-8").count("\n") for path in living_files()}
    assert {name: lines for name, lines in sizes.items() if lines > LONGEST_FILE} == {}


def test_functions_stay_small() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in living_files()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert not long


def test_no_room_without_a_purpose() -> None:
    modules = python_files("bot", "messages", "tests", "benchmarks")
    assert not [str(path) for path in modules if FORBIDDEN_NAMES & {path.stem, path.parent.name}]
