"""The second channel: which addresses are refused, that a hanging gateway stalls nobody, and the operator's orders."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from bot.channel.call import Gateways
from bot.channel_orders import Orders, Refused
from bot.clock import SystemClock, SystemPace
from bot.doctor import examine
from bot.domain.second_channel import NEVER, SCHEMES, Outcome, is_inside, scheme_of, trouble_with
from bot.store.database import Store
from bot.store.ids import Ids
from bot.store.tables import Alert
from bot.store.vault import Vault
from tests.databases import MASTER_KEY
from tests.gateway import a_gateway
from tests.plays.cast import ANA, RUI, at_home
from tests.running import KEY, an_api, eventually, running, some_settings
from tests.town import a_town

ROOT = Path(__file__).resolve().parent.parent
FOR_TESTS = ("json", "mailto", "ntfy")


@pytest.mark.parametrize(
    "ip",
    "127.0.0.1 127.9.9.9 0.0.0.0 10.0.0.1 172.16.5.5 192.168.1.1 169.254.169.254 100.64.0.1 224.0.0.1 255.255.255.255 "
    "::1 :: fe80::1 fe80::1%eth0 fc00::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 2002:7f00:1:: "
    "localhost".split(),
)
def test_addresses_inside(ip: str) -> None:
    assert is_inside(ip)


@pytest.mark.parametrize("ip", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_of_the_open_internet(ip: str) -> None:
    assert not is_inside(ip)


@pytest.mark.parametrize("address", ["", "ntfys", "ntfys://", "a word", "ntfys://a\nb", "ntfys://" + "a" * 2_000])
def test_what_is_no_address(address: str) -> None:
    assert scheme_of(address) is None
    assert trouble_with(address, SCHEMES) is Outcome.MALFORMED


def test_only_allowed_services_and_never_this_machine() -> None:
    assert trouble_with("NTFYS://topic", SCHEMES) is None
    assert trouble_with("json://example.org", SCHEMES) is Outcome.SCHEME
    assert all(trouble_with(f"{scheme}://x", {scheme}) is Outcome.SCHEME for scheme in NEVER)


@pytest.mark.parametrize(
    "address",
    [
        "json://127.0.0.1:{port}/x",
        "json://localhost:{port}/x",
        "json://2130706433:{port}/x",
        "json://0x7f000001:{port}/x",
        "json://169.254.169.254/latest/meta-data",
        "ntfy://127.0.0.1:{port}/topic",
        "mailto://maria:secret@example.org?smtp=127.0.0.1",
    ],
)
async def test_an_address_that_leads_inside_is_refused(address: str) -> None:
    async with a_gateway() as gateway:
        gateways = Gateways(FOR_TESTS)
        said = await gateways.call(address.format(port=gateway.port), "a word")
        assert said is Outcome.INSIDE
        assert await gateways.look(address.format(port=gateway.port)) is Outcome.INSIDE
        assert gateway.got == []


async def test_a_gateway_cannot_send_us_inside() -> None:
    async with a_gateway() as gateway:
        gateway.location = "http://127.0.0.2:9/inside"
        gateways = Gateways(FOR_TESTS, ("127.0.0.1",))
        assert await gateways.call(gateway.address, "a word") is Outcome.FAILED
        assert await gateways.call(gateway.address + "?redirect=yes", "a word") is Outcome.INSIDE


async def test_one_address_is_never_two() -> None:
    async with a_gateway() as gateway:
        said = await Gateways(FOR_TESTS, ("127.0.0.1",)).call(f"{gateway.address}, {gateway.address}2", "a word")
        assert said is Outcome.MALFORMED or len(gateway.got) <= 1


async def test_a_named_host_is_reached_and_braces_stay_braces() -> None:
    async with a_gateway() as gateway:
        text = "BoneWatch: {name} \\n *Maria* needs you."
        assert await Gateways(FOR_TESTS, ("localhost",)).call(gateway.address, text) is Outcome.SENT
        assert gateway.texts == [text]
        gateway.status = 500
        assert await Gateways(FOR_TESTS, ("127.0.0.1",)).call(gateway.address, text) is Outcome.FAILED


async def test_a_gateway_that_hangs_is_let_go_and_its_process_is_gone() -> None:
    async with a_gateway() as gateway:
        gateway.hangs = True
        pace = SystemPace()
        began = pace.time()
        said = await Gateways(FOR_TESTS, ("127.0.0.1",), patience=2.5).call(gateway.address + "?rto=600", "a word")
        assert said is Outcome.HANGS
        assert pace.time() - began < 5
        assert len(gateway.got) == 1
        assert not [name for name in _processes() if b"bot.channel" in name]


def _processes() -> list[bytes]:
    """The command lines of our own children."""
    me = str(os.getpid())
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (folder / "stat").read_text().rsplit(")", 1)[1].split()[1] == me:
                found.append((folder / "cmdline").read_bytes())
    return found


async def test_while_a_gateway_hangs_the_bot_answers(sqlite_url: str) -> None:
    async with a_gateway() as gateway, an_api() as server:
        gateway.hangs = True
        vault, ids = Vault([MASTER_KEY]), Ids(SystemClock())
        settings = some_settings(sqlite_url, channel_schemes=("json",), channel_hosts=("127.0.0.1",))
        async with running(settings, server.url) as bot:
            store = Store(sqlite_url, vault, ids)
            await _one_knock(store, gateway.address)
            await eventually(lambda: gateway.got)
            maria = server.api.add_user(11, "Maria", None, "en")
            pace = SystemPace()
            began = pace.time()
            maria.sends("/start")
            await eventually(lambda: maria.hears)
            assert pace.time() - began < 2
            assert bot.app.knocker.outcomes["hangs"] == 0, "the call is still under way"
            await store.close()


async def _one_knock(store: Store, address: str) -> None:
    """An alert that has come to its second step, as rows."""
    now = SystemClock().now()
    async with store.begin() as tx:
        maria, rui = tx.people.add(1, "en", now), tx.people.add(RUI, "en", now)
        tx.people.set_name(maria, "Maria")
        tx.people.set_channel(rui, address)
        tx.patients.add(maria, now).state = "active"
        tx.families.link(maria.id, rui.id, now).state = "active"
        sealer = tx.sealer(maria)
        alert = Alert(
            id=tx.ids.new(), patient_id=maria.id, state="escalated", urgency="right_away", kind="finding",
            protocol_version="1", ladder=sealer.seal("alerts.ladder", {}), detail=sealer.seal("alerts.detail", {}),
            rung=2, raised_at=now,
        )  # fmt: skip
        tx.alerts.add(alert)
        tx.knocks.put(f"{alert.id}:1:1:{rui.id}", alert.id, maria.id, rui.id, now)


def test_the_bot_itself_never_imports_apprise() -> None:
    program = "import sys, bot.app, bot.cli, bot.launch, bot.channel_orders; sys.exit('apprise' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == 0


# The operator's orders


async def test_set_listed_tested_and_removed_beside_the_running_bot(sqlite_url: str) -> None:
    async with a_gateway() as gateway, a_town(sqlite_url) as t:
        cast = await at_home(t)
        given = {"channel_schemes": "json", "channel_hosts": "127.0.0.1", "encryption_keys": KEY}
        settings = some_settings(sqlite_url, **given)
        orders = Orders(settings, t.clock)
        assert await orders.set(RUI, gateway.address) == "json"
        assert await orders.listed() == [(RUI, "json")]
        await t.settle()
        cast.rui.hears("a second way to reach you", "json", "nothing about their health", loud=False)
        await orders.test(RUI)
        assert gateway.texts == ["BoneWatch: this is a test. You need do nothing."]
        for file in Path(sqlite_url.partition("///")[2]).parent.iterdir():
            assert b"secret-path" not in file.read_bytes()
        checks = {check.name: check for check in await examine(settings)}
        assert (checks["second channel"].ok, checks["second channel"].said) == (True, "set for 1")
        narrower = some_settings(sqlite_url, **{**given, "channel_schemes": "ntfys"})
        checks = {check.name: check for check in await examine(narrower)}
        assert not checks["second channel"].ok
        assert str(RUI) in checks["second channel"].said
        gateway.status = 500
        with pytest.raises(Refused, match="refused it"):
            await orders.test(RUI)
        await orders.remove(RUI)
        await t.settle()
        cast.rui.hears("Your second way is off")
        assert await orders.listed() == []


async def test_orders_that_are_refused(sqlite_url: str) -> None:
    async with a_town(sqlite_url) as t:
        await at_home(t)
        settings = some_settings(sqlite_url, channel_schemes="json", encryption_keys=KEY)
        orders = Orders(settings)
        for address, why in (("json://127.0.0.1/x", "inside"), ("ntfys://t", "SCHEMES"), ("nothing", "no address")):
            with pytest.raises(Refused, match=why):
                await orders.set(ANA, address)
        with pytest.raises(Refused, match="nobody's caregiver"):
            await orders.set(1, "json://192.0.43.8/x")
        for nobody in (orders.remove(ANA), orders.test(ANA), orders.test(77)):
            with pytest.raises(Refused):
                await nobody


def test_the_command_says_one_line_and_never_the_address(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'none.db'}"
    environment = {**os.environ, "BONEWATCH_DATABASE_URL": url, "PYTHONPATH": str(ROOT)}

    def say(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot", "channel", *words]
        return subprocess.run(command, cwd=tmp_path, env=environment, input=typed, capture_output=True, text=True)

    done = say("set", "3", typed="json://127.0.0.1/secret\n")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "SCHEMES" in done.stderr
    assert "secret" not in done.stderr + done.stdout
    assert "there is no database yet" in say("list").stderr
    assert list(tmp_path.glob("*.db")) == []


async def test_a_failure_is_seen_by_the_doctor(sqlite_url: str) -> None:
    clock = SystemClock()
    store = Store(sqlite_url, Vault([MASTER_KEY]), Ids(clock))
    await _one_knock(store, "json://192.0.43.8/x")
    async with store.begin() as tx:
        rows = await tx.knocks.claim(clock.now(), 1, 4)
        rows[0].state, rows[0].why = "failed", "hangs"
    await store.close()
    settings = some_settings(sqlite_url, channel_schemes="json", encryption_keys=KEY)
    checks = {check.name: check for check in await examine(settings)}
    assert not checks["second channel"].ok
    assert "hangs (1)" in checks["second channel"].said
    assert "channel test" in checks["second channel"].mend
