"""The one connection class to RabbitMQ for asyncio processes; no other module knows pika."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pika
import structlog
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.channel import Channel
from pika.exceptions import AMQPError, ChannelClosedByBroker

from yizhan.tasks import end_tasks

log = structlog.get_logger(__name__)

Arguments = Mapping[str, Any]

#: Seconds between attempts grow from the first to the second, with full jitter. A county has a handful of
#: processes: no herd has to be spread, and screens wait for them after each restart of the broker.
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 1.0

#: A connection that died without a word is noticed after 11 to 22 s (pika looks every heartbeat and 5 s
#: whether anything came), by a service's line and by the broker after 12 s.
HEARTBEAT_SECONDS = 6


class BusError(Exception):
    """A message did not get onto the bus, or it is not known whether it did."""


class Unroutable(BusError):
    """No queue takes this message; it was not kept."""


class PublishRejected(BusError):
    """The broker refused to keep the message (a full queue, a queue without a majority)."""


class PublishTimeout(BusError):
    """No confirm came in time. `sent`: False when the message surely did not leave this process."""

    def __init__(self, detail: str, *, sent: bool) -> None:
        super().__init__(detail)
        self.sent = sent


class Disconnected(BusError):
    """The connection is away. `sent`: False when the message surely did not leave this process."""

    def __init__(self, detail: str, *, sent: bool) -> None:
        super().__init__(detail)
        self.sent = sent


class BrokerRefused(Exception):
    """The broker refused a declaration. `code`: AMQP's (403 not allowed, 404 missing, 406 differs)."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to publish. `expiration_seconds`: the broker drops it after that long; None keeps it."""

    exchange: str
    key: str
    body: bytes
    headers: Mapping[str, Any] | None = None
    content_type: str = "application/json"
    message_id: str | None = None
    correlation_id: str | None = None
    reply_to: str | None = None
    mandatory: bool = True
    persistent: bool = True
    expiration_seconds: float | None = None


@dataclass(slots=True)
class Delivery:
    """One message in hand. Settle it once, by ack or nack; on a lost connection both do nothing, since the
    broker delivers the message again."""

    body: bytes
    headers: dict[str, Any]
    exchange: str
    routing_key: str
    redelivered: bool
    content_type: str | None
    message_id: str | None
    correlation_id: str | None
    _channel: Channel
    _tag: int

    def ack(self) -> None:
        """Tell the broker that it is done."""
        if self._channel.is_open:
            self._channel.basic_ack(self._tag)

    def nack(self, requeue: bool) -> None:
        """Give it back to its queue, or, without requeue, to the queue's dead-letter exchange."""
        if self._channel.is_open:
            self._channel.basic_nack(self._tag, requeue=requeue)


@dataclass(frozen=True, slots=True)
class QueueState:
    """What a declaration answers. Messages: ready ones only."""

    name: str
    messages: int
    consumers: int


OnMessage = Callable[[Delivery], Awaitable[None]]


@dataclass(slots=True)
class _InFlight:
    future: asyncio.Future[None]
    message_id: str


@dataclass
class Consumer:
    """A standing wish to consume; it outlives connections. Messages are handled one after the other."""

    queue: str
    on_message: OnMessage
    prefetch: int
    arguments: Callable[[], Arguments]
    waiting: asyncio.Queue[Delivery] = field(default_factory=asyncio.Queue)
    channel: Channel | None = None
    tag: str = ""
    stopping: bool = False
    #: Messages that have come, over all connections.
    received: int = 0
    worker: asyncio.Task[None] | None = None
    subscriber: asyncio.Task[None] | None = None

    async def is_idle(self, timeout_seconds: float = 10.0) -> bool:
        """Whether the broker has nothing for this consumer at the moment: asked on the consumer's channel, it
        answers, and no message came before its answer. Silence alone may be that of a slow broker."""
        channel, before = self.channel, self.received
        if channel is None or not channel.is_open:
            return False
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            channel.basic_qos(prefetch_count=self.prefetch, callback=lambda _: _resolve(answered, None))
            await asyncio.wait_for(answered, timeout_seconds)
        except (AMQPError, TimeoutError):
            return False
        return self.received == before and self.waiting.empty()

    async def stop(self) -> None:
        """Take no more messages, finish the one in hand, give the others back."""
        self.stopping = True
        if self.subscriber is not None:
            self.subscriber.cancel()
        channel = self.channel
        if channel is not None and channel.is_open and self.tag:
            with contextlib.suppress(AMQPError):
                channel.basic_cancel(self.tag)
        if self.worker is not None:
            self.waiting.put_nowait(_STOP)
            await self.worker
        if channel is not None and channel.is_open:
            channel.close()


class Broker:
    """A connection that comes back by itself, for ever, with its consumers.

    name: shown in the broker's list of connections. max_in_flight: messages published and not yet confirmed;
    past it, publish waits. While the broker is away or has an alarm (connection.blocked), publish waits until
    its own timeout: it neither fails at once nor buffers.
    """

    def __init__(
        self,
        url: str,
        name: str,
        *,
        heartbeat_seconds: int = HEARTBEAT_SECONDS,
        max_in_flight: int = 4096,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.name = name
        self.connected = asyncio.Event()
        #: How many connections there have been; the number of the present one.
        self.connections = 0
        #: Why the broker takes no messages at the moment (a disk or memory alarm); None: it does.
        self.blocked_reason: str | None = None
        self._parameters = pika.URLParameters(url)
        self._parameters.heartbeat = heartbeat_seconds
        self._parameters.connection_attempts = 1
        self._parameters.socket_timeout = 5.0
        self._parameters.stack_timeout = 10.0
        self._parameters.client_properties = {"connection_name": name}
        self._jitter = jitter
        self._writable = asyncio.Event()
        self._slots = asyncio.Semaphore(max_in_flight)
        self._link: _Link | None = None
        self._publishing: Channel | None = None
        self._in_flight: dict[int, _InFlight] = {}
        self._returned: set[str] = set()
        self._next_tag = 1
        self._message_numbers = itertools.count(1)
        self._consumers: list[Consumer] = []
        self._listeners: list[_Listener] = []
        self._runner: asyncio.Task[None] | None = None
        self._closing = False

    # --- life ---------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to connect; returns at once. Await `connected.wait()` to know that it is up."""
        if self._runner is None:
            self._runner = asyncio.create_task(self._run(), name=f"broker {self.name}")

    async def close(self, timeout_seconds: float = 5.0) -> None:
        """Stop consumers, each after the message in its hand, wait for confirms, and leave."""
        self._closing = True
        await asyncio.gather(*(consumer.stop() for consumer in list(self._consumers)))
        self._consumers.clear()
        pending = [entry.future for entry in self._in_flight.values()]
        if pending:
            await asyncio.wait(pending, timeout=timeout_seconds)
        link = self._link
        if link is not None:
            link.close()
        if self._runner is not None:
            done, _ = await asyncio.wait({self._runner}, timeout=timeout_seconds if link else 0)
            if not done:
                await end_tasks([self._runner])
            self._runner = None

    async def _run(self) -> None:
        failures = 0
        while not self._closing:
            try:
                link = await self._connect()
            except Exception as error:
                failures += 1
                log.warning("broker.unreachable", broker=self.name, error=_describe(error), attempts=failures)
                await asyncio.sleep(self._pause_seconds(failures))
                continue
            self._link = link
            try:
                await self._prepare(link)
                failures = 0
                log.info("broker.connected", broker=self.name)
                reason: BaseException = await link.lost
            except Exception as error:
                failures += 1
                reason = error
            self._forget(reason)
            link.close()
            if not self._closing:
                log.warning("broker.lost", broker=self.name, error=_describe(reason))
                await asyncio.sleep(self._pause_seconds(max(1, failures)))

    def _pause_seconds(self, failures: int) -> float:
        ceiling = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 10))
        return ceiling * self._jitter()

    async def _connect(self) -> _Link:
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[AsyncioConnection] = loop.create_future()
        lost: asyncio.Future[BaseException] = loop.create_future()

        def on_open(connection: Any) -> None:
            if opened.done():  # the broker object was closed meanwhile
                connection.close()
            else:
                opened.set_result(connection)

        def on_open_error(_: Any, error: BaseException) -> None:
            if not opened.done():
                opened.set_exception(error if isinstance(error, Exception) else ConnectionError(str(error)))

        def leaving() -> None:
            # At once, or whoever asks again and again until it works would never let anybody else run: what
            # is asked of a connection that is closing fails without waiting.
            if self._link is not None and self._link.lost is lost:
                self.connected.clear()
                self._writable.clear()

        def on_close(_: Any, error: BaseException) -> None:
            leaving()
            if not lost.done():
                lost.set_result(error)

        AsyncioConnection(self._parameters, on_open, on_open_error, on_close, custom_ioloop=loop)
        return _Link(await opened, lost, leaving)

    async def _prepare(self, link: _Link) -> None:
        link.connection.add_on_connection_blocked_callback(self._on_blocked)
        link.connection.add_on_connection_unblocked_callback(self._on_unblocked)
        channel = await link.open_channel()
        channel.add_on_return_callback(self._on_return)
        await link.answer(lambda done: channel.confirm_delivery(self._on_confirm, callback=done))
        # A publishing channel that the broker closes (an exchange is missing) takes its confirms with it.
        channel.add_on_close_callback(lambda _, reason: self._on_publishing_closed(link, reason))
        self._next_tag = 1
        self._publishing = channel
        for listener in self._listeners:
            await listener.attach(link)
        if self._link is not link or not link.connection.is_open:
            # It was closed meanwhile, and whoever waits for a connection must not be told of this one.
            raise Disconnected("the connection closed while it was prepared", sent=False)
        self.connections += 1
        self.connected.set()
        self._writable.set()
        for consumer in self._consumers:
            self._subscribe(consumer)

    def _on_publishing_closed(self, link: _Link, reason: Exception) -> None:
        if self._link is link:
            self._forget(reason)
        link.close()

    def _forget(self, reason: BaseException) -> None:
        """Everything unconfirmed is unknown now; consumers' buffered messages come again."""
        self.connected.clear()
        self._writable.clear()
        self.blocked_reason = None
        self._publishing = None
        self._link = None
        in_flight, self._in_flight = self._in_flight, {}
        self._returned.clear()
        for entry in in_flight.values():
            if not entry.future.done():
                entry.future.set_exception(Disconnected(_describe(reason), sent=True))
        for consumer in self._consumers:
            _drop_waiting(consumer)

    def _on_blocked(self, _: Any, frame: Any) -> None:
        self.blocked_reason = str(frame.method.reason)
        self._writable.clear()
        log.warning("broker.blocked", broker=self.name, reason=self.blocked_reason)

    def _on_unblocked(self, _: Any, __: Any) -> None:
        self.blocked_reason = None
        if self._publishing is not None:
            self._writable.set()
        log.info("broker.unblocked", broker=self.name)

    # --- publishing ---------------------------------------------------------------------------------------

    async def publish(
        self,
        exchange: str,
        key: str,
        body: bytes,
        *,
        headers: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
        message_id: str | None = None,
        mandatory: bool = True,
        timeout_seconds: float = 5.0,
    ) -> None:
        """Publish one persistent message; returns when the broker has confirmed it.

        Raises Unroutable, PublishRejected, PublishTimeout or Disconnected.
        """
        await self.send(
            Outgoing(exchange, key, body, headers, content_type, message_id, mandatory=mandatory),
            timeout_seconds=timeout_seconds,
        )

    async def send(self, message: Outgoing, *, timeout_seconds: float) -> None:
        """Like `publish`, with every property of the message."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_seconds
        future = await self._submit_before(message, deadline)
        await asyncio.wait({future}, timeout=max(0.0, deadline - loop.time()))
        if not future.done():
            raise PublishTimeout(f"no confirm within {timeout_seconds} s", sent=True)
        future.result()

    async def send_all(
        self, messages: Sequence[Outgoing], *, timeout_seconds: float
    ) -> list[BusError | None]:
        """Publish many without waiting in between; for each, None when confirmed, else why not."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_seconds
        outcomes: list[BusError | None] = [None] * len(messages)
        futures: dict[int, asyncio.Future[None]] = {}
        for index, message in enumerate(messages):
            try:
                futures[index] = await self._submit_before(message, deadline)
            except BusError as error:
                outcomes[index] = error
        if futures:
            await asyncio.wait(futures.values(), timeout=max(0.0, deadline - loop.time()))
        for index, future in futures.items():
            if not future.done():
                outcomes[index] = PublishTimeout(f"no confirm within {timeout_seconds} s", sent=True)
            else:
                failure = future.exception()
                outcomes[index] = failure if isinstance(failure, BusError) else None
        return outcomes

    async def _submit_before(self, message: Outgoing, deadline: float) -> asyncio.Future[None]:
        if self._writable.is_set() and not self._slots.locked():
            await self._slots.acquire()
            return self._submit(message)
        try:
            async with asyncio.timeout_at(deadline):
                await self._slots.acquire()
                try:
                    while not self._writable.is_set():
                        await self._writable.wait()
                except BaseException:
                    self._slots.release()
                    raise
        except TimeoutError:
            if self.connected.is_set():
                detail = self.blocked_reason or "too many unconfirmed messages"
                raise PublishTimeout(f"the broker takes nothing: {detail}", sent=False) from None
            raise Disconnected("not connected to the broker", sent=False) from None
        return self._submit(message)

    def _submit(self, message: Outgoing) -> asyncio.Future[None]:
        """Write the message; the future ends with its confirm. One slot is held until then."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        message_id = message.message_id or f"{self.name}-{next(self._message_numbers)}"
        expiration = message.expiration_seconds
        properties = pika.BasicProperties(
            content_type=message.content_type,
            headers=dict(message.headers) if message.headers else None,
            delivery_mode=2 if message.persistent else 1,
            message_id=message_id,
            correlation_id=message.correlation_id,
            reply_to=message.reply_to,
            expiration=None if expiration is None else str(max(1, int(expiration * 1000))),
        )
        channel = self._publishing
        assert channel is not None  # _writable is only set while it is there
        future.add_done_callback(self._release_slot)
        try:
            channel.basic_publish(message.exchange, message.key, message.body, properties, message.mandatory)
        except AMQPError as error:
            future.set_exception(Disconnected(_describe(error), sent=False))
            return future
        self._in_flight[self._next_tag] = _InFlight(future, message_id)
        self._next_tag += 1
        return future

    def _release_slot(self, future: asyncio.Future[None]) -> None:
        self._slots.release()
        if not future.cancelled():
            future.exception()  # retrieved: whoever gave up waiting has told so already

    def _on_return(self, _: Any, __: Any, properties: Any, ___: bytes) -> None:
        # basic.return always comes before the confirm of the same message.
        self._returned.add(properties.message_id)

    def _on_confirm(self, frame: Any) -> None:
        method = frame.method
        confirmed = isinstance(method, pika.spec.Basic.Ack)
        if not method.multiple:
            self._settle(method.delivery_tag, confirmed)
            return
        for tag in list(itertools.takewhile(lambda tag: tag <= method.delivery_tag, self._in_flight)):
            self._settle(tag, confirmed)

    def _settle(self, tag: int, confirmed: bool) -> None:
        entry = self._in_flight.pop(tag, None)
        if entry is None:
            return
        unroutable = entry.message_id in self._returned
        self._returned.discard(entry.message_id)
        if entry.future.done():
            return
        if not confirmed:
            entry.future.set_exception(PublishRejected("the broker refused the message"))
        elif unroutable:
            entry.future.set_exception(Unroutable("no queue takes this message"))
        else:
            entry.future.set_result(None)

    # --- consuming ----------------------------------------------------------------------------------------

    def consume(
        self,
        queue: str,
        on_message: OnMessage,
        prefetch: int,
        *,
        arguments: Arguments | Callable[[], Arguments] | None = None,
    ) -> Consumer:
        """Consume a queue from now on and after every reconnect, one message at a time, in order.

        on_message settles its delivery; when it raises, the message goes back to its queue, whose delivery
        limit ends a message that always does that. prefetch: messages held here unsettled. arguments: of
        basic.consume; a callable is asked anew on each subscription (a stream's next offset).
        """
        fixed: Arguments = {} if arguments is None or callable(arguments) else arguments
        ask: Callable[[], Arguments] = arguments if callable(arguments) else lambda: fixed
        consumer = Consumer(queue, on_message, prefetch, ask)
        consumer.worker = asyncio.create_task(self._work(consumer), name=f"consumer {queue}")
        self._consumers.append(consumer)
        if self.connected.is_set():
            self._subscribe(consumer)
        return consumer

    def listen(
        self,
        prefix: str,
        exchange: str,
        routing_keys: tuple[str, ...],
        on_message: Callable[[Delivery], None],
    ) -> None:
        """Receive what an exchange sends to some routing keys, in an exclusive queue `<prefix><uuid>` that is
        made anew on each connection. Messages need no ack. Call before `start`."""
        self._listeners.append(_Listener(prefix, exchange, routing_keys, on_message))

    def _subscribe(self, consumer: Consumer) -> None:
        if consumer.subscriber is not None:
            consumer.subscriber.cancel()
        consumer.subscriber = asyncio.create_task(self._keep_subscribed(consumer))

    async def _keep_subscribed(self, consumer: Consumer) -> None:
        """Subscribe, and again whenever the broker ends the subscription, while this connection lives."""
        link = self._link
        failures = 0
        while link is not None and link.connection.is_open and not consumer.stopping:
            try:
                reason: BaseException = await self._attach(consumer, link)
            except (AMQPError, BusError) as error:
                reason = error
            _drop_waiting(consumer)
            if not link.connection.is_open or consumer.stopping:
                return
            failures += 1
            log.warning("broker.consumer_ended", queue=consumer.queue, error=_describe(reason))
            await asyncio.sleep(self._pause_seconds(failures + 2))

    async def _attach(self, consumer: Consumer, link: _Link) -> BaseException:
        """Consume on a channel of its own until that ends; returns why."""
        channel = await link.open_channel()
        ended: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
        channel.add_on_close_callback(lambda _, reason: _resolve(ended, reason))

        def on_cancelled(_: Any) -> None:
            _resolve(ended, ConnectionError("the broker cancelled the consumer"))
            if channel.is_open:
                channel.close()

        def on_delivery(ch: Any, method: Any, properties: Any, body: bytes) -> None:
            consumer.received += 1
            consumer.waiting.put_nowait(_delivery(ch, method, properties, body))

        channel.add_on_cancel_callback(on_cancelled)
        channel.basic_qos(prefetch_count=consumer.prefetch)
        consumer.channel = channel
        arguments = dict(consumer.arguments())
        consumer.tag = channel.basic_consume(consumer.queue, on_delivery, arguments=arguments)
        return await ended

    async def _work(self, consumer: Consumer) -> None:
        while not consumer.stopping:
            delivery = await consumer.waiting.get()
            if delivery is _STOP or consumer.stopping:
                return
            try:
                await consumer.on_message(delivery)
            except Exception:
                log.exception("broker.message_returned", queue=consumer.queue, key=delivery.routing_key)
                delivery.nack(requeue=True)

    # --- declarations -------------------------------------------------------------------------------------

    async def declare_exchange(self, name: str, kind: str, *, passive: bool = False) -> None:
        """Make a durable exchange, or with passive only ask whether it exists. Raises BrokerRefused."""
        await self._ask(
            lambda ch, done: ch.exchange_declare(name, kind, passive=passive, durable=True, callback=done)
        )

    async def declare_queue(
        self, name: str, arguments: Arguments | None = None, *, passive: bool = False
    ) -> QueueState:
        """Make a durable queue, or with passive only ask for its state. Raises BrokerRefused."""
        frame = await self._ask(
            lambda ch, done: ch.queue_declare(
                name, passive=passive, durable=True, arguments=dict(arguments or {}), callback=done
            )
        )
        return QueueState(name, frame.method.message_count, frame.method.consumer_count)

    async def bind_queue(self, queue: str, exchange: str, routing_key: str) -> None:
        """Bind a queue. Raises BrokerRefused."""
        await self._ask(lambda ch, done: ch.queue_bind(queue, exchange, routing_key, callback=done))

    async def unbind_queue(self, queue: str, exchange: str, routing_key: str) -> None:
        """Unbind a queue. Raises BrokerRefused."""
        await self._ask(lambda ch, done: ch.queue_unbind(queue, exchange, routing_key, callback=done))

    async def delete_queue(self, queue: str) -> None:
        """Delete a queue with all that is in it. Raises BrokerRefused."""
        await self._ask(lambda ch, done: ch.queue_delete(queue, callback=done))

    async def _ask(self, request: Callable[[Channel, Callable[[Any], None]], Any]) -> Any:
        await self.connected.wait()
        if self._link is None:
            raise Disconnected("not connected to the broker", sent=False)
        # A refused declaration closes its channel, so each gets one of its own.
        channel = await self._link.open_channel()
        refused: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        channel.add_on_close_callback(lambda _, reason: _resolve(refused, reason))
        answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        try:
            request(channel, lambda frame: _resolve(answered, frame))
        except AMQPError as error:  # the channel went while it was handed over
            raise Disconnected(_describe(error), sent=False) from error
        await asyncio.wait({answered, refused}, return_when=asyncio.FIRST_COMPLETED)
        if answered.done():
            if channel.is_open:
                channel.close()
            return answered.result()
        reason = refused.result()
        if isinstance(reason, ChannelClosedByBroker):
            raise BrokerRefused(reason.reply_code, reason.reply_text)
        raise Disconnected(_describe(reason), sent=True)


@dataclass(frozen=True, slots=True)
class _Link:
    """One connection from its opening to its loss."""

    connection: AsyncioConnection
    lost: asyncio.Future[BaseException]
    leaving: Callable[[], None]

    async def answer(self, request: Callable[[Callable[[Any], None]], Any]) -> Any:
        """Make a request and wait for its callback. Raises Disconnected when the connection goes first."""
        answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        request(lambda value: _resolve(answered, value))
        await asyncio.wait({answered, self.lost}, return_when=asyncio.FIRST_COMPLETED)
        if not answered.done():
            raise Disconnected(_describe(self.lost.result()), sent=False)
        return answered.result()

    async def open_channel(self) -> Channel:
        """Raises Disconnected."""
        try:
            channel: Channel = await self.answer(lambda done: self.connection.channel(on_open_callback=done))
        except AMQPError as error:
            if not self.connection.is_open:
                self.leaving()
            raise Disconnected(_describe(error), sent=False) from error
        return channel

    def close(self) -> None:
        """Close the connection unless it is closed or closing."""
        self.leaving()
        if self.connection.is_open:
            with contextlib.suppress(AMQPError):
                self.connection.close()


@dataclass
class _Listener:
    prefix: str
    exchange: str
    routing_keys: tuple[str, ...]
    on_message: Callable[[Delivery], None]

    async def attach(self, link: _Link) -> None:
        # A new name each time: the broker may still hold the exclusive queue of a connection that it has not
        # yet noticed to be dead, and would refuse its name.
        queue = f"{self.prefix}{uuid4()}"
        channel = await link.open_channel()
        # Without its queue the listener is deaf, so whatever ends the channel ends the connection.
        channel.add_on_close_callback(lambda _, __: link.close())
        channel.add_on_cancel_callback(lambda _: link.close())

        def on_delivery(ch: Any, method: Any, properties: Any, body: bytes) -> None:
            self.on_message(_delivery(ch, method, properties, body))

        channel.queue_declare(queue, exclusive=True, auto_delete=True)
        for routing_key in self.routing_keys:
            channel.queue_bind(queue, self.exchange, routing_key)
        await link.answer(
            lambda done: channel.basic_consume(queue, on_delivery, auto_ack=True, callback=done)
        )


def _delivery(channel: Any, method: Any, properties: Any, body: bytes) -> Delivery:
    return Delivery(
        body=body,
        headers=properties.headers or {},
        exchange=method.exchange,
        routing_key=method.routing_key,
        redelivered=method.redelivered,
        content_type=properties.content_type,
        message_id=properties.message_id,
        correlation_id=properties.correlation_id,
        _channel=channel,
        _tag=method.delivery_tag,
    )


def _drop_waiting(consumer: Consumer) -> None:
    while not consumer.waiting.empty():
        consumer.waiting.get_nowait()


def _resolve(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():
        future.set_result(value)


def _describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else repr(error)


#: Wakes a consumer's worker so that it ends.
_STOP: Any = object()
