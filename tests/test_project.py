"""The scaffolding keeps its promises: locks, verbs, packaging, containers, documents."""

from __future__ import annotations

import fnmatch
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
HOUSE_WORDS = (
    "check-in, question, choice, sitting, answer, pattern, rule, finding, urgency, alert, rung, acknowledge, "
    "caregiver, invitation, care team, quiet hours, prompt, reminder, lane, lease"
).split(", ")


def read(name: str | Path) -> str:
    return (ROOT / name).read_text("utf-8")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_pin_everything_and_name_no_host(name: str) -> None:
    lock = read(name)
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links|--trusted-host|@ file:", lock)
    pins = re.split(r"\n(?=\S)", lock.strip())
    assert all(re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+", pin) and "--hash=sha256:" in pin for pin in pins)


def test_locks_agree() -> None:
    def versions(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", read(name), re.MULTILINE))

    run, dev = versions("requirements.lock"), versions("requirements-dev.lock")
    assert {name: (run[name], dev[name]) for name in run.keys() & dev.keys() if run[name] != dev[name]} == {}


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_locks_hold_what_was_asked_for(name: str) -> None:
    asked = re.findall(r"^([A-Za-z0-9._-]+)", read(f"{name}.in"), re.MULTILINE)
    locked = re.findall(r"^([a-z0-9._-]+)==", read(f"{name}.lock"), re.MULTILINE)
    assert {word.lower() for word in asked if word != "-c"} <= set(locked), "run `make lock`"


def test_every_data_file_is_packaged() -> None:
    globs = tomllib.loads(read("pyproject.toml"))["tool"]["setuptools"]["package-data"]["*"]
    data = [
        path
        for folder in ("bot", "messages")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    ]
    assert not [str(path) for path in data if not any(fnmatch.fnmatch(path.name, glob) for glob in globs)]


def test_every_verb_explains_itself() -> None:
    makefile = read("Makefile")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert {"run", "test", "lint", "format", "bench", "chaos", "migrate", "lock", "help"} <= targets
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in shown.splitlines()} == targets
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    assert set(phony[1].split()) == targets


def settings_names() -> set[str] | None:
    """The variables the settings know, or None while there are none."""
    if importlib.util.find_spec("bot.settings") is None:
        return None
    from bot.settings import Settings

    return {f"BONEWATCH_{name.upper()}" for name in Settings.model_fields}


def command_names() -> set[str]:
    """The commands of the command line, or those of the first version while there is none."""
    if importlib.util.find_spec("bot.cli") is None:
        return {"run", "sandbox", "migrate", "doctor"}
    said = subprocess.run([sys.executable, "-m", "bot", "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(re.findall(r"^\W*([a-z-]+) ", said.stdout, re.MULTILINE))


def compose() -> dict[str, dict[str, object]]:
    loaded = yaml.safe_load(read("docker-compose.yml"))
    services: dict[str, dict[str, object]] = loaded["services"]
    for service in services.values():
        for volume in service.get("volumes", []):
            source = str(volume).split(":")[0]
            assert source in loaded["volumes"] or (ROOT / source).exists(), source
        for needed in service.get("depends_on", {}):
            assert needed in services, needed
    return services


def test_compose_names_only_what_exists() -> None:
    known, commands = settings_names(), command_names()
    text = read("docker-compose.yml")
    if known is not None:
        assert set(re.findall(r"BONEWATCH_[A-Z_]+", text)) <= known
    for name, service in compose().items():
        if "build" in service:
            assert (ROOT / str(service["build"]) / "Dockerfile").is_file()
            assert service["command"][0] in commands, name
        else:
            assert ":" in str(service["image"]), f"{name}: name a version"


def test_compose_profiles() -> None:
    services = compose()
    assert "profiles" not in services["bot"]
    assert services["postgres"]["profiles"] == ["postgres"]
    assert services["sandbox"]["profiles"] == ["sandbox"]
    # Whoever opens the sandbox page is everybody in it: it is for this machine alone.
    assert all(str(port).startswith("127.0.0.1:") for port in services["sandbox"]["ports"])


def test_the_image_holds_what_it_copies_and_no_secret() -> None:
    dockerfile = read("Dockerfile")
    allowed = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.*)$", dockerfile, re.MULTILINE)
        for source in line.split()[:-1]
    }
    assert copied == allowed
    assert all((ROOT / source).exists() for source in copied)
    assert re.search(r"^USER (?!root)\w+$", dockerfile, re.MULTILINE)
    assert not re.search(r"BONEWATCH_(BOT_TOKEN|ENCRYPTION_KEYS|WEBHOOK_SECRET)", dockerfile)


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_is_short_and_enforced(path: Path) -> None:
    text = read(path)
    assert text.count("\n") <= 50, "under a page"
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequences", "Enforced by"]
    tests = re.findall(r"`(tests/\w+\.py)::(\w+)`", text.split("## Enforced by")[1])
    assert tests, "a decision that no test guards is a wish"
    for file, name in tests:
        assert f"def {name}(" in read(file)


def test_decisions_are_numbered_in_order() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_the_glossary_knows_the_house_words() -> None:
    words = set(re.findall(r"^\| \*\*([^*]+)\*\*", read("docs/glossary.md"), re.MULTILINE))
    assert set(HOUSE_WORDS) <= words


def test_links_in_the_docs_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    links = [
        (page, link.split("#")[0])
        for page in pages
        for link in re.findall(r"\]\((?!https?:|mailto:|#)([^)\s]+)\)", read(page))
    ]
    assert not [f"{page.name} → {link}" for page, link in links if not (page.parent / link).exists()]
