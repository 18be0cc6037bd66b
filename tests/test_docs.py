"""The papers tell the truth: what they name exists, and what is generated in them is current.

`BONEWATCH_TEST_UPDATE=1 make test PYTEST_ARGS=tests/test_docs.py` writes the generated parts anew.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from bot.actions.handle import COMMANDS
from bot.cli import app
from bot.domain.speech import Lane
from bot.domain.watch import Kind
from bot.protocol_file import load_protocol
from bot.protocol_table import markdown_table
from bot.settings import Settings
from tests.test_admin import everything

ROOT = Path(__file__).resolve().parent.parent
UPDATE = bool(os.environ.get("BONEWATCH_TEST_UPDATE"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
RULES = ROOT / "deploy/alerts.yml"
DASHBOARD = ROOT / "deploy/grafana/bonewatch.json"
OURS = ("bot", "messages", "tests", "docs", "deploy", "benchmarks", "scripts")
# What Prometheus adds to each figure, and what belongs to its own language.
ADDED_LABELS = {"instance", "job", "le"}

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def code_in(page: Path) -> list[str]:
    """What stands in a page as code: between backticks, and each line of a block."""
    text = page.read_text("utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    rest = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return [*re.findall(r"`([^`\n]+)`", rest), *(line for block in blocks for line in block.splitlines())]


def test_the_decision_table_is_current() -> None:
    page = ROOT / "docs/clinical.md"
    marked = re.compile(r"(<!-- table: generated -->\n).*?(\n<!-- end -->)", re.DOTALL)
    text = page.read_text("utf-8")
    assert len(marked.findall(text)) == 1
    current = marked.sub(lambda found: found[1] + markdown_table(load_protocol()).rstrip("\n") + found[2], text)
    if UPDATE:
        page.write_text(current, "utf-8")
    assert page.read_text("utf-8") == current, "write it anew: see the top of this file"


@every_page
def test_every_make_verb_exists(page: Path) -> None:
    verbs = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {found[1] for code in code_in(page) if (found := re.search(r"(?:^|[ &])make ([a-z]+)", code))}
    assert named <= verbs


def options_of(command: Any) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts}


def unknown_in(words: list[str]) -> str | None:
    """The first word of a command line, after `bonewatch`, that the command line does not know."""
    here: Any = typer.main.get_command(app)
    for word in words:
        if word.startswith("--"):
            if word not in options_of(here):
                return word
        elif hasattr(here, "commands"):
            if word not in here.commands:
                return word
            here = here.commands[word]
    return None


@every_page
def test_every_command_exists(page: Path) -> None:
    lines = [found[1] for code in code_in(page) if (found := re.search(r"(?:^|bin/)bonewatch ([a-z].*)", code))]
    assert [line for line in lines if unknown_in(line.split())] == []


def test_a_command_that_does_not_exist_is_noticed() -> None:
    assert unknown_in(["protocol", "check", "my.yaml"]) is None
    assert unknown_in(["protocol", "chek"]) == "chek"
    assert unknown_in(["recognise", "--explian"]) == "--explian"


@every_page
def test_every_word_for_the_chat_exists(page: Path) -> None:
    """`/checkin` and the like; addresses such as `/healthz` and files are others."""
    others = {"start", "healthz", "readyz", "metrics", "telegram", "newbot", "op", "export", "forget"}
    named = {found[1] for code in code_in(page) if (found := re.fullmatch(r"/([a-z]+)", code))}
    assert named - others <= COMMANDS.keys()


@every_page
def test_every_path_exists(page: Path) -> None:
    paths = {found[0] for code in code_in(page) if (found := re.match(rf"(?:{'|'.join(OURS)})/[\w./-]+", code))}
    assert sorted(path for path in paths if not (ROOT / path).exists()) == []


@every_page
def test_every_test_that_a_page_names_exists(page: Path) -> None:
    named = {found.groups() for code in code_in(page) if (found := re.fullmatch(r"(tests/[\w/]+\.py)::(\w+)", code))}
    assert [name for file, name in named if f"def {name}(" not in (ROOT / file).read_text("utf-8")] == []


@every_page
def test_every_anchor_and_picture_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)", text):
        headings = re.findall(r"^#+ (.*)$", (page.parent / target if target else page).read_text("utf-8"), re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for picture in re.findall(r'<img[^>]* src="([^"]+)"', text):
        assert (page.parent / picture).is_file()


def test_pictures_are_small_and_described() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for picture in (ROOT / "docs/images").glob("*.png"):
        assert picture.stat().st_size < 200_000
        assert re.search(rf'(?<=!\[)[^]]+\]\(docs/images/{picture.name}\)|{picture.name}"[^>]* alt="[^"]+"', readme)


# Figures


def labels_by_series() -> dict[str, set[str]]:
    """Every series that /metrics can show, with its labels."""
    found: dict[str, set[str]] = {}
    for family in everything().registry.collect():
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def queries() -> Iterator[tuple[str, str]]:
    for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]
    for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


@pytest.mark.parametrize(("name", "query"), [pytest.param(n, q, id=f"{n}: {q}") for n, q in queries()])
def test_rules_and_graphs_ask_for_figures_that_exist(name: str, query: str) -> None:
    series = labels_by_series()
    named = set(re.findall(r"\b(?:bonewatch|process)_\w+", query))
    assert named or "up{" in query
    assert named <= series.keys()
    allowed = ADDED_LABELS.union(*(series[one] for one in named))
    inside = re.findall(r"(\w+)=~?\"", query)
    grouped = [label for by in re.findall(r"by \(([^)]*)\)", query) for label in re.split(r", *", by)]
    assert {*inside, *grouped} <= allowed


def test_rules_ask_for_values_that_exist() -> None:
    lanes = {lane.name.lower() for lane in Lane}
    for _, query in queries():
        for values in re.findall(r'lane=~?"([^"]+)"', query):
            assert set(values.split("|")) <= lanes


def test_every_figure_is_watched_or_drawn() -> None:
    shown = " ".join(query for _, query in queries())
    families = {family.name for family in everything().registry.collect() if family.name.startswith("bonewatch_")}
    assert {name for name in families if name not in shown} == set()


def test_every_alarm_is_in_the_operations_page() -> None:
    page = (ROOT / "docs/operations.md").read_text("utf-8")
    told = set(re.findall(r"^### (\w+)$", page, re.MULTILINE)) | set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    alarms = {rule["alert"] for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]}
    assert alarms | {str(kind) for kind in Kind} <= told


@every_page
def test_pages_name_no_figure_that_does_not_exist(page: Path) -> None:
    families = {family.name for family in everything().registry.collect()}
    known = families | labels_by_series().keys()
    named = {name for code in code_in(page) for name in re.findall(r"\bbonewatch_[a-z]\w+", code)}
    assert named <= known


# What docker-compose.yml mounts


def test_the_door_and_the_figures_lead_to_the_bots_ports() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    (alias,) = services["bot"]["networks"]["default"]["aliases"]
    assert services["replica"]["networks"] == services["bot"]["networks"]
    fields = Settings.model_fields
    assert f"dynamic a {alias} {fields['http_port'].default} " in (ROOT / "deploy/Caddyfile").read_text("utf-8")
    scraped = yaml.safe_load((ROOT / "deploy/prometheus.yml").read_text("utf-8"))["scrape_configs"][0]
    assert scraped["dns_sd_configs"][0]["names"] == [alias]
    assert scraped["dns_sd_configs"][0]["port"] == fields["admin_port"].default
    assert "/telegram/*" in (ROOT / "deploy/Caddyfile").read_text("utf-8")


def test_profiles_add_what_the_operations_page_says() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    profiles = {profile for service in services.values() for profile in service.get("profiles", [])}
    page = (ROOT / "docs/operations.md").read_text("utf-8")
    assert profiles == {"postgres", "replicas", "monitoring", "sandbox"}
    assert all(f"| `{profile}` |" in page for profile in profiles)
    assert services["replica"]["deploy"]["replicas"] + 1 == 3
    # Figures are for this machine alone; only Telegram's door is open to the world.
    opened = {
        name for name, service in services.items() for port in service.get("ports", []) if "127.0.0.1" not in port
    }
    assert opened == {"caddy"}


def test_the_dashboard_asks_the_source_that_is_set_up() -> None:
    (source,) = yaml.safe_load((ROOT / "deploy/grafana/datasource.yml").read_text("utf-8"))["datasources"]
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    assert {panel["datasource"]["uid"] for panel in panels} == {source["uid"]}
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(places) == len(set(places))
