"""How a service is asked: one call shape, one reply shape, and the list of every method with its models.

On the wire it is nameko's RPC: the method takes one keyword argument `call` and returns a reply, both JSON.
A refusal is an ordinary reply with a problem in it; an exception on the wire is always a defect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, Field

from yizhan.contracts.actor import Actor
from yizhan.contracts.base import Message
from yizhan.contracts.errors import Problem

Q = TypeVar("Q", bound=BaseModel)
A = TypeVar("A", bound=BaseModel)


class Call(Message):
    """One question or command. `body` is the method's request model as JSON.

    idempotency_key: a command seen before with this key, actor and body is answered with its first reply.
    """

    actor: Actor
    correlation: Annotated[str, Field(min_length=1, max_length=64)]
    traceparent: str | None = None
    idempotency_key: str | None = None
    body: dict[str, Any] = Field(default_factory=dict)


class Reply(Message):
    """Exactly one of: the method's response model as JSON, or the problem why not."""

    result: dict[str, Any] | None = None
    problem: Problem | None = None


@dataclass(frozen=True)
class Method(Generic[Q, A]):
    """One RPC method: `service` and `name` on the wire, and the models of what goes in and out.

    command: it changes rows and takes an idempotency key; a query does neither.
    """

    service: str
    name: str
    request: type[Q]
    response: type[A]
    command: bool


class Nothing(Message):
    """An empty body."""
