"""Asking a service from an asyncio process: nameko's RPC protocol, with a deadline on every call."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any, TypeVar
from uuid import uuid4

import structlog
from pydantic import BaseModel, ValidationError

from yizhan.bus.connection import Broker, BusError, Delivery, Disconnected, Outgoing, PublishTimeout
from yizhan.bus.topology import RPC_EXCHANGE
from yizhan.contracts.actor import Actor
from yizhan.contracts.errors import (
    InternalFault,
    RemoteProblem,
    ServiceTimeout,
    ServiceUnavailable,
    YizhanError,
)
from yizhan.contracts.rpc import Call, Method, Reply
from yizhan.metrics import RPC_CALL_SECONDS

log = structlog.get_logger(__name__)

Q = TypeVar("Q", bound=BaseModel)
A = TypeVar("A", bound=BaseModel)

#: A broker that is away for longer than this is away; a caller need not wait out his deadline to hear it.
RECONNECT_GRACE_SECONDS = 1.0


class RpcClient:
    """Calls services over one broker connection. Make it before the broker is started."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        # The key stays the same for ever, so an answer that comes after a reconnect still finds its caller.
        self._reply_to = str(uuid4())
        broker.listen(f"rpc.reply-{broker.name}-", RPC_EXCHANGE, (self._reply_to,), self._on_reply)

    async def call(
        self,
        method: Method[Q, A],
        body: BaseModel | dict[str, Any],
        *,
        actor: Actor,
        correlation: str,
        traceparent: str | None = None,
        idempotency_key: str | None = None,
        timeout_seconds: float = 5.0,
    ) -> A:
        """Ask, and return the answer.

        Raises RemoteProblem with the service's refusal; ServiceUnavailable when the request surely reached
        nobody; ServiceTimeout when it may have been carried out; InternalFault for a defect.
        """
        call = Call(
            actor=actor,
            correlation=correlation,
            traceparent=traceparent,
            idempotency_key=idempotency_key,
            body=body.model_dump(mode="json") if isinstance(body, BaseModel) else body,
        )
        started = time.perf_counter()
        outcome = "failed"
        try:
            answer = _read(method, await self._exchange(method, call, timeout_seconds))
            outcome = "ok"
            return answer
        except ServiceUnavailable:
            outcome = "unavailable"
            raise
        except ServiceTimeout:
            outcome = "timeout"
            raise
        except YizhanError as error:
            outcome = "refused" if error.to_problem().status < 500 else "failed"
            raise
        finally:
            elapsed = time.perf_counter() - started
            RPC_CALL_SECONDS.labels(method.service, method.name, outcome).observe(elapsed)

    async def _exchange(self, method: Method[Any, Any], call: Call, timeout_seconds: float) -> bytes:
        """Send the request and wait for the reply's bytes."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_seconds
        await self._await_broker(method, min(RECONNECT_GRACE_SECONDS, timeout_seconds))
        correlation_id = str(uuid4())
        reply: asyncio.Future[bytes] = loop.create_future()
        self._waiting[correlation_id] = reply
        try:
            await self._send(method, call, correlation_id, deadline - loop.time())
            await asyncio.wait({reply}, timeout=max(0.0, deadline - loop.time()))
            if not reply.done():
                raise ServiceTimeout(
                    f"{method.service} did not answer within {timeout_seconds:g} s",
                    service=method.service,
                    method=method.name,
                )
            return reply.result()
        finally:
            self._waiting.pop(correlation_id, None)

    async def _await_broker(self, method: Method[Any, Any], grace_seconds: float) -> None:
        if self._broker.connected.is_set():
            return
        try:
            await asyncio.wait_for(self._broker.connected.wait(), grace_seconds)
        except TimeoutError:
            raise _unavailable(method, "the message broker is away") from None

    async def _send(
        self, method: Method[Any, Any], call: Call, correlation_id: str, remaining_seconds: float
    ) -> None:
        message = Outgoing(
            RPC_EXCHANGE,
            f"{method.service}.{method.name}",
            _request(call),
            reply_to=self._reply_to,
            correlation_id=correlation_id,
            persistent=False,
            # A request whose caller has gone must not be carried out later.
            expiration_seconds=remaining_seconds,
        )
        try:
            await self._broker.send(message, timeout_seconds=remaining_seconds)
        except (Disconnected, PublishTimeout) as error:
            if not error.sent:
                raise _unavailable(method, str(error)) from error
            # It may have arrived: the reply, or the deadline, will tell.
            log.warning("rpc.unconfirmed", service=method.service, method=method.name, error=str(error))
        except BusError as error:
            raise _unavailable(method, str(error)) from error

    def _on_reply(self, delivery: Delivery) -> None:
        reply = self._waiting.get(delivery.correlation_id or "")
        if reply is None or reply.done():
            log.info("rpc.late_reply", correlation_id=delivery.correlation_id)
            return
        reply.set_result(delivery.body)


def _request(call: Call) -> bytes:
    kwargs = {"call": call.model_dump(mode="json", exclude_none=True)}
    return json.dumps({"args": [], "kwargs": kwargs}, ensure_ascii=False, separators=(",", ":")).encode()


def _read(method: Method[Any, A], body: bytes) -> A:
    try:
        payload = json.loads(body)
        fault = payload.get("error")
        if fault:
            raise _defect(method, f"{fault.get('exc_type')}: {fault.get('value')}")
        reply = Reply.tolerant(payload["result"])
        if reply.problem is not None:
            raise RemoteProblem(reply.problem)
        return method.response.model_validate(reply.result, extra="ignore")
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise _defect(method, f"unreadable reply: {type(error).__name__}") from error


def _defect(method: Method[Any, Any], detail: str) -> InternalFault:
    log.error("rpc.defect", service=method.service, method=method.name, detail=detail)
    return InternalFault("the service failed", service=method.service, method=method.name)


def _unavailable(method: Method[Any, Any], detail: str) -> ServiceUnavailable:
    return ServiceUnavailable(
        f"{method.service} is away: {detail}", service=method.service, method=method.name
    )
