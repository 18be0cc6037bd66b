"""Which words exactly somebody agreed to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from bot.actions.voice import Voice

# Enough of the digest that two wordings never share it by accident.
VERSION_LETTERS = 16


def version_of(voice: Voice, keys: Iterable[str]) -> str:
    """Names the words of these texts, in the language in which the person reads them."""
    words = "\n\n".join(str(voice.world.texts.render(voice.language, key)) for key in keys)
    return hashlib.sha256(words.encode()).hexdigest()[:VERSION_LETTERS]


# Beyond what sharing with caregivers means: each of these is agreed to, and withdrawn, by itself (clinical.md).
WORDS, SELF_HARM = "words", "self_harm"


async def agree(voice: Voice, kind: str, keys: Iterable[str]) -> None:
    """Keep that the person agreed to these words; nothing new when they already stand."""
    version = version_of(voice, keys)
    standing = (await voice.tx.people.consents(voice.person.id)).get(kind)
    if standing is None or standing.text_version != version:
        voice.tx.people.consent(voice.person, kind, version, voice.now)


async def withdraw(voice: Voice, kind: str) -> None:
    """Keep that it stands no longer; nothing when it did not."""
    standing = (await voice.tx.people.consents(voice.person.id)).get(kind)
    if standing is not None:
        standing.withdrawn_at = voice.now
