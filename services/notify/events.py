"""What services/notify tells: each outcome of a decision as an event in the outbox."""

from __future__ import annotations

from yizhan.bus.outbox import Outbox


class Events:
    """The telling side of the service, within a transaction."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
