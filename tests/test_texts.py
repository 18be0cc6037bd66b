"""A text is what was written plus what was given: whatever somebody is called, markup holds and nothing is hidden."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.texts import UNWANTED, Html, TextMissing, Texts, clean, escaped, placeholders
from bot.web.botapi.markup import read_html

PO = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {forms}\\n"

msgid "hello"
msgstr "<b>{{name}}</b>, {{name}} & co"

msgid "days"
msgid_plural "days"
{days}
"""
TWO = "nplurals=2; plural=(n != 1);"
MARKS = "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\x00\x07\x1b\x7f\x9f"
NAMES = st.text(min_size=1, max_size=64) | st.text(alphabet="<>&;{}\"'/b=a #x" + MARKS, min_size=1, max_size=40)


def catalogue(folder: Path, language: str, forms: str, *days: str) -> None:
    lines = "\n".join(f'msgstr[{place}] "{text}"' for place, text in enumerate(days))
    (folder / f"{language}.po").write_text(PO.format(forms=forms, days=lines), encoding="utf-8")


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Texts:
    folder = tmp_path_factory.mktemp("messages")
    catalogue(folder, "en", TWO, "{n} day", "{n} days")
    polish = "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"
    catalogue(folder, "pl", polish, "{n} one", "{n} few", "{n} many")
    return Texts(folder)


@given(name=NAMES)
def test_any_name_is_shown_as_it_is_and_breaks_nothing(texts: Texts, name: str) -> None:
    shown, entities = read_html(str(texts.render("en", "hello", name=name)))
    visible = UNWANTED.sub("", name)
    assert shown == f"{visible}, {visible} & co"
    assert [entity["type"] for entity in entities] == (["bold"] if visible else [])


@given(name=NAMES)
def test_a_button_shows_the_name_too(texts: Texts, name: str) -> None:
    visible = UNWANTED.sub("", name)
    assert texts.label("en", "hello", name=name) == f"{visible}, {visible} & co"


@given(name=NAMES)
def test_nothing_that_turns_text_around_is_left(name: str) -> None:
    for text in (clean(name), str(escaped(name))):
        assert not set(text) & set(MARKS)
    assert clean(name) == clean(clean(name))
    assert len(clean(name)) <= 64
    assert "\n" not in clean(name)


def test_what_came_out_of_texts_is_not_escaped_again(texts: Texts) -> None:
    assert str(texts.render("en", "hello", name=Html("<i>x</i>"))).startswith("<b><i>x</i></b>")


@pytest.mark.parametrize(
    ("language", "n", "shown"),
    [("en", 0, "0 days"), ("en", 1, "1 day"), ("en", 2, "2 days"), ("pl", 1, "1 one"), ("pl", 2, "2 few"),
     ("pl", 5, "5 many"), ("pl", 12, "12 many"), ("pl", 22, "22 few"), ("pl", 0, "0 many")],
)  # fmt: skip
def test_plurals(texts: Texts, language: str, n: int, shown: str) -> None:
    assert str(texts.render(language, "days", n=n)) == shown


def test_what_is_missing_is_said(texts: Texts) -> None:
    for key, values in (("nothing", {}), ("hello", {}), ("days", {"n": "two"}), ("days", {})):
        with pytest.raises(TextMissing):
            texts.render("en", key, **values)  # type: ignore[arg-type]


def test_an_unknown_language_is_spoken_to_in_english(texts: Texts) -> None:
    assert str(texts.render("xx", "days", n=1)) == "1 day"
    assert [texts.closest(wanted) for wanted in ("pl-PL", "PL", "xx", None, "")] == ["pl", "pl", "en", "en", "en"]


def test_placeholders() -> None:
    assert placeholders("{a} and {b_c}, {a}") == {"a", "b_c"}
    with pytest.raises(ValueError, match="expected"):
        placeholders("{a")


def test_a_plural_that_a_language_lacks_is_said_in_english(tmp_path: Path) -> None:
    catalogue(tmp_path, "en", TWO, "{n} day", "{n} days")
    (tmp_path / "pl.po").write_text(
        PO[: PO.index('msgid "hello"')].format(forms="nplurals=3; plural=(n>4 ? 2 : n!=1);")
    )
    assert str(Texts(tmp_path).render("pl", "days", n=5)) == "5 days"
