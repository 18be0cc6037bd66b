"""Health and metrics over real TCP, while everything works and while the database or Telegram is away."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.actions.happen import ALERTS
from bot.domain.lost import Lost, Why
from bot.domain.watch import Kind, Look, LoopState, Trouble, Waiting
from bot.loops.pulse import Pulse
from bot.web.admin import make_admin
from bot.web.botapi import BotApi, BotApiServer
from bot.web.health import Vitals
from bot.web.listen import CannotListen
from bot.web.metrics import Metrics, Sight
from tests.conftest import NINE
from tests.databases import build, start_server
from tests.running import an_api, eventually, free_port, running, some_settings
from tests.town import TOKEN, TownPace, a_town

ROOT = Path(__file__).resolve().parent.parent


def sight(**given: Any) -> Sight:
    nothing: dict[str, Any] = {
        "look": lambda: None,
        "troubles": list,
        "loops": dict,
        "leads": lambda: True,
        "heartbeats": dict,
        "knocks": dict,
    }
    return Sight(**{**nothing, **given})


class Admin:
    """An admin port on a pulse that the test moves."""

    def __init__(self) -> None:
        self.pace = TownPace()
        self.pulse = Pulse(self.pace)
        self.pulse.expect(["intake", "worker", "tick"])
        self.database_is_there = True
        vitals = Vitals(self.pulse.states, self._ask, lambda: True)
        self.listener = make_admin(vitals, Metrics(sight(loops=self.pulse.states)), "127.0.0.1", 0)

    async def _ask(self) -> None:
        if not self.database_is_there:
            await asyncio.Event().wait()

    def all_beat(self) -> None:
        for loop in ("intake", "worker", "tick"):
            self.pulse.beat(loop)

    async def get(self, path: str, method: str = "GET") -> tuple[int, Any]:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, f"http://127.0.0.1:{self.listener.port}{path}") as response,
        ):
            return response.status, await (response.json() if "json" in response.content_type else response.text())


@pytest.fixture
async def admin() -> Any:
    admin = Admin()
    await admin.listener.start()
    yield admin
    await admin.listener.stop()


async def test_it_is_ready_once_every_loop_has_gone_round(admin: Admin) -> None:
    status, said = await admin.get("/readyz")
    assert status == 503
    assert set(said["loops"].values()) == {"starting"}
    admin.all_beat()
    status, said = await admin.get("/readyz")
    assert (status, said["ready"]) == (200, True)
    assert said["loops"] == {"intake": "ok", "worker": "ok", "tick": "ok"}
    assert (said["database"], said["telegram"], said["role"]) == ("ok", "ok", "leader")


async def test_a_loop_that_stands_still_is_neither_ready_nor_alive(admin: Admin) -> None:
    admin.all_beat()
    admin.pace.seconds += 59
    assert (await admin.get("/healthz"))[0] == 200
    admin.pulse.beat("intake")
    admin.pulse.beat("tick")
    admin.pace.seconds += 2
    status, said = await admin.get("/healthz")
    assert (status, said["alive"], said["loops"]["worker"]) == (503, False, 61.0)
    status, said = await admin.get("/readyz")
    assert (status, said["loops"]) == (503, {"intake": "ok", "worker": "late", "tick": "ok"})


async def test_a_loop_that_never_began_is_not_alive_either(admin: Admin) -> None:
    admin.pace.seconds += 61
    assert (await admin.get("/healthz"))[0] == 503


async def test_a_loop_that_fails_each_time_is_alive_but_not_ready(admin: Admin) -> None:
    admin.all_beat()
    for _ in range(5):
        admin.pace.seconds += 30
        admin.pulse.beat("intake")
        admin.pulse.beat("tick")
        admin.pulse.trouble("worker", RuntimeError("a bug"))
    assert (await admin.get("/healthz"))[0] == 200
    status, said = await admin.get("/readyz")
    assert (status, said["loops"]["worker"]) == (503, "failing")


async def test_a_database_that_does_not_answer_is_away_and_health_still_answers(admin: Admin) -> None:
    admin.all_beat()
    admin.database_is_there = False
    status, said = await admin.get("/readyz")
    assert (status, said["database"], said["loops"]["worker"]) == (503, "away", "ok")
    assert (await admin.get("/healthz"))[0] == 200


async def test_it_only_tells(admin: Admin) -> None:
    assert (await admin.get("/healthz", "POST"))[0] == 405
    assert (await admin.get("/healthz", "HEAD"))[0] == 200
    assert (await admin.get("/"))[0] == 404
    assert (await admin.get("/metrics/../etc/passwd"))[0] == 404


async def test_a_port_in_use_is_one_line_that_names_the_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"^port {port} on 127.0.0.1 is in use; .*BONEWATCH_ADMIN_PORT"):
            await make_admin(Vitals(dict, aiohttp.ClientSession, bool), Metrics(sight()), "127.0.0.1", port).start()


def run_bot(folder: Path, **settings: Any) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BONEWATCH_")}
    names = {f"BONEWATCH_{name.upper()}": str(value) for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-P", "-m", "bot", "run"],
        cwd=folder,
        env={**clean, **names, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("which", ["admin", "http"])
async def test_the_command_ends_with_that_line(tmp_path: Path, which: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = {"admin_port": 0, "http_port": 0, f"{which}_port": taken.getsockname()[1]}
        webhook = {"webhook_url": "http://127.0.0.1:9", "webhook_secret": "x"}
        async with an_api() as server:
            said = await asyncio.to_thread(
                run_bot, tmp_path, bot_token=TOKEN, api_url=server.url, log_format="json", **ports, **webhook
            )
    assert said.returncode == 1
    last = said.stderr.strip().splitlines()[-1]
    assert re.match(rf"bonewatch: port \d+ on 127.0.0.1 is in use; .* set BONEWATCH_{which.upper()}_PORT", last)
    assert "Traceback" not in said.stderr
    assert said.stdout == ""


async def test_a_start_that_fails_before_anything_is_open_ends_with_one_line_too(tmp_path: Path) -> None:
    said = await asyncio.to_thread(run_bot, tmp_path, bot_token=TOKEN, api_url=f"http://127.0.0.1:{free_port()}")
    assert said.returncode == 1
    assert said.stderr.strip().splitlines()[-1].startswith("bonewatch: the Bot API at http://127.0.0.1")
    assert "Traceback" not in said.stderr
    assert TOKEN not in said.stderr


@pytest.mark.parametrize("host", ["203.0.113.7", "no.such.host.invalid"])
async def test_an_address_that_is_not_ours_names_the_setting(host: str) -> None:
    with pytest.raises(CannotListen, match="BONEWATCH_ADMIN_HOST"):
        await make_admin(Vitals(dict, aiohttp.ClientSession, bool), Metrics(sight()), host, 0).start()


# Metrics

LOOK = Look(
    at=NINE,
    alerts_owned=2,
    alerts_unowned=3,
    lost=(Lost(11, Why.NO_STEP, NINE - timedelta(minutes=9)),),
    oldest_lost_raised_at=NINE - timedelta(minutes=10),
    outbox={0: Waiting(4, NINE - timedelta(seconds=70)), 2: Waiting(1, NINE + timedelta(hours=1))},
    cards={1: Waiting(5, NINE - timedelta(seconds=5))},
    parked=6,
    moments_failing=7,
    knocks_failed=2,
    next_moment=NINE - timedelta(seconds=8),
)


def figures(metrics: Metrics) -> dict[str, float]:
    lines = metrics.text().decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def everything() -> Metrics:
    metrics = Metrics(
        sight(
            look=lambda: LOOK,
            troubles=lambda: [Trouble(Kind.ALERT_LOST, "11"), Trouble(Kind.LOOP_LATE, "tick")],
            loops=lambda: {"tick": LoopState(1.0, 61.0, "RuntimeError")},
            heartbeats=lambda: {"heard": 8, "failed": 1},
            knocks=lambda: {"sent": 5, "failed": 3},
        )
    )
    metrics.saved(Counter({"updates": 3, "answers": 2, "checkins": 1, "alert raised": 1}))
    metrics.sent("send", "not sent")
    metrics.lagged(0.04)
    return metrics


def test_what_the_watchdog_saw_is_printed() -> None:
    said = figures(everything())
    assert said['bonewatch_alerts_open{owned="yes"}'] == 2
    assert said['bonewatch_alerts_open{owned="no"}'] == 3
    assert said["bonewatch_alerts_lost"] == 1
    assert said["bonewatch_oldest_lost_alert_seconds"] == 600
    assert said['bonewatch_outbox_rows{lane="alert"}'] == 4
    assert said['bonewatch_outbox_oldest_seconds{lane="alert"}'] == 70
    assert said['bonewatch_outbox_oldest_seconds{lane="prompt"}'] == 0  # not due yet
    assert said['bonewatch_cards_rows{lane="reply"}'] == 5
    assert said['bonewatch_cards_oldest_seconds{lane="reply"}'] == 5
    assert said["bonewatch_tick_lag_seconds"] == 8
    assert said["bonewatch_updates_parked"] == 6
    assert said["bonewatch_moments_failing"] == 7
    assert said["bonewatch_knocks_failed"] == 2
    assert said['bonewatch_troubles{kind="alert_lost"}'] == 1
    assert said['bonewatch_troubles{kind="tick_late"}'] == 0
    assert said['bonewatch_loop_age_seconds{loop="tick"}'] == 61
    assert said["bonewatch_leader"] == 1


def test_what_is_told_is_counted() -> None:
    said = figures(everything())
    assert said["bonewatch_updates_total"] == 3
    assert said["bonewatch_answers_total"] == 2
    assert said["bonewatch_checkins_opened_total"] == 1
    assert said['bonewatch_alert_events_total{kind="raised"}'] == 1
    assert said['bonewatch_sends_total{kind="send",verdict="not_sent"}'] == 1
    assert said['bonewatch_heartbeats_total{outcome="heard"}'] == 8
    assert said['bonewatch_knocks_total{outcome="failed"}'] == 3
    assert said['bonewatch_event_loop_lag_seconds_bucket{le="0.025"}'] == 0
    assert said['bonewatch_event_loop_lag_seconds_bucket{le="0.05"}'] == 1


def test_before_the_first_look_nothing_is_made_up() -> None:
    said = figures(Metrics(sight()))
    assert "bonewatch_alerts_lost" not in said
    assert "bonewatch_updates_parked" not in said
    assert said["bonewatch_updates_total"] == 0


def test_every_metric_is_in_the_operations_page() -> None:
    page = (ROOT / "docs/operations.md").read_text("utf-8")
    families = [
        metric.name + ("_total" if metric.type == "counter" else "") for metric in everything().registry.collect()
    ]
    ours = {name for name in families if name.startswith("bonewatch_")}
    assert {name for name in ours if f"`{name}`" not in page} == set()
    assert set(re.findall(r"`(bonewatch_\w+)`", page)) <= ours


async def test_no_figure_tells_who(sqlite_url: str) -> None:
    """A morning with an alert; then no name, no chat id, no word of an answer stands in the metrics."""
    async with a_town(sqlite_url) as town:
        maria = town.person(771_001, "Canary-Maria", username="canary_m")
        await maria.sends("/start")
        await maria.sends("canary: numb legs and I cannot pee")
        maria.reads_all()
        assert town.app is not None
        await town.app.watchdog.once()
        await town.app.watchdog.once()
        said = town.app.metrics.text().decode()
        assert figures(town.app.metrics)["bonewatch_updates_total"] == 2
    labels = set(re.findall(r'="([^"]*)"', said))
    assert not [label for label in labels if "anary" in label or "771001" in label]
    assert not [label for label in labels if len(label) > 24]
    assert "771001" not in said


def test_many_loops_that_wait_for_the_same_thing_are_one_line() -> None:
    pulse = Pulse(TownPace())
    with capture_logs() as logs:
        for _ in range(3):
            for loop in ("worker", "delivery", "tick"):
                pulse.trouble(loop, ConnectionRefusedError())
        pulse.beat("worker")
        pulse.beat("delivery")
        assert [entry["event"] for entry in logs] == ["database.away"]
        pulse.beat("tick")
    assert [entry["event"] for entry in logs] == ["database.away", "database.back"]


def test_a_loop_with_a_trouble_of_its_own_says_which_and_when_it_changes() -> None:
    pulse = Pulse(TownPace())
    with capture_logs() as logs:
        for error in (ValueError(), ValueError(), KeyError()):
            pulse.trouble("worker", error)
        pulse.beat("worker")
    assert [(entry["event"], entry.get("error")) for entry in logs] == [
        ("loop.trouble", "ValueError"),
        ("loop.trouble", "KeyError"),
        ("loop.recovered", None),
    ]


# The whole bot


async def test_a_running_bot_is_alive_ready_and_counted(sqlite_url: str) -> None:
    async with an_api() as server:
        maria = server.api.add_user(1, "Maria")
        async with running(some_settings(sqlite_url), server.url) as bot:
            said = await bot.ready()
            assert set(said["loops"]) == {"leader", "delivery", "knocker", "worker", "intake", "watchdog", "tick"}
            assert (await bot.get("/healthz"))[0] == 200
            maria.sends("/start")
            await eventually(lambda: maria.hears)
            counted = figures(bot.app.metrics)
            assert counted["bonewatch_updates_total"] == 1
            assert sum(v for name, v in counted.items() if 'verdict="done"' in name) >= 1
            status, text = await bot.get("/metrics")
            assert status == 200
            assert "bonewatch_updates_total 1.0" in text


async def test_a_public_admin_port_is_a_warning(sqlite_url: str) -> None:
    with capture_logs() as logs:
        async with an_api() as server, running(some_settings(sqlite_url, admin_host="0.0.0.0"), server.url):
            pass
    assert [entry["log_level"] for entry in logs if entry["event"] == "admin.public"] == ["warning"]


def events(logs: list[Any], *names: str) -> list[str]:
    return [entry["event"] for entry in logs if entry["event"] in names]


AWAY = ("database.away", "telegram.away", "loop.trouble", "round.split", "tick.split")


async def test_telegram_away_is_waited_out_in_one_line(sqlite_url: str) -> None:
    port = free_port()
    api = BotApi(TOKEN)
    maria = api.add_user(1, "Maria")
    with capture_logs() as logs:
        async with BotApiServer(api, port=port) as first:
            bot_runs = running(some_settings(sqlite_url), first.url)
            bot = await bot_runs.__aenter__()
            await bot.ready()
        said = await bot.ready(telegram="away")
        assert (said["ready"], said["database"], said["loops"]["worker"]) == (False, "ok", "ok")
        await asyncio.sleep(2)  # several tries
        assert (await bot.get("/healthz"))[0] == 200
        assert events(logs, *AWAY) == ["telegram.away"]
        maria.sends("/start")
        async with BotApiServer(api, port=port):
            await bot.ready()
            await eventually(lambda: maria.hears)
            await bot_runs.__aexit__(None, None, None)
    assert events(logs, *AWAY, "telegram.back", "loop.recovered") == ["telegram.away", "telegram.back"]


async def test_a_flood_a_failure_and_a_cut_are_waited_out(sqlite_url: str) -> None:
    async with an_api() as server:
        maria = server.api.add_user(1, "Maria")
        async with running(some_settings(sqlite_url), server.url) as bot:
            await bot.ready()
            server.api.faults.refuses(502, method="getUpdates", times=1)
            server.api.faults.cuts(method="getUpdates", times=1)
            server.api.faults.floods(retry_after=1, method="getUpdates", times=1)
            maria.sends("/start")
            await eventually(lambda: maria.hears, 15)
            await eventually(lambda: not server.api.faults.waiting, 15)
            await bot.ready()


async def test_a_second_poller_shows_as_refused(sqlite_url: str) -> None:
    async with an_api() as server, running(some_settings(sqlite_url), server.url) as bot:
        await bot.ready()
        with capture_logs() as logs:
            server.api.faults.refuses(409, "terminated by other getUpdates request", method="getUpdates", times=None)
            server.api.updates.interrupt_poll("terminated by other getUpdates request")
            said = await bot.ready(telegram="refused")
            assert said["loops"]["intake"] == "failing"
        assert [(entry["event"], entry["error"]) for entry in logs if entry["event"] in AWAY] == [
            ("loop.trouble", "Conflict")
        ]
        server.api.faults.clear()
        await bot.ready()


@pytest.mark.postgres
@pytest.mark.slow
async def test_a_stopped_postgres_is_waited_out_in_one_line_and_nothing_is_lost() -> None:
    postgres = start_server()
    try:
        url = postgres.get_uri(driver="asyncpg")
        await build(url)
        async with an_api() as server:
            maria = server.api.add_user(1, "Maria")
            with capture_logs() as logs:
                async with running(some_settings(url), server.url) as bot:
                    await bot.ready()
                    people = [server.api.add_user(number, "Somebody") for number in range(2, 32)]
                    for user in people:
                        user.sends("/start")  # it stops in the middle of these
                    await asyncio.to_thread(postgres.stop)
                    said = await bot.ready(database="away")
                    assert said["ready"] is False
                    maria.sends("/start")
                    await asyncio.sleep(4)  # several tries of every loop
                    status, body = await bot.get("/healthz")
                    assert status == 200, body
                    await asyncio.to_thread(postgres.ensure_postgres_running)
                    await eventually(lambda: all(user.hears for user in (maria, *people)), 10)
                    await bot.ready()
                assert events(logs, *AWAY, "database.back") == ["database.away", "database.back"]
    finally:
        await asyncio.to_thread(postgres.cleanup)


def test_a_bot_on_telegram_loads_no_second_web_server() -> None:
    """docs/decisions/0006: memory, and one thing less that faces the world."""
    loaded = "import sys, bot.launch; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    said = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {"aiohttp", "prometheus_client"} <= set(said.split())
    assert not {"starlette", "uvicorn", "alembic"} & set(said.split())


def test_the_kinds_of_steps_are_those_that_can_happen() -> None:
    """The watchdog counts every kind of moment about an alert as a next step, and no other."""
    assert {"rung", "followup", "recheck", "ack_check"} <= ALERTS.keys()
