"""Why a message was read as it was: each phrase found, the words it matched, and why it counts or not."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.recognise import Recognised
from bot.domain.recognise.judge import Hit


def explain(found: Recognised) -> str:
    """The explanation, a line a find, those that count first; one line when nothing was found."""
    lines = list(dict.fromkeys(_lines(found)))
    if found.unreadable:
        lines.append("  no list reads this script")
    return "\n".join(lines or ["  no phrase of any list"])


def _lines(found: Recognised) -> Iterator[str]:
    for hit in sorted(found.hits, key=lambda hit: not hit.counts):
        of = hit.label or hit.kind or "anything"
        yield f"  {_verdict(hit)} {of}: {hit.words!r} by {hit.phrase!r} ({_where(hit)})"


def _verdict(hit: Hit) -> str:
    return "counts" if hit.counts else f"does not count, {hit.why_not} by {hit.because_of!r}:"


def _where(hit: Hit) -> str:
    return f"{hit.language}.yaml line {hit.line}" if hit.line else hit.language
