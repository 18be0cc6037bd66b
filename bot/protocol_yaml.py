"""Reads YAML so that every value still knows its line, and `no` stays the word no."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

Path = tuple[str | int, ...]

# More than any protocol needs; a file with anchors inside anchors could grow without end.
MOST_VALUES = 20_000
DEEPEST = 40


# No tags of other kinds: no dates, no sets, no Python objects.
PLAIN = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str", "int", "float", "bool", "null"))


@dataclass(frozen=True, order=True)
class Problem:
    """Something wrong in a file, for a person to mend; lines count from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class ProtocolError(Exception):
    """A file cannot be used; `problems` says where and why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass
class Document:
    """The values of a file, and the line of each by its path of keys and places."""

    file: str
    values: object = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of a value, or of the closest value around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def report(self, path: Path, message: str) -> None:
        """Keep a problem with the value at a path."""
        self.problems.append(Problem(self.file, self.line(path), message))


# With the C parser reading takes a tenth of the time; every wheel of PyYAML has it, a build from source may not.
if TYPE_CHECKING:
    from yaml import SafeLoader as _Base
else:
    _Base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):
    """Knows whole numbers, true, false and nothing; every other bare word is a word (`yes`, `no`, `12:30`)."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"-?(0|[1-9][0-9]*)$"), list("-0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"-?[0-9]+\.[0-9]+$"), list("-0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(null|~|)$"), ["n", "~", ""])


def read_yaml(text: str, file: str) -> Document:
    """The values of a YAML text with their lines. Raises ProtocolError when it cannot be read."""
    document = Document(file)
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise ProtocolError([Problem(file, *_told(error))]) from None
    if node is None:
        raise ProtocolError([Problem(file, 1, "the file is empty")])
    budget = iter(range(MOST_VALUES))
    document.values = _value(node, (), document, budget)
    if document.problems:
        raise ProtocolError(document.problems)
    return document


def _told(error: yaml.YAMLError) -> tuple[int, str]:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return error.problem_mark.line + 1, f"not valid YAML: {error.problem or error.context}"
    return 1, f"not valid YAML: {' '.join(str(error).split())}"


def _value(node: yaml.Node, path: Path, document: Document, budget: Iterator[int]) -> object:
    document.lines[path] = node.start_mark.line + 1
    if next(budget, None) is None or len(path) > DEEPEST:
        raise ProtocolError([Problem(document.file, document.lines[path], "far too many values, or too deep")])
    if node.tag not in PLAIN:
        document.report(path, f"{node.tag.rsplit(':', 1)[-1]} is not a plain value")
        return None
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, document, budget)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, place), document, budget) for place, item in enumerate(node.value)]
    return _scalar(node, path, document)


def _mapping(node: yaml.MappingNode, path: Path, document: Document, budget: Iterator[int]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            document.report(path, "a key is a plain word")
            continue
        key = str(key_node.value)
        value = _value(value_node, (*path, key), document, budget)
        # The line of the key: a long value may begin lines below it.
        document.lines[*path, key] = key_node.start_mark.line + 1
        if key in found:
            document.report((*path, key), f"{key} is given twice")
        found[key] = value
    return found


def _scalar(node: yaml.Node, path: Path, document: Document) -> object:
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError):
        document.report(path, f"{node.value!r} is not a plain value")
        return None
