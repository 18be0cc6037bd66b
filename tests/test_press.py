"""Callback data both ways: what we make we read, what we never made means nothing, and 64 bytes are enough."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.press import (
    LARGEST_ID,
    MOST_BYTES,
    AlertPress,
    CheckinPress,
    LearnPress,
    Press,
    SettingPress,
    StepPress,
    from_data,
    to_data,
)
from bot.protocol_file import load_protocol
from bot.store.ids import EPOCH_MS, RANDOM_BITS

WORDS = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
CHOICES = st.from_regex(r"[+-]?[a-z0-9_.]{1,12}", fullmatch=True)
IDS = st.integers(0, LARGEST_ID)
PRESSES: st.SearchStrategy[Press] = st.one_of(
    st.builds(CheckinPress, IDS, WORDS, CHOICES),
    st.builds(AlertPress, IDS, WORDS),
    st.builds(StepPress, WORDS, CHOICES),
    st.builds(SettingPress, WORDS, st.from_regex(r"[a-z0-9_.:+-]{1,20}", fullmatch=True)),
    st.builds(LearnPress, WORDS),
)


@given(PRESSES)
def test_what_we_make_we_read(press: Press) -> None:
    data = to_data(press)
    assert from_data(data) == press
    assert 1 <= len(data.encode()) <= MOST_BYTES


@pytest.mark.parametrize(
    ("press", "data"),
    [
        (CheckinPress(7, "pain", "10"), "c:7:pain:10"),
        (CheckinPress(7, "bone_signs", "+numbness"), "c:7:bone_signs:+numbness"),
        (CheckinPress(7, "bone_signs", "-numbness"), "c:7:bone_signs:-numbness"),
        (CheckinPress(7, "bone_signs", "done"), "c:7:bone_signs:done"),
        (CheckinPress(7, "nerve_how", "back"), "c:7:nerve_how:back"),
        (AlertPress(9, "not_reached"), "a:9:not_reached"),
        (StepPress("hour", "09:00"), "o:hour:09:00"),
        (SettingPress("quiet", "22:00"), "s:quiet:22:00"),
        (LearnPress("nerves"), "l:nerves"),
    ],
)
def test_the_forms_are_the_contracts(press: Press, data: str) -> None:
    assert to_data(press) == data
    assert from_data(data) == press


@pytest.mark.parametrize(
    "data",
    [
        "", "c", "c:", "c:7", "c:7:pain", "c:7:pain:", "c:7::3", "c::pain:3", "c:x:pain:3", "c:-7:pain:3",
        "c: 7:pain:3", "c:+7:pain:3", "c:7_0:pain:3", "c:٧:pain:3", "c:7:pain:3:4:" + "9" * 60,
        "c:12345678901234567890:pain:3", "c:9223372036854775808:pain:3", "a:9223372036854775808:ack", "a:9:", "a:9",
        "a:x:ack", "a:9:ack:more", "o:", "o:hour", "o:hour:", "s::x", "s:quiet:", "l:", "l", "x:1:2:3", "C:7:pain:3",
        " c:7:pain:3", "\x00", "💥" * 20,
    ],
)  # fmt: skip
def test_what_we_never_made_means_nothing(data: str) -> None:
    assert from_data(data) is None


@given(st.one_of(st.text(max_size=64), st.binary(max_size=64).map(lambda raw: raw.decode("utf-8", "surrogateescape"))))
def test_any_bytes_are_read_without_a_word(data: str) -> None:
    press = from_data(data)
    assert press is None or from_data(to_data(press)) == press


@given(st.sampled_from("caosl"), st.lists(st.text(alphabet="0123456789abc:+-_ \n", max_size=20), max_size=4))
def test_nearly_right_data_is_read_back_as_it_was_or_not_at_all(kind: str, parts: list[str]) -> None:
    data = ":".join([kind, *parts])
    press = from_data(data)
    if isinstance(press, CheckinPress | AlertPress):
        number = press.checkin if isinstance(press, CheckinPress) else press.alert
        assert 0 <= number <= LARGEST_ID, "it would not fit its column"


def test_too_long_data_is_refused_before_telegram_refuses_it() -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        to_data(StepPress("name", "é" * 30))


def test_every_choice_of_the_protocol_fits_with_the_longest_id() -> None:
    for question in load_protocol().by_id.values():
        for choice in question.choices:
            assert len(to_data(CheckinPress(LARGEST_ID, question.id, f"+{choice}")).encode()) <= MOST_BYTES


def test_an_id_of_the_year_2290_still_fits() -> None:
    ten_thousand_days_a_year = 366 * 264 * 86_400_000
    assert ten_thousand_days_a_year << RANDOM_BITS < LARGEST_ID
    assert EPOCH_MS > 0


def test_the_list_of_codes_names_no_form_that_we_cannot_read() -> None:
    """docs/callbacks.md lists what old keyboards may still send; each example there must mean something."""
    listed = re.findall(r"`([caosl]:[^`<>{} …]+)`", (Path(__file__).parent.parent / "docs/callbacks.md").read_text())
    assert listed
    assert [data for data in listed if from_data(data) is None] == []
