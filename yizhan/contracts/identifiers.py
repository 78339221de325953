"""Identifiers that sort by the time they were made (RFC 9562, version 7)."""

from __future__ import annotations

import secrets
from datetime import datetime


def new_identifier(now: datetime) -> str:
    """A version 7 UUID as text: 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = _milliseconds(now)
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return _written(value)


def first_identifier(moment: datetime) -> str:
    """Not above any identifier that was made at this moment or later, and above all made before."""
    return _written(_milliseconds(moment) << 80)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000) & (2**48 - 1)


def _written(value: int) -> str:
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
