"""What integrators send by the broker: postings as CloudEvents, passed to services/jobs, answered by events.

Who sent a message is known by its routing key: the broker lets each user publish under its own name alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import structlog
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from services.notify import storage
from services.notify.outlet import metrics
from services.notify.outlet.registry import Registry
from yizhan.bus.calls import faults_of
from yizhan.bus.connection import Broker, BusError, Delivery
from yizhan.bus.rpc import RpcClient
from yizhan.bus.topology import DEAD_EXCHANGE, INBOX_QUEUE
from yizhan.clock import COUNTY_ZONE, Clock
from yizhan.contracts.actor import Actor, Role
from yizhan.contracts.errors import FieldFault, RequestInvalid, TooManyRequests, YizhanError
from yizhan.contracts.external_postings import (
    SUBMITTED,
    WITHDRAWN,
    ExternalPosting,
    ExternalPostingsRpc,
    RefuseExternal,
    SubmitExternalPosting,
    WithdrawExternalPosting,
)
from yizhan.contracts.integrators import Integrator
from yizhan.contracts.rpc import Method
from yizhan.database import Database, DatabaseBusy
from yizhan.encryption import FieldCipher

log = structlog.get_logger(__name__)

PREFETCH = 20
MAX_BYTES = 64 * 1024
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 15.0
_CALL_SECONDS = 10.0

_METHODS: Mapping[str, tuple[Method[Any, ExternalPosting], type[BaseModel]]] = {
    SUBMITTED: (ExternalPostingsRpc.submit, SubmitExternalPosting),
    WITHDRAWN: (ExternalPostingsRpc.withdraw, WithdrawExternalPosting),
}


class _Unusable(Exception):
    """A message that can be answered only by a refusal."""

    def __init__(self, error: YizhanError, external_id: str) -> None:
        super().__init__(error.detail)
        self.error = error
        self.external_id = external_id


class InboxReader:
    """Takes one message after the other; while services/jobs is away, the message in hand waits."""

    def __init__(
        self,
        broker: Broker,
        rpc: RpcClient,
        registry: Registry,
        database: Database,
        cipher: FieldCipher,
        clock: Clock,
        *,
        per_minute: int,
    ) -> None:
        self._broker = broker
        self._rpc = rpc
        self._registry = registry
        self._database = database
        self._integrators = storage.Integrators(database, cipher)
        self._clock = clock
        self._rate = RateLimitItemPerMinute(per_minute)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Wait no longer for a service that is away: the message in hand goes back to its queue."""
        self._stopping.set()

    async def take(self, delivery: Delivery) -> None:
        """Answer one message, and settle it."""
        name = delivery.routing_key
        integrator = self._registry.known.active(name)
        if integrator is None or integrator.grants.submit is None:
            await self._bury(delivery, "the sender may send nothing")
            return
        actor = Actor(id=integrator.id, role=Role.INTEGRATOR)
        # What is sent twice under one id is carried out once: the id is the sender's promise that it is.
        sent_as, key = _identity(delivery), _key(delivery, name)
        try:
            method, body = self._read(delivery, integrator)
        except _Unusable as unusable:
            refusal = _refusal(unusable, sent_as)
            method, body = ExternalPostingsRpc.refuse, refusal
        answer = await self._ask(method, body, actor, key)
        if answer is None:
            delivery.nack(requeue=True)
            return
        if isinstance(answer, YizhanError):
            await self._bury(delivery, answer.detail)
            return
        metrics.INBOX_MESSAGES.labels(name, answer.outcome.value).inc()
        await self._count(integrator)
        delivery.ack()

    def _read(
        self, delivery: Delivery, integrator: Integrator
    ) -> tuple[Method[Any, ExternalPosting], BaseModel]:
        """Raises _Unusable."""
        external_id = ""
        if not self._limiter.hit(self._rate, integrator.name):
            raise _Unusable(TooManyRequests("too many messages; send fewer a minute"), external_id)
        if len(delivery.body) > MAX_BYTES:
            raise _Unusable(RequestInvalid(f"a message has at most {MAX_BYTES} bytes"), external_id)
        try:
            said = json.loads(delivery.body)
            data = said["data"]
            external_id = str(data.get("external_id", ""))
            method, model = _METHODS[said["type"]]
        except (ValueError, TypeError, KeyError, AttributeError):
            known = " or ".join(_METHODS)
            fault = RequestInvalid(f"a message is a CloudEvent in structured JSON of type {known}")
            raise _Unusable(fault, external_id) from None
        try:
            return method, model.model_validate(data)
        except ValidationError as error:
            faults = faults_of(error, "/data")[:50]
            raise _Unusable(
                RequestInvalid("the data are not of the contract's shape", faults=faults), external_id
            ) from None

    async def _ask(
        self, method: Method[Any, ExternalPosting], body: BaseModel, actor: Actor, key: str
    ) -> ExternalPosting | YizhanError | None:
        """The service's answer, waited for as long as it takes; its refusal when no retry would help; None
        when this process is to leave first."""
        pause_seconds = _FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            try:
                return await self._rpc.call(
                    method,
                    body,
                    actor=actor,
                    correlation=f"inbox-{key[-24:]}",
                    idempotency_key=key,
                    timeout_seconds=_CALL_SECONDS,
                )
            except YizhanError as error:
                problem = error.to_problem()
                if problem.status < 500 and problem.code != "jobs.integrator_unknown":
                    return error
                log.warning("inbox.waits", code=problem.code)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause_seconds)
            pause_seconds = min(_LONGEST_PAUSE_SECONDS, pause_seconds * 2)
        return None

    async def _count(self, integrator: Integrator) -> None:
        def count() -> None:
            today = self._clock.now().astimezone(COUNTY_ZONE).date()
            with self._database.transaction() as tx:
                self._integrators.count(tx, integrator.id, today, taken_in=1)

        # A count is no reason to take a posting twice.
        with contextlib.suppress(SQLAlchemyError, DatabaseBusy, OSError):
            await asyncio.to_thread(count)

    async def _bury(self, delivery: Delivery, reason: str) -> None:
        log.warning("inbox.buried", sender=delivery.routing_key, reason=reason)
        metrics.INBOX_MESSAGES.labels(delivery.routing_key, "dead").inc()
        try:
            await self._broker.publish(
                DEAD_EXCHANGE,
                INBOX_QUEUE,
                delivery.body,
                headers={"x-yizhan-queue": INBOX_QUEUE, "x-yizhan-reason": reason[:500]},
                message_id=delivery.message_id,
            )
        except BusError:
            delivery.nack(requeue=False)
        else:
            delivery.ack()


def _identity(delivery: Delivery) -> str:
    """The message's own id, as a refusal names it: of the characters that an external id may have."""
    try:
        given = str(json.loads(delivery.body)["id"])
    except (ValueError, TypeError, KeyError):
        given = delivery.message_id or ""
    kept = "".join(one for one in given if one.isascii() and (one.isalnum() or one in "._:-"))[:60]
    return kept or "sha256:" + hashlib.sha256(delivery.body).hexdigest()[:32]


def _key(delivery: Delivery, name: str) -> str:
    # The body too: an id used again for something else is a fault of the sender that must not hide it.
    digest = hashlib.sha256(f"{name}\0{_identity(delivery)}\0".encode() + delivery.body).hexdigest()
    return f"inbox-{digest[:48]}"


def _refusal(unusable: _Unusable, sent_as: str) -> RefuseExternal:
    problem = unusable.error.to_problem()
    try:
        return RefuseExternal(
            external_id=unusable.external_id or sent_as,
            code=problem.code,
            detail=problem.detail[:300],
            faults=tuple(FieldFault(**fault.model_dump()) for fault in problem.errors),
        )
    except ValidationError:
        return RefuseExternal(external_id=sent_as, code=problem.code, detail=problem.detail[:300])
