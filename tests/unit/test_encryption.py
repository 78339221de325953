"""What is sealed opens in its own place only; look-up works without opening; keys may change."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from yizhan.encryption import FieldCipher, FieldKeysUnusable, SealBroken, new_field_keys
from yizhan.settings import SettingMissing, Settings

PLACE = "employer_contacts/phone/0190"
CIPHER = FieldCipher({"k1": b"1" * 16}, current="k1", index_key=b"i" * 32)


def _given(**changes: object) -> Settings:
    keys = {**json.loads(new_field_keys()), **changes}
    return Settings(field_keys=SecretStr(json.dumps(keys)))


@given(plain=st.text(max_size=200), place=st.text(max_size=60))
def test_what_is_sealed_opens_in_its_place(plain: str, place: str) -> None:
    """Any text, the empty one too."""
    assert CIPHER.open(CIPHER.seal(plain, place=place), place=place) == plain


def test_a_sealed_text_shows_nothing_of_the_plain_one() -> None:
    """Not the text, and not that two rows hold the same."""
    one, two = (CIPHER.seal("13800138000", place=PLACE) for _ in range(2))
    assert one != two
    assert "13800138000" not in base64.urlsafe_b64decode(one.rpartition(".")[2]).decode("latin-1")


def test_a_sealed_text_opens_nowhere_else() -> None:
    """Moved to another row, it is broken."""
    sealed = CIPHER.seal("13800138000", place=PLACE)
    with pytest.raises(SealBroken):
        CIPHER.open(sealed, place="employer_contacts/phone/0191")


@given(position=st.integers(min_value=0), bit=st.integers(0, 7))
def test_an_altered_text_is_broken(position: int, bit: int) -> None:
    """Every bit of it counts."""
    head, _, payload = CIPHER.seal("王师傅", place=PLACE).rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(payload))
    raw[position % len(raw)] ^= 1 << bit
    with pytest.raises(SealBroken):
        CIPHER.open(f"{head}.{base64.urlsafe_b64encode(bytes(raw)).decode()}", place=PLACE)


@pytest.mark.parametrize("text", ["", "13800138000", "sm4.k1.", "sm4.k1.AAAA", "sm4.k1.%%%", "aes.k1.AAAA"])
def test_what_was_never_sealed_is_broken(text: str) -> None:
    """A number in clear where a sealed one belongs is not taken for one."""
    with pytest.raises(SealBroken):
        CIPHER.open(text, place=PLACE)


def test_old_keys_open_and_the_current_one_seals() -> None:
    """After a change of keys nothing needs to be sealed anew at once."""
    sealed = CIPHER.seal("王师傅", place=PLACE)
    later = FieldCipher({"k1": b"1" * 16, "k2": b"2" * 16}, current="k2", index_key=b"i" * 32)
    assert later.open(sealed, place=PLACE) == "王师傅"
    assert later.seal("王师傅", place=PLACE).startswith("sm4.k2.")
    with pytest.raises(SealBroken):
        CIPHER.open(later.seal("王师傅", place=PLACE), place=PLACE)


def test_the_index_finds_the_same_text_of_the_same_kind() -> None:
    """And tells nothing without its key."""
    phone = CIPHER.index("13800138000", kind="phone")
    assert phone == CIPHER.index("13800138000", kind="phone")
    assert len(phone) == 64
    assert phone != CIPHER.index("13800138000", kind="id_number")
    other = FieldCipher({"k1": b"1" * 16}, current="k1", index_key=b"j" * 32)
    assert phone != other.index("13800138000", kind="phone")


def test_the_algorithms_are_the_national_ones() -> None:
    """The sample vectors of GB/T 32907 (SM4) and GB/T 32905 (SM3)."""
    sample = bytes.fromhex("0123456789abcdeffedcba9876543210")
    sealing = Cipher(algorithms.SM4(sample), modes.ECB()).encryptor()
    assert sealing.update(sample).hex() == "681edf34d206965e86b3e94f536e4246"
    digest = hashes.Hash(hashes.SM3())
    digest.update(b"abc")
    assert digest.finalize().hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_the_cipher_is_made_from_settings() -> None:
    """What a first start makes is what a process takes."""
    cipher = FieldCipher.from_settings(_given())
    assert cipher.open(cipher.seal("王", place=PLACE), place=PLACE) == "王"


def test_without_keys_nothing_is_kept() -> None:
    """A process that needs the keys does not start without them."""
    with pytest.raises(SettingMissing, match="YIZHAN_FIELD_KEYS"):
        FieldCipher.from_settings(Settings())


@pytest.mark.parametrize(
    "changes",
    [
        {"current": "k9"},
        {"keys": {"k1": "AAAA"}},
        {"keys": {"k1": "not base64!"}},
        {"keys": {"K.1": "AAAA"}, "current": "K.1"},
        {"keys": None},
        {"index": "AAAA"},
        {"index": None},
    ],
)
def test_unusable_keys_are_refused_without_being_shown(changes: dict[str, object]) -> None:
    """The complaint goes to a log, which is no place for a key."""
    with pytest.raises(FieldKeysUnusable) as refusal:
        FieldCipher.from_settings(_given(**changes))
    assert "AAAA" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_keys_that_are_no_json_are_refused() -> None:
    """A file with something else in it."""
    with pytest.raises(FieldKeysUnusable):
        FieldCipher.from_settings(Settings(field_keys=SecretStr("k" * 40)))
