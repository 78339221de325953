"""The sender: posts what waits for webhooks, each receiver at its own pace, and keeps what became of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib.resources import files
from uuid import uuid4

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from services.notify import storage
from services.notify.domain import integrator as life
from services.notify.domain.webhook import (
    Answer,
    Exhausted,
    Health,
    ReceiverGone,
    Sent,
    TryAgain,
    WebhookRules,
    judge,
)
from services.notify.events import Events
from services.notify.outlet import metrics
from services.notify.outlet.calling import Resolve, WebhookCaller, look_up
from services.notify.outlet.registry import Registry
from yizhan.bus.outbox import Outbox
from yizhan.clock import Clock
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.integrators import WebhookDeliveryState, WebhookState
from yizhan.contracts.rpc import Call
from yizhan.database import Database, DatabaseBusy
from yizhan.encryption import FieldCipher
from yizhan.tasks import end_tasks

log = structlog.get_logger(__name__)

_LOOK_EVERY_SECONDS = 1.0
_PAUSE_SECONDS = 1.0
_SWEEP_EVERY_SECONDS = 600.0
#: How long it can be seen what became of a delivery.
_KEPT = timedelta(days=30)

Due = storage.DueDelivery


def rules() -> WebhookRules:
    """As services/notify/webhooks.json has them."""
    return WebhookRules.read(json.loads((files("services.notify") / "webhooks.json").read_text("utf-8")))


class WebhookSender:
    """One worker per receiver; a slow one stops nobody else. wake: set when something new waits."""

    def __init__(
        self,
        registry: Registry,
        database: Database,
        cipher: FieldCipher,
        clock: Clock,
        *,
        wake: asyncio.Event,
        internal_allowed: bool,
        resolve: Resolve = look_up,
        rules: WebhookRules | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._registry = registry
        self._database = database
        self._integrators = storage.Integrators(database, cipher)
        self._webhooks = storage.WebhookDeliveries(database)
        self._events = Events(Outbox(database, storage.outbox))
        self._clock = clock
        self._wake = wake
        self._internal_allowed = internal_allowed
        self._resolve = resolve
        self._rules = rules or globals()["rules"]()
        self._chance = chance
        self._workers: dict[storage.Receiver, asyncio.Task[None]] = {}
        self._health: dict[str, Health] = {}
        self._looked: set[asyncio.Event] = set()

    async def run(self) -> None:
        """Send for ever; when cancelled, calls in hand are broken off and made again later."""
        sweep_at = 0.0
        loop = asyncio.get_running_loop()
        try:
            while True:
                self._reconcile()
                if loop.time() >= sweep_at:
                    await self._attempt(self._sweep)
                    sweep_at = loop.time() + _SWEEP_EVERY_SECONDS
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), _LOOK_EVERY_SECONDS)
                self._wake.clear()
                for looked in self._looked:
                    looked.set()
        finally:
            await end_tasks(self._workers.values())
            self._workers.clear()

    def _reconcile(self) -> None:
        """A worker for each receiver there is, with its present address and secret."""
        wanted = set(self._registry.known.receivers.values())
        for receiver in [one for one in self._workers if one not in wanted or self._workers[one].done()]:
            self._workers.pop(receiver).cancel()
        for receiver in wanted - set(self._workers):
            self._workers[receiver] = asyncio.create_task(
                self._serve(receiver), name=f"webhook {receiver.name}"
            )

    async def _serve(self, receiver: storage.Receiver) -> None:
        caller = WebhookCaller(
            receiver.url,
            receiver.secret,
            answer_seconds=self._rules.answer_seconds,
            internal_allowed=self._internal_allowed,
            resolve=self._resolve,
        )
        looked = asyncio.Event()
        self._looked.add(looked)
        try:
            while True:
                sent = await self._attempt(self.pass_over, receiver, caller)
                if not sent:
                    await looked.wait()
                    looked.clear()
        finally:
            self._looked.discard(looked)
            await caller.close()

    async def pass_over(self, receiver: storage.Receiver, caller: WebhookCaller) -> int:
        """Send what is due to one receiver, once; how many there were."""
        health = self._health.get(receiver.integrator_id, Health())
        now = self._clock.now()
        if health.is_paused(now):
            return 0
        due = await asyncio.to_thread(self._due, receiver.integrator_id, health.on_probation)
        if not due:
            return 0
        answers = await asyncio.gather(
            *(caller.post(one.event_id, one.body, now=self._clock.now()) for one in due)
        )
        recovered = False
        for answer in answers:
            before = self._health.get(receiver.integrator_id, Health())
            after = before.after(answer, now=self._clock.now(), rules=self._rules)
            self._health[receiver.integrator_id] = after
            recovered = recovered or (answer.taken and before.failures > 0)
            self._count(receiver.name, answer)
        await asyncio.to_thread(self._settle, receiver, due, answers, recovered)
        return len(due)

    def _due(self, integrator_id: str, probing: bool) -> list[Due]:
        with self._database.reading() as connection:
            if probing:
                return self._webhooks.next_due(connection, integrator_id)
            now, limit = self._clock.now(), self._rules.parallel
            return self._webhooks.due(connection, integrator_id, now=now, limit=limit)

    def _settle(
        self, receiver: storage.Receiver, due: Sequence[Due], answers: Sequence[Answer], recovered: bool
    ) -> None:
        """Keep what became of the calls, in one transaction."""
        now = self._clock.now()
        with self._database.transaction() as tx:
            for one, answer in zip(due, answers, strict=True):
                if one.due_at > now and not (answer.taken or answer.gone):
                    # A probe ahead of its time is none of the tries that it has.
                    continue
                verdict = judge(
                    answer,
                    attempts=one.attempts + 1,
                    created_at=one.created_at,
                    now=now,
                    chance=self._chance(),
                    rules=self._rules,
                )
                match verdict:
                    case Sent():
                        state, due_at = WebhookDeliveryState.SENT, None
                    case TryAgain(at=at):
                        state, due_at = WebhookDeliveryState.WAITING, at
                    case Exhausted():
                        state, due_at = WebhookDeliveryState.FAILED, None
                    case ReceiverGone():
                        state, due_at = WebhookDeliveryState.DROPPED, None
                        self._close(tx, receiver.integrator_id)
                self._webhooks.settle(
                    tx,
                    one.id,
                    state,
                    attempts=one.attempts + 1,
                    due_at=due_at,
                    status=answer.status,
                    fault=answer.fault,
                    now=now,
                )
            if recovered:
                self._webhooks.bring_forward(tx, receiver.integrator_id, now=now)

    def _close(self, tx: Connection, integrator_id: str) -> None:
        """The receiver said 410: nothing is posted to it any more until somebody sets an address again."""
        before = self._integrators.lock(tx, integrator_id)
        if before is None or before.webhook is not WebhookState.ON:
            return
        now = self._clock.now()
        after, outcome = life.webhook_gone(before, now=now, by=SYSTEM)
        self._integrators.save(tx, after, outcome)
        call = Call(actor=SYSTEM, correlation=f"webhook-{uuid4().hex[:16]}")
        self._events.integrator_stepped(tx, call, after, outcome.facts, at=now)
        self._webhooks.drop_waiting(tx, integrator_id, now=now)
        log.info("webhook.gone", integrator=after.name)

    def _count(self, name: str, answer: Answer) -> None:
        outcome = "sent" if answer.taken else "gone" if answer.gone else "failed"
        metrics.WEBHOOK_ANSWERS.labels(name, outcome).inc()
        if not answer.taken:
            log.info("webhook.not_taken", integrator=name, status=answer.status, fault=answer.fault)

    async def _sweep(self) -> int:
        await asyncio.to_thread(self._give_up_and_forget)
        return 0

    def _give_up_and_forget(self) -> None:
        now = self._clock.now()
        with self._database.transaction() as tx:
            self._webhooks.give_up_before(tx, now - timedelta(days=self._rules.give_up_days), now=now)
            self._webhooks.forget_settled_before(tx, now - _KEPT)

    async def _attempt(self, work: Callable[..., object], *arguments: object) -> int:
        """Do it; a database that is away for a moment is waited for."""
        try:
            result: int = await work(*arguments)  # type: ignore[misc]
        except (SQLAlchemyError, DatabaseBusy, OSError) as error:
            log.warning("webhook.database_away", error=str(error))
            await asyncio.sleep(_PAUSE_SECONDS)
            return 1
        return result
