"""What the care team said to expect: on the right days, for the right signs, and never over a sign of danger."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.known import Context, PastDay, known_signs
from bot.domain.protocol import Urgency
from bot.domain.sitting import Sitting, standing
from bot.domain.team_plan import (
    STANDS_FOR,
    Expected,
    added,
    day_code,
    drafted,
    expected_on,
    outlasted_on,
)
from bot.domain.triage import Answers, asked, triage
from bot.protocol_file import load_protocol

PROTOCOL = load_protocol()
SOFT = PROTOCOL.timing.follow_up.soft_signs
MARCH_3 = date(2026, 3, 3)
DAY = timedelta(days=1)


def plan(first: int = 2, last: int = 5, every: int = 21, signs: tuple[str, ...] = ("nausea",)) -> Expected:
    return Expected(1, signs, first, last, MARCH_3, every, "nurse", MARCH_3 - DAY)


@pytest.mark.parametrize(
    ("after", "holds"),
    [(-1, False), (0, False), (1, False), (2, True), (5, True), (6, False), (22, False), (23, True), (26, True),
     (27, False), (44, True)],
)  # fmt: skip
def test_nausea_on_days_2_to_5_after_each_treatment(after: int, holds: bool) -> None:
    day = MARCH_3 + after * DAY
    assert plan().holds_on(day) is holds
    assert expected_on([plan()], day) == (frozenset({"nausea"}) if holds else frozenset())


def test_a_single_treatment_has_one_window() -> None:
    once = plan(every=0)
    assert once.holds_on(MARCH_3 + 5 * DAY)
    assert not once.holds_on(MARCH_3 + 23 * DAY)
    assert not once.is_over(MARCH_3 + 5 * DAY)
    assert once.is_over(MARCH_3 + 6 * DAY)


def test_a_word_does_not_stand_for_ever() -> None:
    weekly = plan(every=7)
    last = weekly.said_on + STANDS_FOR
    assert any(weekly.holds_on(last - n * DAY) for n in range(7))
    assert not any(weekly.holds_on(last + n * DAY) for n in range(1, 60))
    assert weekly.is_over(last + DAY)


def test_what_goes_on_after_the_window_is_said_to_go_on() -> None:
    plans = [plan()]
    assert [n for n in range(30) if outlasted_on(plans, MARCH_3 + n * DAY)] == [*range(6, 23), *range(27, 30)]
    assert outlasted_on([plan(), plan(6, 8)], MARCH_3 + 6 * DAY) == frozenset()


@given(
    st.lists(
        st.builds(
            plan, first=st.integers(0, 3), last=st.integers(3, 6), every=st.sampled_from([0, 7, 21]),
            signs=st.sampled_from([("nausea",), ("appetite", "tired")]),
        ), max_size=3,
    ),
    st.integers(-5, 80),
)  # fmt: skip
def test_a_sign_is_never_both_expected_and_over(plans: list[Expected], after: int) -> None:
    day = MARCH_3 + after * DAY
    assert not expected_on(plans, day) & outlasted_on(plans, day)
    assert [Expected.from_json(known.to_json()) for known in plans] == plans


# ------------------------------------------------------------------------------------ what the rules make of it

CALCIUM = ("thirst", "urine", "appetite", "nausea", "tired", "confused")
SUBSETS = [frozenset(some) for size in range(len(CALCIUM) + 1) for some in combinations(CALCIUM, size)]
HOW = [frozenset[str](), frozenset({"hard_to_wake"}), frozenset({"no_fluids"})]


def with_plan(signs: frozenset[str]) -> Context:
    return Context(expected=signs)


def urgency(answers: Answers, context: Context) -> Urgency:
    return triage(PROTOCOL, answers, context).urgency


def test_every_combination_only_a_yes_to_expected_signs_alone_is_quieter() -> None:
    """All calcium signs, follow-ups and answers, with and without a plan for all that a plan can hold."""
    quieter = 0
    for signs in SUBSETS:
        for how in HOW:
            for known in ("yes", "untold", "no", None):
                answers: dict[str, object] = {"pain": 0, "bone_signs": frozenset(), "calcium_signs": signs}
                answers |= {"calcium_how": how} | ({"calcium_known": known} if known else {})
                bare = urgency(answers, Context())  # type: ignore[arg-type]
                planned = urgency(answers, with_plan(SOFT))  # type: ignore[arg-type]
                if bare == Urgency.EMERGENCY:
                    assert planned == Urgency.EMERGENCY, (signs, how, known)
                if planned != bare:
                    assert planned == Urgency.NONE
                    assert known == "yes", "only the person's own yes settles it"
                    assert not how, "nothing is ticked about how bad it is"
                    assert signs <= SOFT, "no other sign beside it"
                    quieter += 1
    assert quieter == 7, "nausea, little appetite, tiredness, and what can be made of them"


@pytest.mark.parametrize("sign", sorted(set(PROTOCOL.signs) - SOFT))
def test_no_other_sign_can_be_entered(sign: str) -> None:
    assert drafted([sign], SOFT, MARCH_3) is None


@given(st.data())
def test_a_plan_never_lowers_what_the_bones_or_the_pain_say(data: st.DataObject) -> None:
    answers: dict[str, object] = {}
    for question in PROTOCOL.questions:
        if question.id.startswith("calcium") or question.role == "caregiver" or data.draw(st.booleans()):
            continue
        if question.kind == "several":
            answers[question.id] = data.draw(st.frozensets(st.sampled_from(question.choices)))
        else:
            choice = data.draw(st.sampled_from(question.choices))
            answers[question.id] = int(choice) if question.kind == "scale" else choice
    history = (PastDay(3, {"pain": 2}), PastDay(2, {"pain": 2}), PastDay(1, {"pain": 2}))
    bare, planned = Context(history=history), Context(history=history, expected=SOFT, outlasted=SOFT)
    assert triage(PROTOCOL, answers, planned) == triage(PROTOCOL, answers, bare)  # type: ignore[arg-type]


def test_an_expected_sign_is_asked_as_known_and_others_are_not() -> None:
    answers = {"calcium_signs": frozenset({"nausea", "thirst"})}
    assert known_signs(PROTOCOL, "calcium_signs", answers, with_plan(frozenset({"nausea"}))) == {"nausea": None}
    assert asked(PROTOCOL, "calcium_known", answers, with_plan(frozenset({"nausea"})))
    assert not asked(PROTOCOL, "calcium_known", answers, Context(outlasted=frozenset({"nausea"})))


def test_same_as_usual_does_not_take_over_what_is_only_expected() -> None:
    for group in PROTOCOL.groups:
        assert standing(PROTOCOL, group, with_plan(SOFT)) == frozenset()


def test_a_check_in_under_way_keeps_what_was_expected_and_an_old_one_is_read() -> None:
    context = Context(expected=frozenset({"nausea"}), outlasted=frozenset({"tired"}))
    kept = Sitting(context).to_json()
    assert Sitting.from_json(kept).context == context
    del kept["context"]["expected"], kept["context"]["outlasted"]
    assert Sitting.from_json(kept).context == Context()


# --------------------------------------------------------------------------------------------- how it is entered

WHOLE = ["nausea", "2", "5", day_code(MARCH_3), "21", "nurse", day_code(MARCH_3 - DAY)]


def test_the_codes_of_the_buttons() -> None:
    draft = drafted(WHOLE, SOFT, MARCH_3)
    assert draft is not None
    assert added([], draft) == [plan()]
    assert added([plan()], draft) == [plan()], "twice is once"
    assert [known.number for known in added([plan(1, 3)], draft)] == [1, 2]


@pytest.mark.parametrize(
    ("place", "code"),
    [(0, ""), (0, "nausea-nausea"), (0, "tired-nausea"), (0, "fall"), (1, "9"), (1, "-1"), (2, "1"), (2, "15"),
     (2, "٣"), (3, "20260203"), (3, "20260317"), (3, "20261399"), (3, "x"), (4, "5"), (4, "1"), (5, "mother"),
     (6, "20260304"), (6, "20260203")],
)  # fmt: skip
def test_what_was_never_offered_is_refused(place: int, code: str) -> None:
    codes = [*WHOLE]
    codes[place] = code
    assert drafted(codes, SOFT, MARCH_3) is None


def test_a_window_is_shorter_than_the_cycle() -> None:
    assert drafted([*WHOLE[:2], "7", WHOLE[3], "7"], SOFT, MARCH_3) is None
    assert drafted([], SOFT, MARCH_3) is None
    assert drafted([*WHOLE, "x"], SOFT, MARCH_3) is None
