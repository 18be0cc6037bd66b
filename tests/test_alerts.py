"""Alerts as people live them: who is called when, what an answer does, and what is asked afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.household import Household, move_in, presses
from tests.town import a_town


@pytest.fixture
async def home(sqlite_url: str) -> AsyncIterator[Household]:
    async with a_town(sqlite_url) as town:
        town.restarts = False
        yield await move_in(town)


async def test_both_first_liners_hear_it_at_once_and_again_after_15_minutes(home: Household) -> None:
    await home.feels("numbness")
    home.maria.reads_all()
    home.ana.hears("Maria needs help now", "numb", loud=True)
    home.rui.hears("Maria needs help now", loud=True)
    await home.town.later(minutes=15)
    home.ana.hears("Maria needs help now", "Nobody has answered")
    home.rui.hears("Nobody has answered")


async def test_an_answer_stops_the_calling_and_everybody_hears_whose_it_is(home: Household) -> None:
    await home.feels("numbness")
    home.all_read()
    await home.town.later(minutes=2)
    await presses(home.ana, ":ack")
    home.ana.hears("Thank you")
    home.rui.hears("Ana is on it")
    home.maria.hears("Ana has answered", "told at", "answered at")
    await home.town.later(minutes=25)
    home.ana.hears_nothing()
    home.rui.hears_nothing()
    home.maria.hears_nothing()
