"""The protocol file and its texts: what ships is right, and every mistake is named by file and line."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.conditions import AskedAsKnown, Missing, NotMatched, PainAboveBaseline, PainRising, parts_of
from bot.domain.press import MOST_BYTES, CheckinPress, to_data
from bot.protocol_file import ProtocolError, check_all, load_protocol, read_protocol
from bot.protocol_table import markdown_table
from bot.protocol_yaml import read_yaml
from bot.texts import Texts
from bot.texts_check import keys_of

MESSAGES = Path(__file__).parent.parent / "messages"
TEXT = (MESSAGES / "checkin.yaml").read_text(encoding="utf-8")
PROTOCOL = load_protocol()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the protocol and its texts that a test may spoil."""
    for name in ("checkin.yaml", "en.po"):
        shutil.copy(MESSAGES / name, tmp_path / name)
    return tmp_path


def spoil(path: Path, old: str, new: str) -> int:
    """Replace the only place of a text and say on which line it begins."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def problems(path: Path) -> list[tuple[str, int, str]]:
    return [(problem.file, problem.line, problem.message) for problem in check_all(path)]


# ------------------------------------------------------------------------------------------------ what ships


def test_what_ships_has_no_problem() -> None:
    assert check_all() == []


def test_a_question_that_says_no_is_not_false() -> None:
    assert PROTOCOL.question("pain_rest").choices == ("yes", "partly", "no")
    assert PROTOCOL.question("pain").choices == tuple(str(number) for number in range(11))


def test_conditions_are_read_as_they_are_written() -> None:
    assert PainAboveBaseline(1, strictly=True) in parts_of(PROTOCOL.rule("BP5").when)
    assert PainAboveBaseline(2) in parts_of(PROTOCOL.rule("BP6").when)
    assert PROTOCOL.rule("BP8").when == PainRising(values=3, by=2, at_least=3, within_days=21)
    assert Missing("pain_rest") in parts_of(PROTOCOL.rule("FR3").when)
    assert NotMatched(("FR2", "FR4")) in parts_of(PROTOCOL.rule("FR5").when)
    assert isinstance(PROTOCOL.question("bone_known").asked_when, AskedAsKnown)
    assert PROTOCOL.timing.pace.judge_after == timedelta(seconds=90)


def test_callback_data_fits_for_every_choice() -> None:
    longest = max(
        len(to_data(CheckinPress(10**19 - 1, question.id, f"+{choice}")))
        for question in PROTOCOL.by_id.values()
        for choice in question.choices
    )
    assert longest <= MOST_BYTES


def test_every_button_is_short_enough_for_a_phone() -> None:
    texts = Texts()
    labels = [texts.label("en", key) for key in keys_of(PROTOCOL) if key.startswith("choice.")]
    assert max(len(label) for label in labels) <= 40
    for question in PROTOCOL.by_id.values():
        if question.kind != "scale":
            own = [texts.label("en", f"choice.{question.id}.{choice}") for choice in question.choices]
            assert len(set(own)) == len(own)


def test_the_table_has_a_line_for_every_rule_and_names_every_code() -> None:
    table = markdown_table(PROTOCOL)
    lines = [line for line in table.splitlines() if line.startswith("| ") and "`" in line]
    assert [line.split(" | ")[0].removeprefix("| ") for line in lines] == [rule.id for rule in PROTOCOL.rules]
    for rule, line in zip(PROTOCOL.rules, lines, strict=True):
        assert line.count(" | ") == 4
        assert f"`{rule.pattern}`" in line
        assert f"`{rule.urgency.word}`" in line
        assert rule.source.name in line
        assert ("for clinical review" in line) == rule.review
    assert "| CC2 | `cord_compression` | `numbness`/`weakness` ticked in `bone_signs` and `bladder`/`bowel`" in table
    assert "pain ≥ 7 and (`pain_change` is `new`/`worse` or `pain_rest` is `no`) and (not (pain settled) or" in table


def test_an_old_protocol_is_read_from_its_text() -> None:
    old = read_protocol(TEXT.replace('version: "1"', 'version: "0"'))
    assert (old.version, PROTOCOL.version) == ("0", "1")


# ------------------------------------------------------------------------------------------------ mistakes in YAML

MISTAKES = [
    # the shape of the file
    ("patterns: [bone_pain,", "patterns: {bone_pain,", "not valid YAML"),
    ("source: severe_break\n    detail", "detail", "rules › FR6 › source: missing"),
    ("source: severe_break\n    detail", "source: rumour\n    detail", "FR6: no source is called rumour"),
    ("kind: scale #", "kind: slider #", "questions › pain › kind: Input should be 'scale', 'one' or 'several'"),
    ("    to: 10\n", "", "questions › pain: a scale has no choices but from and to, within 0 and 10"),
    ("  known_for: 30 days", "  known_for: a month", "timing › known_for: must be a duration such as 90 s"),
    ("  known_for: 30 days", "  known_for: 36 h", "timing › known_for: must be whole days"),
    ("  known_for: 30 days", "  know_for: 30 days", "timing › know_for: Extra inputs are not permitted"),
    ("pain_above_baseline: { more_than: 1 }", "pain_above_baseline: {}", "needs at_least or more_than, and not both"),
    ("- missing: pain_rest", "- absent: pain_rest", "Extra inputs"),
    ("- id: FR1\n", "- id: FR1\n    id: FR7\n", "id is given twice"),
    (
        "pain_at_least: 1 }\n\n  - id: pain_known",
        "pain_at_least: 11 }\n\n  - id: pain_known",
        "less than or equal to 10",
    ),
    # codes
    ("ticked: { bone_signs: [snap] }", "ticked: { bone_signs: [crack] }", "FR1: bone_signs has no choice crack"),
    ("ticked: { bone_signs: [snap] }", "ticked: { bones: [snap] }", "FR1: no question is called bones"),
    ("ticked: { bone_signs: [snap] }", "answer: { bone_signs: [snap] }", "FR1: bone_signs is a question of the kind"),
    ("- missing: pain_rest", "- missing: pain_test", "FR3: no question is called pain_test"),
    ("not_matched: [FR2, FR4]", "not_matched: [FR6]", "FR5: no rule above it is called FR6"),
    ("never_settled: [confused]", "never_settled: [muddled]", "calcium_signs has no choice muddled"),
    ("      bowel: nerve_how\n", "", "how does not name exactly the signs of bone_signs: bowel"),
    ("      bowel: nerve_how\n", "      bowel: bowel_how\n", "no question of the kind several is called bowel_how"),
    ("  known: pain_known", "  known: pain_heard", "no question of the kind one is called pain_heard"),
    ("soft_signs: [nausea,", "soft_signs: [queasy,", "no sign is called queasy"),
    (
        "unless_settled: [thirst, urine, appetite, nausea, tired]",
        "unless_settled: [thirst, numbness]",
        "HC1: unless_settled names signs of one question",
    ),
    # things twice, or nowhere
    ("- id: FR4\n", "- id: FR3\n", "there is another FR3 before it"),
    ("- id: told\n", "- id: pain\n", "there is another pain before it"),
    ("choices: [gradual, sudden]", "choices: [gradual, gradual]", "pain_onset has the choice gradual twice"),
    ("choices: [gradual, sudden]", "choices: [back, sudden]", "pain_onset: back is the word of another button"),
    ("cord_compression, hypercalcemia]", "cord_compression, hypercalcemia, gout]", "no rule leads to gout"),
    (
        "pattern: fracture\n    urgency: emergency",
        "pattern: break\n    urgency: emergency",
        "no pattern is called break",
    ),
    # what cannot be reached
    (
        "asked_when: { pain_at_least: 1 }",
        "asked_when: { answer: { pain_rest: [no] } }",
        "pain_rest is not asked before",
    ),
    (
        "asked_when: { pain_at_least: 1 }",
        "asked_when: { all: [pain_at_least: 1, not: { pain_at_least: 1 }] }",
        "pain_change cannot be reached: no answers lead to it",
    ),
    (
        "    parent: bone_signs\n    asked_when:\n      ticked: { bone_signs: [numbness, w",
        "    parent: pain\n    asked_when:\n      ticked: { bone_signs: [numbness, w",
        "nerve_how does not come straight after pain",
    ),
    # numbers that contradict each other
    ("reminders: [2 h, 6 h]", "reminders: [6 h, 2 h]", "these moments do not follow each other"),
    ("expires_after: 20 h", "expires_after: 5 h", "these moments do not follow each other"),
    ("    needs: 3\n", "    needs: 8\n", "the baseline needs more pains than it takes"),
    ("{ after: 15 min, who: first }", "{ after: 45 min, who: first }", "the rungs begin at once and follow each other"),
    # beyond the article
    (
        "detail: Pain like a tight band around the body can come from the spine before numbness does.\n    review: for",
        "detail: Pain like a tight band around the body can come from the spine before numbness does. # for",
        "CC4: a rule from beyond the article says review: for clinical review",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES, ids=[mistake[2] for mistake in MISTAKES])
def test_a_mistake_is_named_with_its_line(folder: Path, old: str, new: str, message: str) -> None:
    line = spoil(folder / "checkin.yaml", old, new)

    found = check_all(folder / "checkin.yaml")

    said = [problem for problem in found if message in problem.message]
    assert said, found
    assert all(problem.file == "checkin.yaml" for problem in found)
    # The line of the mistake itself, or of the question, rule or table around it.
    assert min(abs(problem.line - line) for problem in said) <= 12
    with pytest.raises(ProtocolError) as refused:
        load_protocol(folder / "checkin.yaml")
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "beyond"),
    [
        ("ticked: { bone_signs: [snap] }", "ticked: { bone_signs: [crack] }", -1),
        ("- id: FR4\n", "- id: FR3\n", 0),
        ("reminders: [2 h, 6 h]", "reminders: [6 h, 2 h]", 0),
        ("known_for: 30 days", "known_for: a month", 0),
        ("    to: 10\n", "", -3),
        ("expires_after: 20 h", "expires_after: [", 2),
    ],
)
def test_the_line_is_the_one_to_mend(folder: Path, old: str, new: str, beyond: int) -> None:
    line = spoil(folder / "checkin.yaml", old, new)
    assert problems(folder / "checkin.yaml")[0][1] == line + beyond


def test_callback_data_over_64_bytes_is_named(folder: Path) -> None:
    long = "slowly_over_many_days_or_weeks_and_more"
    spoil(folder / "checkin.yaml", "choices: [gradual, sudden]", f"choices: [gradual, sudden, {long}]")
    (problem,) = check_all(folder / "checkin.yaml")
    assert problem.message == f"pain_onset: the button of {long} needs more than 64 bytes of callback data"


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    spoil(folder / "checkin.yaml", "ticked: { bone_signs: [snap] }", "ticked: { bone_signs: [crack] }")
    spoil(folder / "checkin.yaml", "reminders: [2 h, 6 h]", "reminders: [6 h, 2 h]")
    found = check_all(folder / "checkin.yaml")
    assert len(found) == 2
    assert found == sorted(found)
    assert str(found[0]).startswith("checkin.yaml:")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\xff\xfe", "not UTF-8"),
        (b"a: &a [*a]", "far too many values, or too deep"),
        (b"[1, 2]", "the file: Input should be"),
        (b"version: !!python/object:os.system {}", "is not a plain value"),
        (b"version: !!timestamp nonsense", "is not a plain value"),
        (b"? [a]\n: b", "a key is a plain word"),
    ],
)
def test_any_other_file_is_refused_without_a_traceback(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "checkin.yaml"
    path.write_bytes(content)
    assert any(message in str(problem.message) for problem in check_all(path)), check_all(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    (problem,) = check_all(tmp_path / "other.yaml")
    assert (problem.file, problem.line) == ("other.yaml", 1)
    assert "cannot be read: No such file" in problem.message


def test_anchors_inside_anchors_do_not_grow_without_end() -> None:
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    laughs += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    with pytest.raises(ProtocolError, match="far too many values"):
        read_yaml(laughs, "laughs.yaml")


# ------------------------------------------------------------------------------------------------ mistakes in texts


def test_a_missing_text_is_named(folder: Path) -> None:
    spoil(folder / "en.po", 'msgid "choice.pain_onset.sudden"\n', 'msgid "choice.pain_onset.sudde"\n')
    assert ("en.po", 1, "choice.pain_onset.sudden has no text") in problems(folder)


def test_an_empty_text_is_named_with_its_line(folder: Path) -> None:
    line = spoil(folder / "en.po", 'msgstr "All at once"', 'msgstr ""')
    assert problems(folder) == [("en.po", line - 1, "choice.pain_onset.sudden has no text")]


def test_a_placeholder_that_nothing_fills_is_named(folder: Path) -> None:
    line = spoil(folder / "en.po", 'msgstr "All at once"', 'msgstr "All at once, {name}"')
    assert problems(folder) == [("en.po", line - 1, "choice.pain_onset.sudden: nothing will fill {name}")]


def test_braces_that_do_not_match_are_named(folder: Path) -> None:
    line = spoil(folder / "en.po", 'msgstr "All at once"', 'msgstr "All at {once"')
    (found,) = problems(folder)
    assert found[:2] == ("en.po", line - 1)
    assert "braces do not match" in found[2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("All <b>at once", "<b> is not closed"),
        ("All at</b> once", "</b> closes nothing"),
        ("All <blink>at</blink> once", "Telegram does not know <blink>"),
        ("All & once", "write &lt; &gt; &amp; for < > &"),
        ("Pain < 3", "write &lt; &gt; &amp; for < > &"),
    ],
)
def test_markup_that_telegram_refuses_is_named(folder: Path, text: str, message: str) -> None:
    line = spoil(folder / "en.po", 'msgstr "All at once"', f'msgstr "{text}"')
    found = problems(folder)
    assert ("en.po", line - 1, f"choice.pain_onset.sudden: {message}") in found


def test_a_text_longer_than_a_message_is_named(folder: Path) -> None:
    line = spoil(folder / "en.po", 'msgstr "All at once"', f'msgstr "{"x" * 4000} {"🦴" * 48}"')
    expected = "choice.pain_onset.sudden: 4097 characters, a message takes 4096"
    assert problems(folder) == [("en.po", line - 1, expected)]


def test_a_result_with_every_pattern_must_fit_into_one_message(folder: Path) -> None:
    spoil(folder / "en.po", "Calling is never a bother.", "Calling is never a bother. " * 60)
    (found,) = problems(folder)
    assert found[2].startswith("all findings together take ")


def test_a_key_twice_is_named(folder: Path) -> None:
    path = folder / "en.po"
    before = path.read_text(encoding="utf-8")
    path.write_text(before + '\nmsgid "result.noticed"\nmsgstr "You said: {noticed}."\n', encoding="utf-8")
    first = before[: before.index('msgid "result.noticed"')].count("\n") + 1
    assert problems(folder) == [("en.po", before.count("\n") + 2, f"result.noticed is here and on line {first}")]


def test_another_language_must_say_everything_with_the_same_placeholders(folder: Path) -> None:
    spanish = folder / "es.po"
    shutil.copy(folder / "en.po", spanish)
    spoil(spanish, '"Language: en\\n"', '"Language: es\\n"')
    assert problems(folder) == []

    noticed = spoil(spanish, 'msgstr "<b>You told me:</b> {noticed}."', 'msgstr "<b>Me dijo:</b> {visto}."')
    spoil(spanish, 'msgid "choice.told.no"', 'msgid "choice.told.never"')
    found = problems(folder)

    assert ("es.po", noticed - 1, "result.noticed: placeholders differ from en.po: {noticed}, {visto}") in found
    assert ("es.po", 1, "choice.told.no has no text") in found
    assert any(message == "choice.told.never is not a key of en.po" for _, _, message in found)


def test_a_broken_po_file_is_named(folder: Path) -> None:
    spoil(folder / "en.po", 'msgstr "All at once"', "msgstr All at once")
    assert any(name == "en.po" and "cannot be read" in message for name, _, message in problems(folder))


def test_a_folder_without_english_is_named(folder: Path) -> None:
    (folder / "en.po").rename(folder / "es.po")
    assert problems(folder) == [("en.po", 1, "there is no en.po beside checkin.yaml")]


def test_a_protocol_alone_is_checked_against_the_shipped_texts(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT.replace("choices: [gradual, sudden]", "choices: [gradual, sudden, other]"), encoding="utf-8")
    assert problems(path) == [("en.po", 1, "choice.pain_onset.other has no text")]
