"""Checks every language's texts: none missing, the same placeholders everywhere, nothing too long to send."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

from bot.domain import conditions as c
from bot.domain.protocol import Protocol, Urgency
from bot.protocol_yaml import Document, Problem
from bot.texts import FALLBACK, placeholders

# Telegram Bot API, sendMessage: text is 1-4096 characters after its entities are parsed.
MOST_CHARACTERS = 4096
# What stands in for a placeholder when lengths are added up: names are cut to 64 characters (bot.texts.clean).
LONGEST_VALUE = "x" * 64
TAG = re.compile(r"</?(?P<name>[a-z-]+)[^<>]*>")
# Telegram Bot API, "HTML style", as far as we use it.
TAGS = frozenset({"b", "i", "u", "s", "a", "code", "pre", "blockquote", "tg-spoiler"})

# Which values the code gives to a text of the protocol, by the first word of its key.
VALUES: Mapping[str, frozenset[str]] = {
    "question": frozenset({"since", "signs", "name"}),
    "choice": frozenset(),
    "noticed": frozenset({"value"}),
    "pattern": frozenset(),
    "advice": frozenset({"number"}),
    "opening": frozenset({"number"}),
    "rule": frozenset(),
    "source": frozenset(),
    "urgency": frozenset(),
    "result": frozenset({"noticed", "signs", "number"}),
}


# A comment, a keyword with a quoted text, or a quoted text.
PO_LINE = re.compile(r'(#.*|((msgid|msgid_plural|msgctxt|msgstr(\[\d\])?) )?"([^"\\]|\\.)*")?')

# What a result says around the advice for its patterns.
AROUND = (
    "advice.cord_and_calcium.emergency",
    "advice.nobody_reads",
    "advice.two_patterns.right_away",
    "advice.worried.right_away",
    "advice.worried.tell_team",
    "result.known",
    "result.noticed",
    "result.none",
)


@dataclass
class Language:
    """One .po file: for each key its texts (one, or several for a plural) and its line."""

    file: str
    texts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def report(self, key: str, message: str) -> None:
        """Keep a problem with the text of a key; line 1 when the file does not have it."""
        self.problems.append(Problem(self.file, self.lines.get(key, 1), message))


def check_texts(protocol: Protocol, document: Document, folder: Path) -> list[Problem]:
    """What is wrong with the .po files of a folder, English being the measure for the others."""
    languages = {path.stem: _language(path) for path in sorted(folder.glob("*.po"))}
    english = languages.get(FALLBACK)
    if english is None:
        return [Problem(f"{FALLBACK}.po", 1, f"there is no {FALLBACK}.po beside {document.file}")]
    needed = set(keys_of(protocol))
    for language in languages.values():
        _check_present(language, english, needed)
        for key, texts in language.texts.items():
            _check_text(language, key, texts, english)
            if key in needed:
                _check_values(language, key, texts)
        _check_longest_result(language, protocol)
    return [problem for language in languages.values() for problem in language.problems]


def keys_of(protocol: Protocol) -> Iterator[str]:
    """Every text that the protocol needs."""
    for question in protocol.by_id.values():
        yield f"question.{question.id}"
        if question.kind != "scale":
            yield from (f"choice.{question.id}.{choice}" for choice in question.choices)
    yield from (f"noticed.{reason}" for reason in sorted(reasons_of(protocol)))
    yield f"question.{protocol.pain.change}.first"
    for group in protocol.groups:
        yield from (f"question.{group.question}.first", f"question.{group.known}.usual")
    for pattern in protocol.patterns:
        yield from (f"pattern.{pattern}", f"pattern.{pattern}.name")
    for pattern, urgency in advised(protocol):
        yield f"advice.{pattern}.{urgency.word}"
    yield from (f"opening.{opening.id}" for opening in protocol.openings)
    yield from (f"rule.{rule.id}" for rule in protocol.rules)
    sources = {rule.source.id for rule in protocol.rules} | {opening.source.id for opening in protocol.openings}
    yield from (f"source.{source}" for source in sorted(sources))
    for urgency in Urgency:
        yield f"urgency.{urgency.word}"
        if urgency != Urgency.NONE:
            yield f"advice.unanswered.{urgency.word}"
    yield from AROUND


def reasons_of(protocol: Protocol) -> set[str]:
    """Every answer that can be named as a reason, as question.choice; pain stands for all its numbers."""
    found = {f"{group.question}.{sign}" for group in protocol.groups for sign in group.signs}
    for rule in protocol.rules:
        for part in c.parts_of(rule.when):
            if isinstance(part, c.AnswerIs | c.Ticked):
                found |= {f"{part.question}.{choice}" for choice in part.choices}
            elif isinstance(part, c.PainAtLeast | c.PainAboveBaseline | c.PainRising):
                found.add(protocol.pain.level)
    return found


def advised(protocol: Protocol) -> list[tuple[str, Urgency]]:
    """Every pattern with every urgency that one of its rules has."""
    found = {(rule.pattern, rule.urgency) for rule in protocol.rules}
    return sorted(found, key=lambda pair: (protocol.patterns.index(pair[0]), pair[1]))


def _language(path: Path) -> Language:
    language = Language(path.name)
    content = path.read_bytes()
    try:
        catalog = read_po(BytesIO(content), locale=path.stem, abort_invalid=True)
    except PoFileError as error:
        language.problems.append(Problem(path.name, error.lineno or 1, f"cannot be read: {error}"))
        return language
    except (UnicodeDecodeError, ValueError) as error:
        language.problems.append(Problem(path.name, 1, f"cannot be read: {error}"))
        return language
    _take_texts(language, catalog)
    _check_lines(language, content.decode())
    return language


def _take_texts(language: Language, catalog: Catalog) -> None:
    for message in catalog:
        if not message.id:
            continue
        key = message.id[0] if isinstance(message.id, tuple | list) else message.id
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        language.lines[key] = message.lineno or 1
        if all(texts):
            language.texts[key] = tuple(str(text) for text in texts)


def _check_lines(language: Language, content: str) -> None:
    """What Babel passes over in silence: lines that it cannot read, and a key that comes twice."""
    seen: dict[str, int] = {}
    for number, line in enumerate(content.splitlines(), start=1):
        if not PO_LINE.fullmatch(line.strip()):
            language.problems.append(Problem(language.file, number, f"cannot be read: {line.strip()[:60]}"))
        if line.startswith('msgid "') and line != 'msgid ""':
            key = line.removeprefix('msgid "').removesuffix('"')
            if key in seen:
                language.problems.append(Problem(language.file, number, f"{key} is here and on line {seen[key]}"))
            seen[key] = number


def _check_present(language: Language, english: Language, needed: set[str]) -> None:
    for key in sorted((needed | set(english.lines)) - set(language.texts)):
        language.report(key, f"{key} has no text")
    for key in sorted(set(language.lines) - set(english.lines)):
        language.report(key, f"{key} is not a key of {english.file}")


def _check_text(language: Language, key: str, texts: tuple[str, ...], english: Language) -> None:
    try:
        named = frozenset(name for text in texts for name in placeholders(text))
        expected = frozenset(name for text in english.texts.get(key, texts) for name in placeholders(text))
    except ValueError as error:
        language.report(key, f"{key}: braces do not match ({error})")
        return
    if named != expected:
        differ = ", ".join(f"{{{name}}}" for name in sorted(named ^ expected))
        language.report(key, f"{key}: placeholders differ from {english.file}: {differ}")
    for text in texts:
        _check_markup(language, key, text)
        if _length(text) > MOST_CHARACTERS:
            language.report(key, f"{key}: {_length(text)} characters, a message takes {MOST_CHARACTERS}")


def _check_values(language: Language, key: str, texts: tuple[str, ...]) -> None:
    try:
        named = {name for text in texts for name in placeholders(text)}
    except ValueError:
        return  # reported with the braces
    unknown = named - VALUES[key.split(".", maxsplit=1)[0]]
    if unknown:
        names = ", ".join(f"{{{name}}}" for name in sorted(unknown))
        language.report(key, f"{key}: nothing will fill {names}")


def _check_markup(language: Language, key: str, text: str) -> None:
    open_tags: list[str] = []
    for tag in TAG.finditer(text):
        name = tag["name"]
        if name not in TAGS:
            language.report(key, f"{key}: Telegram does not know <{name}>")
        elif not tag[0].startswith("</"):
            open_tags.append(name)
        elif not open_tags or open_tags.pop() != name:
            language.report(key, f"{key}: </{name}> closes nothing")
    if open_tags:
        language.report(key, f"{key}: <{open_tags[-1]}> is not closed")
    rest = TAG.sub("", text)
    if "<" in rest or ">" in rest or re.search(r"&(?!(lt|gt|amp|quot);)", rest):
        language.report(key, f"{key}: write &lt; &gt; &amp; for < > &")


def _length(text: str) -> int:
    """How long a text can get, in UTF-16 units, the unit of Telegram's entities: never less than its count."""
    filled = re.sub(r"\{\w+\}", LONGEST_VALUE, TAG.sub("", text))
    return len(filled.encode("utf-16-le", "surrogatepass")) // 2


def _check_longest_result(language: Language, protocol: Protocol) -> None:
    """The longest message there can be: every pattern at once, with every reason, in its longest words."""
    always = [f"noticed.{reason}" for reason in reasons_of(protocol)]
    always += [f"opening.{opening.id}" for opening in protocol.openings]
    always += [f"pattern.{pattern}" for pattern in protocol.patterns]
    always += ["result.noticed", "advice.nobody_reads"]
    one_of = [[f"advice.unanswered.{urgency.word}" for urgency in Urgency]]
    one_of += [["advice.two_patterns.right_away", "advice.worried.right_away"]]
    for pattern in protocol.patterns:
        one_of.append([f"advice.{name}.{urgency.word}" for name, urgency in advised(protocol) if name == pattern])
    total = sum(_longest(language, key) for key in always)
    total += sum(max(_longest(language, key) for key in keys) for keys in one_of)
    if total > MOST_CHARACTERS:
        message = f"all findings together take {total} characters, a message takes {MOST_CHARACTERS}"
        language.problems.append(Problem(language.file, 1, message))


def _longest(language: Language, key: str) -> int:
    # Two more for what stands between it and the next: a comma or an empty line.
    return max((_length(text) + 2 for text in language.texts.get(key, ())), default=0)
