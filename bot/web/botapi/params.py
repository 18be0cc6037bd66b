"""The parameters of one call, whether they came as JSON, as a form or as multipart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.web.botapi.refusals import bad_request

TRUE_WORDS = frozenset({"true", "1", "yes", "t"})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent along with a call."""

    name: str
    mime_type: str
    content: bytes


class Params:
    """Reads parameters the way Telegram does: lenient about types, strict about broken JSON."""

    __slots__ = ("uploads", "values")

    def __init__(self, values: Mapping[str, Any], uploads: Mapping[str, Upload] | None = None) -> None:
        self.values = values
        self.uploads = uploads or {}

    def text(self, name: str) -> str:
        """The value as text; empty when it is missing."""
        value = self.values.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value)

    def number(self, name: str, default: int = 0) -> int:
        """The value as a whole number; the default when it is missing or is none."""
        try:
            return int(self.values.get(name, default))
        except (TypeError, ValueError):
            return default

    def flag(self, name: str) -> bool:
        """The value as yes or no."""
        value = self.values.get(name, False)
        return value if isinstance(value, bool) else str(value).lower() in TRUE_WORDS

    def json(self, name: str, what: str) -> Any:
        """The value as parsed JSON (None when missing); `what` names it in the refusal of broken JSON."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"Can't parse {what} JSON object") from None

    def upload(self, name: str) -> Upload | None:
        """The file sent in the field `name`, directly or as `attach://…`."""
        value = self.values.get(name)
        if isinstance(value, str) and value.startswith("attach://"):
            return self.uploads.get(value.removeprefix("attach://"))
        return self.uploads.get(name)
