"""Set-up in an empty folder with pretended Pythons: what it says, what it asks of pip, how it fails."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
Result = subprocess.CompletedProcess[str]
OLD_PYTHON = 'case "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac'
PYTHON_WITHOUT_VENV = 'case "$2" in *ensurepip*) exit 1;; esac'
# Keeps a list of what it was asked to do, and does it without ado.
WILLING = 'echo "$@" >>"$(dirname "$0")/asked"'
OFFLINE = WILLING + '; case "$3" in install) echo "WARNING: one"; echo "ERROR: No match for aiohttp"; exit 7;; esac'


def program(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the scripts and short locks, no .venv, and a PATH without any Python."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    (tmp_path / "requirements.lock").write_text("aiohttp==1\n")
    (tmp_path / "requirements-dev.lock").write_text("pytest==1\n")
    for tool in ("sh", "dirname", "cat", "cksum", "grep", "head", "tail", "ln", "env", "sed"):
        found = shutil.which(tool)
        assert found
        (tmp_path / "path").mkdir(exist_ok=True)
        (tmp_path / "path" / tool).symlink_to(found)
    return tmp_path


@pytest.fixture
def call(clone: Path) -> Callable[..., Result]:
    def run(*words: str, **env: str) -> Result:
        env = {"PATH": str(clone / "path"), "HOME": str(clone / "nobody")} | env
        return subprocess.run(words, cwd=clone, env=env, capture_output=True, text=True)

    return run


@pytest.mark.parametrize(
    ("python", "says"),
    [
        (None, "python3 is missing"),
        (OLD_PYTHON, "Python 3.9.2 is too old"),
        (PYTHON_WITHOUT_VENV, "apt install python3-venv"),
    ],
)
def test_no_usable_python_is_one_clear_line(
    clone: Path, call: Callable[..., Result], python: str | None, says: str
) -> None:
    if python:
        program(clone / "path/python3", python)
    result = call("scripts/setup")
    assert result.returncode == 1
    assert result.stdout == ""
    assert says in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (clone / ".venv").exists()


def test_an_old_python_before_a_new_one_is_passed_over(clone: Path, call: Callable[..., Result]) -> None:
    program(clone / "old/python3", OLD_PYTHON)
    # A Python whose `-m venv` makes a .venv with a willing Python in it.
    makes = f'[ "$2" != venv ] || {{ mkdir -p .venv/bin; cp {clone}/willing .venv/bin/python; }}'
    program(clone / "path/python3", makes)
    program(clone / "willing", WILLING)
    for tool in ("mkdir", "cp"):
        (clone / "path" / tool).symlink_to(str(shutil.which(tool)))
    result = call("scripts/setup", PATH=f"{clone}/old:{clone}/path")
    assert (result.returncode, result.stderr) == (0, "")
    assert (clone / ".venv/requirements.lock.installed").exists()
    assert (clone / ".venv/bin/bonewatch").readlink() == Path("../../scripts/bonewatch")


def test_what_is_installed_is_not_installed_again(clone: Path, call: Callable[..., Result]) -> None:
    program(clone / ".venv/bin/python", WILLING)
    assert "installing requirements.lock" in call("scripts/setup").stdout
    asked = clone / ".venv/bin/asked"
    assert "--require-hashes -r requirements.lock" in asked.read_text()
    asked.unlink()

    warm = call("scripts/setup")
    assert (warm.returncode, warm.stdout, warm.stderr) == (0, "", "")
    assert "pip" not in asked.read_text()

    assert "installing requirements-dev.lock" in call("scripts/setup", "dev").stdout
    (clone / "requirements.lock").write_text("aiohttp==2\n")
    assert "installing requirements.lock" in call("scripts/setup").stdout


def test_a_failed_installation_says_why_and_is_tried_again(clone: Path, call: Callable[..., Result]) -> None:
    program(clone / ".venv/bin/python", OFFLINE)
    for _ in range(2):
        result = call("scripts/setup")
        assert result.returncode == 7
        assert "ERROR: No match for aiohttp" in result.stderr
        assert result.stderr.count("\n") == 1


def test_a_missing_lock_is_one_clear_line(clone: Path, call: Callable[..., Result]) -> None:
    program(clone / ".venv/bin/python", WILLING)
    (clone / "requirements.lock").unlink()
    result = call("scripts/setup")
    assert result.returncode == 1
    assert (
        result.stderr
        == "set-up: requirements.lock is missing; take it from the repository again: git checkout requirements.lock\n"
    )


def test_the_suite_does_not_see_the_settings_of_whoever_runs_it(clone: Path, call: Callable[..., Result]) -> None:
    program(clone / ".venv/bin/python", 'echo "$@"; env')
    mine = {"BONEWATCH_BOT_TOKEN": "123:secret", "BONEWATCH_HTTP_PORT": "1", "BONEWATCH_TEST_POSTGRES_URL": "kept"}
    said = call("scripts/test", **mine).stdout.splitlines()
    assert said[0] == "-m pytest -n 2 --dist loadgroup"
    assert [line for line in said if line.startswith("BONEWATCH")] == ["BONEWATCH_TEST_POSTGRES_URL=kept"]
    assert call("scripts/test", PYTEST_ARGS="-x tests/test_setup.py").stdout.startswith("-m pytest -x tests/test_s")


def test_the_command_works_from_anywhere(clone: Path, call: Callable[..., Result]) -> None:
    refused = call("scripts/bonewatch", "doctor")
    assert refused.returncode == 1
    assert "make setup" in refused.stderr
    program(clone / ".venv/bin/python", 'echo "$PYTHONPATH" "$@"')
    (clone / "path/readlink").symlink_to(str(shutil.which("readlink")))
    (clone / ".venv/bin/bonewatch").symlink_to("../../scripts/bonewatch")
    assert call(".venv/bin/bonewatch", "doctor").stdout == f"{clone} -P -m bot doctor\n"
