"""Personal data at rest: sealed with SM4 in GCM mode, looked up by HMAC-SM3.

A sealed text belongs to one place, `<table>/<column>/<row id>`, and opens nowhere else, so that nobody who
can write to a database can move one person's number into another's row. It names its key: after a change of
keys, what the old one sealed still opens. The algorithms are the national ones as OpenSSL has them; no
certified cryptographic module is involved.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from yizhan.settings import SettingMissing, Settings

_VERSION = "sm4"
_KEY_BYTES, _INDEX_KEY_BYTES = 16, 32
_NONCE_BYTES, _TAG_BYTES = 12, 16
_KEY_ID = re.compile(r"[a-z0-9-]{1,16}")


class FieldKeysUnusable(SettingMissing):
    """The field keys that were given are none: no JSON, a key of another length, or no current one."""


class SealBroken(Exception):
    """A sealed text does not open: it was altered, belongs to another place, or its key is not here."""


class FieldCipher:
    """Seals and opens single fields, and makes what they are found by.

    keys: by their id, 16 bytes each. current: the one that seals. index_key: 32 bytes; it never changes,
    since what it made could not be made anew.
    """

    def __init__(self, keys: Mapping[str, bytes], *, current: str, index_key: bytes) -> None:
        _require_usable(keys, current, index_key)
        self._keys = dict(keys)
        self._current = current
        self._index_key = index_key

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The cipher of this installation. Raises SettingMissing, FieldKeysUnusable."""
        if settings.field_keys is None:
            raise SettingMissing("personal data needs YIZHAN_FIELD_KEYS or YIZHAN_FIELD_KEYS_FILE")
        try:
            given = json.loads(settings.field_keys.get_secret_value())
            keys = {str(id): _decoded(key) for id, key in given["keys"].items()}
            current, index_key = str(given["current"]), _decoded(given["index"])
        except (ValueError, KeyError, TypeError, AttributeError):
            # Without the cause: it would quote what was given.
            raise FieldKeysUnusable("YIZHAN_FIELD_KEYS is not JSON with current, keys and index") from None
        return cls(keys, current=current, index_key=index_key)

    def seal(self, plain: str, *, place: str) -> str:
        """A text that only its place opens, never twice the same; 4/3 of the UTF-8 and 60 characters."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealing = Cipher(algorithms.SM4(self._keys[self._current]), modes.GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(_bound(self._current, place))
        sealed = sealing.update(plain.encode()) + sealing.finalize()
        payload = base64.urlsafe_b64encode(nonce + sealing.tag + sealed).decode()
        return f"{_VERSION}.{self._current}.{payload}"

    def open(self, sealed: str, *, place: str) -> str:
        """What was sealed for this place. Raises SealBroken."""
        version, _, rest = sealed.partition(".")
        key_id, _, payload = rest.partition(".")
        key = self._keys.get(key_id)
        if version != _VERSION or key is None:
            raise SealBroken(f"{place}: sealed by no key of this installation")
        try:
            raw = base64.b64decode(payload, altchars=b"-_", validate=True)
            nonce, tag = raw[:_NONCE_BYTES], raw[_NONCE_BYTES : _NONCE_BYTES + _TAG_BYTES]
            opening = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
            opening.authenticate_additional_data(_bound(key_id, place))
            return (opening.update(raw[_NONCE_BYTES + _TAG_BYTES :]) + opening.finalize()).decode()
        except (InvalidTag, ValueError):
            raise SealBroken(f"{place}: altered, or sealed for another place") from None

    def is_current(self, sealed: str) -> bool:
        """Whether the key that seals now has sealed this."""
        return sealed.startswith(f"{_VERSION}.{self._current}.")

    def index(self, plain: str, *, kind: str) -> str:
        """64 hexadecimal digits, the same for the same text and kind ("phone", "id_number")."""
        keyed = hmac.HMAC(self._index_key, hashes.SM3())
        keyed.update(f"{kind}\0{plain}".encode())
        return keyed.finalize().hex()


def new_field_keys() -> str:
    """Keys for a new installation, as YIZHAN_FIELD_KEYS takes them."""
    return json.dumps(
        {
            "current": "k1",
            "keys": {"k1": base64.b64encode(os.urandom(_KEY_BYTES)).decode()},
            "index": base64.b64encode(os.urandom(_INDEX_KEY_BYTES)).decode(),
        }
    )


def with_new_key(given: str) -> str:
    """The same keys and one more, which opens but does not seal yet. given: as YIZHAN_FIELD_KEYS has them."""
    keys = json.loads(given)
    number = 1 + max((int(id[1:]) for id in keys["keys"] if re.fullmatch(r"k[0-9]{1,9}", id)), default=0)
    keys["keys"][f"k{number}"] = base64.b64encode(os.urandom(_KEY_BYTES)).decode()
    return json.dumps(keys)


def with_current_key(given: str, id: str) -> str:
    """The same keys, of which another seals from now on. Raises KeyError for one that is not among them."""
    keys = json.loads(given)
    if id not in keys["keys"]:
        raise KeyError(id)
    return json.dumps(keys | {"current": id})


def _bound(key_id: str, place: str) -> bytes:
    return f"{_VERSION}.{key_id}\0{place}".encode()


def _decoded(key: Any) -> bytes:
    try:
        return base64.b64decode(key, validate=True)
    except NotBase64 as error:
        raise ValueError("a key is base64") from error


def _require_usable(keys: Mapping[str, bytes], current: str, index_key: bytes) -> None:
    if current not in keys:
        raise FieldKeysUnusable("YIZHAN_FIELD_KEYS: the current key is not among the keys")
    for id, key in keys.items():
        if not _KEY_ID.fullmatch(id):
            raise FieldKeysUnusable("YIZHAN_FIELD_KEYS: a key's id has 1 to 16 of a-z, 0-9 and dashes")
        if len(key) != _KEY_BYTES:
            raise FieldKeysUnusable(f"YIZHAN_FIELD_KEYS: key {id} has not {_KEY_BYTES} bytes")
    if len(index_key) != _INDEX_KEY_BYTES:
        raise FieldKeysUnusable(f"YIZHAN_FIELD_KEYS: the index key has not {_INDEX_KEY_BYTES} bytes")
