"""Seals what people tell us: AES-256-GCM, one data key a person, wrapped by a master key."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import tempfile
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = b"\x01"
NONCE_BYTES = 12  # NIST SP 800-38D: 96 bits is the size GCM is made for
KEY_BYTES = 32
KEY_ID_BYTES = 4
# Unwrapped data keys kept in memory: enough for the people of a busy minute, and no more.
KEYS_IN_MEMORY = 20_000


class KeyTrouble(Exception):
    """The keys given cannot open this database, or are malformed; the message says how to mend it."""


class Unreadable(Exception):
    """A sealed value was changed, moved, or belongs to an erased person; the message names the column."""


class Sealer:
    """Seals and opens JSON values under one key. What is sealed for one column opens in no other."""

    def __init__(self, key: bytes, owner: str) -> None:
        self._cipher = AESGCM(key)
        self._owner = owner

    def seal(self, column: str, value: object) -> bytes:
        """Seal a JSON value for `column` ("table.column")."""
        # Half of a surrogate pair may stand in a name that somebody's phone cut: it must not stop the intake.
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + self._cipher.encrypt(nonce, plain, self._bound_to(column))

    def open(self, column: str, sealed: bytes) -> object:
        """Open what `seal` made. Raises Unreadable when it was changed or stood elsewhere."""
        nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            if not sealed.startswith(VERSION):
                raise ValueError("another version")
            plain = self._cipher.decrypt(nonce, rest, self._bound_to(column))
        except (InvalidTag, ValueError):
            raise Unreadable(f"{column} of {self._owner} cannot be opened") from None
        value: object = json.loads(plain)
        return value

    def _bound_to(self, column: str) -> bytes:
        return f"{column}:{self._owner}".encode()


class Vault:
    """Makes, wraps and unwraps people's data keys with the master keys, newest first."""

    def __init__(self, master_keys: Sequence[bytes]) -> None:
        if not master_keys:
            raise KeyTrouble("no encryption key; set BONEWATCH_ENCRYPTION_KEYS")
        self._masters = {_key_id(key): key for key in master_keys}
        self._newest = _key_id(master_keys[0])
        self._people: OrderedDict[int, Sealer] = OrderedDict()
        self._inbox = {name: Sealer(_derived(key, b"inbox"), "inbox") for name, key in self._masters.items()}

    @property
    def fingerprint(self) -> str:
        """A name for the newest master key that tells nothing about it."""
        return self._newest.hex()

    def knows(self, fingerprint: str) -> bool:
        """Whether one of the master keys has this name."""
        return bytes.fromhex(fingerprint) in self._masters

    def new_wrapped_key(self, person: int) -> bytes:
        """A fresh data key for a person, wrapped by the newest master key: key id, nonce, ciphertext."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self._masters[self._newest]).encrypt(nonce, os.urandom(KEY_BYTES), _wrap_name(person))
        return self._newest + nonce + sealed

    def of(self, person: int, wrapped: bytes | None) -> Sealer:
        """What seals and opens this person's values. Raises Unreadable for an erased person or a lost key."""
        if wrapped is None:
            raise Unreadable(f"person {person} was erased")
        if sealer := self._people.get(person):
            return sealer
        sealer = Sealer(self._unwrap(person, wrapped), str(person))
        self._people[person] = sealer
        if len(self._people) > KEYS_IN_MEMORY:
            self._people.popitem(last=False)
        return sealer

    def forget(self, person: int) -> None:
        """Drop the person's key from memory, because it was erased or wrapped anew."""
        self._people.pop(person, None)

    def _unwrap(self, person: int, wrapped: bytes) -> bytes:
        master = self._masters.get(wrapped[:KEY_ID_BYTES])
        if master is None:
            raise Unreadable(f"person {person} is sealed with key {wrapped[:KEY_ID_BYTES].hex()}, which was not given")
        nonce, sealed = (
            wrapped[KEY_ID_BYTES : KEY_ID_BYTES + NONCE_BYTES],
            wrapped[KEY_ID_BYTES + NONCE_BYTES :],
        )
        try:
            return AESGCM(master).decrypt(nonce, sealed, _wrap_name(person))
        except (InvalidTag, ValueError):
            raise Unreadable(f"the key of person {person} cannot be opened") from None

    def seal_raw(self, value: object) -> bytes:
        """Seal a raw update, before anybody knows whose it is."""
        return self._newest + self._inbox[self._newest].seal("inbox.raw", value)

    def open_raw(self, sealed: bytes) -> Any:
        """Open a raw update. Raises Unreadable when the key is missing or the bytes were changed."""
        sealer = self._inbox.get(sealed[:KEY_ID_BYTES])
        if sealer is None:
            raise Unreadable("inbox.raw is sealed with a key that was not given")
        return sealer.open("inbox.raw", sealed[KEY_ID_BYTES:])


def read_keys(texts: Sequence[str]) -> list[bytes]:
    """Decode master keys (32 bytes, base64 or base64url). Raises KeyTrouble for any other form."""
    return [_decoded(text) for text in texts]


def keys_from_file(path: Path) -> list[bytes]:
    """The master keys in a file, newest first, a line each; made with one new key (mode 0600) if missing."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_keys(path)
    return read_keys(path.read_text().split())


def _make_keys(path: Path) -> None:
    """Put a new key into its file, whole or not at all: half a key, or a lost one, would lose everything."""
    fresh = base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()
    handle, draft = tempfile.mkstemp(dir=path.parent)  # mode 0600
    with os.fdopen(handle, "w") as file:
        file.write(fresh + "\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):  # another process was quicker: its key counts
        os.link(draft, path)
    Path(draft).unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _decoded(text: str) -> bytes:
    try:
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyTrouble("an encryption key must be 32 bytes in base64 (make one: openssl rand -base64 32)")
    return key


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"bonewatch key id" + key).digest()[:KEY_ID_BYTES]


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"bonewatch " + purpose).derive(key)


def _wrap_name(person: int) -> bytes:
    return f"data key of {person}".encode()
