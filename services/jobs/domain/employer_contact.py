"""Contact persons: how a phone is written for look-up, and what of a contact is shown."""

from __future__ import annotations

#: The kind of the keyed hash that phones are found by.
PHONE = "phone"

#: Of a number, so many digits in front and at the end are shown.
_SHOWN_IN_FRONT, _SHOWN_AT_END = 3, 4


def plain_phone(phone: str) -> str:
    """The digits alone, so that 0854-5630000 and 08545630000 are one number."""
    return phone.replace("-", "")


def masked_name(name: str) -> str:
    """王*: the first character; how long the rest is would tell something too."""
    return f"{name.strip()[:1]}*"


def masked_phone(phone: str) -> str:
    """138****1234"""
    digits = plain_phone(phone)
    hidden = len(digits) - _SHOWN_IN_FRONT - _SHOWN_AT_END
    return f"{digits[:_SHOWN_IN_FRONT]}{'*' * hidden}{digits[-_SHOWN_AT_END:]}"
