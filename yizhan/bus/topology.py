"""Every exchange and queue there is: declared when the system is deployed, checked when a process starts.

Queues exist before their consumers first run, so an event that is sent in between is kept for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from yizhan.bus.connection import Broker, BrokerRefused, BusError
from yizhan.contracts.subscriptions import SUBSCRIPTIONS, Subscription

log = structlog.get_logger(__name__)

EVENTS_EXCHANGE = "yizhan.events"
RETRY_EXCHANGE = "yizhan.retry"
DEAD_EXCHANGE = "yizhan.dead"
RPC_EXCHANGE = "nameko-rpc"
DEAD_QUEUE = "yizhan.dead"
HISTORY_STREAM = "yizhan.history"
#: Where the outlet publishes what leaves the house; only integrators' queues are bound to it.
OUT_EXCHANGE = "yizhan.out"
#: Where integrators publish, each with its own name as the routing key.
INBOX_EXCHANGE = "yizhan.inbox"
INBOX_QUEUE = "yizhan.inbox"

#: How long a message waits before it is tried again, after its first, second and third failure.
RETRY_LADDER_SECONDS: tuple[float, ...] = (5, 60, 600)

#: How often the broker hands out a message that no handler has settled (its process died) before it becomes a
#: dead letter. Generous, since each reconnect counts for every message that was in hand.
DELIVERY_LIMIT = 50

#: Looking at dead letters delivers and returns them; they must outlive any number of looks. RabbitMQ 4 would
#: drop them after 20 if this were not said.
_UNLIMITED_DELIVERIES = 1_000_000_000

_CHECK_AGAIN_SECONDS = 0.5

_HISTORY = {
    "x-queue-type": "stream",
    "x-max-age": "400D",
    "x-stream-max-segment-size-bytes": 100_000_000,
}


#: A sender is refused rather than served late, once so much waits.
_INBOX = {
    "x-queue-type": "quorum",
    "x-delivery-limit": DELIVERY_LIMIT,
    # What a sender sent first is taken first.
    "x-single-active-consumer": True,
    "x-max-length": 100_000,
    "x-dead-letter-exchange": DEAD_EXCHANGE,
    "x-dead-letter-routing-key": INBOX_QUEUE,
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}

#: What an integrator does not fetch within this time, or beyond so many events, it has to replay.
EXTERNAL_KEPT_DAYS = 14
EXTERNAL_KEPT_EVENTS = 500_000
#: A replay waits while so many of its events are not fetched.
EXTERNAL_REPLAY_EVENTS = 20_000
#: Deliveries of one event to an integrator that never acks it.
EXTERNAL_DELIVERIES = 20


@dataclass(frozen=True)
class ExchangePlan:
    """A durable exchange."""

    name: str
    kind: str


@dataclass(frozen=True)
class QueuePlan:
    """A durable queue; bindings: (exchange, routing key)."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    bindings: tuple[tuple[str, str], ...] = ()


EXCHANGES = (
    ExchangePlan(EVENTS_EXCHANGE, "topic"),
    # A topic exchange, though no key has a wildcard: only those know rights by routing key.
    ExchangePlan(RETRY_EXCHANGE, "topic"),
    ExchangePlan(DEAD_EXCHANGE, "topic"),
    ExchangePlan(RPC_EXCHANGE, "topic"),
    ExchangePlan(OUT_EXCHANGE, "topic"),
    ExchangePlan(INBOX_EXCHANGE, "topic"),
)


def retry_queue(queue: str, delay_seconds: float) -> str:
    """`jobs.network` and 60 → `jobs.network.retry.60s`; fractions are named in milliseconds."""
    whole = float(delay_seconds).is_integer()
    label = f"{int(delay_seconds)}s" if whole else f"{round(delay_seconds * 1000)}ms"
    return f"{queue}.retry.{label}"


def queue_plans(
    subscriptions: Iterable[Subscription] = SUBSCRIPTIONS,
    ladder_seconds: Sequence[float] = RETRY_LADDER_SECONDS,
) -> list[QueuePlan]:
    """Every queue of the system, for these subscriptions."""
    plans = [
        QueuePlan(HISTORY_STREAM, _HISTORY, ((EVENTS_EXCHANGE, "#"),)),
        QueuePlan(
            DEAD_QUEUE,
            {"x-queue-type": "quorum", "x-delivery-limit": _UNLIMITED_DELIVERIES},
            ((DEAD_EXCHANGE, "#"),),
        ),
        QueuePlan(INBOX_QUEUE, _INBOX, ((INBOX_EXCHANGE, "#"),)),
    ]
    for subscription in subscriptions:
        plans.append(_handler_queue(subscription))
        plans.extend(_retry_queue(subscription.queue, delay) for delay in ladder_seconds)
    return plans


@dataclass(frozen=True)
class ExternalQueues:
    """The names of one integrator's queues, and their plans."""

    name: str

    @property
    def live(self) -> str:
        return f"ext.{self.name}.events"

    @property
    def replay(self) -> str:
        return f"ext.{self.name}.replay"

    @property
    def dead(self) -> str:
        return f"ext.{self.name}.dead"

    def plans(self) -> tuple[QueuePlan, ...]:
        """Each takes from the outlet's exchange what bears its name, and nothing else."""
        kept = {
            "x-queue-type": "quorum",
            "x-message-ttl": EXTERNAL_KEPT_DAYS * 86_400_000,
            "x-delivery-limit": EXTERNAL_DELIVERIES,
        }
        given_up = {"x-dead-letter-exchange": OUT_EXCHANGE, "x-dead-letter-routing-key": self.dead}
        # The oldest go first: one integrator that stays away must not stop the others' events.
        live = {**kept, **given_up, "x-max-length": EXTERNAL_KEPT_EVENTS, "x-overflow": "drop-head"}
        replay = {**kept, "x-max-length": EXTERNAL_REPLAY_EVENTS, "x-overflow": "reject-publish"}
        dead = {**kept, "x-delivery-limit": _UNLIMITED_DELIVERIES, "x-max-length": EXTERNAL_KEPT_EVENTS}
        arguments = {self.live: live, self.replay: replay, self.dead: dead}
        return tuple(QueuePlan(name, told, ((OUT_EXCHANGE, name),)) for name, told in arguments.items())


def _handler_queue(subscription: Subscription) -> QueuePlan:
    arguments: dict[str, Any] = {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": DEAD_EXCHANGE,
        "x-dead-letter-routing-key": subscription.queue,
        "x-dead-letter-strategy": "at-least-once",
        # At-least-once dead lettering needs a queue that refuses, rather than drops, what is too much.
        "x-overflow": "reject-publish",
    }
    if subscription.single_active:
        arguments["x-single-active-consumer"] = True
    bindings = tuple((EVENTS_EXCHANGE, key) for key in subscription.bindings)
    return QueuePlan(subscription.queue, arguments, bindings)


def _retry_queue(queue: str, delay_seconds: float) -> QueuePlan:
    """Nobody consumes it: its messages expire, and the default exchange takes them back to `queue`."""
    name = retry_queue(queue, delay_seconds)
    arguments = {
        "x-queue-type": "quorum",
        "x-message-ttl": round(delay_seconds * 1000),
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": queue,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    return QueuePlan(name, arguments, ((RETRY_EXCHANGE, name),))


async def declare(
    broker_url: str,
    subscriptions: Iterable[Subscription] = SUBSCRIPTIONS,
    *,
    ladder_seconds: Sequence[float] = RETRY_LADDER_SECONDS,
) -> None:
    """Make what is missing; safe to repeat. Waits for the broker for as long as the caller lets it.

    Raises TopologyDiffers when something of that name exists with other properties.
    """
    broker = Broker(broker_url, "topology")
    await broker.start()
    try:
        faults = await declare_with(broker, subscriptions, ladder_seconds=ladder_seconds)
    finally:
        await broker.close()
    if faults:
        raise TopologyDiffers(faults)


async def declare_with(
    broker: Broker, subscriptions: Iterable[Subscription], *, ladder_seconds: Sequence[float]
) -> list[str]:
    """Declare over a connection that is there; what could not be declared, and why."""
    faults: list[str] = []
    for exchange in EXCHANGES:
        try:
            await broker.declare_exchange(exchange.name, exchange.kind)
        except BrokerRefused as refusal:
            faults.append(f"exchange {exchange.name}: {refusal.text}")
    for plan in queue_plans(subscriptions, ladder_seconds):
        try:
            await broker.declare_queue(plan.name, plan.arguments)
            for source, key in plan.bindings:
                await broker.bind_queue(plan.name, source, key)
        except BrokerRefused as refusal:
            faults.append(f"queue {plan.name}: {refusal.text}")
    return faults


class TopologyDiffers(Exception):
    """An exchange or queue is missing or has other properties than this version wants. Each line of `faults`
    names one."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


async def check(
    broker: Broker,
    subscriptions: Iterable[Subscription],
    *,
    ladder_seconds: Sequence[float] = RETRY_LADDER_SECONDS,
) -> list[str]:
    """What is missing, or differs, of all that these subscriptions need; an empty list when all is there.

    Makes nothing. Properties are compared only where the broker's user may declare; elsewhere existence is
    all that a process can see.
    """
    faults: list[str] = []
    for exchange in EXCHANGES:
        try:
            await broker.declare_exchange(exchange.name, exchange.kind, passive=True)
        except BrokerRefused as refusal:
            faults.append(f"exchange {exchange.name}: {refusal.text}")
    for plan in queue_plans(subscriptions, ladder_seconds):
        fault = await _difference(broker, plan)
        if fault is not None:
            faults.append(f"queue {plan.name}: {fault}")
    return faults


async def until_there(
    broker: Broker,
    subscriptions: Sequence[Subscription],
    *,
    ladder_seconds: Sequence[float] = RETRY_LADDER_SECONDS,
) -> None:
    """Wait until all that these subscriptions need can be used, over lost connections and a crashed broker.

    Raises TopologyDiffers where no waiting helps.
    """
    while True:
        await broker.connected.wait()
        try:
            faults = await check(broker, subscriptions, ladder_seconds=ladder_seconds)
        except BusError as error:
            log.warning("topology.check_interrupted", error=str(error))
        else:
            if not faults:
                return
            if not all(map(is_passing, faults)):
                raise TopologyDiffers(faults)
        await asyncio.sleep(_CHECK_AGAIN_SECONDS)


_NOT_ALLOWED = 403

#: What RabbitMQ says of a queue or stream that exists and has no leader yet, after a crash.
_LEADERLESS = "down or inaccessible"


def is_passing(fault: str) -> bool:
    """Whether a fault that `check` found mends itself."""
    return _LEADERLESS in fault


async def _difference(broker: Broker, plan: QueuePlan) -> str | None:
    try:
        await broker.declare_queue(plan.name, passive=True)
        # It exists, so declaring it again compares and cannot make it.
        await broker.declare_queue(plan.name, plan.arguments)
    except BrokerRefused as refusal:
        return None if refusal.code == _NOT_ALLOWED else refusal.text
    return None
