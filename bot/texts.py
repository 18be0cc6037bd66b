"""Reads messages/*.po and turns a key and typed values into one escaped sentence for a person."""

from __future__ import annotations

import html
import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from importlib import resources
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

FALLBACK = "en"
# Control characters, and the marks that turn text around (Unicode bidi controls), have no place in a name.
UNWANTED = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
PLURAL_ORDER = ("zero", "one", "two", "few", "many", "other")


class TextMissing(KeyError):
    """No language has a text for this key, or the text needs a value that was not given."""


@dataclass(frozen=True)
class Html:
    """Text that is safe to send as it is: it came out of `Texts`, not from a person."""

    text: str

    def __str__(self) -> str:
        return self.text


Value = str | int | Html


def clean(text: str, longest: int = 64) -> str:
    """One line of what a person typed, without control characters, cut to `longest` characters."""
    return " ".join(UNWANTED.sub("", text).split())[:longest].strip()


def _escaped(value: Value) -> str:
    return str(value) if isinstance(value, Html | int) else html.escape(UNWANTED.sub("", value), quote=False)


def escaped(text: str) -> Html:
    """What a person typed, safe to stand inside a text."""
    return Html(_escaped(text))


class Texts:
    """All languages' texts, by key. A key that a language lacks is said in English, never left out."""

    def __init__(self, folder: Path | None = None) -> None:
        root = folder or Path(str(resources.files("messages")))
        self._catalogs: dict[str, Catalog] = {}
        for path in sorted(root.glob("*.po")):
            self._catalogs[path.stem] = read_po(BytesIO(path.read_bytes()), locale=path.stem)
        self._plain = {language: _by_key(catalog) for language, catalog in self._catalogs.items()}

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages there are, English first."""
        return tuple(sorted(self._catalogs, key=lambda code: (code != FALLBACK, code)))

    def keys(self, language: str = FALLBACK) -> frozenset[str]:
        """Every key that a language has a text for."""
        return frozenset(self._plain[language])

    def catalog(self, language: str) -> Catalog:
        """The language's catalogue as Babel reads it, with line numbers and comments."""
        return self._catalogs[language]

    def has(self, language: str, key: str) -> bool:
        """Whether this very language has a text for the key."""
        return key in self._plain.get(language, {})

    def closest(self, wanted: str | None) -> str:
        """The language to speak to somebody whose app is set to `wanted` (an IETF tag such as pt-BR)."""
        code = (wanted or FALLBACK).split("-")[0].lower()
        return code if code in self._catalogs else FALLBACK

    def render(self, language: str, key: str, /, **values: Value) -> Html:
        """The text for a key with its values put in and escaped.

        A plural text is chosen by the value `n`. Raises TextMissing for an unknown key or value.
        """
        language = language if self.has(language, key) else FALLBACK  # its plurals, too, are then the English ones
        text = self._plain[language].get(key)
        if text is None:
            raise TextMissing(key)
        if isinstance(text, tuple):
            text = text[self._plural(language, values)]
        if "{" not in text:
            return Html(text)
        try:
            return Html(text.format_map({name: _escaped(value) for name, value in values.items()}))
        except KeyError as missing:
            raise TextMissing(f"{key} needs {missing}") from None

    def _plural(self, language: str, values: Mapping[str, Value]) -> int:
        number = values.get("n")
        if not isinstance(number, int):
            raise TextMissing("a plural text needs the whole number n")
        rule = Locale.parse(language).plural_form
        tags = [tag for tag in PLURAL_ORDER if tag in rule.tags or tag == "other"]
        return min(tags.index(rule(number)), self._catalogs[language].num_plurals - 1)

    def label(self, language: str, key: str, /, **values: Value) -> str:
        """A text for a place that knows no markup, such as a button: tags and entities resolved."""
        return html.unescape(re.sub(r"</?[a-z]+>", "", str(self.render(language, key, **values))))

    def listed(self, language: str, parts: Iterable[Html]) -> Html:
        """Several texts as "a, b and c"."""
        return Html(format_list([str(part) for part in parts], style="standard", locale=language))

    def clock(self, language: str, moment: datetime | time, zone: str = "UTC") -> Html:
        """The time of day as people there write it."""
        local = moment.astimezone(ZoneInfo(zone)) if isinstance(moment, datetime) else moment
        return Html(format_time(local, "short", locale=language))

    def day(self, language: str, day: date) -> Html:
        """A day by its weekday, date and month, such as "Tuesday, 3 March"."""
        return Html(format_skeleton("MMMMEEEEd", datetime.combine(day, time(12)), locale=language))

    def date_of(self, language: str, day: date) -> Html:
        """A day by its date and month alone, such as "3 March"."""
        return Html(format_skeleton("MMMMd", datetime.combine(day, time(12)), locale=language))

    def weekday(self, language: str, day: date) -> Html:
        """A day by its weekday alone, such as "Tuesday"."""
        return Html(format_date(day, "EEEE", locale=language))


def _by_key(catalog: Catalog) -> dict[str, str | tuple[str, ...]]:
    texts: dict[str, str | tuple[str, ...]] = {}
    for message in catalog:
        if message.id and message.string:
            key = message.id[0] if isinstance(message.id, tuple | list) else message.id
            text = message.string
            texts[key] = tuple(text) if isinstance(text, tuple | list) else text
    return texts


def placeholders(text: str) -> frozenset[str]:
    """The names in braces that a text expects. Raises ValueError when the braces do not match."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)
