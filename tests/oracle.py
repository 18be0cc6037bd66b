"""A second opinion on the triage rules, written straight from `clinical.md` as plain `if`s.

It shares nothing with the data-driven engine, so that comparing the two finds a slip in either.
It reads one good `triage` input line of `contract.md` and leaves out `source`.
A condition is the set of today's answers that meet it, such as {"pain:8"}; empty: not met.
What `clinical.md` leaves open is marked "Reading:".
"""

from collections.abc import Iterator
from itertools import permutations
from statistics import median
from typing import Any

Line = dict[str, Any]
Match = tuple[str, str, set[str]]  # rule, urgency, because
URGENCIES = ["none", "tell_team", "right_away", "emergency"]
NONE, T, R, E = URGENCIES
HOW = dict.fromkeys(["numbness", "weakness", "bladder", "bowel"], "nerve_how")
HOW |= dict.fromkeys(["thirst", "urine", "appetite", "nausea", "tired"], "calcium_how")
HOW |= {"hard_to_move": "injury_how"}  # fall, snap, confused: absent, they are never settled


def evaluate(line: Line) -> Line:
    """Judge one input line of `triage`; give its output line without `source`."""
    known, patterns = settled(line), []
    for judge in (bone_pain, fracture, cord_compression, hypercalcemia):
        if counted := list(judge(line, known)):
            patterns.append(finding(judge.__name__, counted))
        elif were_nothing_settled := list(judge(line, set())):
            found = finding(judge.__name__, were_nothing_settled)
            patterns.append({**found, "urgency": NONE, "known": True})
    return {"id": line["id"], "urgency": overall(patterns, line), "patterns": patterns}


def finding(pattern: str, matches: list[Match]) -> Line:
    rules, urgencies, because = zip(*matches, strict=True)
    highest, answers = max(urgencies, key=URGENCIES.index), sorted(set().union(*because))
    return {"id": pattern, "urgency": highest, "rules": list(rules), "because": answers}


def overall(patterns: list[Line], line: Line) -> str:
    urgencies = [NONE, *(pattern["urgency"] for pattern in patterns)]
    highest = max(urgencies, key=URGENCIES.index)
    if highest == T and urgencies.count(T) >= 2:  # A1
        highest = R
    if line.get("worried"):  # W1, after A1
        highest = {NONE: T, T: R}.get(highest, highest)
    return highest


def said(line: Line, question: str, *choices: str) -> set[str]:
    given = line["answers"].get(question, [])
    given = given if isinstance(given, list) else [given]
    return {f"{question}:{choice}" for choice in choices if choice in given}


def pain_at_least(line: Line, least: float) -> set[str]:
    pain = line["answers"].get("pain")
    return set() if pain is None or pain < least else {f"pain:{pain}"}


def both(one: set[str], other: set[str]) -> set[str]:
    return one | other if one and other else set()


def history(line: Line, question: str, nearest: int, farthest: float) -> list[tuple[int, Any]]:
    days = [(entry["days_ago"], entry["answers"]) for entry in line.get("history", [])]
    return [(d, a[question]) for d, a in days if question in a and nearest <= d <= farthest]


def settled(line: Line) -> set[str]:
    """Today's settled signs, such as "bone_signs:numbness", and "pain" if that is settled."""
    answers, known = line["answers"], {"pain"} if pain_is_settled(line) else set()
    for question, yes in (("bone_signs", "bone_known"), ("calcium_signs", "calcium_known")):
        asked_as_known = set(line.get("usual", []))
        asked_as_known.update(*(signs for _, signs in history(line, question, 0, 30)))
        for sign in asked_as_known & HOW.keys():
            if answers.get(yes) == "yes" and not answers.get(HOW[sign]):
                known |= said(line, question, sign)
    return known


def pain_is_settled(line: Line) -> bool:
    answers, told = line["answers"], history(line, "pain_known", 0, 30)
    if answers.get("pain_change") not in ("same", "better"):
        return False
    if "pain_known" in answers:
        return answers["pain_known"] == "yes"
    if not told:
        return "pain" in line.get("usual", [])
    # Reading: the answers of one day have no order; an "untold" or "no" among them wins.
    return {known for day, known in told if day == min(told)[0]} == {"yes"}


def baseline(line: Line) -> float | None:
    # Reading: the values of one day have no order; at the cut after 7 the lower one stays.
    past = sorted(history(line, "pain", 1, 35))[:7]
    enough = 2 if line.get("rhythm_days", 1) > 2 else 3  # Reading: missing is not "more than 2"
    return median(pain for _, pain in past) if len(past) >= enough else None


def rising(line: Line) -> bool:
    # Reading: the values of one day have no order; one order of them that rises is enough.
    past, today = history(line, "pain", 0, float("inf")), line["answers"].get("pain", 0)
    latest = sorted(day for day, _ in past)[:2]
    return any(
        first < second < today and today - first >= 2 and today >= 3 and first_day <= 21
        for (first_day, first), (second_day, second) in permutations(past, 2)
        if [second_day, first_day] == latest
    )


def bone_pain(line: Line, known: set[str]) -> Iterator[Match]:
    usual, pain, severe = baseline(line), pain_at_least(line, 1), pain_at_least(line, 7)
    new, worse = said(line, "pain_change", "new"), said(line, "pain_change", "worse")
    stays, never_eases = said(line, "pain_rest", "no", "partly"), said(line, "pain_rest", "no")
    no_rise = usual is None or line["answers"].get("pain", 0) <= usual + 1
    # Reading: BP1 to BP3 name no pain value, so a pain of 0 or a missing one does not stop them.
    if new and stays:
        yield "BP1", T, new | stays
    if worse and stays:
        yield "BP2", T, worse | stays
    if (new or worse) and (spine := said(line, "pain_where", "back", "neck")):
        yield "BP3", T, new | worse | spine
    if severe and "pain" not in known:
        yield "BP4", T, severe
    if severe and (new or worse or never_eases) and not ("pain" in known and no_rise):
        yield "BP5", R, severe | new | worse | never_eases
    if usual is not None and pain_at_least(line, max(usual + 2, 4)):
        yield "BP6", T, pain
    if usual is not None and pain_at_least(line, max(usual + 3, 7)):
        yield "BP7", R, pain
    if rising(line):
        yield "BP8", T, pain
    if (new or worse) and pain_at_least(line, 4) and (limbs := said(line, "pain_where", "hips", "legs", "arms")):
        yield "BP9", T, new | worse | pain | limbs
    if pain and stays and (not_known := said(line, "pain_known", "no", "untold")):
        yield "BP10", T, pain | stays | not_known


def fracture(line: Line, known: set[str]) -> Iterator[Match]:
    fall, hard = said(line, "bone_signs", "fall"), said(line, "bone_signs", "hard_to_move")
    severe, sudden = pain_at_least(line, 7), said(line, "pain_onset", "sudden")
    changed = said(line, "pain_change", "new", "worse")
    with_fall = both(fall, severe | changed | sudden | hard)
    with_hard = both(hard, severe | changed)
    counts = (fall | hard) - known
    if snap := said(line, "bone_signs", "snap"):
        yield "FR1", R, snap
    if counts and with_fall:
        yield "FR2", R, with_fall
    if sudden and severe and not said(line, "pain_rest", "yes"):
        yield "FR3", R, sudden | severe | said(line, "pain_rest", "no", "partly")
    if counts and with_hard:
        yield "FR4", R, with_hard
    if counts and not with_fall and not with_hard:
        yield "FR5", T, fall | hard
    # Reading: a *_how answer counts even where its parent sign is not ticked.
    if injury := said(line, "injury_how", "cannot_stand", "deformity", "head_or_spine"):
        yield "FR6", E, injury


def cord_compression(line: Line, known: set[str]) -> Iterator[Match]:
    limbs = said(line, "bone_signs", "numbness", "weakness")
    control = said(line, "bone_signs", "bladder", "bowel")
    failing, fast = said(line, "bone_signs", "weakness") | control, said(line, "nerve_how", "fast")
    grave = said(line, "nerve_how", "cannot_walk", "saddle", "no_control") | both(fast, failing)
    if (limbs | control) - known:
        yield "CC1", R, limbs | control
    if both(limbs, control) - known:
        yield "CC2", E, limbs | control
    if grave:
        yield "CC3", E, grave
    if band := said(line, "pain_where", "band"):
        yield "CC4", R, band
    if unsteady := said(line, "observed", "unsteady"):
        yield "OB3", R, unsteady


def hypercalcemia(line: Line, known: set[str]) -> Iterator[Match]:
    confused = said(line, "calcium_signs", "confused")
    others = said(line, "calcium_signs", "thirst", "urine", "appetite", "nausea", "tired")
    no_fluids = said(line, "calcium_how", "no_fluids")
    drying = confused | said(line, "calcium_signs", "thirst", "urine", "tired")
    muddled = said(line, "observed", "not_making_sense")
    if others - known:
        yield "HC1", R, others
    if confused:
        yield "HC2", R, confused
    # Reading: of an "or", only the branches that hold are named in `because` (CC3, HC3, OB1).
    if grave := said(line, "calcium_how", "hard_to_wake") | both(confused, others) | both(no_fluids, drying):
        yield "HC3", E, grave
    # Reading: "otherwise" (HC4, OB2) looks at this branch alone, so hard_to_wake hides neither.
    if no_fluids and not drying:
        yield "HC4", R, no_fluids
    if seen := said(line, "observed", "hard_to_wake") | both(muddled, confused | others):
        yield "OB1", E, seen
    if muddled and not (confused or others):
        yield "OB2", R, muddled
