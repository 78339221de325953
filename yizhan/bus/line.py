"""A blocking AMQP connection for the services' processes: consume one queue, for ever, and drain when told.

On py-amqp and the standard library's threads, which under eventlet are greenlets; it knows neither eventlet
nor nameko. asyncio processes use `connection.Broker` instead.
"""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
import structlog
from amqp.exceptions import AMQPError, NotFound

from yizhan.bus.connection import HEARTBEAT_SECONDS
from yizhan.bus.topology import is_passing

log = structlog.get_logger(__name__)

_FIRST_PAUSE_SECONDS = 0.2
#: Screens and callers wait for us after each restart of the broker.
_LONGEST_PAUSE_SECONDS = 1.0
_CONNECT_TIMEOUT_SECONDS = 5.0
#: How long the broker may take to answer a declaration, or to take bytes.
_ANSWER_SECONDS = 10.0
#: How long the reader waits for a frame before it looks at heartbeats and orders.
_TICK_SECONDS = 0.5

#: What may go wrong with a connection at any moment.
#: EOFError is what eventlet makes of a socket that a greenlet reads while another closes it.
CONNECTION_ERRORS: tuple[type[Exception], ...] = (AMQPError, OSError, EOFError)


def connect(url: str, name: str, *, heartbeat_seconds: int) -> amqp.Connection:
    """Open a connection to `amqp://user:password@host:port/vhost` (or amqps). Raises CONNECTION_ERRORS."""
    parts = urlsplit(url)
    secure = parts.scheme == "amqps"
    connection = amqp.Connection(
        host=f"{parts.hostname or '127.0.0.1'}:{parts.port or (5671 if secure else 5672)}",
        userid=unquote(parts.username or "guest"),
        password=unquote(parts.password or "guest"),
        virtual_host=unquote(parts.path[1:]) or "/",
        ssl=secure,
        heartbeat=heartbeat_seconds,
        connect_timeout=_CONNECT_TIMEOUT_SECONDS,
        client_properties={"connection_name": name},
    )
    connection.connect()
    # py-amqp waits for ever for the answer to a request, also of a broker that went silent without a word.
    connection.transport.sock.settimeout(_ANSWER_SECONDS)
    return connection


class QueueMissing(Exception):
    """A queue that the deployment should have made is not there: run `yizhan migrate`."""


@dataclass(frozen=True, slots=True, eq=False)
class LineDelivery:
    """One message in hand; settle it once. Settling on a lost connection does nothing: the broker delivers
    the message again."""

    body: bytes
    headers: dict[str, Any]
    routing_key: str
    redelivered: bool
    content_type: str | None
    message_id: str | None
    reply_to: str | None
    correlation_id: str | None
    _line: Line
    _channel: Any
    _tag: int

    def ack(self) -> None:
        """It is done."""
        self._line.settle(self, lambda channel: channel.basic_ack(self._tag))

    def requeue(self) -> None:
        """Give it back to its queue."""
        self._line.settle(self, lambda channel: channel.basic_reject(self._tag, requeue=True))

    def answer(self, exchange: str, body: bytes) -> None:
        """Send `body` to whoever asked, and ack."""

        def reply_and_ack(channel: Any) -> None:
            if self.reply_to:
                message = amqp.Message(
                    body, content_type="application/json", correlation_id=self.correlation_id, delivery_mode=1
                )
                channel.basic_publish(message, exchange, self.reply_to)
            channel.basic_ack(self._tag)

        self._line.settle(self, reply_and_ack)


class Line:
    """Consumes one queue over its own connection until it is drained.

    prefetch: messages in hand at once. prepare: called with a fresh channel on each connection, before
    consuming, to declare or to check. makes_queue: prepare declares the queue itself, so that one which was
    gone again before it was consumed is declared anew. on_delivery: called by the reading thread; must not
    block.
    """

    def __init__(
        self,
        url: str,
        name: str,
        queue: str,
        prefetch: int,
        on_delivery: Callable[[LineDelivery], None],
        *,
        prepare: Callable[[Any], None],
        makes_queue: bool = False,
        heartbeat_seconds: int = HEARTBEAT_SECONDS,
    ) -> None:
        self._url = url
        self._name = name
        self._queue = queue
        self._prefetch = prefetch
        self._on_delivery = on_delivery
        self._prepare = prepare
        self._makes_queue = makes_queue
        self._heartbeat_seconds = heartbeat_seconds
        # Frames are written by the reader (heartbeats) and by every worker (acks, replies).
        self._writing = threading.Lock()
        self._settled = threading.Condition()
        self._in_hand: set[LineDelivery] = set()
        self._draining = threading.Event()
        self._finished = threading.Event()
        self._connected = False
        self._ever_connected = False

    @property
    def connected(self) -> bool:
        """Whether the queue is being consumed right now."""
        return self._connected

    @property
    def draining(self) -> bool:
        """Whether the line is to take no more messages."""
        return self._draining.is_set()

    def run(self) -> None:
        """Consume until drained, over as many connections as it takes. Raises QueueMissing on the first."""
        failures = 0
        try:
            while not self._draining.is_set():
                try:
                    with self._open() as (connection, channel):
                        failures = 0
                        self._read(connection, channel)
                except NotFound as error:
                    is_fatal = not (self._ever_connected or self._makes_queue or is_passing(str(error)))
                    if is_fatal:
                        raise QueueMissing(str(error)) from error
                    failures = self._report(failures, error)
                except CONNECTION_ERRORS as error:
                    failures = self._report(failures, error)
                if failures:
                    self._draining.wait(_pause_seconds(failures))
        finally:
            self._finished.set()

    def drain(self, timeout_seconds: float) -> bool:
        """Take no more messages, wait for those in hand to be settled, and close; False when time ran out."""
        self._draining.set()
        return self._finished.wait(timeout_seconds)

    def settle(self, delivery: LineDelivery, write: Callable[[Any], None]) -> None:
        """Write the end of a delivery, unless its connection has gone."""
        try:
            if delivery._channel.is_open:
                with self._writing:
                    write(delivery._channel)
        except CONNECTION_ERRORS as error:
            log.warning("line.settle_lost", queue=self._queue, error=str(error))
            self._abandon(delivery._channel)
        finally:
            with self._settled:
                self._in_hand.discard(delivery)
                self._settled.notify_all()

    def _report(self, failures: int, error: Exception) -> int:
        log.warning("line.lost", queue=self._queue, error=f"{type(error).__name__}: {error}")
        return failures + 1

    @contextlib.contextmanager
    def _open(self) -> Iterator[tuple[Any, Any]]:
        connection = connect(self._url, self._name, heartbeat_seconds=self._heartbeat_seconds)
        try:
            channel = connection.channel()
            self._prepare(channel)
            channel.basic_qos(0, self._prefetch, False)
            yield connection, channel
        except BaseException:
            # A goodbye over a spoilt connection would wait for an answer that never comes.
            with contextlib.suppress(*CONNECTION_ERRORS):
                connection.transport.close()
            raise
        else:
            with contextlib.suppress(*CONNECTION_ERRORS), self._writing:
                connection.close()
        finally:
            self._connected = False

    def _read(self, connection: Any, channel: Any) -> None:
        cancelled = threading.Event()
        tag = channel.basic_consume(
            self._queue,
            callback=lambda message: self._receive(channel, message),
            on_cancel=lambda _: cancelled.set(),
        )
        self._connected = self._ever_connected = True
        log.info("line.consuming", queue=self._queue)
        while not self._draining.is_set():
            self._tick(connection)
            if cancelled.is_set():
                raise OSError("the broker cancelled the consumer")
        with self._writing:
            channel.basic_cancel(tag, nowait=True)
        # The connection stays until the last ack is written: closing it would hand the messages in hand to
        # another process while they are still being worked on here.
        while self._in_hand and channel.is_open:
            self._tick(connection)

    def _tick(self, connection: Any) -> None:
        with contextlib.suppress(TimeoutError):
            connection.drain_events(timeout=_TICK_SECONDS if not self._draining.is_set() else 0.05)
        with self._writing:
            connection.heartbeat_tick()

    def _receive(self, channel: Any, message: Any) -> None:
        body = message.body if isinstance(message.body, bytes) else message.body.encode()
        properties = message.properties
        delivery = LineDelivery(
            body=body,
            headers=dict(properties.get("application_headers") or {}),
            routing_key=message.delivery_info["routing_key"],
            redelivered=message.delivery_info["redelivered"],
            content_type=properties.get("content_type"),
            message_id=properties.get("message_id"),
            reply_to=properties.get("reply_to"),
            correlation_id=properties.get("correlation_id"),
            _line=self,
            _channel=channel,
            _tag=message.delivery_info["delivery_tag"],
        )
        with self._settled:
            self._in_hand.add(delivery)
        self._on_delivery(delivery)

    def _abandon(self, channel: Any) -> None:
        """A half-written frame spoils the connection; the reader opens another.

        The socket is only shut: closing it is the reader's, who may be waiting on it, and would find it gone.
        """
        connection = channel.connection
        sock = connection.transport.sock if connection is not None and connection.transport else None
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


class ConfirmedPublisher:
    """Publishes one message at a time and waits for the broker's confirm; connects when first needed."""

    def __init__(self, url: str, name: str, *, confirm_timeout_seconds: float = 5.0) -> None:
        self._url = url
        self._name = name
        self._confirm_timeout_seconds = confirm_timeout_seconds
        self._lock = threading.Lock()
        self._connection: Any = None
        self._channel: Any = None

    def publish(
        self,
        exchange: str,
        key: str,
        body: bytes,
        *,
        headers: Mapping[str, Any],
        content_type: str | None,
        message_id: str | None,
    ) -> None:
        """Returns once a queue has the message. Raises CONNECTION_ERRORS when that is not certain."""
        message = amqp.Message(body, application_headers=dict(headers), delivery_mode=2)
        if content_type:
            message.properties["content_type"] = content_type
        if message_id:
            message.properties["message_id"] = message_id
        with self._lock:
            try:
                self._publish(message, exchange, key)
            except CONNECTION_ERRORS:
                # An idle connection may have died unseen; a second copy is harmless, consumers dedupe.
                self._close()
                self._publish(message, exchange, key)

    def close(self) -> None:
        with self._lock:
            self._close()

    def _publish(self, message: Any, exchange: str, key: str) -> None:
        try:
            if self._channel is None or not self._channel.is_open:
                self._close()
                self._connection = connect(self._url, self._name, heartbeat_seconds=0)
                self._channel = self._connection.channel()
            self._channel.basic_publish_confirm(
                message, exchange, key, mandatory=True, confirm_timeout=self._confirm_timeout_seconds
            )
        except CONNECTION_ERRORS:
            self._close()
            raise

    def _close(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            with contextlib.suppress(*CONNECTION_ERRORS):
                connection.close()


def _pause_seconds(failures: int) -> float:
    ceiling = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 10))
    return ceiling * random.random()


def wait_until(condition: Callable[[], bool], *, pause_seconds: float, give_up: Callable[[], bool]) -> bool:
    """Ask again and again; True when the condition holds, False when told to give up first."""
    while not condition():
        if give_up():
            return False
        time.sleep(pause_seconds)
    return True
