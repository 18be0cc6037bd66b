"""A clue table gives each clue its points, and says in one line what is wrong with it."""

from __future__ import annotations

import random
import string

import pytest

from bot.domain.recognise.clues import ANYTHING, sureness, weigh
from bot.domain.recognise.judge import clues_in
from bot.domain.recognise.lists import PhraseFault
from bot.domain.recognise.points import Points
from bot.domain.recognise.words import split
from bot.phrase_files import load_lists, read_clues

HEAD = ["# a comment\n", "clue\tanything\tpain\tcord\n", "(mark)\t100\t50\t50\n"]


def test_every_clue_keeps_its_own_points_however_many_there_are() -> None:
    chance = random.Random(4)
    letters = string.ascii_lowercase + "_+<>'~^$"
    table = {"".join(chance.choices(letters, k=9)): (n % 32767, -n % 32767, n % 3 - 1) for n in range(20_000)}
    points = Points(3, table.items())
    assert len(points) == len(table)
    assert points.of(table) == table
    assert points.of(f"{clue} " for clue in table) == {}


def test_an_empty_table_gives_no_points() -> None:
    assert Points(2, ()).of(["numb"]) == {}


def test_the_clearer_one_sign_is_the_surer_the_bot_is() -> None:
    table = read_clues([*HEAD, "odd\t100\t\t50\n", "numb\t100\t\t90\n", "today\t-20\t\t\n"])
    odd, _ = weigh(table, {"odd", "today", "never seen"})
    numb, most = weigh(table, {"numb", "today", "never seen"})
    assert odd[ANYTHING] == numb[ANYTHING]
    assert sureness(numb, "cord") > sureness(odd, "cord")
    assert [clue.split()[0] for clue in most] == ["numb", "today"]


def test_a_grave_sign_is_asked_about_sooner_than_a_milder_one() -> None:
    table = read_clues([*HEAD, "sore\t100\t50\t\n", "numb\t100\t\t50\n"])
    sore, numb = weigh(table, {"sore"})[0], weigh(table, {"numb"})[0]
    assert sureness(numb, "cord") > sureness(sore, "pain")


def test_how_a_message_begins_and_ends_is_a_clue() -> None:
    english = next(language for language in load_lists().languages if language.name == "en")
    found = clues_in(split("Anyone else numb today?"), english)
    assert {"^anyone", "^anyone_else", "today$", "numb_today$", "{?}"} <= found


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["word\tanything\n"], "begins with a line `clue`"),
        ([], "begins with a line `clue`"),
        (["clue\tanything\tsadness\n"], "sadness is no label"),
        (["clue\tanything\n", "numb\t5\n"], "a line `(mark)` below its head"),
        (["clue\tanything\n"], "a line `(mark)` below its head"),
        ([*HEAD, "numb\t5\n"], "numb has not 3 columns"),
        ([*HEAD, "numb\t5\tmuch\t\n"], "whole numbers"),
        ([*HEAD, "numb\t40000\t\t\n"], "32,767 points at most"),
    ],
)
def test_a_table_that_is_wrong_says_what_is_wrong(lines: list[str], says: str) -> None:
    with pytest.raises(PhraseFault, match=says.replace("(", r"\(").replace(")", r"\)")):
        read_clues(lines)
