"""Every check-in there can be, in classes of answers that no rule tells apart.

Each pattern reads only some of the questions (shown from the rules themselves), so the whole space is walked
pattern by pattern: each walk compares triage with the second evaluator (`oracle.py`) and shows that a worse
answer never gives a milder urgency. How patterns come together is walked on top. Twins, choices that every rule
names together, stand for each other in a walk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.conditions import AnswerIs, Condition, Missing, Ticked, parts_of
from bot.domain.protocol import Urgency
from bot.domain.triage import Answer, Context, PastDay, Result, triage
from bot.protocol_file import load_protocol
from bot.triage_lines import answer_line
from tests.oracle import evaluate

PROTOCOL = load_protocol()
Key = tuple[Any, ...]

# ------------------------------------------------------------------------------------------------ one class of answers

# A pain or a choice; None: not answered. A tuple holds ticks.
Given = Mapping[str, int | str | tuple[str, ...] | None]


@dataclass(frozen=True)
class Background:
    """What stays fixed in a walk."""

    name: str
    usual: tuple[str, ...] = ()
    history: tuple[tuple[int, str, int | str], ...] = ()

    def context(self) -> Context:
        days = tuple(PastDay(days_ago, {question: answer}) for days_ago, question, answer in self.history)
        return Context(usual=frozenset(self.usual), history=days)

    def line(self) -> dict[str, Any]:
        past = [{"days_ago": days, "answers": {question: answer}} for days, question, answer in self.history]
        return {"usual": list(self.usual), "history": past}


def judged(given_answers: Given, context: Context) -> Result:
    answers: dict[str, Answer] = {
        name: frozenset(value) if isinstance(value, tuple) else value
        for name, value in given_answers.items()
        if value is not None
    }
    return triage(PROTOCOL, answers, context)


def second_opinion(given_answers: Given, background: Mapping[str, Any]) -> list[dict[str, Any]]:
    answers = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in given_answers.items()
        if value is not None
    }
    return evaluate({"id": "x", "answers": answers, **background})["patterns"]  # type: ignore[no-any-return]


def told(result: Result) -> list[dict[str, Any]]:
    """A result as the second evaluator tells it."""
    return [
        {"id": found.pattern, "urgency": found.urgency.word, "rules": list(found.rules), "because": list(found.because)}
        | ({"known": True} if found.known else {})
        for found in result.findings
    ]


def subsets(*choices: str) -> list[tuple[str, ...]]:
    return [chosen for size in range(len(choices) + 1) for chosen in combinations(choices, size)]


# ------------------------------------------------------------------------------------------------ the walks

PAIN = (None, *range(11))
CHANGE = (None, "same", "better", "new", "worse")
KNOWN = (None, "yes", "untold", "no")
REST = (None, "yes", "partly", "no")
ONSET = (None, "sudden")
SIGN_KNOWN = (None, "yes", "no")

# Without a past, with each way of being known, and with baselines below, at and between whole numbers.
PAIN_BACKGROUNDS = (
    Background("nothing known"),
    Background("usual pain", usual=("pain",)),
    Background("known 30 days ago", history=((30, "pain_known", "yes"),)),
    Background("usual pain, then different", usual=("pain",), history=((2, "pain_known", "no"),)),
    Background("baseline 3", history=((1, "pain", 3), (2, "pain", 3), (3, "pain", 3))),
    Background("baseline 5.5 and usual", ("pain",), ((1, "pain", 5), (2, "pain", 6), (3, "pain", 5), (4, "pain", 6))),
    Background("rising", history=((1, "pain", 4), (21, "pain", 3))),
    Background("baseline 2, rising and usual", ("pain",), ((1, "pain", 3), (2, "pain", 2), (3, "pain", 1))),
)


def bone_pain_classes() -> Iterator[Given]:
    for pain, change, known, rest, where in product(PAIN, CHANGE, KNOWN, REST, subsets("back", "legs")):
        yield {"pain": pain, "pain_change": change, "pain_known": known, "pain_rest": rest, "pain_where": where}


def fracture_classes() -> Iterator[Given]:
    signs, how = subsets("fall", "snap", "hard_to_move"), subsets("deformity")
    questions = ("pain", "pain_change", "pain_onset", "pain_rest", "bone_signs", "injury_how", "bone_known")
    for values in product((None, 6, 7), CHANGE, ONSET, REST, signs, how, SIGN_KNOWN):
        yield dict(zip(questions, values, strict=True))


def cord_classes() -> Iterator[Given]:
    signs, how = subsets("numbness", "weakness", "bladder", "bowel"), subsets("fast", "saddle")
    questions = ("bone_signs", "nerve_how", "pain_where", "observed", "bone_known")
    for values in product(signs, how, subsets("band"), subsets("unsteady"), SIGN_KNOWN):
        yield dict(zip(questions, values, strict=True))


def calcium_classes() -> Iterator[Given]:
    # Thirst and tiredness are twins, and both are here: one may be usual and the other new.
    signs, how = subsets("thirst", "tired", "nausea", "confused"), subsets("hard_to_wake", "no_fluids")
    questions = ("calcium_signs", "calcium_how", "observed", "calcium_known")
    for values in product(signs, how, subsets("not_making_sense", "hard_to_wake"), SIGN_KNOWN):
        yield dict(zip(questions, values, strict=True))


def usual_backgrounds(*signs: str) -> tuple[Background, ...]:
    return tuple(Background(" and ".join(usual) or "nothing usual", usual=usual) for usual in subsets(*signs))


Walk = tuple[Callable[[], Iterator[Given]], tuple[Background, ...]]
WALKS: dict[str, Walk] = {
    "bone_pain": (bone_pain_classes, PAIN_BACKGROUNDS),
    "fracture": (fracture_classes, usual_backgrounds("fall", "hard_to_move")),
    "cord_compression": (cord_classes, usual_backgrounds("numbness", "weakness", "bladder", "bowel")),
    "hypercalcemia": (calcium_classes, usual_backgrounds("thirst", "tired", "nausea", "confused")),
}
BY_BACKGROUND = [(pattern, background) for pattern, (_, grounds) in WALKS.items() for background in grounds]


# Two tests look at the same walk; on one worker it is done once.
@lru_cache(maxsize=4)
def walked(pattern: str, background: Background) -> list[tuple[Given, Result]]:
    context = background.context()
    return [(classed, judged(classed, context)) for classed in WALKS[pattern][0]()]


def walk_id(value: object) -> str | None:
    return value.name if isinstance(value, Background) else None


@pytest.mark.parametrize(("pattern", "background"), BY_BACKGROUND, ids=walk_id)
def test_triage_equals_the_second_evaluator(pattern: str, background: Background) -> None:
    line = background.line()
    for classed, result in walked(pattern, background):
        assert told(result) == second_opinion(classed, line), (classed, background)


# ------------------------------------------------------------------------------------------------ worse is never milder

WORSE: dict[str, dict[str | None, tuple[str, ...]]] = {
    "pain_change": {"better": ("same", "worse", "new"), "same": ("worse", "new")},
    "pain_rest": {"yes": ("partly",), "partly": ("no",)},
    "pain_onset": {None: ("sudden",)},  # not answered stands for its twin, gradual
}


def worse(question: str, value: Any, among: set[Any]) -> list[Any]:
    """The next worse answers to a question: more pain, another tick, a worse choice. Known answers stay."""
    if isinstance(value, tuple):
        return [more for more in among if len(more) == len(value) + 1 and set(value) < set(more)]
    if question == "pain":
        return (
            [min(higher)] if (higher := [pain for pain in among if value is not None and (pain or 0) > value]) else []
        )
    return list(WORSE.get(question, {}).get(value, ()))


def pattern_urgency(result: Result, pattern: str) -> Urgency:
    return next((found.urgency for found in result.findings if found.pattern == pattern), Urgency.NONE)


@pytest.mark.parametrize(("pattern", "background"), BY_BACKGROUND, ids=walk_id)
def test_a_worse_answer_never_gives_a_milder_urgency(pattern: str, background: Background) -> None:
    walk = walked(pattern, background)
    questions = list(walk[0][0])
    among = {question: {classed[question] for classed, _ in walk} for question in questions}
    urgency = {tuple(classed.values()): (result.urgency, result) for classed, result in walk}
    steps = {
        (question, value): worse(question, value, among[question])
        for question in questions
        for value in among[question]
    }
    compared = 0
    for key, (before, result) in urgency.items():
        for place, question in enumerate(questions):
            for value in steps[question, key[place]]:
                after, then = urgency[*key[:place], value, *key[place + 1 :]]
                compared += 1
                assert after >= before, (dict(zip(questions, key, strict=True)), question, value)
                assert pattern_urgency(then, pattern) >= pattern_urgency(result, pattern)
    assert compared > len(walk)


# ------------------------------------------------------------------------------------------------ why this is the whole

QUESTIONS_READ = {
    "bone_pain": {"pain", "pain_change", "pain_known", "pain_rest", "pain_where"},
    "fracture": {"pain", "pain_change", "pain_onset", "pain_rest", "bone_signs", "injury_how", "bone_known"},
    "cord_compression": {"bone_signs", "nerve_how", "pain_where", "observed", "bone_known"},
    "hypercalcemia": {"calcium_signs", "calcium_how", "observed", "calcium_known"},
}


def read_by(condition: Condition) -> set[str]:
    found = set()
    for part in parts_of(condition):
        if isinstance(part, AnswerIs | Ticked | Missing):
            found.add(part.question)
        elif type(part).__name__.startswith("Pain"):
            found.add("pain")
        if type(part).__name__ == "PainSettled":
            found |= {"pain_change", "pain_known"}
    return found


@pytest.mark.parametrize("pattern", PROTOCOL.patterns)
def test_each_walk_varies_every_question_that_its_rules_read(pattern: str) -> None:
    read: set[str] = set()
    for rule in PROTOCOL.rules:
        if rule.pattern == pattern:
            read |= read_by(rule.when)
            groups = {PROTOCOL.group_of[sign] for sign in rule.unless_settled}
            read |= {
                name for group in groups for name in (group.known, *(group.how_of[s] for s in rule.unless_settled))
            }
    assert read == QUESTIONS_READ[pattern]
    assert set(next(WALKS[pattern][0]())) == read


# Each class with the choice that stands for it in the walks.
TWINS = {
    "pain_change": (("same", "better"),),
    "pain_known": (("untold", "no"),),
    "pain_where": (("back", "neck"), ("legs", "hips", "arms"), ("band",), (None, "ribs", "elsewhere")),
    "pain_rest": (("partly",), ("no",), ("yes",)),
    "pain_onset": (("sudden",), (None, "gradual")),
    "bone_signs": (("fall",), ("snap",), ("hard_to_move",), ("numbness",), ("weakness",), ("bladder", "bowel")),
    "injury_how": (("deformity", "cannot_stand", "head_or_spine"),),
    "nerve_how": (("saddle", "cannot_walk", "no_control"), ("fast",)),
    "calcium_signs": (("thirst", "tired", "urine"), ("nausea", "appetite"), ("confused",)),
    "calcium_how": (("hard_to_wake",), ("no_fluids",)),
    "observed": (("unsteady",), ("not_making_sense",), ("hard_to_wake",)),
}


@pytest.mark.parametrize("question", TWINS)
def test_no_rule_tells_twins_apart(question: str) -> None:
    named = [
        set(part.choices)
        for rule in PROTOCOL.rules
        for part in parts_of(rule.when)
        if isinstance(part, AnswerIs | Ticked) and part.question == question
    ]
    for twins in TWINS[question]:
        for choices in named:
            assert len({twin in choices for twin in twins}) == 1, (question, twins, choices)


def test_every_choice_has_its_class_and_every_class_its_place_in_a_walk() -> None:
    varied: dict[str, set[Any]] = {}
    for classes, _ in WALKS.values():
        for classed in classes():
            for question, value in classed.items():
                varied.setdefault(question, set()).update(value if isinstance(value, tuple) else {value})
    for question, classes_of in TWINS.items():
        choices = {choice for twins in classes_of for choice in twins if choice is not None}
        if question not in ("pain_change", "pain_known"):
            assert choices == set(PROTOCOL.question(question).choices)
        assert all(None in twins or varied[question] & set(twins) for twins in classes_of), question


# ------------------------------------------------------------------------------------------------ patterns together

# Answers that lead to each outcome of each pattern; merged they share no question but the ticks of one.
OUTCOMES: dict[str, dict[str, Given]] = {
    "bone_pain": {
        "nothing": {},
        "tell_team": {"pain_change": "new", "pain_rest": "partly"},
        "right_away": {"pain": 7, "pain_change": "better", "pain_rest": "no"},
    },
    "fracture": {
        "nothing": {},
        "known": {"bone_signs": ("hard_to_move",), "bone_known": "yes"},
        "tell_team": {"bone_signs": ("fall",), "bone_known": "yes"},
        "right_away": {"bone_signs": ("snap",), "bone_known": "yes"},
        "emergency": {"injury_how": ("deformity",)},
    },
    "cord_compression": {
        "nothing": {},
        "known": {"bone_signs": ("numbness",), "bone_known": "yes"},
        "right_away": {"bone_signs": ("weakness",), "bone_known": "yes"},
        "emergency": {"nerve_how": ("saddle",)},
    },
    "hypercalcemia": {
        "nothing": {},
        "known": {"calcium_signs": ("nausea",), "calcium_known": "yes"},
        "right_away": {"calcium_signs": ("confused",), "calcium_known": "yes"},
        "emergency": {"observed": ("hard_to_wake",)},
    },
}


def merged(parts: tuple[Given, ...]) -> Given:
    both: dict[str, Any] = {}
    for part in parts:
        for question, value in part.items():
            ticks = isinstance(value, tuple) and question in both
            both[question] = both[question] + value if ticks else value  # type: ignore[operator]
    return both


# What counts of an outcome: a known pattern is no urgency, except where another answer unsettles it.
@pytest.mark.parametrize("worried", [False, True])
def test_patterns_together_are_the_highest_then_a1_then_w1(worried: bool) -> None:
    background = Background("some usual signs", usual=("hard_to_move", "numbness", "nausea"))
    context, line = background.context(), background.line() | {"worried": worried}
    seen: dict[tuple[Urgency, ...], set[Urgency]] = {}
    for parts in product(*(outcomes.values() for outcomes in OUTCOMES.values())):
        together = merged(parts)
        answers = {k: frozenset(v) if isinstance(v, tuple) else v for k, v in together.items() if v is not None}
        result = triage(PROTOCOL, answers, context, worried)
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in together.items()}
        expected = evaluate({"id": "x", "answers": plain, **line})
        assert (told(result), result.urgency.word) == (expected["patterns"], expected["urgency"]), together
        urgencies = tuple(pattern_urgency(result, pattern) for pattern in PROTOCOL.patterns)
        seen.setdefault(urgencies, set()).add(result.urgency)
    assert all(len(overall) == 1 for overall in seen.values())
    # The overall urgency never falls when a pattern's rises, so what holds for each pattern holds for all.
    for lower, (below,) in seen.items():
        for higher, (above,) in seen.items():
            if all(one <= other for one, other in zip(lower, higher, strict=True)):
                assert below <= above, (lower, higher)


# ------------------------------------------------------------------------------------------------ anything at all


def a_check_in() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={question.id: an_answer(question.id) for question in PROTOCOL.questions})


def an_answer(name: str) -> st.SearchStrategy[Any]:
    question = PROTOCOL.question(name)
    if question.kind == "scale":
        return st.integers(0, 10)
    if question.kind == "one":
        return st.sampled_from(question.choices)
    return st.lists(st.sampled_from(question.choices), unique=True, max_size=3)


PAST = st.dictionaries(st.sampled_from([0, 1, 2, 3, 7, 20, 21, 22, 30, 31, 35, 36]), a_check_in(), max_size=5)


@given(
    answers=a_check_in(),
    past=PAST,
    usual=st.lists(st.sampled_from(("pain", *PROTOCOL.signs)), unique=True, max_size=4),
    worried=st.booleans(),
    rhythm=st.sampled_from([1, 2, 2.4, 7]),
)
@settings(max_examples=600, deadline=None)
def test_any_check_in_equals_the_second_evaluator(
    answers: dict[str, Any], past: dict[int, Any], usual: list[str], worried: bool, rhythm: float
) -> None:
    history = [{"days_ago": days, "answers": given_then} for days, given_then in past.items()]
    line = {"id": "x", "answers": answers, "history": history, "usual": usual, "worried": worried}
    line["rhythm_days"] = rhythm
    found = answer_line(json.dumps(line), PROTOCOL)
    for pattern in found["patterns"]:
        del pattern["source"]
    assert found == evaluate(line)


# ------------------------------------------------------------------------------------------------ minimal examples

# The fewest answers that make each rule count, found by the walks. Printed by: pytest -k minimal -s
MINIMAL = {
    "BP1": "pain_change:new pain_rest:no",
    "BP2": "pain_change:worse pain_rest:no",
    "BP3": "pain_change:new pain_where:back",
    "BP4": "pain:7",
    "BP5": "pain:7 pain_change:new",
    "BP6": "pain:5 (baseline 3)",
    "BP7": "pain:7 (baseline 3)",
    "BP8": "pain:5 (rising)",
    "BP9": "pain:4 pain_change:new pain_where:legs",
    "BP10": "pain:1 pain_known:no pain_rest:no",
    "FR1": "bone_signs:snap",
    "FR2": "bone_signs:fall bone_signs:hard_to_move",
    "FR3": "pain:7 pain_onset:sudden",
    "FR4": "bone_signs:hard_to_move pain_change:new",
    "FR5": "bone_signs:fall",
    "FR6": "injury_how:deformity",
    "CC1": "bone_signs:bladder",
    "CC2": "bone_signs:bladder bone_signs:numbness",
    "CC3": "nerve_how:saddle",
    "CC4": "pain_where:band",
    "OB3": "observed:unsteady",
    "HC1": "calcium_signs:nausea",
    "HC2": "calcium_signs:confused",
    "HC3": "calcium_how:hard_to_wake",
    "HC4": "calcium_how:no_fluids",
    "OB1": "observed:hard_to_wake",
    "OB2": "observed:not_making_sense",
}


def written(classed: Given) -> list[str]:
    return sorted(
        f"{question}:{choice}"
        for question, value in classed.items()
        if value is not None
        for choice in (value if isinstance(value, tuple) else (value,))
    )


@pytest.mark.parametrize("pattern", PROTOCOL.patterns)
def test_every_rule_has_a_minimal_example(pattern: str) -> None:
    best: dict[str, tuple[int, int, int, list[str], str]] = {}
    first = WALKS[pattern][1][0]
    for background in (ground for ground in WALKS[pattern][1] if not ground.usual):
        for classed, result in walked(pattern, background):
            for rule in {rule for found in result.findings if found.pattern == pattern for rule in found.rules}:
                words = written(classed)
                where = "" if background is first else f" ({background.name})"
                pain = classed.get("pain") or 0
                assert isinstance(pain, int)
                example = (len(background.history), len(words), pain, words, where)
                best[rule] = min(best.get(rule, example), example)
    found = {rule: " ".join(words) + where for rule, (_, _, _, words, where) in best.items()}
    for rule, example in found.items():
        print(f"{rule}: {example}")  # noqa: T201
    assert found == {rule.id: MINIMAL[rule.id] for rule in PROTOCOL.rules if rule.pattern == pattern}
