"""The slip that a worker carries (派工单): two codes on paper, for his arrival and for his pay.

The worker hands a code over, the employer has it read: together that is both sides' word, and neither needs a
telephone. A code is `YZ1.<number>.<step>.<mark>`. The mark is what only the service can make out of number
and step; the number is chance, so that a slip tells nothing and none can be guessed from another.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from yizhan.contracts.dispatches import Dispatch, SlipForeign, SlipSpent, SlipUnreadable, SlipVoid

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NUMBER_LENGTH, _MARK_LENGTH, _BITS = 8, 16, 5
#: Bytes of chance behind a number.
NUMBER_BYTES = 5


class SlipStep(StrEnum):
    ARRIVAL = "A"
    PAY = "P"


@dataclass(frozen=True)
class Slip:
    """A slip as the service keeps it. Its marks are made anew when it is printed or read."""

    number: str
    dispatch_id: str
    issued_at: datetime
    issued_by: str
    arrival_at: datetime | None = None
    pay_at: datetime | None = None
    voided_at: datetime | None = None

    def used_at(self, step: SlipStep) -> datetime | None:
        """When a step was taken by it."""
        return self.arrival_at if step is SlipStep.ARRIVAL else self.pay_at


def number_of(chance: bytes) -> str:
    """A slip's number out of NUMBER_BYTES of chance."""
    return _base32(int.from_bytes(chance, "big"), _NUMBER_LENGTH)


def what_is_marked(number: str, step: SlipStep) -> str:
    """The text whose keyed digest is a code's mark."""
    return f"{number}.{step}"


def code_of(number: str, step: SlipStep, digest: str) -> str:
    """What the QR code says. digest: of what is marked, in hexadecimal digits."""
    return f"YZ1.{number}.{step}.{_mark(digest)}"


def read(code: str) -> tuple[str, SlipStep, str]:
    """A code's number, step and mark; it has the shape of one."""
    _, number, step, mark = code.split(".")
    return number, SlipStep(step), mark


def require_genuine(mark: str, digest: str) -> None:
    """Raises SlipUnreadable unless the mark is the digest's. It takes as long for every wrong one."""
    if not hmac.compare_digest(mark.encode(), _mark(digest).encode()):
        raise SlipUnreadable("no slip of this system says this")


def take(slip: Slip, step: SlipStep, dispatch: Dispatch, *, meant: str | None, now: datetime) -> Slip:
    """The slip with a step taken by it. meant: the dispatch that it was handed in for; None for its own.

    Raises SlipForeign, SlipVoid, SlipSpent.
    """
    if meant is not None and meant != slip.dispatch_id:
        raise SlipForeign("the slip belongs to another dispatch", dispatch_id=meant)
    used_at = slip.used_at(step)
    if used_at is not None:
        raise SlipSpent(
            "what this slip says was taken once already", number=slip.number, used_at=used_at.isoformat()
        )
    if slip.voided_at is not None or dispatch.ended_at is not None:
        raise SlipVoid("the slip was replaced, or its dispatch came to nothing", number=slip.number)
    return replace(slip, arrival_at=now) if step is SlipStep.ARRIVAL else replace(slip, pay_at=now)


def _mark(digest: str) -> str:
    return _base32(int(digest[: _MARK_LENGTH * _BITS // 4], 16), _MARK_LENGTH)


def _base32(value: int, length: int) -> str:
    digits = (value >> (_BITS * place) & 31 for place in reversed(range(length)))
    return "".join(_ALPHABET[digit] for digit in digits)
