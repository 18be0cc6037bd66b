"""What the care team said to expect, in words: for /status, for its own screen, and for the report."""

from __future__ import annotations

from bot.domain.team_plan import RHYTHMS, Expected
from bot.texts import Html, Texts


def in_words(texts: Texts, language: str, plan: Expected) -> Html:
    """Such as "feeling sick: days 2 to 5 after treatment. Treatment on March 3, every 3 weeks. A nurse …"."""
    names = [texts.render(language, f"noticed.calcium_signs.{sign}") for sign in plan.signs]
    return texts.render(
        language,
        "plan.line",
        signs=texts.listed(language, names),
        days=days_in_words(texts, language, plan.first, plan.last),
        rhythm=texts.render(language, f"plan.rhythm.{RHYTHMS[plan.every]}"),
        treated=texts.date_of(language, plan.treated_on),
        who=texts.render(language, f"plan.by.{plan.said_by}"),
        said=texts.date_of(language, plan.said_on),
    )


def days_in_words(texts: Texts, language: str, first: int, last: int) -> Html:
    """Such as "day 2" or "days 2 to 5"."""
    return texts.render(language, "plan.day" if first == last else "plan.days", first=first, last=last)
