"""One screen's conversation, without sockets: text in, what follows from it out.

hello expected ──hello──► listening ──(anything unfit)──► over
      └──(anything else)──► over
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from pydantic import ValidationError

from yizhan.contracts.screen import Ack, Health, Hello, RefusalCode, Refused, from_screen

#: A screen says hello this soon after its connection opened, or is sent away.
HELLO_SECONDS = 5.0

#: Messages that a screen may send in MESSAGE_WINDOW_SECONDS: an ack per delta of a long burst, not a flood.
MESSAGE_LIMIT = 2000
MESSAGE_WINDOW_SECONDS = 10.0

#: Whether the same hello may succeed later. A code that is not known yet may be one issued this very second,
#: and a screen must never need a visit because of an order of events; a void code stays void.
_RETRY = {
    RefusalCode.BAD_MESSAGE: False,
    RefusalCode.HELLO_EXPECTED: True,
    RefusalCode.UNKNOWN_STATION: True,
    RefusalCode.CODE_REFUSED: True,
    RefusalCode.CODE_REVOKED: False,
    RefusalCode.NOT_READY: True,
    RefusalCode.TOO_SLOW: True,
}


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A screen's credential as every board process knows it. void: revoked. label: what staff call it."""

    id: str
    station: str
    void: bool
    label: str | None = None


class Registry(Protocol):
    """Who may listen to what."""

    @property
    def ready(self) -> bool:
        """Whether stations and devices have been read at least once."""
        ...

    def device(self, code_sha256: str) -> KnownDevice | None: ...

    def has_station(self, code: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Admitted:
    """The screen may listen; epoch and offset: where it wants to resume."""

    device: KnownDevice
    epoch: str | None
    offset: int | None


Outcome: TypeAlias = Admitted | Refused | None


def refusal(code: RefusalCode) -> Refused:
    """The last message before the server closes."""
    return Refused(code=code, retry=_RETRY[code])


class Session:
    """The state of one conversation. `changed`: something is worth writing into the screen's health."""

    __slots__ = (
        "acked_epoch",
        "acked_offset",
        "changed",
        "device",
        "height",
        "last_paint_seconds",
        "page",
        "received",
        "width",
        "window_started",
    )

    def __init__(self) -> None:
        self.device: KnownDevice | None = None
        self.acked_epoch: str | None = None
        self.acked_offset: int | None = None
        self.last_paint_seconds: float | None = None
        self.width: int | None = None
        self.height: int | None = None
        self.page: str | None = None
        self.changed = False
        self.received = 0
        self.window_started = 0.0

    def receive(self, text: str | bytes, registry: Registry, *, at: float, epoch: str, sent: int) -> Outcome:
        """Take one message. at: monotonic seconds; epoch, sent: what the screen has been sent so far.

        A Refused is to be sent before closing; None needs no answer.
        """
        if self.flooded(at):
            return refusal(RefusalCode.BAD_MESSAGE)
        try:
            message = from_screen.validate_json(text)
        except ValidationError:
            return refusal(RefusalCode.BAD_MESSAGE)
        if self.device is None:
            if isinstance(message, Hello):
                return self._greet(message, registry)
            return refusal(RefusalCode.HELLO_EXPECTED)
        match message:
            case Ack():
                self._acknowledge(message.epoch, message.offset, epoch, sent)
            case Health():
                self._report(message, epoch, sent)
            case Hello():
                return refusal(RefusalCode.BAD_MESSAGE)
        return None

    def flooded(self, at: float) -> bool:
        """Count one message, or one frame that is none; whether they are too many. at: monotonic seconds."""
        if at - self.window_started > MESSAGE_WINDOW_SECONDS:
            self.window_started, self.received = at, 0
        self.received += 1
        return self.received > MESSAGE_LIMIT

    def _greet(self, hello: Hello, registry: Registry) -> Admitted | Refused:
        if not registry.ready:
            return refusal(RefusalCode.NOT_READY)
        if not registry.has_station(hello.station):
            return refusal(RefusalCode.UNKNOWN_STATION)
        device = registry.device(hash_of(hello.token))
        # A good code of another station is answered like a forged one: it tells nothing.
        if device is None or device.station != hello.station:
            return refusal(RefusalCode.CODE_REFUSED)
        if device.void:
            return refusal(RefusalCode.CODE_REVOKED)
        self.device = device
        self.page = hello.page
        self.changed = True
        return Admitted(device, hello.epoch, hello.offset)

    def _acknowledge(self, epoch: str, offset: int, current_epoch: str, sent: int) -> None:
        """Note what has been drawn; a claim to have drawn what was never sent is not noted."""
        if epoch == current_epoch and offset <= sent:
            self.acked_epoch, self.acked_offset = epoch, offset
            self.changed = True

    def _report(self, health: Health, epoch: str, sent: int) -> None:
        self.last_paint_seconds = health.last_paint_seconds
        self.width, self.height = health.width, health.height
        self.page = health.page or self.page
        self.changed = True
        if health.epoch is not None and health.offset is not None:
            self._acknowledge(health.epoch, health.offset, epoch, sent)


def hash_of(token: str) -> str:
    """A device code as it is kept: its SHA-256 in hex. The code has 100 random bits and needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()
