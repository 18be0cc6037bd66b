"""Telegram's HTML: text and entities out of marked-up text, or Telegram's own complaint.

Tags, errors and byte offsets as in tdlib/td `MessageEntity.cpp`; the tag set is documented at
https://core.telegram.org/bots/api#html-style. Offsets and lengths of entities count UTF-16 units.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from bot.web.botapi.refusals import Refused, bad_request

Entity = dict[str, Any]

KINDS = {
    "b": "bold", "strong": "bold",
    "i": "italic", "em": "italic",
    "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "tg-spoiler": "spoiler", "span": "spoiler",
    "code": "code", "pre": "pre", "blockquote": "blockquote",
    "a": "text_link", "tg-emoji": "custom_emoji", "tg-time": "date_time",
}  # fmt: skip
SPECIAL = re.compile(r"[<&]")
CHARACTER = re.compile(r"&(?:#(?P<decimal>\d{1,7})|#[xX](?P<hex>[0-9a-fA-F]{1,6})|(?P<name>[a-zA-Z]+));?")
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
ATTRIBUTE = re.compile(
    r"""\s*(?P<name>[^\s=>/"']+)\s*(?:=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[\w.-]+)(?=[\s>])))?"""
)
NAME_END = re.compile(r"[\s>]")
WHITE_SPACE = re.compile(r"\s*")
END_TAG = re.compile(r"</([^\s>]*)\s*>")
MENTION_LINK = re.compile(r"tg://user\?id=(\d+)")


def utf16_length(text: str) -> int:
    """Length in UTF-16 units, as Telegram counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(slots=True)
class OpenTag:
    """A start tag that waits for its end."""

    name: str
    attributes: dict[str, str]
    offset: int
    piece: int


@dataclass(slots=True)
class HtmlReader:
    """Reads one marked-up text from left to right."""

    source: str
    at: int = 0
    length: int = 0
    pieces: list[str] = field(default_factory=list)
    open_tags: list[OpenTag] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def read(self) -> tuple[str, list[Entity]]:
        """Text and entities in Telegram's order; refuses what Telegram refuses."""
        while special := SPECIAL.search(self.source, self.at):
            self.add(self.source[self.at : special.start()])
            self.at = special.start()
            if special[0] == "&":
                self.read_character()
            elif self.source.startswith("</", self.at):
                self.read_end_tag()
            else:
                self.read_start_tag()
        self.add(self.source[self.at :])
        if self.open_tags:
            name = self.open_tags[-1].name
            raise self.complaint(f'Can\'t find end tag corresponding to start tag "{name}"')
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return "".join(self.pieces), self.entities

    def add(self, piece: str) -> None:
        """Keep a piece of plain text."""
        if piece:
            self.pieces.append(piece)
            self.length += utf16_length(piece)

    def read_character(self) -> None:
        """Read `&lt;`, `&#65;` and the like; an unknown one stays as it is."""
        match = CHARACTER.match(self.source, self.at)
        character = decoded(match) if match else None
        if match is None or character is None:
            self.add("&")
            self.at += 1
        else:
            self.add(character)
            self.at = match.end()

    def read_start_tag(self) -> None:
        """Read `<b>` or `<a href="…">`."""
        name_end = NAME_END.search(self.source, self.at)
        if name_end is None:
            raise self.complaint(f"Unclosed start tag at byte offset {self.byte_offset()}")
        name = self.source[self.at + 1 : name_end.start()].lower()
        if name not in KINDS:
            raise self.complaint(f'Unsupported start tag "{name}" at byte offset {self.byte_offset()}')
        attributes, end = self.read_attributes(name, name_end.start())
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise self.complaint(f'Tag "span" must have class "tg-spoiler" at byte offset {self.byte_offset()}')
        self.open_tags.append(OpenTag(name, attributes, self.length, len(self.pieces)))
        self.at = end

    def read_attributes(self, tag: str, at: int) -> tuple[dict[str, str], int]:
        """The attributes of a start tag, and where the text goes on."""
        attributes: dict[str, str] = {}
        while True:
            rest = WHITE_SPACE.match(self.source, at)
            at = rest.end() if rest else at
            if at >= len(self.source):
                raise self.complaint(f'Unclosed start tag "{tag}" at byte offset {self.byte_offset()}')
            if self.source[at] == ">":
                return attributes, at + 1
            match = ATTRIBUTE.match(self.source, at)
            if match is None:
                raise self.complaint(f'Empty attribute name in the tag "{tag}" at byte offset {self.byte_offset()}')
            value = match["double"] or match["single"] or (match["bare"] or "").lower()
            attributes[match["name"]] = CHARACTER.sub(lambda found: decoded(found) or found[0], value)
            at = match.end()

    def read_end_tag(self) -> None:
        """Read `</b>` and keep the entity it completes."""
        if not self.open_tags:
            raise self.complaint(f"Unexpected end tag at byte offset {self.byte_offset()}")
        match = END_TAG.match(self.source, self.at)
        if match is None:
            raise self.complaint(f"Unclosed end tag at byte offset {self.byte_offset()}")
        tag = self.open_tags.pop()
        if (found := match[1].lower()) and found != tag.name:
            raise self.complaint(
                f'Unmatched end tag at byte offset {self.byte_offset()}, expected "</{tag.name}>", found "</{found}>"'
            )
        if self.length > tag.offset:
            self.keep_entity(tag)
        self.at = match.end()

    def keep_entity(self, tag: OpenTag) -> None:
        """Turn a completed tag into an entity."""
        entity: Entity = {
            "type": KINDS[tag.name],
            "offset": tag.offset,
            "length": self.length - tag.offset,
        }
        match tag.name:
            case "a":
                self.link(entity, tag)
            case "tg-emoji":
                entity["custom_emoji_id"] = tag.attributes.get("emoji-id", "")
            case "tg-time":
                entity["unix_time"] = int(tag.attributes.get("unix", "0") or 0)
                entity["date_time_format"] = tag.attributes.get("format", "")
            case "blockquote" if "expandable" in tag.attributes:
                entity["type"] = "expandable_blockquote"
            case "pre" if self.entities and covers(self.entities[-1], entity):
                entity |= {key: self.entities.pop()[key] for key in ("language",)}
            case "code" if tag.attributes.get("class", "").startswith("language-"):
                entity["language"] = tag.attributes["class"].removeprefix("language-")
        if entity["type"]:
            self.entities.append(entity)

    def link(self, entity: Entity, tag: OpenTag) -> None:
        """A link, a mention of a person by id, or nothing when the address is none."""
        address = tag.attributes.get("href") or "".join(self.pieces[tag.piece :])
        if person := MENTION_LINK.fullmatch(address):
            entity |= {"type": "text_mention", "user": {"id": int(person[1])}}
        elif re.fullmatch(r"(https?|tg|ton|mailto|tel):\S+|[\w-]+(\.[\w-]+)+\S*", address):
            entity["url"] = address if ":" in address else f"http://{address}/"
        else:
            entity["type"] = ""

    def byte_offset(self) -> int:
        """Where we are, in bytes of UTF-8, as Telegram counts in its complaints."""
        return len(self.source[: self.at].encode())

    def complaint(self, what: str) -> Refused:
        """Telegram's refusal of broken markup."""
        return bad_request(f"can't parse entities: {what}")


def covers(inner: Entity, outer: Entity) -> bool:
    """Whether a `code` with a language fills its `pre` entirely."""
    return "language" in inner and (inner["offset"], inner["length"]) == (outer["offset"], outer["length"])


def decoded(match: re.Match[str]) -> str | None:
    """The character an HTML character reference stands for; None for those Telegram does not know."""
    if match["name"]:
        return NAMED.get(match["name"])
    code = int(match["decimal"]) if match["decimal"] else int(match["hex"], 16)
    return chr(code) if 0 < code < 0x10FFFF and not 0xD800 <= code <= 0xDFFF else None


def read_html(source: str) -> tuple[str, list[Entity]]:
    """Text and entities of Telegram's HTML."""
    if "<" not in source and "&" not in source:
        return source, []
    return HtmlReader(source).read()
