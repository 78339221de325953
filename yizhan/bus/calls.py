"""The answering side of an RPC method: one transaction, the idempotency key, and every error a problem.

Knows nothing of the wire; `nameko_entrypoints` brings requests here and carries the replies away.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import structlog
from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from yizhan.bus.idempotency import Idempotency
from yizhan.clock import Clock
from yizhan.contracts.errors import (
    FieldFault,
    IdempotencyKeyInvalid,
    InternalFault,
    RequestInvalid,
    ServiceTimeout,
    ServiceUnavailable,
    YizhanError,
)
from yizhan.contracts.rpc import Call, Method, Reply
from yizhan.database import Database, DatabaseBusy
from yizhan.logs import request_context
from yizhan.metrics import RPC_ANSWER_SECONDS

log = structlog.get_logger(__name__)

Q = TypeVar("Q", bound=BaseModel)
A = TypeVar("A", bound=BaseModel)

#: What a service's method is, once bound to its service: (tx, call, request) → response.
Body = Callable[[Connection, Call, Any], BaseModel]

#: PostgreSQL: serialization failure and deadlock. The transaction did nothing and may be run again.
_RUN_AGAIN = frozenset({"40001", "40P01"})
_RUNS = 3


class CallDesk:
    """Answers one service's calls with its own database."""

    def __init__(self, database: Database, idempotency: Idempotency, clock: Clock) -> None:
        self._database = database
        self._idempotency = idempotency
        self._clock = clock

    def answer(
        self, method: Method[Any, Any], body: Body, payload: Any, *, redelivered: bool = False
    ) -> dict[str, Any]:
        """The reply to one call, as JSON; never raises.

        payload: the call as it came. redelivered: the broker has handed out this request before, so it may
        have been carried out already; then a command without a key is not carried out again.
        """
        started = time.perf_counter()
        reply = self._answer(method, body, payload, redelivered)
        elapsed = time.perf_counter() - started
        RPC_ANSWER_SECONDS.labels(method.service, method.name, _outcome(reply)).observe(elapsed)
        return reply

    def _answer(
        self, method: Method[Any, Any], body: Body, payload: Any, redelivered: bool
    ) -> dict[str, Any]:
        try:
            call = _parse_call(payload)
        except YizhanError as error:
            return _problem(error)
        rpc = f"{method.service}.{method.name}"
        with request_context(call.correlation, call.traceparent, rpc=rpc, actor=call.actor.id):
            try:
                reply = self._carry_out(method, body, call, redelivered)
                # A line per command at the usual level; per query only for who looks closely.
                (log.info if method.command else log.debug)("rpc.answered")
                return reply
            except YizhanError as error:
                log.info("rpc.refused", code=error.code, detail=error.detail)
                return _problem(error)
            except Exception:
                log.exception("rpc.failed")
                return _problem(InternalFault("the service failed", correlation=call.correlation))

    def _carry_out(
        self, method: Method[Any, Any], body: Body, call: Call, redelivered: bool
    ) -> dict[str, Any]:
        request = _parse_request(method, call)
        if not method.command:
            with self._database.reading() as connection:
                return _reply(method, body(connection, call, request))
        if redelivered and call.idempotency_key is None:
            raise ServiceTimeout("the command was interrupted and may have been done")
        for _ in range(_RUNS - 1):
            try:
                return self._command(method, body, call, request)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _RUN_AGAIN:
                    raise
                log.info("rpc.transaction_run_again", reason=type(error.orig).__name__)
        return self._command(method, body, call, request)

    def _command(
        self, method: Method[Any, Any], body: Body, call: Call, request: BaseModel
    ) -> dict[str, Any]:
        """One transaction: the key, the rows, the events and the kept reply, or none of them."""
        committing = False
        try:
            with self._database.transaction() as tx:
                reply = self._kept_or_new(method, body, call, request, tx)
                committing = True
            return reply
        except DatabaseBusy as error:
            raise ServiceUnavailable("the database is busy") from error
        except DBAPIError as error:
            # Whoever was kept from running amid a transaction finds that the server has ended it.
            is_away = isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
            if not is_away or getattr(error.orig, "sqlstate", None) in _RUN_AGAIN:
                raise
            log.warning("rpc.database_away", error=str(error.orig))
            if committing:
                raise ServiceTimeout("the database went away during the commit") from error
            raise ServiceUnavailable("the database is away") from error

    def _kept_or_new(
        self, method: Method[Any, Any], body: Body, call: Call, request: BaseModel, tx: Connection
    ) -> dict[str, Any]:
        if call.idempotency_key is None:
            return _reply(method, body(tx, call, request))
        # The key's row comes first: a second call with this key waits for this transaction to end.
        kept = self._idempotency.claim(tx, call, method.name, now=self._clock.now())
        if kept is not None:
            log.info("rpc.repeated")
            return Reply(result=kept).model_dump(mode="json")
        response = body(tx, call, request)
        self._idempotency.keep(tx, call, response)
        return _reply(method, response)


def faults_of(error: ValidationError, prefix: str = "") -> tuple[FieldFault, ...]:
    """pydantic's findings as faults, without the values that were sent."""
    return tuple(
        FieldFault(pointer=prefix + _pointer(found["loc"]), code=found["type"], detail=found["msg"])
        for found in error.errors(include_url=False, include_context=False, include_input=False)
    )


def _pointer(location: tuple[int | str, ...]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in location)


def _parse_call(payload: Any) -> Call:
    try:
        call = Call.tolerant(payload)
    except ValidationError as error:
        raise RequestInvalid("the call is not of the contract's shape", faults=faults_of(error)) from None
    key = call.idempotency_key
    if key is not None and not (8 <= len(key) <= 128 and key.isascii() and key.isprintable()):
        raise IdempotencyKeyInvalid("an idempotency key has 8 to 128 visible ASCII characters")
    return call


def _parse_request(method: Method[Any, Any], call: Call) -> BaseModel:
    # Strict, unlike with events: a command of which a part is not understood must not be half carried out.
    try:
        request: BaseModel = method.request.model_validate(call.body)
    except ValidationError as error:
        raise RequestInvalid("the request is not of the contract's shape", faults=faults_of(error)) from None
    return request


def _reply(method: Method[Any, Any], response: BaseModel) -> dict[str, Any]:
    if not isinstance(response, method.response):
        raise TypeError(f"{method.name} answered {type(response).__name__}, not {method.response.__name__}")
    return Reply(result=response.model_dump(mode="json")).model_dump(mode="json")


def _problem(error: YizhanError) -> dict[str, Any]:
    return Reply(problem=error.to_problem()).model_dump(mode="json")


def _outcome(reply: Mapping[str, Any]) -> str:
    problem = reply.get("problem")
    if problem is None:
        return "ok"
    return "refused" if problem["status"] < 500 else "failed"
