"""A check-in under way: whatever is tapped, nothing is lost, nothing is judged too late, nothing counts twice."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from bot.domain.press import BACK, DONE
from bot.domain.protocol import Protocol, Question, Urgency
from bot.domain.sitting import (
    Move,
    Sitting,
    Step,
    before,
    come_ticked,
    current,
    given,
    judge,
    known_questions,
    last_pain,
    press,
    progress,
    questions,
    same_as_usual,
    standing,
)
from bot.domain.triage import Answer, Context, PastDay, triage
from bot.protocol_file import load_protocol

PROTOCOL = load_protocol()
KNOWN_OF = known_questions(PROTOCOL)
NUMB = frozenset({"numbness"})
TIRED = frozenset({"tired"})
WELL = {"pain": 0, "bone_signs": frozenset[str](), "calcium_signs": frozenset[str]()}
YESTERDAY_NUMB = PastDay(
    1,
    {
        "pain": 3,
        "pain_change": "same",
        "pain_known": "yes",
        "bone_signs": NUMB,
        "bone_known": "yes",
        "nerve_how": frozenset(),
        "calcium_signs": frozenset(),
    },
)
STABLE = Context(usual=frozenset({"pain", "numbness"}), history=(YESTERDAY_NUMB,))


def after(sitting: Sitting, *taps: str) -> Sitting:
    """The sitting after taps "question:choice", each of which must do something."""
    for tap in taps:
        step = press(PROTOCOL, sitting, *tap.split(":"))
        assert step.move not in (Move.STALE, Move.UNKNOWN), f"{tap} was {step.move}"
        sitting = step.sitting
    return sitting


def waits_for(sitting: Sitting) -> str | None:
    question = current(PROTOCOL, sitting)
    return question.id if question else None


def waited(sitting: Sitting, *over: str) -> Sitting:
    return replace(sitting, waited=sitting.waited | set(over))


def urgency(sitting: Sitting) -> Urgency:
    return judge(PROTOCOL, sitting).urgency


# ---------------------------------------------------------------------------------------------- the usual ways


def test_a_well_person_answers_three_questions_with_three_taps() -> None:
    done = after(Sitting(Context()), "pain:0", "bone_signs:done", "calcium_signs:done")
    assert waits_for(done) is None
    assert given(PROTOCOL, done) == WELL
    assert urgency(done) == Urgency.NONE


def test_same_as_usual_is_three_taps() -> None:
    step = same_as_usual(PROTOCOL, Sitting(STABLE))
    assert step.move is Move.ANSWERED
    assert step.answered == {"pain": 3, "pain_change": "same"}
    assert waits_for(step.sitting) == "bone_signs"
    assert step.sitting.ticks == {"bone_signs": NUMB}
    done = after(step.sitting, "bone_signs:done", "calcium_signs:done")
    assert waits_for(done) is None
    assert given(PROTOCOL, done)["bone_known"] == "yes"
    result = judge(PROTOCOL, done)
    assert result.urgency == Urgency.NONE
    assert [(f.pattern, f.known) for f in result.findings] == [("cord_compression", True)]


def test_same_as_usual_with_one_more_sign_asks_everything_about_it() -> None:
    sitting = same_as_usual(PROTOCOL, Sitting(STABLE)).sitting
    sitting = after(sitting, "bone_signs:+weakness", "bone_signs:done")
    assert waits_for(sitting) == "bone_known"
    assert urgency(sitting) == Urgency.RIGHT_AWAY  # a yes would not settle the new sign, so nothing waits for it


def test_same_as_usual_without_the_sign_does_not_tick_it() -> None:
    sitting = same_as_usual(PROTOCOL, Sitting(STABLE)).sitting
    sitting = after(sitting, "bone_signs:-numbness", "bone_signs:done", "calcium_signs:done")
    assert given(PROTOCOL, sitting)["bone_signs"] == frozenset()
    assert "bone_known" not in given(PROTOCOL, sitting)


def test_same_as_usual_is_stale_once_something_is_answered_and_for_somebody_new() -> None:
    assert same_as_usual(PROTOCOL, after(Sitting(STABLE), "pain:3")).move is Move.STALE
    assert same_as_usual(PROTOCOL, Sitting(Context())).move is Move.STALE


def test_same_as_usual_keeps_a_warning_that_was_ticked_before() -> None:
    """A typed or tapped warning comes ticked; one tap on "Same as usual" must not take it away."""
    came_ticked = replace(Sitting(STABLE), ticks={"bone_signs": frozenset({"bladder"})})
    sitting = same_as_usual(PROTOCOL, came_ticked).sitting
    assert sitting.ticks["bone_signs"] == {"bladder", "numbness"}
    assert urgency(after(sitting, "bone_signs:done")) == Urgency.EMERGENCY


def test_same_as_usual_takes_the_later_of_two_check_ins_of_one_day() -> None:
    morning, evening = PastDay(1, {"pain": 2}), PastDay(1, {"pain": 6})
    assert last_pain(Context(history=(morning, evening))) == 6


BONES = PROTOCOL.group_of["bone_signs"]


@pytest.mark.parametrize(
    ("history", "stands"),
    [
        ([YESTERDAY_NUMB], True),
        ([replace(YESTERDAY_NUMB, days_ago=30)], True),
        ([replace(YESTERDAY_NUMB, days_ago=31)], False),  # it would not be asked as known either
        ([PastDay(1, {**YESTERDAY_NUMB.answers, "bone_known": "untold"})], False),
        ([PastDay(1, {**YESTERDAY_NUMB.answers, "nerve_how": frozenset({"fast"})})], False),  # it was not settled
        ([YESTERDAY_NUMB, PastDay(0, {"bone_signs": frozenset()})], False),  # the later report says it is gone
        ([PastDay(0, {"pain": 3}), YESTERDAY_NUMB], True),  # a check-in that never got so far says nothing
    ],
)
def test_what_stands_is_what_was_settled_at_the_last_report(history: list[PastDay], stands: bool) -> None:
    context = Context(history=tuple(history))
    assert ("numbness" in standing(PROTOCOL, BONES, context)) == stands


def test_a_fall_never_stands() -> None:
    fell = PastDay(1, {"bone_signs": frozenset({"fall"}), "bone_known": "yes", "injury_how": frozenset()})
    context = Context(usual=frozenset({"fall"}), history=(fell,))
    assert standing(PROTOCOL, BONES, context) == frozenset()


@for_all(st.data())
def test_same_as_usual_never_calls_anybody_for_signs_alone(data: st.DataObject) -> None:
    """What it ticks is known and nothing else, so sending it raises nothing."""
    context = data.draw(contexts())
    step = same_as_usual(PROTOCOL, Sitting(context))
    sitting = step.sitting
    for _ in range(len(PROTOCOL.questions)):
        here = current(PROTOCOL, sitting)
        if step.move is Move.STALE or here is None or here.id in ("bone_signs", "calcium_signs"):
            break
        sitting = after(sitting, f"{here.id}:{DONE if here.kind == 'several' else here.choices[0]}")
    for group in PROTOCOL.groups:
        ticks = sitting.ticks.get(group.question)
        if ticks:
            found = judge(PROTOCOL, waited(replace(sitting, answers={}), group.question))
            assert found.urgency == Urgency.NONE, (group.question, ticks)


# ------------------------------------------------------------------------------------------- back, and changing


def test_back_goes_back_one_question_and_what_was_ticked_is_still_there() -> None:
    sitting = after(Sitting(Context()), "pain:0", "bone_signs:+numbness", "bone_signs:done", "nerve_how:back")
    assert waits_for(sitting) == "bone_signs"
    assert sitting.ticks["bone_signs"] == NUMB
    changed = after(sitting, "bone_signs:-numbness", "bone_signs:done", "calcium_signs:done")
    assert given(PROTOCOL, changed) == WELL


def test_back_from_a_question_with_ticks_keeps_them() -> None:
    """Somebody ticks numbness, goes back to mend the pain, and puts the phone away: the numbness still counts."""
    sitting = after(Sitting(Context()), "pain:2", "pain_change:better", "pain_known:yes", "bone_signs:+numbness")
    back = after(sitting, "bone_signs:back")
    assert waits_for(back) == "pain_known"
    assert urgency(waited(back, "bone_signs")) == Urgency.RIGHT_AWAY
    forward = after(back, "pain_known:yes")
    assert forward.ticks["bone_signs"] == NUMB


def test_ticks_of_a_question_that_is_no_longer_asked_do_not_count() -> None:
    sitting = after(Sitting(Context()), "pain:5", "pain_change:new", "pain_where:+band", "pain_where:back")
    sitting = after(sitting, "pain_change:back", "pain:0")
    assert urgency(waited(sitting, "pain_where")) == Urgency.NONE


def test_ticks_that_follow_from_unsent_ticks_count_too() -> None:
    sitting = after(Sitting(Context()), "pain:0", "bone_signs:+weakness", "bone_signs:done", "nerve_how:+fast")
    back = after(sitting, "nerve_how:back")
    assert urgency(waited(back, "bone_signs", "nerve_how")) == Urgency.EMERGENCY


def test_back_at_the_first_question_is_stale() -> None:
    assert press(PROTOCOL, Sitting(Context()), "pain", BACK).move is Move.STALE


def test_back_after_same_as_usual_skips_what_was_not_asked() -> None:
    sitting = after(same_as_usual(PROTOCOL, Sitting(STABLE)).sitting, "bone_signs:done")
    assert waits_for(sitting) == "calcium_signs"
    assert waits_for(after(sitting, "calcium_signs:back")) == "bone_signs"


def test_back_after_same_as_usual_stops_at_what_was_asked() -> None:
    sitting = same_as_usual(PROTOCOL, Sitting(STABLE)).sitting
    sitting = after(sitting, "bone_signs:+weakness", "bone_signs:done", "bone_known:yes", "nerve_how:back")
    assert waits_for(sitting) == "bone_known"


def test_a_changed_pain_asks_again_what_depends_on_it() -> None:
    sitting = after(Sitting(Context()), "pain:8", "pain_change:same", "pain_known:yes", "pain_where:done")
    sitting = after(sitting, "pain_rest:back", "pain_where:back", "pain_known:back", "pain_change:back", "pain:0")
    assert waits_for(sitting) == "bone_signs"
    assert given(PROTOCOL, sitting) == {"pain": 0}


def test_progress_counts_the_questions_everybody_is_asked() -> None:
    sitting = Sitting(Context())
    shown = [progress(PROTOCOL, sitting)]
    for tap in ("pain:5", "pain_change:better", "pain_known:yes", "bone_signs:done", "calcium_signs:done"):
        sitting = after(sitting, tap)
        shown.append(progress(PROTOCOL, sitting))
    assert shown == [(1, 3), (1, 3), (1, 3), (2, 3), (3, 3), (3, 3)]


# ------------------------------------------------------------------------ signs that were typed come ticked


def test_what_was_typed_is_asked_first_and_then_the_rest() -> None:
    sitting = come_ticked(PROTOCOL, Sitting(Context()), {"calcium_signs": TIRED})
    assert waits_for(sitting) == "calcium_signs"
    assert progress(PROTOCOL, sitting) == (1, 3)
    sitting = after(sitting, "calcium_signs:done", "calcium_how:done")
    assert waits_for(sitting) == "pain"
    assert progress(PROTOCOL, sitting) == (2, 3)
    assert waits_for(after(sitting, "pain:back")) == "calcium_how"
    sitting = after(sitting, "pain:0")
    assert waits_for(sitting) == "bone_signs"
    assert waits_for(after(sitting, "bone_signs:back")) == "pain"
    assert waits_for(after(sitting, "bone_signs:done")) is None


def test_a_warning_about_a_question_that_is_over_asks_it_again() -> None:
    """The signs were answered with "None of these"; then somebody types that the legs are numb."""
    sitting = after(Sitting(Context()), "pain:2", "pain_change:better", "pain_known:yes", "bone_signs:done")
    sitting = come_ticked(PROTOCOL, sitting, {"bone_signs": NUMB})
    assert waits_for(sitting) == "bone_signs"
    assert given(PROTOCOL, sitting)["pain"] == 2
    assert urgency(waited(sitting, "bone_signs")) == Urgency.RIGHT_AWAY
    sitting = after(sitting, "bone_signs:done", "nerve_how:done", "calcium_signs:done")
    assert waits_for(sitting) is None


def test_a_warning_joins_what_was_sent_before() -> None:
    sitting = after(Sitting(Context()), "pain:0", "bone_signs:+bladder", "bone_signs:done", "nerve_how:+saddle")
    sitting = come_ticked(PROTOCOL, after(sitting, "nerve_how:done"), {"bone_signs": NUMB})
    assert sitting.ticks == {"bone_signs": {"numbness", "bladder"}, "nerve_how": {"saddle"}}
    assert urgency(waited(sitting, *sitting.ticks)) == Urgency.EMERGENCY


def test_what_was_sent_already_is_not_asked_again() -> None:
    sitting = after(Sitting(Context()), "pain:0", "bone_signs:+numbness", "bone_signs:done")
    assert come_ticked(PROTOCOL, sitting, {"bone_signs": NUMB}) == sitting


# ---------------------------------------------------------------------------------------- taps that do nothing


@pytest.mark.parametrize(
    ("question", "choice", "move"),
    [
        ("pain", "11", Move.UNKNOWN),
        ("pain", "-1", Move.UNKNOWN),
        ("pain", "07", Move.UNKNOWN),
        ("pain", "", Move.UNKNOWN),
        ("pain", "+3", Move.UNKNOWN),
        ("pain", DONE, Move.UNKNOWN),
        ("bone_signs", "numbness", Move.UNKNOWN),  # a tick has its sign
        ("bone_signs", "+thirst", Move.UNKNOWN),
        ("bone_signs", "+", Move.UNKNOWN),
        ("bone_signs", "", Move.UNKNOWN),
        ("nothing", "1", Move.UNKNOWN),
        ("told", "yes", Move.UNKNOWN),  # asked outside the check-in
        ("bone_signs", "+numbness", Move.STALE),
        ("bone_signs", DONE, Move.STALE),
        ("observed", "+unsteady", Move.STALE),  # asked of caregivers
        ("calcium_signs", BACK, Move.STALE),
    ],
)
def test_a_forged_or_old_tap_changes_nothing(question: str, choice: str, move: Move) -> None:
    sitting = Sitting(Context())
    assert press(PROTOCOL, sitting, question, choice) == Step(move, sitting)


def test_an_answered_question_takes_no_second_answer() -> None:
    sitting = after(Sitting(Context()), "pain:2")
    assert press(PROTOCOL, sitting, "pain", "9").move is Move.STALE


def test_nothing_can_be_tapped_when_all_is_answered() -> None:
    done = after(Sitting(Context()), "pain:0", "bone_signs:done", "calcium_signs:done")
    for question in PROTOCOL.questions:
        for choice in offered(question):
            assert press(PROTOCOL, done, question.id, choice).move is Move.STALE


# -------------------------------------------------------------------------------------------- judged in time


def test_ticks_count_ninety_seconds_after_the_last() -> None:
    sitting = after(Sitting(Context()), "pain:0", "bone_signs:+numbness")
    assert urgency(sitting) == Urgency.NONE
    assert urgency(waited(sitting, "bone_signs")) == Urgency.RIGHT_AWAY


def test_another_tick_waits_anew() -> None:
    sitting = waited(after(Sitting(Context()), "pain:0", "bone_signs:+fall"), "bone_signs")
    again = after(sitting, "bone_signs:-fall", "bone_signs:+numbness")
    assert "bone_signs" not in again.waited


def test_what_a_yes_would_settle_waits_for_the_yes() -> None:
    sitting = after(Sitting(STABLE), "pain:3", "pain_change:same", "bone_signs:+numbness", "bone_signs:done")
    assert waits_for(sitting) == "bone_known"
    assert urgency(sitting) == Urgency.NONE
    assert urgency(waited(sitting, "bone_known")) == Urgency.RIGHT_AWAY  # two minutes unanswered count as no
    assert urgency(after(sitting, "bone_known:yes")) == Urgency.NONE
    assert urgency(after(sitting, "bone_known:no")) == Urgency.RIGHT_AWAY
    assert urgency(after(sitting, "bone_known:yes", "nerve_how:+saddle", "nerve_how:done")) == Urgency.EMERGENCY


def test_unsent_known_signs_wait_for_the_yes_too() -> None:
    sitting = after(Sitting(STABLE), "pain:3", "pain_change:same", "bone_signs:+numbness")
    assert urgency(waited(sitting, "bone_signs")) == Urgency.NONE
    assert urgency(waited(sitting, "bone_signs", "bone_known")) == Urgency.RIGHT_AWAY


def test_a_fall_does_not_wait_for_the_known_question() -> None:
    sitting = after(Sitting(STABLE), "pain:3", "pain_change:same", "bone_signs:+numbness", "bone_signs:+fall")
    assert urgency(after(sitting, "bone_signs:done")) == Urgency.TELL_TEAM


def test_dawdling_at_one_known_question_takes_nothing_from_the_next() -> None:
    """Two minutes at "does your team know this pain?" must not call caregivers for a known numbness."""
    untold = PastDay(1, {**YESTERDAY_NUMB.answers, "pain_known": "untold"})
    sitting = after(Sitting(Context(history=(untold,))), "pain:3", "pain_change:same")
    assert waits_for(sitting) == "pain_known"
    sitting = waited(sitting, *KNOWN_OF.values())  # as the action does when the wait is over
    sitting = after(sitting, "pain_known:yes", "bone_signs:+numbness", "bone_signs:done")
    assert waits_for(sitting) == "bone_known"
    assert urgency(sitting) == Urgency.NONE


def test_signs_taken_over_as_usual_raise_nothing_when_they_are_not_sent() -> None:
    """Same as usual, one new tick, phone away: the new sign counts, the usual ones of the next question do not."""
    context = Context(usual=frozenset({"pain", "tired"}), history=(PastDay(1, {"pain": 2, "pain_known": "yes"}),))
    sitting = same_as_usual(PROTOCOL, Sitting(context)).sitting
    assert sitting.ticks == {"calcium_signs": TIRED}
    sitting = waited(after(sitting, "bone_signs:+fall"), "bone_signs", "calcium_signs", *KNOWN_OF.values())
    result = judge(PROTOCOL, sitting)
    assert {f.pattern: f.urgency for f in result.findings} == {
        "fracture": Urgency.TELL_TEAM,
        "hypercalcemia": Urgency.NONE,
    }


# --------------------------------------------------------------------------------- whatever is tapped, it holds


def offered(question: Question) -> list[str]:
    if question.kind == "several":
        return [BACK, DONE, *(sign + code for sign in "+-" for code in question.choices)]
    return [BACK, *question.choices]


ANY_TAP = st.sampled_from([(q.id, choice) for q in PROTOCOL.questions for choice in offered(q)])
CODES = {q.id: q.choices for q in PROTOCOL.questions}


def subset(question: str) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(CODES[question]), max_size=3)


def past_days() -> st.SearchStrategy[PastDay]:
    answers: st.SearchStrategy[dict[str, Answer]] = st.fixed_dictionaries(
        {},
        optional={
            "pain": st.integers(0, 10),
            "pain_known": st.sampled_from(CODES["pain_known"]),
            "bone_signs": subset("bone_signs"),
            "bone_known": st.sampled_from(CODES["bone_known"]),
            "nerve_how": subset("nerve_how"),
            "calcium_signs": subset("calcium_signs"),
            "calcium_known": st.sampled_from(CODES["calcium_known"]),
        },
    )
    return st.builds(PastDay, st.integers(0, 36), answers)


def contexts() -> st.SearchStrategy[Context]:
    return st.builds(
        Context,
        usual=st.frozensets(st.sampled_from(PROTOCOL.usual_choices), max_size=3),
        history=st.lists(past_days(), max_size=3).map(tuple),
        rhythm_days=st.sampled_from([1, 2, 7]),
        role=st.sampled_from(["patient", "caregiver"]),
    )


@st.composite
def walks(draw: st.DrawFn, longest: int = 30) -> list[Sitting]:
    """Sittings as taps follow one another: mostly sensible ones, some old, some "Same as usual"."""
    sitting = Sitting(draw(contexts()))
    walked = [sitting]
    typed = st.dictionaries(st.sampled_from(["bone_signs", "calcium_signs"]), st.just(frozenset[str]()), max_size=1)
    sitting = come_ticked(PROTOCOL, sitting, {name: draw(subset(name)) for name in draw(typed)})
    if draw(st.booleans()):
        walked.append(sitting := same_as_usual(PROTOCOL, sitting).sitting)
    for _ in range(draw(st.integers(0, longest))):
        here = current(PROTOCOL, sitting)
        sensible = st.sampled_from([(here.id, choice) for choice in offered(here)]) if here else ANY_TAP
        question, choice = draw(sensible if draw(st.integers(0, 4)) else ANY_TAP)
        if draw(st.integers(0, 9)) == 0:
            sitting = waited(sitting, *(name for name, ticks in sitting.ticks.items() if ticks))
        step = press(PROTOCOL, sitting, question, choice)
        check_step(PROTOCOL, sitting, step, (question, choice))
        walked.append(sitting := step.sitting)
    return walked


def check_step(protocol: Protocol, old: Sitting, step: Step, tap: tuple[str, str]) -> None:
    """What holds for every tap."""
    question, choice = tap
    here = current(protocol, old)
    if step.move in (Move.STALE, Move.UNKNOWN):
        assert step.sitting is old
        assert not step.answered
        assert here is None or here.id != question or choice == BACK
        return
    assert here is not None
    assert here.id == question
    if step.move is Move.ANSWERED:
        assert step.answered[question] == step.sitting.answers[question]
        assert old.answers.items() <= step.sitting.answers.items()
        assert question not in step.sitting.ticks
    elif step.move is Move.TICKED:
        assert (choice[1:] in step.sitting.ticks[question]) == (choice[0] == "+")
        assert press(protocol, step.sitting, question, choice).sitting == step.sitting, "a double tap changed more"
    else:
        target = current(protocol, step.sitting)
        assert target is not None
        assert target.id in old.answers
        assert len(given(protocol, step.sitting)) < len(given(protocol, old))
        unsent = {name: codes for name, codes in old.ticks.items() if codes}
        assert unsent.items() <= step.sitting.ticks.items(), "going back lost a tick"


def check_sitting(protocol: Protocol, sitting: Sitting) -> None:
    """What holds for every sitting that taps can lead to."""
    asked = questions(protocol, sitting)
    here = current(protocol, sitting)
    place = asked.index(here) if here else len(asked)
    assert all(q.id in sitting.answers for q in asked[:place])
    assert all(protocol.by_id[name].takes(value) for name, value in sitting.answers.items())
    for name, codes in sitting.ticks.items():
        assert protocol.by_id[name].kind == "several"
        assert codes <= set(protocol.by_id[name].choices)
    number, total = progress(protocol, sitting)
    assert 1 <= number <= total == 3
    back = before(protocol, sitting)
    assert back is None or back.id in sitting.answers
    if here is not None:
        assert (press(protocol, sitting, here.id, BACK).move is Move.BACK) == (back is not None)
    assert Sitting.from_json(json.loads(json.dumps(sitting.to_json()))) == sitting


@for_all(walks())
@settings(max_examples=150, deadline=None)
def test_any_taps_keep_the_sitting_sound(walked: list[Sitting]) -> None:
    for sitting in walked:
        check_sitting(PROTOCOL, sitting)


@for_all(walks())
@settings(max_examples=100, deadline=None)
def test_waiting_longer_never_makes_it_milder(walked: list[Sitting]) -> None:
    """What is judged at once is judged after 90 seconds, too, and after two minutes more."""
    sitting = walked[-1]
    moments = [sitting, waited(sitting, *sitting.ticks), waited(sitting, *sitting.ticks, *KNOWN_OF.values())]
    found = [urgency(at) for at in moments]
    assert found == sorted(found)


@for_all(walks())
@settings(max_examples=100, deadline=None)
def test_a_complete_check_in_is_judged_on_all_its_answers(walked: list[Sitting]) -> None:
    sitting = complete(walked[-1])
    answers = given(PROTOCOL, sitting)
    assert judge(PROTOCOL, sitting) == triage(PROTOCOL, answers, sitting.context)


@for_all(walks(longest=12), st.data())
@settings(max_examples=100, deadline=None)
def test_back_and_the_same_answer_again_changes_nothing(walked: list[Sitting], data: st.DataObject) -> None:
    sitting = walked[-1]
    here = current(PROTOCOL, sitting)
    if here is None:
        return
    back = press(PROTOCOL, sitting, here.id, BACK)
    target = current(PROTOCOL, back.sitting)
    if back.move is not Move.BACK or target is None:
        return
    old = sitting.answers[target.id]
    again = press(PROTOCOL, back.sitting, target.id, DONE if isinstance(old, frozenset) else str(old)).sitting
    assert given(PROTOCOL, again) == given(PROTOCOL, sitting)
    assert current(PROTOCOL, again) == here


def complete(sitting: Sitting) -> Sitting:
    for _ in range(len(PROTOCOL.questions) + 1):
        here = current(PROTOCOL, sitting)
        if here is None:
            return sitting
        sitting = after(sitting, f"{here.id}:{DONE if here.kind == 'several' else here.choices[0]}")
    raise AssertionError("the check-in never ends")
