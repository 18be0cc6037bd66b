"""The lines of `bonewatch triage`: every answer, every refusal, and that a bad line never stops the run."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.protocol_file import load_protocol
from bot.triage_lines import answer_line, run_lines

PROTOCOL = load_protocol()


def run(text: str) -> tuple[int, list[dict[str, Any]]]:
    out = io.StringIO()
    status = run_lines(io.StringIO(text), out, PROTOCOL)
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


def line(**given: Any) -> dict[str, Any]:
    return {"id": "x", "answers": {}} | given


def test_the_example_of_the_contract() -> None:
    text = (
        '{"id": "x", "answers": {"pain": 7, "pain_change": "new", "pain_rest": "no", "pain_where": ["back"], '
        '"bone_signs": ["numbness"], "calcium_signs": []}, "history": [{"days_ago": 1, "answers": {"pain": 3}}]}'
    )
    status, (answer,) = run(text)
    assert status == 0
    source = answer["patterns"][0].pop("source")
    assert isinstance(source, str)
    assert source
    assert answer == {
        "id": "x",
        "urgency": "right_away",
        "patterns": [
            {
                "id": "bone_pain",
                "urgency": "right_away",
                "rules": ["BP1", "BP3", "BP4", "BP5"],
                "because": ["pain:7", "pain_change:new", "pain_rest:no", "pain_where:back"],
            },
            {
                "id": "cord_compression",
                "urgency": "right_away",
                "rules": ["CC1"],
                "because": ["bone_signs:numbness"],
                "source": "Signs and Symptoms › Numbness and Weakness",
            },
        ],
    }


def test_nothing_answered_and_nothing_found() -> None:
    assert run('{"id": 7, "answers": {}}') == (0, [{"id": 7, "urgency": "none", "patterns": []}])


def test_worry_alone_has_no_pattern() -> None:
    assert run(json.dumps(line(worried=True)))[1] == [{"id": "x", "urgency": "tell_team", "patterns": []}]


def test_usual_and_rhythm_are_heeded() -> None:
    known = line(answers={"bone_signs": ["numbness"], "bone_known": "yes"}, usual=["numbness", "pain"])
    assert run(json.dumps(known))[1][0]["patterns"] == [
        {
            "id": "cord_compression",
            "urgency": "none",
            "rules": ["CC1"],
            "because": ["bone_signs:numbness"],
            "source": "Signs and Symptoms › Numbness and Weakness",
            "known": True,
        }
    ]
    past = [{"days_ago": 7, "answers": {"pain": 3}}, {"days_ago": 14, "answers": {"pain": 3}}]
    weekly = line(answers={"pain": 6, "pain_change": "same", "pain_known": "yes"}, history=past, rhythm_days=7)
    assert run(json.dumps(weekly))[1][0]["patterns"][0]["rules"] == ["BP6"]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("nonsense", "not JSON: Expecting value at character 1"),
        ('{"id": "x", "answers": {}', "not JSON"),
        ("[1]", "a line is one JSON object"),
        ("[" * 100_000, "not JSON"),
        ('{"id": "x", "answers": {"pain": ' + "9" * 5000 + "}}", "not JSON: a number with too many digits"),
        ('{"id": "x", "answers": {"pain": NaN}}', "NaN is not a number"),
        ('{"id": "x", "answers": {"pain": 3, "pain": 8}}', "pain is given twice"),
        ('{"answers": {}}', "id must be a text or a whole number"),
        ('{"id": true, "answers": {}}', "id must be a text or a whole number"),
        ('{"id": "x"}', "answers is missing"),
        (line(answers=[]), "answers: answers must be an object"),
        (line(answers={"mood": 1}), "answers: no question is called mood"),
        (line(answers={"pain": 11}), "answers: pain must be a whole number from 0 to 10"),
        (line(answers={"pain": -1}), "answers: pain must be a whole number from 0 to 10"),
        (line(answers={"pain": 3.5}), "answers: pain must be a whole number from 0 to 10"),
        (line(answers={"pain": "3"}), "answers: pain must be a whole number from 0 to 10"),
        (line(answers={"pain": True}), "answers: pain must be a whole number from 0 to 10"),
        (line(answers={"pain": None}), "answers: pain must be a whole number from 0 to 10"),
        (line(answers={"pain_change": "odd"}), "answers: pain_change must be one of same, new, worse, better"),
        (line(answers={"pain_change": ["new"]}), "answers: pain_change must be one of same, new, worse, better"),
        (line(answers={"bone_signs": "fall"}), "answers: bone_signs must be a list of fall, snap"),
        (line(answers={"bone_signs": ["fell"]}), "answers: bone_signs must be a list of fall, snap"),
        (line(answers={"bone_signs": [["fall"]]}), "answers: bone_signs must be a list of fall, snap"),
        (line(history={}), "history must be a list"),
        (line(history=[1]), "history 1: must be an object with days_ago and answers"),
        (line(history=[{"answers": {}}]), "history 1: days_ago must be a whole number, 0 or more"),
        (line(history=[{"days_ago": 1.0, "answers": {}}]), "history 1: days_ago must be a whole number"),
        (line(history=[{"days_ago": -1, "answers": {}}]), "history 1: days_ago must be a whole number"),
        (line(history=[{"days_ago": 1}]), "history 1: answers is missing"),
        (line(history=[{"days_ago": 1, "answers": {}, "pain": 3}]), "history 1: unknown key pain"),
        (
            line(history=[{"days_ago": 1, "answers": {}}, {"days_ago": 2, "answers": {"pain": 12}}]),
            "history 2: pain must be a whole number",
        ),
        (line(usual="pain"), "usual must be a list of signs"),
        (line(usual=["ache"]), "usual: no sign is called ache"),
        (line(worried="yes"), "worried must be true or false"),
        (line(rhythm_days=0), "rhythm_days must be a number above 0"),
        (line(rhythm_days="7"), "rhythm_days must be a number above 0"),
        (line(historie=[]), "line: unknown key historie"),
    ],
)
def test_a_bad_line_says_what_is_wrong_and_the_run_goes_on(given: str | dict[str, Any], error: str) -> None:
    text = given if isinstance(given, str) else json.dumps(given)
    status, (bad, good) = run(text + '\n{"id": "next", "answers": {}}\n')
    assert status == 1
    assert set(bad) == {"id", "error"}
    assert bad["error"].startswith(error)
    assert good == {"id": "next", "urgency": "none", "patterns": []}


def test_a_bad_line_keeps_its_id_where_it_can_be_read() -> None:
    assert answer_line('{"id": "x", "answers": {"pain": 99}}', PROTOCOL)["id"] == "x"
    assert answer_line('{"id": "x", "answers": {"pain": 3, "pain": 8}}', PROTOCOL)["id"] == "x"
    assert answer_line('{"id": [1], "answers": {}}', PROTOCOL)["id"] is None


def test_blank_lines_and_a_byte_order_mark_are_passed_over() -> None:
    status, answers = run('\ufeff{"id": 1, "answers": {}}\r\n\n   \n{"id": 2, "answers": {}}')
    assert (status, [answer["id"] for answer in answers]) == (0, [1, 2])


def test_bytes_that_are_no_text_spoil_only_their_own_line() -> None:
    raw = io.TextIOWrapper(io.BytesIO(b'{"id": "\xff", "answers": {"\xfe": 1}}\n{"id": "b", "answers": {}}\n'), "ascii")
    out = io.StringIO()
    assert run_lines(raw, out, PROTOCOL) == 1
    bad, good = (json.loads(line) for line in out.getvalue().splitlines())
    assert "no question is called" in bad["error"]
    assert good["urgency"] == "none"


def test_what_goes_out_fits_any_terminal() -> None:
    out = io.StringIO()
    run_lines(io.StringIO('{"id": "\\ud800 Zé", "answers": {"bone_signs": ["numbness"]}}'), out, PROTOCOL)
    assert out.getvalue().isascii()
    assert json.loads(out.getvalue())["id"] == "\ud800 Zé"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["id", "answers", "history", "usual", "worried", "rhythm_days", "pain", "bone_signs"])


@given(st.text() | st.dictionaries(NAMES, JSON, max_size=6).map(json.dumps))
def test_any_line_is_answered_and_none_breaks_the_run(text: str) -> None:
    answer = answer_line(text, PROTOCOL)
    assert ("error" in answer) != ("urgency" in answer)
    assert json.loads(json.dumps(answer)) == answer
