"""The command `protocol table`: the decision table as Markdown, made from the rules themselves."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import conditions as c
from bot.domain.protocol import Protocol, Rule

HEAD = """| rule | pattern | when | urgency | source |
| --- | --- | --- | --- | --- |"""


def markdown_table(protocol: Protocol) -> str:
    """The decision table: one line a rule, then what is judged over all of them, and the sources."""
    parts = [HEAD, *(_row(protocol, rule) for rule in protocol.rules), "", *_overall(), "", *_sources(protocol)]
    return "\n".join(parts) + "\n"


def _row(protocol: Protocol, rule: Rule) -> str:
    when = _sentence(rule.when)
    if rule.unless_settled:
        when += f"; not when all of these that are ticked are settled: {_codes(rule.unless_settled)}"
    source = f"{rule.source.name}: {rule.detail}" + (" *(for clinical review)*" if rule.review else "")
    cells = (rule.id, f"`{rule.pattern}`", when, f"`{rule.urgency.word}`", source)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _overall() -> list[str]:
    return [
        "Then, in this order: **A1**, two or more different patterns at `tell_team` in one check-in, and none higher,",
        "count as `right_away` overall; **W1**, worry raises the overall urgency one step, up to `right_away`.",
        "A missing answer matches nothing unless the rule says so.",
    ]


def _sources(protocol: Protocol) -> list[str]:
    beyond = {rule.source.id: rule.source for rule in protocol.rules if rule.source.beyond_article}
    return ["Sources beyond the article:", ""] + [f"- {source.name}. {source.reference}." for source in beyond.values()]


def _codes(codes: Sequence[str]) -> str:
    # A stroke, so that "or" always stands between two conditions.
    return "/".join(f"`{code}`" for code in codes)


def _sentence(condition: c.Condition, inside: bool = False) -> str:
    match condition:
        case c.All(parts):
            return _joined(parts, " and ", inside)
        case c.Any(parts):
            return _joined(parts, " or ", inside)
        case c.Not(part):
            return f"not ({_sentence(part)})"
    return _leaf(condition)


def _joined(parts: Sequence[c.Condition], word: str, inside: bool) -> str:
    text = word.join(_sentence(part, inside=True) for part in parts)
    return f"({text})" if inside and len(parts) > 1 else text


def _leaf(condition: c.Condition) -> str:
    match condition:
        case c.AnswerIs(question, choices):
            return f"`{question}` is {_codes(choices)}"
        case c.Ticked(question, choices):
            return f"{_codes(choices)} ticked in `{question}`"
        case c.AskedAsKnown(question, choices):
            return f"{_codes(choices)} of `{question}` asked as known"
        case c.Missing(question):
            return f"`{question}` missing"
        case c.NotMatched(rules):
            return f"neither {' nor '.join(rules)} matches" if len(rules) > 1 else f"{rules[0]} does not match"
        case c.ReportedBy(role):
            return f"the {role} answers"
    return _pain(condition)


def _pain(condition: c.Condition) -> str:
    match condition:
        case c.PainAtLeast(level):
            return f"pain ≥ {level}"
        case c.PainAboveBaseline(by, strictly):
            return f"pain − baseline {'>' if strictly else '≥'} {by:g}"
        case c.PainRising(values, by, at_least, within_days):
            return (
                f"the last {values} pains within {within_days} days each higher than the one before, "
                f"by {by} or more in all, today ≥ {at_least}"
            )
        case c.PainSettled():
            return "pain settled"
        case c.PainRecordedAsKnown():
            return "pain recorded as known"
    raise TypeError(f"no words for {condition!r}")
