"""Reads the phrase lists under messages/phrases into the domain's values; every fault names its file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from importlib.resources.abc import Traversable

import yaml
from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from bot.domain.recognise import LABELS, Lists
from bot.domain.recognise.clues import ANYTHING
from bot.domain.recognise.language import Language
from bot.domain.recognise.lists import (
    FEVER,
    REASONS,
    SELF_HARM,
    ClueTable,
    Line,
    PhraseFault,
    PhraseGroup,
    PhraseList,
    WordGroup,
)
from bot.domain.recognise.points import Points

_BLOCK = frozenset("|>")
_TICK = re.compile(r"[a-z_]+:[a-z_]+")
_FOLDER = "phrases"
# libyaml reads a list in a quarter of the time; it is not on every machine.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class PhraseFileWrong(ValueError):
    """A phrase list cannot be read; the message names the file, the line and what is wrong."""


def load_lists() -> Lists:
    """Every list that is shipped, made ready. Raises PhraseFileWrong."""
    folder = files("messages") / _FOLDER
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return Lists(tuple(_made_ready(file, folder / f"{file.name.removesuffix('.yaml')}.clues.tsv") for file in found))


def _made_ready(file: Traversable, clues: Traversable) -> Language:
    """One list with its clue table, if it has one. Raises PhraseFileWrong."""
    try:
        listed = read_list(file.read_text(encoding="utf-8"))
        if clues.is_file():
            with clues.open(encoding="utf-8") as lines:
                listed = replace(listed, clues=read_clues(lines))
        return Language(listed, _nearest)
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 0
        raise PhraseFileWrong(f"{file.name}:{line}: {fault.problem}") from fault
    except PhraseFault as fault:
        raise PhraseFileWrong(f"{file.name}:{fault.line}: {fault}") from fault


def _nearest(word: str, listed: Sequence[str], errors: int) -> str | None:
    """What `typing_errors.Nearest` asks for: the domain imports no library."""
    found = extractOne(word, listed, scorer=OSA.distance, score_cutoff=errors)
    return None if found is None else found[0]


def read_clues(lines: Iterable[str]) -> ClueTable:
    """A clue table: comment lines, a line of column names, the marks, then a clue a line. Raises PhraseFault.

    Read line by line: all of it at once took three times the memory for good.
    """
    rows = (line.rstrip("\n").split("\t") for line in lines if not line.startswith("# "))
    name, *columns = next(rows, [""])
    if name != "clue":
        raise PhraseFault("a clue table begins with a line `clue`")
    if unknown := set(columns) - {ANYTHING, *LABELS}:
        raise PhraseFault(f"{', '.join(sorted(unknown))} is no label")
    numbers = _Numbers()
    worths = (_worths(row, len(columns), numbers) for row in rows)
    try:
        mark, marks = next(worths, ("", ()))
        if mark != "(mark)":
            raise PhraseFault("a clue table has a line `(mark)` below its head")
        return ClueTable(tuple(columns), tuple(marks), Points(len(columns), worths))
    except OverflowError as fault:
        raise PhraseFault("a clue is worth 32,767 points at most") from fault


class _Numbers(dict[str, int]):
    """What a cell says. The same few hundred numbers stand in two million cells: each is read once."""

    def __missing__(self, cell: str) -> int:
        try:
            number = self[cell] = int(cell) if cell else 0
        except ValueError as fault:
            raise PhraseFault(f"a clue table holds whole numbers: {fault}") from fault
        return number


def _worths(row: Sequence[str], columns: int, numbers: _Numbers) -> tuple[str, Iterable[int]]:
    clue, *cells = row
    if len(cells) != columns:
        raise PhraseFault(f"the clue {clue} has not {columns} columns")
    return clue, map(numbers.__getitem__, cells)


def read_list(text: str) -> PhraseList:
    """The list that this YAML holds. Raises PhraseFault or yaml.YAMLError."""
    root = _mapping(yaml.compose(text, Loader=_LOADER))
    _only(root, _TOP)
    return PhraseList(
        language=_text(_need(root, "language")),
        script=_text(root["script"]) if "script" in root else "latin",
        emergency_only=_flag(root.get("emergency_only")),
        inflects=_flag(root.get("inflects")),
        spelled={key: _text(node) for key, node in _pairs(root.get("spelled"))},
        forms={key: tuple(_text(node).split()) for key, node in _pairs(root.get("forms"))},
        fillers=frozenset(line.text for line in _lines(root.get("fillers"))),
        ordinary=frozenset(line.text for line in _lines(root.get("ordinary"))),
        words=tuple(_word_group(name, node) for name, node in _pairs(root.get("words"))),
        scopes={name: _lines(node) for name, node in _pairs(root.get("scopes"))},
        groups=tuple(_groups(root.get("signs"))),
        answers={name: tuple(line.text for line in _lines(node)) for name, node in _pairs(root.get("answers"))},
    )


_TOP = frozenset(
    "language script emergency_only inflects spelled forms fillers ordinary words scopes signs answers".split()
)
_IN_WORDS = frozenset(("where", "any"))
_IN_SIGN = frozenset(
    ("label", "kind", "ticks", "note", "even_if", "across", "alone", "strict", "always", "near", "any")
)


def _word_group(name: str, node: yaml.Node) -> WordGroup:
    if not isinstance(node, yaml.MappingNode):
        return WordGroup(name, _lines(node))
    fields = _mapping(node)
    _only(fields, _IN_WORDS)
    return WordGroup(name, _lines(fields.get("any")), _text(fields["where"]) if "where" in fields else None)


def _groups(node: yaml.Node | None) -> Iterator[PhraseGroup]:
    if node is None:
        return
    if not isinstance(node, yaml.SequenceNode):
        raise PhraseFault("the signs must be a list", _line(node))
    for child in node.value:
        fields = _mapping(child)
        _only(fields, _IN_SIGN)
        yield PhraseGroup(
            label=_one_of(fields.get("label"), LABELS),
            kind=_one_of(fields.get("kind"), (SELF_HARM, FEVER)),
            phrases=_lines(_need(fields, "any")),
            note=_text(_need(fields, "note", _line(child))),
            ticks=tuple(_tick(line) for line in _lines(fields.get("ticks"))),
            even_if=frozenset(_reason(line) for line in _lines(fields.get("even_if"))),
            across=_flag(fields.get("across")),
            alone=_flag(fields.get("alone")),
            strict=_flag(fields.get("strict")),
            always=_flag(fields.get("always")),
            near=_number(fields["near"]) if "near" in fields else 8,
        )


def _mapping(node: yaml.Node | None) -> dict[str, yaml.Node]:
    return dict(_pairs(node))


def _pairs(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    if node is None:
        return
    if not isinstance(node, yaml.MappingNode):
        raise PhraseFault("expected `name: value` lines", _line(node))
    seen = set()
    for key, value in node.value:
        if key.value in seen:
            raise PhraseFault(f"{key.value!r} is given twice", _line(key))
        seen.add(key.value)
        yield key.value, value


def _lines(node: yaml.Node | None) -> tuple[Line, ...]:
    """Phrases from a list or from text with commas and line ends between them."""
    if node is None:
        return ()
    if isinstance(node, yaml.SequenceNode):
        return tuple(line for child in node.value for line in _lines(child))
    found = []
    number = _line(node) + (getattr(node, "style", None) in _BLOCK)
    for row in _text(node).split("\n"):
        found += [Line(" ".join(phrase.split()), number) for phrase in row.split(",") if phrase.strip()]
        number += 1
    return tuple(found)


def _text(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise PhraseFault("expected a word or a line of text", _line(node))
    return str(node.value)


def _flag(node: yaml.Node | None) -> bool:
    return node is not None and _text(node) in {"yes", "true"}


def _number(node: yaml.Node) -> int:
    if not _text(node).isdigit():
        raise PhraseFault("expected a number", _line(node))
    return int(_text(node))


def _one_of(node: yaml.Node | None, allowed: tuple[str, ...]) -> str | None:
    if node is None:
        return None
    if _text(node) not in allowed:
        raise PhraseFault(f"{_text(node)!r} is none of {', '.join(allowed)}", _line(node))
    return _text(node)


def _tick(line: Line) -> str:
    if not _TICK.fullmatch(line.text):
        raise PhraseFault(f"{line.text!r} is not written question:choice", line.number)
    return line.text


def _reason(line: Line) -> str:
    if line.text not in REASONS:
        raise PhraseFault(f"{line.text!r} is none of {', '.join(REASONS)}", line.number)
    return line.text


def _need(fields: dict[str, yaml.Node], name: str, line: int = 1) -> yaml.Node:
    if name not in fields:
        raise PhraseFault(f"{name!r} is missing", line)
    return fields[name]


def _only(fields: dict[str, yaml.Node], allowed: frozenset[str]) -> None:
    for name, node in fields.items():
        if name not in allowed:
            raise PhraseFault(f"{name!r} is not known here", _line(node))


def _line(node: yaml.Node | None) -> int:
    return node.start_mark.line + 1 if node is not None and node.start_mark is not None else 1
