"""What an integrator shows to be let in: made from random bytes, kept as hashes, told once."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

RandomBytes = Callable[[int], bytes]

_KEY_PREFIX = "yzk_"
_SECRET_PREFIX = "whsec_"  # noqa: S105
_HINT_CHARACTERS = 9


def new_api_key(random_bytes: RandomBytes) -> str:
    """`yzk_` and 256 random bits."""
    return _KEY_PREFIX + _text(random_bytes(32))


def api_key_sha256(key: str) -> str:
    """What is kept of an API key. A plain hash is enough: 256 random bits cannot be guessed back."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def api_key_hint(key: str) -> str:
    """The key's first characters, which tell it from others and open nothing."""
    return key[:_HINT_CHARACTERS]


def new_webhook_secret(random_bytes: RandomBytes) -> str:
    """As Standard Webhooks writes it: `whsec_` and base64 of 32 random bytes."""
    return _SECRET_PREFIX + base64.b64encode(random_bytes(32)).decode()


def new_broker_password(random_bytes: RandomBytes) -> str:
    """192 random bits, in characters that need no escaping in a URL."""
    return _text(random_bytes(24))


def broker_password_hash(password: str, random_bytes: RandomBytes) -> str:
    """As RabbitMQ keeps it: base64 of four bytes of salt and the SHA-256 of salt and password."""
    salt = random_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
