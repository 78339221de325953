"""Identifiers that sort by the time they were made (RFC 9562, version 7)."""

from __future__ import annotations

import secrets
from datetime import datetime


def new_identifier(now: datetime) -> str:
    """A version 7 UUID as text: 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = int(now.timestamp() * 1000) & (2**48 - 1)
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
