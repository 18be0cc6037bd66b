"""Every text that the code says is there, every text that is there is said, and all of them are plain."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.domain.onboarding import Step
from bot.domain.protocol import Urgency
from bot.protocol_file import load_protocol
from bot.texts import Texts
from bot.texts_check import keys_of
from tests.reading_grade import grade, syllables, words_of

BOT = Path(__file__).parent.parent / "bot"
# Who turns a key into words: the voice, and the texts themselves (whose first argument is the language).
SPEAKS = frozenset({"html", "label", "tell", "button", "render"})
KEY = re.compile(r"[a-z_]+(\.[A-Za-z0-9_]+)+")
TEXTS, PROTOCOL = Texts(), load_protocol()

# Keys that are put together of parts, and so of no f-string: who else is spoken to, or about.
PUT_TOGETHER = re.compile(
    r"alert\.others\.\w+_for|heard\.ask(_again)?\.for|operator\.alert_lost\.\w+|recheck\.(for\.)?\w+"
)

# Nobody but the operators reads these; sources are the names of articles and guidance.
NOT_FOR_PATIENTS = ("operator.", "source.")
HIGHEST_GRADE = 6.0
# A label of fewer words is no sentence, and the formula says nothing about it: no long words there, instead.
A_SENTENCE, LONGEST_IN_A_LABEL = 8, 3
# Words that are taught on the way, or that have no shorter one: each counts as one syllable.
EXCUSED = frozenset({"emergency", "caregiver", "somebody", "anybody", "everybody", "everything"})
# These quote the names of an article and of its sections.
NAMED_SO = re.compile(r"learn\.\w+\.section|why\.version")


@cache
def trees() -> tuple[tuple[str, ast.Module], ...]:
    return tuple((path.name, ast.parse(path.read_text())) for path in sorted(BOT.rglob("*.py")))


def said() -> Iterator[tuple[str, str]]:
    """File and key of each call that speaks; what is filled in while it runs is a * in the key."""
    for name, tree in trees():
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in SPEAKS:
                for argument in call.args[:2]:
                    yield from ((name, key) for key in keys_in(argument))


def keys_in(argument: ast.expr) -> Iterator[str]:
    """The keys an argument may be: a word, an f-string, or either of two."""
    if isinstance(argument, ast.IfExp):
        yield from keys_in(argument.body)
        yield from keys_in(argument.orelse)
    elif isinstance(argument, ast.JoinedStr):
        key = "".join(part.value if isinstance(part, ast.Constant) else "*" for part in argument.values)  # type: ignore[misc]
        if "." in key and not key.startswith("*"):
            yield re.sub(r"\*+", "*", key)
    elif isinstance(argument, ast.Constant) and isinstance(argument.value, str) and KEY.fullmatch(argument.value):
        yield argument.value


@cache
def families() -> set[str]:
    """Every f-string in the code that begins like a key: it may be said a few lines further on."""
    strings = (node for _, tree in trees() for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
    return {key for string in strings for key in keys_in(string) if re.fullmatch(r"[a-z_]+\.[a-zA-Z0-9_.*]*", key)}


@cache
def words_in_code() -> frozenset[str]:
    """Every string in the code, and every code of the protocol: what may stand for a * in a key."""
    found = {node.value for _, tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    found |= {piece for key in keys_of(PROTOCOL) for piece in key.split(".")}
    found |= {urgency.word for urgency in Urgency} | set(Step) | {str(line) for line in (1, 2)}
    return frozenset(word for word in found if isinstance(word, str))


def family(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", r"([A-Za-z0-9_.]+?)"))


def is_member(pattern: str, key: str) -> bool:
    """Whether a family holds a key, each filled-in piece of which the code or the protocol really knows."""
    match = family(pattern).fullmatch(key)
    return match is not None and all(
        filled in words_in_code() or all(piece in words_in_code() for piece in filled.split("."))
        for filled in match.groups()
    )


def test_every_text_that_the_code_says_is_there() -> None:
    keys = TEXTS.keys()
    plain = [(name, key) for name, key in said() if "*" not in key]
    assert len(plain) > 200, "the search itself works"
    assert not [(name, key) for name, key in plain if key not in keys]


def test_every_family_of_texts_has_members() -> None:
    keys, patterns = TEXTS.keys(), {key for _, key in said() if "*" in key}
    assert len(patterns) > 30, "the search itself works"
    assert not [pattern for pattern in patterns if not any(family(pattern).fullmatch(key) for key in keys)]


def test_every_text_that_is_there_is_said() -> None:
    needed = set(keys_of(PROTOCOL)) | words_in_code()
    unused = [
        key
        for key in sorted(TEXTS.keys() - needed)
        if not PUT_TOGETHER.fullmatch(key) and not any(is_member(pattern, key) for pattern in families())
    ]
    assert not unused


def for_patients() -> Iterator[tuple[str, str]]:
    """Key and English text of whatever a patient or a caregiver can read; each form of a plural."""
    for message in TEXTS.catalog("en"):
        key = message.id[0] if isinstance(message.id, tuple | list) else message.id
        if key and not key.startswith(NOT_FOR_PATIENTS):
            for text in message.string if isinstance(message.string, tuple | list) else (message.string,):
                yield key, text


def too_hard(excused: frozenset[str]) -> list[str]:
    """What asks for more than school grade 6, or is a label with a long word."""
    found = []
    for key, text in for_patients():
        words = words_of(text)
        if NAMED_SO.fullmatch(key):
            continue
        if len(words) >= A_SENTENCE:
            if grade(text, excused) > HIGHEST_GRADE:
                found.append(f"{key}: grade {grade(text, excused):.1f}: {text}")
        else:
            long = [word for word in words if word.lower() not in excused and syllables(word) > LONGEST_IN_A_LABEL]
            found += [f"{key}: {word}" for word in long]
    return found


def test_every_text_can_be_read_at_school_grade_6() -> None:
    assert not too_hard(EXCUSED)


@pytest.mark.parametrize("word", sorted(EXCUSED))
def test_no_word_is_excused_without_need(word: str) -> None:
    assert too_hard(EXCUSED - {word})


def test_the_grade_is_that_of_the_formula() -> None:
    assert grade("The cat sat on the mat.", frozenset()) == pytest.approx(0.39 * 6 + 11.8 - 15.59)
    hard = "Spinal metastases necessitate immediate multidisciplinary consultation."
    assert grade(hard, frozenset()) > 12


def test_one_question_a_message() -> None:
    asking = [f"{key}: {text}" for key, text in for_patients() if text.count("?") > 1]
    assert not asking


def test_nothing_reassures_beyond_the_facts() -> None:
    soothing = re.compile(
        r"you are (fine|ok|okay|healthy)\b|do not worry|don't worry|nothing to worry|all is well", re.IGNORECASE
    )
    told = [f"{key}: {text}" for key, text in for_patients() if soothing.search(text)]
    assert [line.split(":")[0] for line in told] in ([], ["confirm.what_comes"]), told
