"""Alerts under everything that can happen in any order: never without a next step, never called twice, never late."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.a_long_night import CAREGIVER_SAYS, PATIENT_SAYS, PHONES, SIGNS, WRONG, Night
from tests.care_group import FAMILY, a_linked_group
from tests.databases import Postgres, Sqlite
from tests.household import ZE, move_in
from tests.town import Town

LONG = os.environ.get("BONEWATCH_TEST_MACHINE") == "long"
caregivers = st.sampled_from(["ana", "rui"])


class AlertMachine(RuleBasedStateMachine):
    """Each rule is one thing that happens; after each, every claim holds."""

    databases: Sqlite | Postgres

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.town: Town | None = None

    async def _begin(self) -> None:
        self.url = await self.databases.fresh()
        self.town = Town(self.url)
        self.town.restarts = False
        await self.town.__aenter__()
        self.night = await a_night_with_a_group(self.town)

    @initialize(what=st.sampled_from([*SIGNS, *WRONG]))
    def begins(self, what: str) -> None:
        self.runner.run(self._begin())
        self.runner.run(self.night.reports(what))

    @rule(what=st.sampled_from([*SIGNS, *WRONG]))
    def reports(self, what: str) -> None:
        self.runner.run(self.night.reports(what))

    @rule(action=st.sampled_from(PATIENT_SAYS))
    def maria_says(self, action: str) -> None:
        self.runner.run(self.night.says(self.night.home.maria, action))

    @rule(who=caregivers, action=st.sampled_from(CAREGIVER_SAYS))
    def a_caregiver_says(self, who: str, action: str) -> None:
        self.runner.run(self.night.says(getattr(self.night.home, who), action))

    @rule(action=st.sampled_from(CAREGIVER_SAYS))
    def somebody_in_the_group_says(self, action: str) -> None:
        self.runner.run(self.night.the_group_says(action))

    @rule()
    def the_group_puts_us_out(self) -> None:
        self.runner.run(self.night.the_group_puts_us_out())

    @rule()
    def the_group_takes_us_in(self) -> None:
        self.runner.run(self.night.the_group_takes_us_in())

    @rule(minutes=st.sampled_from([1, 5, 10, 16, 31, 65, 130, 260, 1500]))
    def time_passes(self, minutes: int) -> None:
        self.runner.run(self.night.later(minutes))

    @rule(who=caregivers)
    def blocks(self, who: str) -> None:
        self.runner.run(self.night.blocks(getattr(self.night.home, who)))

    @rule(who=caregivers)
    def unblocks(self, who: str) -> None:
        self.runner.run(self.night.unblocks(getattr(self.night.home, who)))

    @rule(who=caregivers)
    def leaves(self, who: str) -> None:
        self.runner.run(self.night.leaves(getattr(self.night.home, who)))

    @rule(commits=st.integers(0, 12))
    def dies_soon(self, commits: int) -> None:
        self.runner.run(self.night.dies_soon(commits))

    @rule(minutes=st.sampled_from([2, 20, 50, 200]))
    def is_off(self, minutes: int) -> None:
        self.runner.run(self.night.is_off(minutes=minutes))

    @rule(seconds=st.sampled_from([-90, -5, 40, 3600]))
    def clock_is_set(self, seconds: int) -> None:
        self.runner.run(self.night.clock_is_set(seconds))

    @rule(who=st.sampled_from(sorted(PHONES)))
    def telegram_floods(self, who: str) -> None:
        self.runner.run(self.night.telegram_floods(PHONES[who]))

    @rule(who=st.sampled_from(sorted(PHONES)))
    def reply_is_lost(self, who: str) -> None:
        self.runner.run(self.night.reply_is_lost(PHONES[who]))

    @invariant()
    def everything_holds(self) -> None:
        if self.town is not None:
            self.runner.run(self.night.holds())

    def teardown(self) -> None:
        if self.town is not None:
            self.runner.run(self.town.__aexit__(AssertionError, None, None))
            self.runner.run(self.databases.drop(self.url))
        self.runner.close()


async def a_night_with_a_group(town: Town) -> Night:
    home, ze = await move_in(town), town.person(ZE, "Zé")
    return Night(home, await a_linked_group(town, ze, home.ana), ze)


def machine_on(databases: Sqlite | Postgres, examples: int, steps: int) -> None:
    machine = type("Machine", (AlertMachine,), {"databases": databases})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not LONG,
            database=None,
            # Each example is a whole night on a real database: a failure is shown as it happened, and made smaller
            # only where there is time for it.
            phases=(Phase.generate, Phase.shrink) if LONG else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
def test_whatever_happens_on_sqlite() -> None:
    with tempfile.TemporaryDirectory() as folder:
        machine_on(Sqlite(Path(folder)), 300 if LONG else 12, 40 if LONG else 14)


@pytest.mark.postgres
def test_whatever_happens_on_postgres(postgres: Postgres) -> None:
    machine_on(postgres, 30 if LONG else 2, 30 if LONG else 10)


@pytest.mark.slow
async def test_a_night_in_which_everything_goes_wrong(database_url: str) -> None:
    """The same claims after each of these, on both databases, whatever the machine happens to draw."""
    town = Town(database_url)
    town.restarts = False
    async with town:
        night = await a_night_with_a_group(town)
        home = night.home
        await night.reports("soft")
        await night.holds()
        await night.dies_soon(4)
        await night.reports("cord_emergency")
        await night.telegram_floods(PHONES["ana"])
        await night.holds()
        await night.blocks(home.ana)
        await night.later(10)
        await night.says(home.rui, "ack")
        await night.says(home.rui, "cant_reach")
        await night.holds()
        await night.is_off(minutes=50)
        await night.unblocks(home.ana)
        await night.clock_is_set(-90)
        await night.holds()
        await night.the_group_says("ack")
        await night.the_group_puts_us_out()
        await night.holds()
        await night.the_group_takes_us_in()
        await night.says(home.ana, "ack")
        await night.reply_is_lost(PHONES["rui"])
        await night.later(260)
        await night.holds()
        await night.leaves(home.rui)
        await night.says(home.maria, "worse")
        await night.holds()
        await night.says(home.maria, "mistap")
        await night.clock_is_set(3600)
        await night.the_group_says("false_alarm")
        assert (await home.alert()).state != "closed", "a group cannot end it"
        await night.says(home.ana, "false_alarm")
        await night.holds()
        assert (await home.alert()).closed_why == "false_alarm"
        home.all_read()
        town.phones[FAMILY].reads_all()
