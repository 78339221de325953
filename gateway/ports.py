"""What the gateway needs of the bus, as protocols: the real client fits, and so does a test's own."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from yizhan.contracts.actor import Actor
from yizhan.contracts.rpc import Method

A = TypeVar("A", bound=BaseModel)


class Rpc(Protocol):
    """Asks a service. Raises ServiceUnavailable, ServiceTimeout, or RemoteProblem with its refusal."""

    async def call(
        self,
        method: Method[Any, A],
        body: BaseModel | dict[str, Any],
        *,
        actor: Actor,
        correlation: str,
        traceparent: str | None = None,
        idempotency_key: str | None = None,
        timeout_seconds: float = 5,
    ) -> A: ...


class Link(Protocol):
    """The connection to the broker. `connected` is set while there is one; `blocked_reason`: why the broker
    takes no messages at present (a memory or disk alarm), None when it does."""

    blocked_reason: str | None

    @property
    def connected(self) -> asyncio.Event: ...
