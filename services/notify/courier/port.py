"""What every channel is: given a text and where to, it gives a receipt, or the cause why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from services.notify.domain.template import Rendered
from yizhan.contracts.deliveries import DeliveryCause


@dataclass(frozen=True)
class Outgoing:
    """attempt: its id, for channels that know one that comes twice. address: a phone or an outlet's URL; it
    goes no further than the channel, and into no log."""

    delivery_id: str
    attempt: str
    address: str
    text: Rendered


@dataclass(frozen=True)
class Taken:
    """The channel took it over. receipt: its own id for it."""

    receipt: str


@dataclass(frozen=True)
class Untaken:
    """It did not. wait_seconds: what it asked us to wait. detail: its own words, without the address."""

    cause: DeliveryCause
    wait_seconds: int = 0
    detail: str = ""


class Channel(Protocol):
    """One way out of the house."""

    @property
    def configured(self) -> bool:
        """Whether it has what it needs to send at all."""
        ...

    @property
    def repeatable(self) -> bool:
        """Whether it knows a message that comes twice: then one whose fate is unknown may be sent again."""
        ...

    async def send(self, outgoing: Outgoing) -> Taken | Untaken:
        """Send once. Raises nothing: whatever goes wrong has a cause."""
        ...


class Unconfigured:
    """A channel that this installation has no account with: WeChat so far, SMS where none is set up."""

    configured = False
    repeatable = False

    async def send(self, outgoing: Outgoing) -> Taken | Untaken:  # noqa: ARG002
        return Untaken(DeliveryCause.NOT_CONFIGURED)
