"""What stands behind the gateway in its unit tests: an RPC that answers by table, a Redis in memory."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from gateway import examples
from yizhan.contracts.actor import Actor
from yizhan.contracts.rpc import Method
from yizhan.contracts.stations import SignedIn, Staff

_STAFF = Staff.model_validate(examples.example_of(Staff))


@dataclass(frozen=True)
class Asked:
    """One RPC as the gateway made it."""

    method: Method[Any, Any]
    body: BaseModel
    actor: Actor
    correlation: str
    traceparent: str | None
    idempotency_key: str | None


@dataclass
class FakeRpc:
    """Answers every method with its response's example, or raises what the test put under its name."""

    asked: list[Asked] = field(default_factory=list)
    errors: dict[str, Exception] = field(default_factory=dict)
    answers: dict[str, BaseModel] = field(default_factory=lambda: {"sign_in": SignedIn(staff=_STAFF)})

    async def call(
        self,
        method: Method[Any, Any],
        body: BaseModel | dict[str, Any],
        *,
        actor: Actor,
        correlation: str,
        traceparent: str | None = None,
        idempotency_key: str | None = None,
        timeout_seconds: float = 5,
    ) -> Any:
        assert isinstance(body, method.request)
        self.asked.append(Asked(method, body, actor, correlation, traceparent, idempotency_key))
        if method.name in self.errors:
            raise self.errors[method.name]
        if method.name in self.answers:
            return self.answers[method.name]
        return method.response.model_validate(examples.example_of(method.response))

    @property
    def last(self) -> Asked:
        return self.asked[-1]


class FakeRedis(Redis):
    """Keeps strings and hashes in memory. Its pool leads nowhere: rates are counted in the process."""

    def __init__(self) -> None:
        super().__init__(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
        self.strings: dict[str, bytes] = {}
        self.hashes: dict[str, dict[bytes, bytes]] = {}
        self.error: Exception | None = None

    async def get(self, name: str) -> bytes | None:  # type: ignore[override]
        self._fail()
        return self.strings.get(name)

    async def hgetall(self, name: str) -> dict[bytes, bytes]:  # type: ignore[override]
        self._fail()
        return self.hashes.get(name, {})

    async def ping(self, **_: Any) -> bool:  # type: ignore[override]
        self._fail()
        return True

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


class FakeLink:
    """A broker connection that is up until the test takes it down."""

    def __init__(self) -> None:
        self.connected = asyncio.Event()
        self.connected.set()
        self.blocked_reason: str | None = None
