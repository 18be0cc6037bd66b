"""What is sealed opens only where it stood, under the right key, unchanged; anything else is said, never guessed."""

from __future__ import annotations

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.vault import KEYS_IN_MEMORY, KeyTrouble, Unreadable, Vault, keys_from_file, read_keys

OLD, NEW = b"o" * 32, b"n" * 32
MARIA, ANA = 101, 102
COLUMN = "answers.value"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture
def vault() -> Vault:
    return Vault([OLD])


@pytest.fixture
def wrapped(vault: Vault) -> bytes:
    return vault.new_wrapped_key(MARIA)


@given(JSON)
def test_what_goes_in_comes_out(value: object) -> None:
    vault = Vault([OLD])
    sealer = vault.of(MARIA, vault.new_wrapped_key(MARIA))
    assert sealer.open(COLUMN, sealer.seal(COLUMN, value)) == value
    assert vault.open_raw(vault.seal_raw(value)) == value


def test_half_a_surrogate_pair_is_kept(vault: Vault) -> None:
    """Telegram's JSON can hold one; a name must never be able to stop the intake."""
    cut = {"first_name": "Ana \ud83e"}
    assert vault.open_raw(vault.seal_raw(cut)) == cut


def test_the_same_words_never_look_the_same(vault: Vault, wrapped: bytes) -> None:
    sealer = vault.of(MARIA, wrapped)
    assert len({sealer.seal(COLUMN, "my back hurts") for _ in range(100)}) == 100
    assert b"back" not in sealer.seal(COLUMN, "my back hurts")


def test_any_flipped_bit_is_noticed(vault: Vault, wrapped: bytes) -> None:
    sealer = vault.of(MARIA, wrapped)
    sealed = sealer.seal(COLUMN, {"pain": 7})
    for place in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(Unreadable, match=f"{COLUMN} of {MARIA}"):
            sealer.open(COLUMN, bytes(changed))


def test_any_flipped_bit_of_a_wrapped_key_is_noticed(wrapped: bytes) -> None:
    for place in range(len(wrapped) * 8):
        changed = bytearray(wrapped)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(Unreadable, match=f"person {MARIA}"):
            Vault([OLD]).of(MARIA, bytes(changed))


@pytest.mark.parametrize("length", [0, 1, 4, 5, 12, 13, 20])
def test_what_is_cut_short_is_noticed(vault: Vault, wrapped: bytes, length: int) -> None:
    sealer = vault.of(MARIA, wrapped)
    with pytest.raises(Unreadable):
        sealer.open(COLUMN, sealer.seal(COLUMN, "x")[:length])
    with pytest.raises(Unreadable):
        Vault([OLD]).of(MARIA, wrapped[:length])
    with pytest.raises(Unreadable):
        vault.open_raw(vault.seal_raw("x")[:length])


def test_a_value_moved_to_another_column_or_person_does_not_open(vault: Vault, wrapped: bytes) -> None:
    maria, ana = vault.of(MARIA, wrapped), vault.of(ANA, vault.new_wrapped_key(ANA))
    sealed = maria.seal(COLUMN, "numbness")
    for sealer, column in ((maria, "people.name"), (ana, COLUMN), (maria, "answers.value2")):
        with pytest.raises(Unreadable):
            sealer.open(column, sealed)


def test_a_key_moved_to_another_person_does_not_open(vault: Vault, wrapped: bytes) -> None:
    with pytest.raises(Unreadable):
        vault.of(ANA, wrapped)


def test_a_raw_update_is_no_persons_value_and_the_other_way_round(vault: Vault, wrapped: bytes) -> None:
    sealer = vault.of(MARIA, wrapped)
    with pytest.raises(Unreadable):
        sealer.open("inbox.raw", vault.seal_raw("x"))
    with pytest.raises(Unreadable):
        vault.open_raw(vault.seal_raw("x")[:4] + sealer.seal("inbox.raw", "x"))


def test_an_erased_person_cannot_be_read(vault: Vault, wrapped: bytes) -> None:
    vault.of(MARIA, wrapped)
    with pytest.raises(Unreadable, match="erased"):
        vault.of(MARIA, None)


def test_the_wrong_master_key_is_said_by_name(wrapped: bytes) -> None:
    with pytest.raises(Unreadable, match=f"{Vault([OLD]).fingerprint}, which was not given"):
        Vault([NEW]).of(MARIA, wrapped)
    with pytest.raises(Unreadable, match="not given"):
        Vault([NEW]).open_raw(Vault([OLD]).seal_raw("x"))


def test_while_keys_rotate_old_and_new_are_read_and_only_the_new_one_is_used(vault: Vault, wrapped: bytes) -> None:
    sealed, raw = vault.of(MARIA, wrapped).seal(COLUMN, 7), vault.seal_raw("x")
    both = Vault([NEW, OLD])
    assert both.of(MARIA, wrapped).open(COLUMN, sealed) == 7
    assert both.open_raw(raw) == "x"
    assert Vault([NEW]).of(ANA, both.new_wrapped_key(ANA))
    assert Vault([NEW]).open_raw(both.seal_raw("y")) == "y"
    assert both.fingerprint == Vault([NEW]).fingerprint
    assert both.knows(vault.fingerprint)
    assert not vault.knows(both.fingerprint)


def test_a_fingerprint_tells_nothing_about_the_key(vault: Vault) -> None:
    assert len(vault.fingerprint) == 8
    assert OLD[:4].hex() not in vault.fingerprint


def test_only_so_many_keys_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    assert KEYS_IN_MEMORY > 1_000
    monkeypatch.setattr("bot.store.vault.KEYS_IN_MEMORY", 3)
    vault = Vault([OLD])
    wrapped = {person: vault.new_wrapped_key(person) for person in range(10)}
    sealed = {person: vault.of(person, key).seal(COLUMN, person) for person, key in wrapped.items()}
    assert len(vault._people) == 3
    assert [vault.of(p, wrapped[p]).open(COLUMN, sealed[p]) for p in wrapped] == list(wrapped)


class TestKeys:
    def test_both_alphabets_of_base64_are_read(self) -> None:
        key = bytes(range(220, 252))
        plain, url = base64.b64encode(key).decode(), base64.urlsafe_b64encode(key).decode()
        assert plain != url
        assert read_keys([plain, url]) == [key, key]

    @pytest.mark.parametrize(
        "text", ["", "x", "é" * 44, "not base64!", "k" * 32, base64.b64encode(b"k" * 16).decode(),
                 base64.b64encode(b"k" * 33).decode(), base64.b64encode(b"k" * 32).decode()[:-1],
                 base64.b64encode(b"k" * 32).decode() + "!"]
    )  # fmt: skip
    def test_anything_else_is_refused_with_a_way_to_make_one(self, text: str) -> None:
        with pytest.raises(KeyTrouble, match="openssl rand -base64 32"):
            read_keys([text])

    def test_no_key_at_all_is_refused(self) -> None:
        with pytest.raises(KeyTrouble, match="BONEWATCH_ENCRYPTION_KEYS"):
            Vault([])

    def test_a_key_file_is_made_once_for_its_owner_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "data" / "keys"
        first = keys_from_file(path)
        assert keys_from_file(path) == first
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert list(path.parent.iterdir()) == [path]

    def test_two_processes_that_start_together_use_one_key(self, tmp_path: Path) -> None:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: tuple(keys_from_file(tmp_path / "keys")), range(8)))
        assert len(set(found)) == 1

    def test_a_key_file_holds_the_newest_first(self, tmp_path: Path) -> None:
        path = tmp_path / "keys"
        path.write_text("".join(base64.b64encode(key).decode() + "\n" for key in (NEW, OLD)))
        assert Vault(keys_from_file(path)).fingerprint == Vault([NEW]).fingerprint
