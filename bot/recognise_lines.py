"""The command `recognise`: a message a line in, its labels a line out (contract.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from bot.domain.recognise import recognise
from bot.domain.recognise.explain import explain as explained
from bot.phrase_files import PhraseFileWrong, load_lists


def run(lines: TextIO, out: TextIO, language: str | None = None, explain: bool = False) -> int:
    """Answer each line, blank ones too, in order and at once; with `explain` indented lines follow each answer.

    The exit status is 1 when a phrase list cannot be read, which is then said in one line.
    """
    _forgive_broken_text(lines)
    try:
        lists = load_lists()
    except PhraseFileWrong as wrong:
        out.write(f"{wrong}\n")
        return 1
    for line in lines:
        found = recognise(line.strip("\ufeff\r\n"), lists, language)
        out.write(found.printed() + "\n")
        if explain:
            out.write(explained(found) + "\n")
        out.flush()
    return 0


def _forgive_broken_text(lines: TextIO) -> None:
    """Let bytes that are no text arrive as marks inside their own line, so that the run goes on."""
    reconfigure: Callable[..., None] | None = getattr(lines, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="replace")
