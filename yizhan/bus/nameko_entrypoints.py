"""Where nameko is met: entrypoints for RPC methods, event handlers and periodic work, and how a service runs.

No other module here knows nameko or eventlet. nameko's own consumers ack a message whose handler failed or
whose body they cannot decode, and on SIGTERM give back messages that are still being worked on; so consuming
is ours (`line`), on raw bytes, and nameko keeps what it is good at: the service class, what is injected into
it, its workers and their life.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import signal
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

with warnings.catch_warnings():
    # eventlet's notice of its deprecation is known, and the reason why it is kept inside this module.
    warnings.simplefilter("ignore")
    import eventlet
    from eventlet import tpool
    from eventlet.event import Event as Signal
    from eventlet.queue import Queue
    from nameko import config as nameko_config
    from nameko.containers import ServiceContainer
    from nameko.exceptions import ContainerBeingKilled, MalformedRequest, MethodNotFound, serialize
    from nameko.extensions import DependencyProvider, Entrypoint, SharedExtension

import structlog
from sqlalchemy import MetaData
from sqlalchemy.exc import DBAPIError

from yizhan.bus.calls import CallDesk
from yizhan.bus.failures import Move, route_failure
from yizhan.bus.handling import EventDesk
from yizhan.bus.idempotency import Digest, Idempotency, idempotency_table
from yizhan.bus.inbox import Inbox, inbox_table
from yizhan.bus.line import CONNECTION_ERRORS, ConfirmedPublisher, Line, LineDelivery, wait_until
from yizhan.bus.service_process import run_service
from yizhan.bus.topology import DEAD_EXCHANGE, RETRY_LADDER_SECONDS, RPC_EXCHANGE, retry_queue
from yizhan.clock import Clock, SystemClock
from yizhan.contracts.rpc import Method
from yizhan.contracts.subscriptions import Subscription
from yizhan.database import Database
from yizhan.encryption import FieldCipher
from yizhan.health import Check, HealthServer
from yizhan.logs import set_up_logs
from yizhan.metrics import DEAD_LETTERS, HANDLER_SECONDS
from yizhan.settings import Settings
from yizhan.start import all_is_kept

__all__ = [
    "ServiceCipher",
    "ServiceClock",
    "ServiceDatabase",
    "ServiceProcess",
    "ServiceSettings",
    "handler",
    "method",
    "run_service",
    "serve",
    "serve_named",
]

log = structlog.get_logger(__name__)

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

#: Calls carried out at once by one process, and so many it holds.
RPC_PREFETCH = 10
#: Events held by a handler, which takes them one after the other.
HANDLER_PREFETCH = 20
#: A queue of calls goes when nobody has consumed it for this long: from then on callers hear at once that the
#: service is away. Long enough for a process to be replaced.
RPC_QUEUE_EXPIRES_MILLISECONDS = 2000
#: After SIGTERM, the longest wait for work in hand.
DRAIN_SECONDS = 25.0

_CONFIG_KEY = "YIZHAN_PROCESS"


@dataclass
class ServiceProcess:
    """What the entrypoints of one service share within its process."""

    name: str
    settings: Settings
    database: Database
    clock: Clock = field(default_factory=SystemClock)
    ladder_seconds: Sequence[float] = RETRY_LADDER_SECONDS
    lines: list[Line] = field(default_factory=list)

    def __post_init__(self) -> None:
        metadata = MetaData()
        idempotency = Idempotency(
            self.database, idempotency_table(metadata), digest=_keyed_digest(self.settings)
        )
        self.calls = CallDesk(self.database, idempotency, self.clock)
        self.events = EventDesk(self.database, Inbox(self.database, inbox_table(metadata)), self.clock)
        self.publisher = ConfirmedPublisher(self.settings.broker_url, f"{self.name} failures")

    def checks(self) -> dict[str, Check]:
        """What /healthz asks."""
        return {"database": self.database.ping, "broker": self._broker_fault}

    def _broker_fault(self) -> str | None:
        return None if all(line.connected for line in self.lines) else "not connected to the broker"

    def close(self) -> None:
        self.publisher.close()
        self.database.close()


def _keyed_digest(settings: Settings) -> Digest | None:
    if settings.field_keys is None:
        return None
    return functools.partial(FieldCipher.from_settings(settings).index, kind="command")


def current_process() -> ServiceProcess:
    """What the service in this process runs with. Raises RuntimeError outside `run_service`."""
    process = nameko_config.get(_CONFIG_KEY)
    if not isinstance(process, ServiceProcess):
        raise RuntimeError("services run by run_service")
    return process


class ServiceDatabase(DependencyProvider):  # type: ignore[misc]
    """Injects the service's own database: `database = ServiceDatabase()` in the service class."""

    def get_dependency(self, worker_ctx: Any) -> Database:  # noqa: ARG002
        return current_process().database


class ServiceClock(DependencyProvider):  # type: ignore[misc]
    """Injects the process's clock."""

    def get_dependency(self, worker_ctx: Any) -> Clock:  # noqa: ARG002
        return current_process().clock


class ServiceSettings(DependencyProvider):  # type: ignore[misc]
    """Injects the process's settings."""

    def get_dependency(self, worker_ctx: Any) -> Settings:  # noqa: ARG002
        return current_process().settings


class ServiceCipher(DependencyProvider):  # type: ignore[misc]
    """Injects the cipher of personal data; a service that asks for it does not start without its keys."""

    _cipher: FieldCipher

    def setup(self) -> None:
        self._cipher = FieldCipher.from_settings(current_process().settings)

    def get_dependency(self, worker_ctx: Any) -> FieldCipher:  # noqa: ARG002
        return self._cipher


# --- RPC ----------------------------------------------------------------------------------------------


class _RpcIntake(SharedExtension):  # type: ignore[misc]
    """One line for all RPC methods of a service."""

    def __init__(self) -> None:
        self._methods: dict[str, RpcMethod] = {}
        self._line: Line | None = None
        super().__init__()

    def register(self, entrypoint: RpcMethod) -> None:
        self._methods[f"{self.container.service_name}.{entrypoint.method_name}"] = entrypoint

    def setup(self) -> None:
        process = current_process()
        service = self.container.service_name
        self._line = Line(
            process.settings.broker_url,
            f"{service} calls",
            f"rpc-{service}",
            RPC_PREFETCH,
            self._receive,
            prepare=functools.partial(_declare_rpc_queue, service),
            # It expires within seconds, which a process may need between declaring and consuming it.
            makes_queue=True,
        )
        process.lines.append(self._line)

    def start(self) -> None:
        assert self._line is not None
        self.container.spawn_managed_thread(self._line.run, identifier="calls")

    def drain(self) -> None:
        if self._line is not None and not self._line.drain(DRAIN_SECONDS):
            log.error("rpc.drain_incomplete", seconds=DRAIN_SECONDS)

    def _receive(self, delivery: LineDelivery) -> None:
        try:
            entrypoint = self._methods.get(delivery.routing_key)
            if entrypoint is None:
                raise MethodNotFound(delivery.routing_key)
            call = _call_of(delivery.body)
            self.container.spawn_worker(
                entrypoint,
                (call, delivery.redelivered),
                {},
                handle_result=functools.partial(self._finish, delivery),
            )
        except ContainerBeingKilled:
            delivery.requeue()
        except (MethodNotFound, MalformedRequest) as error:
            log.error("rpc.malformed", key=delivery.routing_key, error=str(error))
            delivery.answer(RPC_EXCHANGE, _payload(None, error))

    def _finish(self, delivery: LineDelivery, _: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        delivery.answer(RPC_EXCHANGE, _payload(result, None if exc_info is None else exc_info[1]))
        return result, exc_info


def _declare_rpc_queue(service: str, channel: Any) -> None:
    queue = f"rpc-{service}"
    channel.queue_declare(
        queue,
        durable=True,
        auto_delete=False,
        arguments={"x-expires": RPC_QUEUE_EXPIRES_MILLISECONDS},
    )
    channel.queue_bind(queue, RPC_EXCHANGE, f"{service}.*")


def _call_of(body: bytes) -> Any:
    try:
        return json.loads(body)["kwargs"]["call"]
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedRequest("the request is not JSON with kwargs.call") from error


def _payload(result: Any, error: BaseException | None) -> bytes:
    fault = None if error is None else serialize(error)
    return json.dumps({"result": result, "error": fault}, ensure_ascii=False, separators=(",", ":")).encode()


class RpcMethod(Entrypoint):  # type: ignore[misc]
    """An RPC method on the wire; made by `method`."""

    intake = _RpcIntake()

    def setup(self) -> None:
        self.intake.register(self)

    def stop(self) -> None:
        self.intake.drain()


def method(contract: Method[Any, Any]) -> Callable[[F], F]:
    """Answer an RPC method of the contract: `def name(self, tx, call, request) -> response`.

    The name is the contract's. `tx` is one write transaction for a command, a reading connection for a query.
    Raise a YizhanError to refuse. Undecorated, the function is at `__wrapped__`.
    """

    def decorate(function: F) -> F:
        if function.__name__ != contract.name:
            raise TypeError(f"{function.__name__} must be named {contract.name}, as in the contract")

        @functools.wraps(function)
        def answer(service: Any, call: Any, redelivered: bool) -> dict[str, Any]:
            body = functools.partial(function, service)
            return current_process().calls.answer(contract, body, call, redelivered=redelivered)

        RpcMethod.decorator(answer)
        answer.contract = contract  # type: ignore[attr-defined]
        return answer  # type: ignore[return-value]

    return decorate


# --- events -------------------------------------------------------------------------------------------


class EventHandler(Entrypoint):  # type: ignore[misc]
    """Consumes one subscription's queue, one event after the other; made by `handler`."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription
        self._waiting: Any = Queue()
        self._line: Line | None = None
        super().__init__()

    def setup(self) -> None:
        process = current_process()
        self._line = Line(
            process.settings.broker_url,
            f"{process.name} {self._subscription.handler}",
            self._subscription.queue,
            HANDLER_PREFETCH,
            self._waiting.put,
            prepare=functools.partial(_find_queues, self._subscription, process.ladder_seconds),
        )
        process.lines.append(self._line)

    def start(self) -> None:
        assert self._line is not None
        self.container.spawn_managed_thread(self._line.run, identifier=f"line {self._subscription.queue}")
        self.container.spawn_managed_thread(self._work, identifier=f"handler {self._subscription.queue}")

    def stop(self) -> None:
        if self._line is not None and not self._line.drain(DRAIN_SECONDS):
            log.error("event.drain_incomplete", queue=self._subscription.queue, seconds=DRAIN_SECONDS)

    def _work(self) -> None:
        assert self._line is not None
        while True:
            delivery = self._waiting.get()
            if self._line.draining:
                delivery.requeue()
                continue
            done = Signal()
            try:
                self.container.spawn_worker(
                    self, (delivery.body,), {}, handle_result=functools.partial(self._finish, delivery, done)
                )
            except ContainerBeingKilled:
                delivery.requeue()
                return
            done.wait()

    def _finish(
        self, delivery: LineDelivery, done: Any, _: Any, result: Any, exc_info: Any
    ) -> tuple[Any, Any]:
        try:
            if exc_info is None:
                delivery.ack()
            else:
                self._fail(delivery, exc_info[1])
        finally:
            done.send(None)
        return result, exc_info

    def _fail(self, delivery: LineDelivery, error: Exception) -> None:
        process = current_process()
        if isinstance(error, DBAPIError) and not _answers(process.database):
            # Not the event's fault: wait for the database with the event in hand, and try it again.
            log.warning("event.database_away", queue=self._subscription.queue)
            self._wait(lambda: _answers(process.database))
            delivery.requeue()
            return
        move = route_failure(
            error,
            delivery.headers,
            queue=self._subscription.queue,
            routing_key=delivery.routing_key,
            now=process.clock.now(),
            ladder_seconds=process.ladder_seconds,
        )
        if self._wait(lambda: _moved(process.publisher, move, delivery)):
            delivery.ack()
            _record(move, self._subscription.queue)
        else:
            delivery.requeue()

    def _wait(self, condition: Callable[[], bool]) -> bool:
        line = self._line
        assert line is not None
        return wait_until(condition, pause_seconds=1.0, give_up=lambda: line.draining)


def _find_queues(subscription: Subscription, ladder_seconds: Sequence[float], channel: Any) -> None:
    """Raise NotFound unless everything is there that the handler may need, before it needs it."""
    channel.exchange_declare(DEAD_EXCHANGE, "topic", passive=True)
    for name in [subscription.queue, *(retry_queue(subscription.queue, delay) for delay in ladder_seconds)]:
        channel.queue_declare(name, passive=True)


def _answers(database: Database) -> bool:
    try:
        database.ping()
    except DBAPIError:
        return False
    return True


def _moved(publisher: ConfirmedPublisher, move: Move, delivery: LineDelivery) -> bool:
    try:
        publisher.publish(
            move.exchange,
            move.key,
            delivery.body,
            headers=move.headers,
            content_type=delivery.content_type,
            message_id=delivery.message_id,
        )
    except CONNECTION_ERRORS as error:
        log.error("event.move_failed", key=move.key, error=f"{type(error).__name__}: {error}")
        return False
    return True


def _record(move: Move, queue: str) -> None:
    outcome = "dead" if move.dead else "retried"
    HANDLER_SECONDS.labels(queue, outcome).observe(0)
    if move.dead:
        DEAD_LETTERS.labels(queue, move.code).inc()
    log.warning(f"event.{outcome}", queue=queue, code=move.code, attempts=move.attempts)


def handler(subscription: Subscription) -> Callable[[F], F]:
    """Handle the events of a subscription: `def name(self, tx, event) -> None`, in one transaction with the
    inbox. The name is the subscription's handler.

    What it raises decides: a YizhanError that is not retryable makes the event a dead letter at once,
    anything else is tried again up the ladder first. Order across retries is not kept: judge by
    `event.sequence`.
    """

    def decorate(function: F) -> F:
        if function.__name__ != subscription.handler:
            raise TypeError(f"{function.__name__} must be named {subscription.handler}, as in the catalogue")

        @functools.wraps(function)
        def handle(service: Any, raw: bytes) -> None:
            current_process().events.handle(subscription, functools.partial(function, service), raw)

        EventHandler.decorator(subscription)(handle)
        return handle  # type: ignore[return-value]

    return decorate


def in_native_thread(function: Callable[..., T], *arguments: Any) -> T:
    """Run what keeps a core busy without the interpreter (a password's hash) beside the greenlets, which
    would all stand still meanwhile. Not for what touches the database or the bus."""
    result: T = tpool.execute(function, *arguments)
    return result


# --- the process --------------------------------------------------------------------------------------


def serve_named(name: str) -> int:
    """Run services/<name> with the environment's settings until SIGTERM or SIGINT; the exit code."""
    settings = Settings.from_environment()
    set_up_logs(settings.process_name, log_format=settings.log_format, log_level=settings.log_level)
    with all_is_kept():
        module = importlib.import_module(f"services.{name}.service")
    service_class = _service_class(module, name)
    return serve(service_class, settings)


def serve(
    service_class: type, settings: Settings, *, ladder_seconds: Sequence[float] = RETRY_LADDER_SECONDS
) -> int:
    """Run one service class in this process, which eventlet has patched already."""
    name = service_class.name  # type: ignore[attr-defined]
    process = ServiceProcess(
        name, settings, Database(settings.database_url(name)), ladder_seconds=ladder_seconds
    )
    nameko_config.setup({_CONFIG_KEY: process, "max_workers": _workers(service_class)})
    container = ServiceContainer(service_class)
    health = HealthServer(settings.health_port, process.checks(), host=settings.host)
    stopping: list[int] = []

    def stop(signal_number: int, _: Any) -> None:
        # A signal handler may not wait; the second signal does not ask.
        stopping.append(signal_number)
        eventlet.spawn_n(container.stop if len(stopping) == 1 else container.kill)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    health.start()
    try:
        container.start()
        log.info("service.started", service=name)
        container.wait()
    except Exception as error:
        log.critical("service.died", service=name, error=f"{type(error).__name__}: {error}")
        return 1
    finally:
        health.stop()
        process.close()
    log.info("service.stopped", service=name)
    return 0


def _workers(service_class: type) -> int:
    """Enough that no line ever waits for a free worker: a waiting line sends no heartbeats."""
    functions = (function for _, function in inspect.getmembers(service_class, inspect.isfunction))
    return RPC_PREFETCH + sum(hasattr(function, "nameko_entrypoints") for function in functions)


def _service_class(module: Any, name: str) -> type:
    for value in vars(module).values():
        if inspect.isclass(value) and getattr(value, "name", None) == name:
            return value
    raise LookupError(f"{module.__name__} has no class whose name is {name!r}")
