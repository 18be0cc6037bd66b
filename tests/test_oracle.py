"""The oracle is trusted because these cases were worked out by hand from `clinical.md`, not from code."""

from typing import Any

import pytest

from tests.oracle import evaluate

Line = dict[str, Any]
NONE, T, R, E = "none", "tell_team", "right_away", "emergency"


def judge(answers: Line, pains: dict[int, int] | None = None, **beside: Any) -> Line:
    """Evaluate one line; `pains` is a history of pain values by days ago."""
    history = [{"days_ago": day, "answers": {"pain": pain}} for day, pain in (pains or {}).items()]
    return evaluate({"id": "x", "answers": answers, "history": history, **beside})


def rules(outcome: Line) -> dict[str, list[str]]:
    return {pattern["id"]: pattern["rules"] for pattern in outcome["patterns"]}


def test_the_example_of_the_contract() -> None:
    answers = {
        "pain": 7, "pain_change": "new", "pain_rest": "no", "pain_where": ["back"],
        "bone_signs": ["numbness"], "calcium_signs": [],
    }  # fmt: skip
    assert judge(answers, {1: 3}) == {
        "id": "x",
        "urgency": R,
        "patterns": [
            {
                "id": "bone_pain",
                "urgency": R,
                "rules": ["BP1", "BP3", "BP4", "BP5"],
                "because": ["pain:7", "pain_change:new", "pain_rest:no", "pain_where:back"],
            },
            {"id": "cord_compression", "urgency": R, "rules": ["CC1"], "because": ["bone_signs:numbness"]},
        ],
    }


def test_a_well_person_and_an_empty_line_give_nothing() -> None:
    nothing = {"id": "x", "urgency": NONE, "patterns": []}
    assert judge({"pain": 0, "bone_signs": [], "calcium_signs": []}) == nothing
    assert evaluate({"id": "x", "answers": {}}) == nothing


CASES: list[tuple[str, Line, str, dict[str, list[str]]]] = [
    ("BP2, eases partly", {"pain": 3, "pain_change": "worse", "pain_rest": "partly"}, T, {"bone_pain": ["BP2"]}),
    ("BP1", {"pain": 3, "pain_change": "new", "pain_rest": "no"}, T, {"bone_pain": ["BP1"]}),
    ("BP3, neck", {"pain": 1, "pain_change": "worse", "pain_where": ["neck"]}, T, {"bone_pain": ["BP3"]}),
    ("BP1 not when rest eases it", {"pain": 3, "pain_change": "new", "pain_rest": "yes"}, NONE, {}),
    ("BP4 alone at 7 the same", {"pain": 7, "pain_change": "same", "pain_rest": "yes"}, T, {"bone_pain": ["BP4"]}),
    ("BP5 by rest alone", {"pain": 7, "pain_rest": "no"}, R, {"bone_pain": ["BP4", "BP5"]}),
    ("BP5 by a change alone", {"pain": 7, "pain_change": "worse", "pain_rest": "yes"}, R,
     {"bone_pain": ["BP4", "BP5"]}),
    ("BP5 not by partly", {"pain": 7, "pain_rest": "partly"}, T, {"bone_pain": ["BP4"]}),
    ("BP9 at 4", {"pain": 4, "pain_change": "new", "pain_where": ["hips"], "pain_rest": "yes"}, T,
     {"bone_pain": ["BP9"]}),
    ("BP9, arms", {"pain": 4, "pain_change": "worse", "pain_where": ["arms"]}, T, {"bone_pain": ["BP9"]}),
    ("BP9, legs", {"pain": 4, "pain_change": "worse", "pain_where": ["legs"]}, T, {"bone_pain": ["BP9"]}),
    ("BP9 not at 3", {"pain": 3, "pain_change": "new", "pain_where": ["hips"], "pain_rest": "yes"}, NONE, {}),
    ("BP10", {"pain": 1, "pain_change": "same", "pain_rest": "no", "pain_known": "untold"}, T,
     {"bone_pain": ["BP10"]}),
    ("FR1", {"bone_signs": ["snap"]}, R, {"fracture": ["FR1"]}),
    ("FR2 and FR4", {"bone_signs": ["fall", "hard_to_move"], "pain": 8}, R,
     {"bone_pain": ["BP4"], "fracture": ["FR2", "FR4"]}),
    ("FR3, rest missing", {"pain": 7, "pain_onset": "sudden"}, R, {"bone_pain": ["BP4"], "fracture": ["FR3"]}),
    ("FR3 not when rest eases it", {"pain": 7, "pain_onset": "sudden", "pain_rest": "yes"}, T,
     {"bone_pain": ["BP4"]}),
    ("FR2 by onset, FR3 not at 6", {"pain": 6, "pain_onset": "sudden", "bone_signs": ["fall"]}, R,
     {"fracture": ["FR2"]}),
    ("FR4 at new pain", {"pain": 2, "pain_change": "new", "bone_signs": ["hard_to_move"]}, R, {"fracture": ["FR4"]}),
    ("FR5", {"pain": 6, "bone_signs": ["fall"]}, T, {"fracture": ["FR5"]}),
    ("FR6", {"bone_signs": ["fall"], "injury_how": ["deformity"]}, E, {"fracture": ["FR5", "FR6"]}),
    ("CC2", {"bone_signs": ["weakness", "bowel"]}, E, {"cord_compression": ["CC1", "CC2"]}),
    ("two limbs are not CC2", {"bone_signs": ["numbness", "weakness"]}, R, {"cord_compression": ["CC1"]}),
    ("CC3 by saddle", {"bone_signs": ["numbness"], "nerve_how": ["saddle"]}, E, {"cord_compression": ["CC1", "CC3"]}),
    ("CC3 fast, weakness", {"bone_signs": ["weakness"], "nerve_how": ["fast"]}, E,
     {"cord_compression": ["CC1", "CC3"]}),
    ("CC3 not for fast numbness", {"bone_signs": ["numbness"], "nerve_how": ["fast"]}, R,
     {"cord_compression": ["CC1"]}),
    ("CC4", {"pain_where": ["band"]}, R, {"cord_compression": ["CC4"]}),
    ("HC1", {"calcium_signs": ["nausea"]}, R, {"hypercalcemia": ["HC1"]}),
    ("HC2", {"calcium_signs": ["confused"]}, R, {"hypercalcemia": ["HC2"]}),
    ("HC3 by two signs", {"calcium_signs": ["confused", "appetite"]}, E, {"hypercalcemia": ["HC1", "HC2", "HC3"]}),
    ("HC3 by sleepiness", {"calcium_signs": ["nausea"], "calcium_how": ["hard_to_wake"]}, E,
     {"hypercalcemia": ["HC1", "HC3"]}),
    ("HC3 dry and thirsty", {"calcium_signs": ["thirst"], "calcium_how": ["no_fluids"]}, E,
     {"hypercalcemia": ["HC1", "HC3"]}),
    ("HC4 dry and sick", {"calcium_signs": ["nausea"], "calcium_how": ["no_fluids"]}, R,
     {"hypercalcemia": ["HC1", "HC4"]}),
    ("HC4 dry alone", {"calcium_how": ["no_fluids"]}, R, {"hypercalcemia": ["HC4"]}),
    ("OB1 seen asleep", {"observed": ["hard_to_wake"]}, E, {"hypercalcemia": ["OB1"]}),
    ("OB1 muddled and tired", {"calcium_signs": ["tired"], "observed": ["not_making_sense"]}, E,
     {"hypercalcemia": ["HC1", "OB1"]}),
    ("OB2", {"observed": ["not_making_sense"]}, R, {"hypercalcemia": ["OB2"]}),
    ("OB3", {"observed": ["unsteady"]}, R, {"cord_compression": ["OB3"]}),
]  # fmt: skip


@pytest.mark.parametrize(("answers", "urgency", "expected"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_rules_and_urgency(answers: Line, urgency: str, expected: dict[str, list[str]]) -> None:
    outcome = judge(answers)
    assert (outcome["urgency"], rules(outcome)) == (urgency, expected)


@pytest.mark.parametrize(
    ("pains", "rhythm", "today", "expected"),
    [
        ({1: 2, 2: 2, 3: 2}, 1, 4, ["BP6"]),
        ({1: 2, 2: 2, 3: 2}, 1, 3, []),
        ({1: 4, 2: 4, 3: 4}, 1, 7, ["BP4", "BP6", "BP7"]),
        ({1: 2, 2: 2}, 2, 5, []),  # two values are too few for this rhythm
        ({3: 2, 6: 2}, 3, 5, ["BP6"]),  # and enough for this one
        ({0: 2, 7: 2, 36: 2}, 7, 5, []),  # today's earlier value and day 36 are no baseline
        ({1: 2, 2: 2, 3: 3, 4: 3}, 1, 4, []),  # median 2.5
        ({1: 2, 2: 2, 3: 2, 4: 2, 5: 6, 6: 6, 7: 6, 8: 6, 9: 6}, 1, 4, ["BP6"]),  # of the 7 latest
        ({2: 2, 1: 3}, 1, 4, ["BP8"]),
        ({2: 2, 1: 2}, 1, 4, []),  # not each higher than the one before
        ({2: 2, 1: 4}, 1, 4, []),
        ({2: 1, 1: 2}, 1, 3, ["BP8"]),
        ({2: 0, 1: 1}, 1, 2, []),  # below 3
        ({3: 9, 2: 2, 1: 3}, 1, 4, ["BP8"]),  # of the three latest
        ({21: 2, 1: 3}, 1, 4, ["BP8"]),
        ({22: 2, 1: 3}, 1, 4, []),
        ({1: 2, 0: 3}, 1, 4, ["BP8"]),  # an earlier check-in of today is a value, too
    ],
)
def test_pain_against_its_history(pains: dict[int, int], rhythm: int, today: int, expected: list[str]) -> None:
    outcome = judge({"pain": today}, pains, rhythm_days=rhythm)
    assert rules(outcome).get("bone_pain", []) == expected
    assert outcome["urgency"] == (R if "BP7" in expected else T if expected else NONE)


def test_a_missing_rhythm_needs_three_values() -> None:
    assert judge({"pain": 5}, {1: 2, 2: 2})["urgency"] == NONE
    assert judge({"pain": 5}, {1: 2, 2: 2, 3: 2})["urgency"] == T


FOLLOW_UPS = [
    ("bone_signs", "fall", "injury_how", ["cannot_stand", "deformity", "head_or_spine"], "FR6"),
    ("bone_signs", "bowel", "nerve_how", ["fast", "cannot_walk", "saddle", "no_control"], "CC3"),
    ("calcium_signs", "thirst", "calcium_how", ["hard_to_wake", "no_fluids"], "HC3"),
    ("calcium_signs", "urine", "calcium_how", ["no_fluids"], "HC3"),
    ("calcium_signs", "tired", "calcium_how", ["no_fluids"], "HC3"),
    ("calcium_signs", "tired", "observed", ["hard_to_wake", "not_making_sense"], "OB1"),
]


@pytest.mark.parametrize(("question", "sign", "how", "choices", "rule"), FOLLOW_UPS)
def test_each_grave_follow_up_alone_is_an_emergency(
    question: str, sign: str, how: str, choices: list[str], rule: str
) -> None:
    for choice in choices:
        [pattern] = judge({question: [sign], how: [choice]})["patterns"]
        assert (pattern["urgency"], pattern["rules"][-1]) == (E, rule)
        assert f"{how}:{choice}" in pattern["because"]


def test_settled_signs_are_listed_as_known_and_raise_nothing() -> None:
    answers = {"bone_signs": ["numbness"], "bone_known": "yes"}
    known = {"id": "cord_compression", "urgency": NONE, "rules": ["CC1"],
             "because": ["bone_signs:numbness"], "known": True}  # fmt: skip
    assert judge(answers, usual=["numbness"]) == {"id": "x", "urgency": NONE, "patterns": [known]}
    for days_ago in (0, 30):
        reported = [{"days_ago": days_ago, "answers": {"bone_signs": ["numbness"]}}]
        assert evaluate({"id": "x", "answers": answers, "history": reported})["patterns"] == [known]


@pytest.mark.parametrize(
    ("question", "yes", "how", "choice", "signs"),
    [
        ("bone_signs", "bone_known", "injury_how", "deformity", ["hard_to_move"]),
        ("bone_signs", "bone_known", "nerve_how", "fast", ["numbness", "weakness", "bladder", "bowel"]),
        ("calcium_signs", "calcium_known", "calcium_how", "no_fluids",
         ["thirst", "urine", "appetite", "nausea", "tired"]),
    ],
)  # fmt: skip
def test_each_sign_is_settled_by_its_yes_and_unsettled_by_its_how(
    question: str, yes: str, how: str, choice: str, signs: list[str]
) -> None:
    for ticked in [*([sign] for sign in signs), signs]:
        answers = {question: ticked, yes: "yes"}
        [known] = judge(answers, usual=signs)["patterns"]
        assert (known["urgency"], known["known"]) == (NONE, True)
        [unsettled] = judge({**answers, how: [choice]}, usual=signs)["patterns"]
        assert unsettled["urgency"] in (R, E)
        assert {f"{question}:{sign}" for sign in ticked} <= set(unsettled["because"])


@pytest.mark.parametrize(
    ("answers", "usual", "days_ago"),
    [
        ({"bone_signs": ["numbness"], "bone_known": "yes"}, [], 31),  # reported too long ago: not asked as known
        ({"bone_signs": ["numbness"], "bone_known": "untold"}, ["numbness"], 1),
        ({"bone_signs": ["numbness"]}, ["numbness"], 1),  # unanswered
        ({"bone_signs": ["numbness"], "bone_known": "yes", "nerve_how": ["fast"]}, ["numbness"], 1),
        ({"calcium_signs": ["confused"], "calcium_known": "yes"}, ["confused"], 1),  # never settled
        ({"calcium_signs": ["thirst"], "bone_known": "yes"}, ["thirst"], 1),  # the other question's yes
    ],
)
def test_signs_that_are_not_settled(answers: Line, usual: list[str], days_ago: int) -> None:
    reported = [{"days_ago": days_ago, "answers": {"bone_signs": ["numbness"]}}]
    outcome = evaluate({"id": "x", "answers": answers, "usual": usual, "history": reported})
    assert outcome["urgency"] == R


def test_one_new_sign_beside_a_settled_one_counts_with_both() -> None:
    answers = {"bone_signs": ["numbness", "bladder"], "bone_known": "yes"}
    [cord] = judge(answers, usual=["numbness"])["patterns"]
    assert (cord["urgency"], cord["rules"]) == (E, ["CC1", "CC2"])
    assert cord["because"] == ["bone_signs:bladder", "bone_signs:numbness"]


def test_confused_beside_a_settled_sign_leaves_out_only_the_settled_rule() -> None:
    answers = {"calcium_signs": ["confused", "tired"], "calcium_known": "yes"}
    outcome = judge(answers, usual=["tired"])
    assert (outcome["urgency"], rules(outcome)) == (E, {"hypercalcemia": ["HC2", "HC3"]})


def test_a_fall_unsettles_what_is_hard_to_move() -> None:
    answers = {"pain": 7, "pain_change": "same", "bone_signs": ["hard_to_move"], "bone_known": "yes"}
    assert judge(answers, usual=["hard_to_move", "pain"])["urgency"] == NONE
    fallen = judge({**answers, "bone_signs": ["fall", "hard_to_move"]}, usual=["hard_to_move", "pain"])
    assert fallen["urgency"] == R
    assert rules(fallen) == {"bone_pain": ["BP4"], "fracture": ["FR2", "FR4"]}


SAME_STRONG_PAIN = {"pain": 8, "pain_change": "same", "pain_rest": "no"}


def test_settled_pain_is_known_until_it_rises_above_its_baseline() -> None:
    known = {"id": "bone_pain", "urgency": NONE, "rules": ["BP4", "BP5"],
             "because": ["pain:8", "pain_rest:no"], "known": True}  # fmt: skip
    assert judge(SAME_STRONG_PAIN, usual=["pain"])["patterns"] == [known]
    assert judge(SAME_STRONG_PAIN, {1: 7, 2: 7, 3: 7}, usual=["pain"])["patterns"] == [known]
    risen = judge(SAME_STRONG_PAIN, {1: 6, 2: 6, 3: 6}, usual=["pain"])
    assert (risen["urgency"], rules(risen)) == (R, {"bone_pain": ["BP5", "BP6"]})


@pytest.mark.parametrize(
    ("answers", "told", "usual", "urgency"),
    [
        ({"pain_known": "yes"}, {}, [], NONE),
        ({"pain_change": "better", "pain_known": "yes"}, {}, [], NONE),
        ({}, {0: "yes"}, [], NONE),
        ({}, {30: "yes"}, [], NONE),
        ({}, {31: "yes"}, [], R),
        ({}, {3: "no", 9: "yes"}, ["pain"], R),  # the latest word stands, and stands above `usual`
        ({}, {3: "yes", 9: "no"}, [], NONE),
        ({"pain_known": "no"}, {1: "yes"}, ["pain"], R),
        ({"pain_change": "worse"}, {1: "yes"}, ["pain"], R),
    ],
)
def test_when_pain_is_settled(answers: Line, told: dict[int, str], usual: list[str], urgency: str) -> None:
    history = [{"days_ago": day, "answers": {"pain_known": known}} for day, known in told.items()]
    today = {**SAME_STRONG_PAIN, **answers}
    assert evaluate({"id": "x", "answers": today, "history": history, "usual": usual})["urgency"] == urgency


def test_two_patterns_to_tell_the_team_are_right_away_together() -> None:
    outcome = judge({"pain": 3, "pain_change": "same", "pain_rest": "no", "pain_known": "no", "bone_signs": ["fall"]})
    assert [pattern["urgency"] for pattern in outcome["patterns"]] == [T, T]
    assert outcome["urgency"] == R


@pytest.mark.parametrize(
    ("signs", "urgency"),
    [([], T), (["fall"], R), (["snap"], R), (["numbness", "bowel"], E)],
)
def test_worry_raises_one_step_up_to_right_away(signs: list[str], urgency: str) -> None:
    outcome = judge({"bone_signs": signs}, worried=True)
    assert outcome["urgency"] == urgency
    assert bool(outcome["patterns"]) == bool(signs)


def test_because_names_every_branch_that_holds() -> None:
    answers = {"bone_signs": ["fall"], "pain": 10, "pain_change": "worse", "pain_onset": "sudden", "pain_rest": "yes"}
    fracture = judge(answers)["patterns"][1]
    assert fracture["rules"] == ["FR2"]
    assert fracture["because"] == ["bone_signs:fall", "pain:10", "pain_change:worse", "pain_onset:sudden"]


@pytest.mark.parametrize(("rest", "because"), [("no", ["pain_rest:no"]), ("partly", ["pain_rest:partly"]), (None, [])])
def test_a_sudden_severe_pain_that_does_not_let_up_is_right_away(rest: str | None, because: list[str]) -> None:
    answers = {"pain": 7, "pain_onset": "sudden"} | ({"pain_rest": rest} if rest else {})
    fracture = judge(answers)["patterns"][1]
    assert (fracture["urgency"], fracture["rules"]) == (R, ["FR3"])
    assert fracture["because"] == ["pain:7", "pain_onset:sudden", *because]
