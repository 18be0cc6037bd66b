"""What a sent text becomes: trimmed, parsed, measured, with commands and addresses found in it."""

from __future__ import annotations

import re
from typing import Any

from bot.web.botapi.markup import Entity, read_html, utf16_length
from bot.web.botapi.params import Params
from bot.web.botapi.refusals import bad_request

MAX_TEXT = 4096
MAX_CAPTION = 1024
# What Telegram finds by itself: https://core.telegram.org/bots/api#messageentity
FOUND = re.compile(
    r"(?P<url>https?://[^\s<>]+|(?<![\w@./])t\.me/[^\s<>]+)"
    r"|(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?<![\w/@.])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)(?![\w/])"
    r"|(?<![\w@])(?P<mention>@[A-Za-z][A-Za-z0-9_]{3,31})"
)
CLOSING_MARKS = ".,;:!?)»”\"'"


def found_entities(text: str) -> list[Entity]:
    """Commands, addresses and mentions as entities."""
    if "/" not in text and "@" not in text:
        return []
    entities = []
    for match in FOUND.finditer(text):
        word = match[0].rstrip(CLOSING_MARKS) if match.lastgroup == "url" else match[0]
        entities.append(
            {
                "type": match.lastgroup,
                "offset": utf16_length(text[: match.start()]),
                "length": utf16_length(word),
            }
        )
    return entities


def sent_text(params: Params) -> tuple[str, list[Entity]]:
    """Text and entities of a message; refuses an empty text and one over 4,096 characters."""
    source = params.text("text")
    if not source:
        raise bad_request("Message text is empty")
    text, entities = parsed(params, source, "entities")
    if not text:
        raise bad_request("Text must be non-empty")
    if utf16_length(text) > MAX_TEXT:
        raise bad_request("Message is too long")
    return text, entities


def sent_caption(params: Params) -> tuple[str, list[Entity]]:
    """Text and entities of a caption, at most 1,024 characters."""
    text, entities = parsed(params, params.text("caption"), "caption_entities")
    if utf16_length(text) > MAX_CAPTION:
        raise bad_request("Message caption is too long")
    return text, entities


def parsed(params: Params, source: str, entities_field: str) -> tuple[str, list[Entity]]:
    """Parse by `parse_mode` or by the given entities, trim, and add what Telegram finds by itself."""
    mode = params.text("parse_mode").lower()
    if mode == "html":
        text, entities = read_html(source)
    elif mode in {"", "none"}:
        text, entities = source, list(params.json(entities_field, "entities") or [])
    elif mode in {"markdown", "markdownv2"}:
        raise bad_request(f"this server does not read {params.text('parse_mode')}, only HTML")
    else:
        raise bad_request("Unsupported parse_mode")
    text, entities = trimmed(text.replace("\r", ""), entities)
    return text, merged(entities, found_entities(text))


def trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Telegram takes white space off both ends and moves the entities along."""
    kept = text.strip()
    if kept == text:
        return text, entities
    start = utf16_length(text[: len(text) - len(text.lstrip())])
    end = start + utf16_length(kept)
    moved = []
    for entity in entities:
        begin = max(entity["offset"], start)
        finish = min(entity["offset"] + entity["length"], end)
        if finish > begin:
            moved.append({**entity, "offset": begin - start, "length": finish - begin})
    return kept, moved


def merged(given: list[Entity], found: list[Entity]) -> list[Entity]:
    """Both kinds in order; nothing is found inside code or a link."""
    closed = [one for one in given if one["type"] in {"code", "pre", "text_link", "text_mention"}]
    outside = [one for one in found if not any(overlap(one, other) for other in closed)]
    if not outside:
        return given
    return sorted([*given, *outside], key=lambda entity: (entity["offset"], -entity["length"]))


def overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two entities share a character."""
    return bool(one["offset"] < other["offset"] + other["length"] and other["offset"] < one["offset"] + one["length"])
