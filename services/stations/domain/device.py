"""A screen's credential: a code of 100 random bits, kept as its hash and shown once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

from yizhan.contracts.stations import Device, IssueDevice

#: Crockford's base 32 has no I, L, O or U, so that a code can be typed from paper with a TV remote.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 20


def new_code(random_below: Callable[[int], int]) -> str:
    """A fresh code. random_below(n): a cryptographically random int in [0, n)."""
    return "".join(_ALPHABET[random_below(len(_ALPHABET))] for _ in range(_CODE_LENGTH))


def code_sha256(code: str) -> str:
    """What is kept of a code. A plain hash is enough: 100 random bits cannot be guessed back."""
    return hashlib.sha256(code.encode()).hexdigest()


def issue(request: IssueDevice, *, id: str, now: datetime) -> Device:
    """A new device for a station's screen."""
    return Device(
        id=id, station=request.station, label=request.label, issued_at=now, revoked_at=None, sequence=1
    )


def revoke(device: Device, *, now: datetime) -> Device:
    """The device with its code void; one that is void already stays as it is."""
    if device.revoked_at is not None:
        return device
    return device.model_copy(update={"revoked_at": now, "sequence": device.sequence + 1})
