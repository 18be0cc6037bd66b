"""Triage, what it takes from earlier days, and which questions it calls for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from time import perf_counter

import pytest

from bot.domain.known import Answer, baseline, pain_is_settled
from bot.domain.protocol import Ladder, Rung, Urgency
from bot.domain.triage import (
    Context,
    Finding,
    PastDay,
    asked,
    asked_of_caregivers,
    known_signs,
    openings,
    pain_is_recorded_as_known,
    settled,
    triage,
)
from bot.protocol_file import load_protocol

PROTOCOL = load_protocol()
NOBODY = Context()


def answers(**given: object) -> dict[str, Answer]:
    """Answers as a test writes them: a list becomes a set of ticks."""
    return {name: frozenset(value) if isinstance(value, list) else value for name, value in given.items()}  # type: ignore[misc]


def past(*days: tuple[int, Mapping[str, Answer]]) -> tuple[PastDay, ...]:
    return tuple(PastDay(days_ago, given) for days_ago, given in days)


def walked(given: Mapping[str, Answer], context: Context = NOBODY) -> list[str]:
    return [question.id for question in PROTOCOL.questions if asked(PROTOCOL, question.id, given, context)]


# ------------------------------------------------------------------------------------------------ questions


def test_questions_come_in_the_order_of_the_contract_and_each_follow_up_after_its_parent() -> None:
    assert [question.id for question in PROTOCOL.questions] == [
        "pain",
        "pain_change",
        "pain_known",
        "pain_where",
        "pain_rest",
        "pain_onset",
        "bone_signs",
        "bone_known",
        "injury_how",
        "nerve_how",
        "calcium_signs",
        "calcium_known",
        "calcium_how",
        "observed",
    ]
    assert [question.id for question in PROTOCOL.follow_ups] == ["told"]


def test_a_well_person_answers_three_questions() -> None:
    assert walked(answers(pain=0, bone_signs=[], calcium_signs=[])) == ["pain", "bone_signs", "calcium_signs"]


def test_a_known_pain_costs_one_question_more() -> None:
    context = Context(history=past((3, answers(pain=3, pain_change="same", pain_known="yes"))))
    given = answers(pain=3, pain_change="same", bone_signs=[], calcium_signs=[])
    assert walked(given, context) == ["pain", "pain_change", "bone_signs", "calcium_signs"]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (answers(pain=0), False),
        (answers(pain=1), False),
        (answers(pain=1, pain_change="new"), False),
        (answers(pain=1, pain_change="worse"), False),
        (answers(pain=1, pain_change="same"), True),
        (answers(pain=1, pain_change="better"), True),
        (answers(pain_change="better"), False),
    ],
)
def test_whether_the_team_knows_is_asked_of_pain_that_is_the_same_or_better(
    given: dict[str, Answer], wanted: bool
) -> None:
    assert asked(PROTOCOL, "pain_known", given, NOBODY) is wanted


@pytest.mark.parametrize("question", ["pain_where", "pain_rest", "pain_onset"])
@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (answers(pain=1, pain_change="new"), True),
        (answers(pain=1, pain_change="worse"), True),
        (answers(pain=7, pain_change="same", pain_known="yes"), True),
        (answers(pain=6, pain_change="same", pain_known="untold"), True),
        (answers(pain=6, pain_change="same", pain_known="no"), True),
        (answers(pain=6, pain_change="same", pain_known="yes"), False),
        (answers(pain=6, pain_change="same"), False),
        (answers(pain=0), False),
    ],
)
def test_more_is_asked_about_pain_that_is_new_worse_strong_or_unknown(
    question: str, given: dict[str, Answer], wanted: bool
) -> None:
    assert asked(PROTOCOL, question, given, NOBODY) is wanted


def test_asking_whether_the_team_knows_does_not_unask_itself() -> None:
    assert asked(PROTOCOL, "pain_known", answers(pain=1, pain_change="same", pain_known="yes"), NOBODY)


@pytest.mark.parametrize(
    ("signs", "known", "usual", "wanted"),
    [
        ([], None, [], []),
        (["fall"], None, [], ["injury_how"]),
        (["snap"], None, [], ["injury_how"]),
        (["hard_to_move"], None, [], ["injury_how"]),
        (["hard_to_move"], "yes", ["hard_to_move"], ["bone_known"]),
        (["hard_to_move"], "no", ["hard_to_move"], ["bone_known", "injury_how"]),
        (["hard_to_move"], "yes", [], ["injury_how"]),
        (["hard_to_move", "numbness"], "yes", ["numbness"], ["bone_known", "injury_how", "nerve_how"]),
        (["numbness"], "yes", ["numbness"], ["bone_known", "nerve_how"]),
        (["bladder"], None, [], ["nerve_how"]),
        (["fall"], "yes", ["fall"], ["bone_known", "injury_how"]),
    ],
)
def test_follow_ups_of_bone_signs(signs: list[str], known: str | None, usual: list[str], wanted: list[str]) -> None:
    given = answers(bone_signs=signs) | (answers(bone_known=known) if known else {})
    found = walked(given, Context(usual=frozenset(usual)))
    assert [name for name in found if PROTOCOL.question(name).parent == "bone_signs"] == wanted


def test_follow_ups_of_calcium_signs() -> None:
    context = Context(usual=frozenset({"nausea"}))
    assert walked(answers(calcium_signs=["nausea"]), context)[-3:] == ["calcium_signs", "calcium_known", "calcium_how"]
    assert walked(answers(calcium_signs=["tired"]), context)[-2:] == ["calcium_signs", "calcium_how"]
    assert walked(answers(calcium_signs=[]), context)[-1:] == ["calcium_signs"]


def test_what_is_observed_is_asked_of_a_caregiver_only() -> None:
    tired = answers(calcium_signs=["tired"])
    caregiver = Context(role="caregiver")
    assert not asked(PROTOCOL, "observed", tired, NOBODY)
    assert asked(PROTOCOL, "observed", tired, caregiver)
    assert asked(PROTOCOL, "observed", {}, caregiver)
    assert asked_of_caregivers(PROTOCOL, tired, NOBODY) == ("observed",)
    assert asked_of_caregivers(PROTOCOL, answers(calcium_signs=["confused"]), NOBODY) == ("observed",)
    assert asked_of_caregivers(PROTOCOL, answers(calcium_signs=["thirst"]), NOBODY) == ()


def test_a_follow_up_has_no_place_in_the_check_in_and_an_unknown_question_is_an_error() -> None:
    assert not asked(PROTOCOL, "told", {}, NOBODY)
    with pytest.raises(KeyError):
        asked(PROTOCOL, "mood", {}, NOBODY)


# ------------------------------------------------------------------------------------------------ known signs


def test_known_signs_name_the_day_they_were_last_reported() -> None:
    context = Context(
        usual=frozenset({"weakness", "numbness"}),
        history=past((9, answers(bone_signs=["numbness"])), (4, answers(bone_signs=["numbness", "fall"]))),
    )
    given = answers(bone_signs=["weakness", "numbness", "fall", "bowel"])
    found = known_signs(PROTOCOL, "bone_signs", given, context)
    assert found == {"fall": 4, "numbness": 4, "weakness": None}
    assert list(found) == ["fall", "numbness", "weakness"]


@pytest.mark.parametrize(("days", "known"), [(0, True), (30, True), (31, False)])
def test_a_report_is_remembered_for_30_days(days: int, known: bool) -> None:
    context = Context(history=past((days, answers(calcium_signs=["tired"]))))
    given = answers(calcium_signs=["tired"])
    assert known_signs(PROTOCOL, "calcium_signs", given, context) == ({"tired": days} if known else {})


def test_a_sign_is_settled_by_yes_when_it_was_asked_as_known_and_its_course_is_empty() -> None:
    context = Context(usual=frozenset({"numbness", "hard_to_move", "fall", "snap"}))
    given = answers(bone_signs=["numbness", "hard_to_move", "fall", "snap", "bladder"], bone_known="yes")
    assert settled(PROTOCOL, given, context) == {"numbness", "hard_to_move"}
    assert settled(PROTOCOL, given | answers(nerve_how=["fast"]), context) == {"hard_to_move"}
    assert settled(PROTOCOL, given | answers(injury_how=["deformity"]), context) == {"numbness"}
    assert settled(PROTOCOL, given | answers(bone_known="untold"), context) == set()


def test_confusion_is_never_settled() -> None:
    context = Context(usual=frozenset({"confused", "tired"}))
    given = answers(calcium_signs=["confused", "tired"], calcium_known="yes", calcium_how=[])
    assert settled(PROTOCOL, given, context) == {"tired"}


def test_the_latest_word_on_the_pain_stands() -> None:
    yes = (9, answers(pain_known="yes"))
    later_no = (3, answers(pain_known="no"))
    usual = frozenset({"pain"})
    assert pain_is_recorded_as_known(PROTOCOL, Context(history=past(yes)))
    assert not pain_is_recorded_as_known(PROTOCOL, Context(history=past(yes, later_no)))
    assert not pain_is_recorded_as_known(PROTOCOL, Context(history=past(later_no, yes)))
    assert not pain_is_recorded_as_known(PROTOCOL, NOBODY)
    assert pain_is_recorded_as_known(PROTOCOL, Context(usual=usual))
    assert not pain_is_recorded_as_known(PROTOCOL, Context(usual=usual, history=past(later_no)))


def test_of_two_words_on_one_day_the_one_listed_later_stands() -> None:
    morning, evening = (2, answers(pain_known="no")), (2, answers(pain_known="yes"))
    assert pain_is_recorded_as_known(PROTOCOL, Context(history=past(morning, evening)))
    assert not pain_is_recorded_as_known(PROTOCOL, Context(history=past(evening, morning)))


@pytest.mark.parametrize(
    ("change", "holds"), [("same", True), ("better", True), ("new", False), ("worse", False), (None, False)]
)
def test_pain_is_settled_only_while_it_is_the_same_or_better(change: str | None, holds: bool) -> None:
    given = answers(pain=8) | (answers(pain_change=change) if change else {})
    assert pain_is_settled(PROTOCOL, given, Context(usual=frozenset({"pain"}))) is holds


def test_the_order_of_the_history_does_not_matter() -> None:
    days = past(
        (1, answers(pain=5, pain_change="same", pain_known="yes")),
        (4, answers(pain=3, pain_change="same", pain_known="no")),
        (9, answers(pain=2, bone_signs=["numbness"])),
    )
    given = answers(pain=8, pain_change="same", pain_rest="no", bone_signs=["numbness"], bone_known="yes")
    results = {triage(PROTOCOL, given, Context(history=order)) for order in permutations(days)}
    assert len(results) == 1


def test_a_baseline_may_lie_between_two_values() -> None:
    pains = past((1, answers(pain=3)), (2, answers(pain=4)), (3, answers(pain=4)), (5, answers(pain=1)))
    assert baseline(PROTOCOL, Context(history=pains)) == 3.5
    assert baseline(PROTOCOL, Context(history=pains[:2])) is None
    assert baseline(PROTOCOL, Context(history=pains[:2], rhythm_days=2.5)) == 3.5
    assert baseline(PROTOCOL, Context(history=pains[:2], rhythm_days=2)) is None


# ------------------------------------------------------------------------------------------------ findings


def test_a_finding_carries_rules_reasons_and_the_source_of_its_highest_rule() -> None:
    given = answers(pain=7, pain_change="new", pain_rest="no", pain_where=["back"], bone_signs=["numbness"])
    result = triage(PROTOCOL, given, Context(history=past((1, answers(pain=3)))))
    assert result.urgency == Urgency.RIGHT_AWAY
    assert result.findings == (
        Finding(
            pattern="bone_pain",
            urgency=Urgency.RIGHT_AWAY,
            rules=("BP1", "BP3", "BP4", "BP5"),
            because=("pain:7", "pain_change:new", "pain_rest:no", "pain_where:back"),
            source="UKONS 24 Hour Triage Tool, pain",
        ),
        Finding(
            pattern="cord_compression",
            urgency=Urgency.RIGHT_AWAY,
            rules=("CC1",),
            because=("bone_signs:numbness",),
            source="Signs and Symptoms › Numbness and Weakness",
        ),
    )


def test_of_two_rules_of_one_urgency_the_higher_in_the_table_gives_the_source() -> None:
    result = triage(PROTOCOL, answers(pain=3, pain_change="new", pain_rest="no", pain_where=["back"]), NOBODY)
    (finding,) = result.findings
    assert finding.rules == ("BP1", "BP3")
    assert finding.source == "Signs and Symptoms › Bone Pain"


def test_every_branch_that_holds_is_a_reason_and_settled_signs_are_too() -> None:
    given = answers(
        pain=8, pain_change="worse", pain_onset="sudden", bone_signs=["fall", "hard_to_move"], bone_known="yes"
    )
    result = triage(PROTOCOL, given, Context(usual=frozenset({"hard_to_move"})))
    fracture = next(finding for finding in result.findings if finding.pattern == "fracture")
    assert fracture.rules == ("FR2", "FR3", "FR4")
    assert fracture.because == (
        "bone_signs:fall",
        "bone_signs:hard_to_move",
        "pain:8",
        "pain_change:worse",
        "pain_onset:sudden",
    )


def test_a_known_pattern_is_listed_without_urgency_with_the_rules_that_would_count() -> None:
    given = answers(bone_signs=["numbness", "bladder"], bone_known="yes", nerve_how=[])
    result = triage(PROTOCOL, given, Context(usual=frozenset({"numbness", "bladder"})))
    assert result.urgency == Urgency.NONE
    assert result.findings == (
        Finding(
            pattern="cord_compression",
            urgency=Urgency.NONE,
            rules=("CC1", "CC2"),
            because=("bone_signs:bladder", "bone_signs:numbness"),
            source="NICE NG234, Spinal metastases and metastatic spinal cord compression",
            known=True,
        ),
    )


def test_one_new_sign_brings_back_the_known_ones() -> None:
    context = Context(usual=frozenset({"numbness"}))
    given = answers(bone_signs=["numbness", "bladder"], bone_known="yes", nerve_how=[])
    (finding,) = triage(PROTOCOL, given, context).findings
    assert (finding.urgency, finding.known) == (Urgency.EMERGENCY, False)
    assert finding.because == ("bone_signs:bladder", "bone_signs:numbness")


def test_triage_leaves_what_it_is_given_alone() -> None:
    given = answers(pain=8, pain_change="same", bone_signs=["numbness"])
    context = Context(history=past((1, answers(pain=1)), (2, answers(pain=1)), (3, answers(pain=1))))
    before = (dict(given), context.history)
    first = triage(PROTOCOL, given, context)
    assert (given, context.history) == before
    assert triage(PROTOCOL, given, context) == first


def test_worry_raises_one_step_up_to_right_away() -> None:
    raised = {
        Urgency.NONE: answers(pain=0),
        Urgency.TELL_TEAM: answers(pain=3, pain_change="new", pain_rest="no"),
        Urgency.RIGHT_AWAY: answers(bone_signs=["numbness"]),
        Urgency.EMERGENCY: answers(bone_signs=["numbness", "bowel"]),
    }
    found = {calm: triage(PROTOCOL, given, NOBODY, worried=True).urgency for calm, given in raised.items()}
    assert found == {
        Urgency.NONE: Urgency.TELL_TEAM,
        Urgency.TELL_TEAM: Urgency.RIGHT_AWAY,
        Urgency.RIGHT_AWAY: Urgency.RIGHT_AWAY,
        Urgency.EMERGENCY: Urgency.EMERGENCY,
    }
    assert all(triage(PROTOCOL, given, NOBODY).urgency == calm for calm, given in raised.items())


@pytest.mark.parametrize(
    ("given", "opens"),
    [
        (answers(pain=7, pain_where=["ribs"]), True),
        (answers(pain=2, pain_where=["ribs", "back"], pain_onset="sudden"), True),
        (answers(pain=6, pain_where=["ribs"], pain_onset="gradual"), False),
        (answers(pain=9, pain_where=["back"], pain_onset="sudden"), False),
    ],
)
def test_strong_or_sudden_pain_in_the_ribs_opens_the_result(given: dict[str, Answer], opens: bool) -> None:
    assert openings(PROTOCOL, given, NOBODY) == (("ribs",) if opens else ())


def test_triage_is_quick_enough_for_every_tap() -> None:
    given = answers(pain=8, pain_change="same", pain_rest="no", bone_signs=["numbness"], bone_known="yes")
    days = past(*((day, given) for day in range(1, 31)))
    start = perf_counter()
    for _ in range(200):
        triage(PROTOCOL, given, Context(history=days))
    # 0.1 ms each on an idle core; the limit leaves room for a busy machine.
    assert perf_counter() - start < 0.5


# ------------------------------------------------------------------------------------------------ the numbers


def test_urgencies_have_the_words_of_the_contract_and_rise() -> None:
    assert [urgency.word for urgency in sorted(Urgency)] == ["none", "tell_team", "right_away", "emergency"]
    assert Urgency.of("right_away") is Urgency.RIGHT_AWAY
    with pytest.raises(ValueError, match="RIGHT_AWAY"):
        Urgency.of("RIGHT_AWAY")


def test_the_durations_are_those_of_the_clinical_rules() -> None:
    hours, minutes = (lambda number: timedelta(hours=number)), (lambda number: timedelta(minutes=number))
    timing = PROTOCOL.timing
    assert timing.known_for == timedelta(days=30)
    assert timing.pace.judge_after == timedelta(seconds=90)
    assert timing.pace.known_unanswered == minutes(2)
    assert timing.pace.expires_after == hours(20)
    assert timing.pace.warning_unanswered == minutes(5)
    assert timing.pace.reminders == (hours(2), hours(6))
    assert timing.silence.notes == (hours(24), hours(72))
    assert timing.silence.notes_then_every == timedelta(weeks=1)
    assert timing.silence.warning_fresh_for == hours(48)
    assert timing.silence.recheck_reminders == (minutes(15), minutes(30))
    assert (timing.silence.recheck_owner, timing.silence.recheck_others) == (hours(1), minutes(90))
    assert timing.follow_up.reached_after_right_away == minutes(30)
    assert timing.follow_up.reached_after_emergency == minutes(10)
    assert timing.follow_up.recheck_when_not_reached == hours(4)
    assert timing.follow_up.told_no_until_right_away == 2
    assert timing.follow_up.soft_signs == {"nausea", "appetite", "tired"}
    assert timing.follow_up.soft_delay == minutes(30)


def test_the_ladders_are_those_of_the_clinical_rules() -> None:
    def minutes(number: int) -> timedelta:
        return timedelta(minutes=number)

    assert PROTOCOL.ladder(Urgency.RIGHT_AWAY) == Ladder(
        urgency=Urgency.RIGHT_AWAY,
        rungs=(Rung(minutes(0), "first"), Rung(minutes(15), "first"), Rung(minutes(30), "second")),
        then_every=minutes(30),
        last_word=minutes(180),
        afterwards_every=None,
        ask_again=None,
    )
    assert PROTOCOL.ladder(Urgency.EMERGENCY) == Ladder(
        urgency=Urgency.EMERGENCY,
        rungs=(Rung(minutes(0), "everyone"),),
        then_every=minutes(10),
        last_word=minutes(120),
        afterwards_every=minutes(60),
        ask_again=minutes(120),
    )
    assert PROTOCOL.ladder(Urgency.TELL_TEAM) is None


def test_what_a_person_may_have_as_usual() -> None:
    never = {"fall", "snap", "confused"}
    assert PROTOCOL.usual_choices == ("pain", *(sign for sign in PROTOCOL.signs if sign not in never))


def test_every_urgency_beyond_the_article_is_marked_for_review() -> None:
    unmarked = {rule.id for rule in PROTOCOL.rules if not rule.review}
    # These give the article's own time: "tell your team" for pain, "right away" for cord and calcium.
    assert unmarked == {"BP1", "BP2", "BP4", "BP10", "CC1", "HC1", "HC2", "OB2", "OB3"}
    assert not any(rule.source.beyond_article for rule in PROTOCOL.rules if rule.id in unmarked)


def test_a_protocol_is_replaced_without_touching_the_old_one() -> None:
    stricter = replace(PROTOCOL, rules=tuple(replace(rule, urgency=Urgency.EMERGENCY) for rule in PROTOCOL.rules))
    given = answers(bone_signs=["numbness"])
    assert triage(stricter, given, NOBODY).urgency == Urgency.EMERGENCY
    assert triage(PROTOCOL, given, NOBODY).urgency == Urgency.RIGHT_AWAY
