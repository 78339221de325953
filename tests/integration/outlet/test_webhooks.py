"""Webhooks against a receiver that is down for a day, slow, lying, redirecting inside, gone, and back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from services.notify import storage
from services.notify.outlet.calling import WebhookCaller
from services.notify.outlet.registry import Registry as KnownIntegrators
from services.notify.outlet.webhooks import WebhookRules, WebhookSender, rules
from tests.integration.notify.registry import CIPHER, Registry, reading
from tests.integration.outlet.stand import published
from tests.support.eventually import eventually_async
from tests.support.service_stand import ADMIN, TOWN
from tests.support.webhook_receiver import (
    Receiver,
    answering,
    broken,
    endless,
    short_of_its_word,
    silent,
)
from yizhan.cli.ports import free_port
from yizhan.clock import FrozenClock
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.integrators import (
    IntegratorsRpc,
    NewIntegrator,
    ReplayDelivery,
    ReplayFailed,
    SetWebhook,
    WebhookDelivery,
    WebhookDeliveryQuery,
    WebhookDeliveryState,
)
from yizhan.database import Database
from yizhan.settings import Settings

pytestmark = pytest.mark.integration

RULES = rules()
SETTINGS = Settings.model_validate({"webhook_internal_addresses": True})


class Post:
    """A registry, a sender that is moved by hand, and what waits for it."""

    def __init__(self, database: Database, clock: FrozenClock, rules: WebhookRules = RULES) -> None:
        self.database, self.clock = database, clock
        self.registry = Registry(database, clock)
        self.registry.service.settings = SETTINGS
        self.registry.found_county()
        self.known = KnownIntegrators(database, CIPHER)
        self.sender = WebhookSender(
            self.known,
            database,
            CIPHER,
            clock,
            wake=asyncio.Event(),
            internal_allowed=True,
            rules=rules,
            chance=lambda: 0.0,
        )
        self.deliveries = storage.WebhookDeliveries(database)

    def subscribe(self, name: str, receiver: Receiver) -> NewIntegrator:
        """An integrator whose webhook is the receiver."""
        added = self.registry.add(name, reading(TOWN))
        receiver.secret = added.webhook_secret or ""
        self.registry.ask(
            IntegratorsRpc.set_webhook, SetWebhook(id=added.integrator.id, url=receiver.url), ADMIN
        )
        return added

    def waits(self, added: NewIntegrator, subject: str | None = None, *, sequence: int = 1) -> str:
        """An event waits for its webhook; the event's id."""
        self.clock.move_to(self.clock.now() + timedelta(milliseconds=1))
        event = published(TOWN, self.clock.now(), sequence=sequence, id=subject)
        new = storage.NewDelivery(
            new_identifier(self.clock.now()),
            added.integrator.id,
            event.id,
            event.type,
            event.subject,
            event.model_dump_json(),
        )
        with self.database.transaction() as tx:
            self.deliveries.add(tx, [new, new], now=self.clock.now())
        return event.id

    async def send(self, added: NewIntegrator) -> int:
        """Everything that is due to one integrator; how many tries that took."""
        known = await self.known.read()
        receiver = known.receivers.get(added.integrator.id)
        if receiver is None:
            return 0
        caller = WebhookCaller(
            receiver.url, receiver.secret, answer_seconds=RULES.answer_seconds, internal_allowed=True
        )
        tries = 0
        try:
            while sent := await self.sender.pass_over(receiver, caller):
                tries += sent
        finally:
            await caller.close()
        return tries

    def seen(self, added: NewIntegrator) -> list[WebhookDelivery]:
        """As the console lists them, oldest first."""
        query = WebhookDeliveryQuery(id=added.integrator.id, limit=200)
        found = self.registry.ask(IntegratorsRpc.deliveries, query, ADMIN)
        return list(reversed(found.deliveries))

    def states(self, added: NewIntegrator) -> list[WebhookDeliveryState]:
        return [one.state for one in self.seen(added)]


@pytest.fixture
def post(either_database: Database, clock: FrozenClock) -> Post:
    return Post(either_database, clock)


@pytest.fixture
async def receiver(clock: FrozenClock) -> AsyncIterator[Receiver]:
    async with Receiver(clock).running() as running:
        yield running


async def test_an_event_is_posted_once_signed_and_whole(post: Post, receiver: Receiver) -> None:
    """What is told of it twice is posted once; the receiver checked the signature as the standard says."""
    added = post.subscribe("county", receiver)
    id = post.waits(added)
    assert await post.send(added) == 1
    ((line, headers, body),) = receiver.requests
    assert line == "POST /hooks HTTP/1.1"
    assert headers["content-type"] == "application/cloudevents+json"
    assert json.loads(body)["id"] == headers["webhook-id"] == id
    assert post.states(added) == [WebhookDeliveryState.SENT]


async def test_a_receiver_that_was_down_for_a_day_gets_everything_in_order(
    post: Post, receiver: Receiver
) -> None:
    """It is tried now and then, not flooded, and once it answers, all that waited comes at once."""
    added = post.subscribe("county", receiver)
    receiver.behaviour = answering(503)
    subjects = [new_identifier(post.clock.now() + timedelta(seconds=n)) for n in range(3)]
    sent: dict[str, list[str]] = {subject: [] for subject in subjects}
    for hour in range(24):
        subject = subjects[hour % 3]
        sent[subject].append(post.waits(added, subject, sequence=hour + 1))
        await post.send(added)
        post.clock.move_to(post.clock.now() + timedelta(hours=1))
    while_down = len(receiver.requests)
    assert 24 <= while_down <= 60
    assert set(post.states(added)) == {WebhookDeliveryState.WAITING}

    receiver.requests.clear()
    receiver.behaviour = answering(204)
    await post.send(added)
    assert set(post.states(added)) == {WebhookDeliveryState.SENT}
    for ids in sent.values():
        assert [id for id in receiver.ids if id in ids] == ids
    assert sorted(receiver.ids) == sorted(id for ids in sent.values() for id in ids)


async def test_a_receiver_that_does_not_listen_at_all_is_tried_again(post: Post, clock: FrozenClock) -> None:
    """Nobody at the port: the next try is in five seconds, and then it is there."""
    receiver = Receiver(clock, port=free_port())
    async with receiver.running():
        added = post.subscribe("county", receiver)
    post.waits(added)
    await post.send(added)
    (waiting,) = post.seen(added)
    assert (waiting.state, waiting.fault) == (WebhookDeliveryState.WAITING, "cannot_connect")
    clock.move_to(clock.now() + timedelta(seconds=5))
    async with receiver.running():
        await post.send(added)
    assert post.states(added) == [WebhookDeliveryState.SENT]


async def test_a_slow_receiver_costs_itself_and_nobody_else(
    either_database: Database, receiver: Receiver, clock: FrozenClock
) -> None:
    """Its answer is waited for so long and no longer; another's events go out meanwhile."""
    post = Post(either_database, clock, replace(RULES, answer_seconds=2.0))
    async with Receiver(clock).running() as quick:
        receiver.behaviour = silent
        slow_one, quick_one = post.subscribe("slow", receiver), post.subscribe("quick", quick)
        for _ in range(8):
            post.waits(slow_one)
        post.waits(quick_one)
        running = asyncio.create_task(post.sender.run())
        await post.known.read()
        try:
            await eventually_async(
                lambda: post.states(quick_one) == [WebhookDeliveryState.SENT], within_seconds=60
            )
            await eventually_async(
                lambda: all(one.fault is not None for one in post.seen(slow_one)), within_seconds=60
            )
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    assert {one.fault for one in post.seen(slow_one)} == {"timeout"}


async def test_a_receiver_that_takes_an_event_and_says_500_gets_it_again_under_the_same_id(
    post: Post, receiver: Receiver
) -> None:
    """At least once: by the id it knows that it has it."""
    added = post.subscribe("county", receiver)
    id = post.waits(added)
    receiver.behaviour = answering(500)
    await post.send(added)
    post.clock.move_to(post.clock.now() + timedelta(seconds=6))
    receiver.behaviour = answering(200)
    await post.send(added)
    assert receiver.ids == [id, id]


@pytest.mark.parametrize("lie", [endless, short_of_its_word])
async def test_a_receiver_that_says_200_and_lies_about_the_rest_has_the_event(
    post: Post, receiver: Receiver, lie: object
) -> None:
    """Its status counts; an endless body is not read to its end, one that breaks off is no failure."""
    added = post.subscribe("county", receiver)
    post.waits(added)
    receiver.behaviour = lie  # type: ignore[assignment]
    async with asyncio.timeout(60):
        await post.send(added)
    assert post.states(added) == [WebhookDeliveryState.SENT]


async def test_what_is_no_http_is_tried_again(post: Post, receiver: Receiver) -> None:
    """Another server stands at that port."""
    added = post.subscribe("county", receiver)
    post.waits(added)
    receiver.behaviour = broken
    await post.send(added)
    assert [(one.state, one.fault) for one in post.seen(added)] == [
        (WebhookDeliveryState.WAITING, "broken_answer")
    ]


async def test_a_redirect_to_an_inside_address_is_not_followed(
    post: Post, receiver: Receiver, clock: FrozenClock
) -> None:
    """Nor any other: the inside server hears nothing, and the delivery waits for its receiver."""
    async with Receiver(clock).running() as inside:
        added = post.subscribe("county", receiver)
        post.waits(added)
        receiver.behaviour = answering(307, f"Location: http://127.0.0.1:{inside.port}/secret")
        await post.send(added)
        assert inside.requests == []
    (waiting,) = post.seen(added)
    assert (waiting.state, waiting.status, waiting.fault) == (
        WebhookDeliveryState.WAITING,
        307,
        "redirect_not_followed",
    )


async def test_a_receiver_that_is_gone_is_switched_off_and_told_of(post: Post, receiver: Receiver) -> None:
    """410: nothing more is posted; an address that is set again switches it on."""
    added = post.subscribe("county", receiver)
    for _ in range(3):
        post.waits(added)
    receiver.behaviour = answering(410)
    await post.send(added)
    assert set(post.states(added)) == {WebhookDeliveryState.DROPPED}
    last = post.registry.events(added.integrator.id)[-1]
    assert last.data.integrator.webhook == "gone"
    post.waits(added)
    assert await post.send(added) == 0
    receiver.behaviour = answering(200)
    post.registry.ask(IntegratorsRpc.set_webhook, SetWebhook(id=added.integrator.id, url=receiver.url), ADMIN)
    assert await post.send(added) == 1


async def test_what_failed_for_good_goes_out_again_when_staff_say_so(post: Post, receiver: Receiver) -> None:
    """All of it, or one."""
    added = post.subscribe("county", receiver)
    post.waits(added), post.waits(added)
    receiver.behaviour = answering(500)
    for _ in range(len(RULES.retry_seconds) + 3):
        await post.send(added)
        post.clock.move_to(post.clock.now() + timedelta(days=1))
    assert set(post.states(added)) == {WebhookDeliveryState.FAILED}

    receiver.behaviour = answering(200)
    one = post.seen(added)[0]
    replay = ReplayDelivery(id=added.integrator.id, delivery_id=one.id)
    post.registry.ask(IntegratorsRpc.replay_delivery, replay, ADMIN)
    await post.send(added)
    assert post.states(added) == [WebhookDeliveryState.SENT, WebhookDeliveryState.FAILED]
    replayed = post.registry.ask(IntegratorsRpc.replay_failed, ReplayFailed(id=added.integrator.id), ADMIN)
    assert replayed.deliveries == 1
    await post.send(added)
    assert set(post.states(added)) == {WebhookDeliveryState.SENT}


# --- where it may call -------------------------------------------------------------------------------------


def caller(
    url: str, *addresses: str, internal_allowed: bool = False, asked: list[str] | None = None
) -> WebhookCaller:
    async def resolve(host: str, _: int) -> list[str]:
        if asked is not None:
            asked.append(host)
        return list(addresses)

    return WebhookCaller(
        url,
        "whsec_MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=",
        answer_seconds=30.0,
        internal_allowed=internal_allowed,
        resolve=resolve,
    )


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("https://hooks.example.cn/x", ("127.0.0.1",)),
        ("https://hooks.example.cn/x", ("8.8.8.8", "10.0.0.5")),
        ("https://hooks.example.cn/x", ("169.254.169.254",)),
        ("https://hooks.example.cn/x", ("::ffff:192.168.1.1",)),
        ("http://hooks.example.cn/x", ("8.8.8.8",)),
    ],
)
async def test_a_name_that_leads_inside_is_not_called(
    clock: FrozenClock, url: str, addresses: tuple[str, ...]
) -> None:
    """Looked up anew for each call: a name that was public when it was entered may be anything now."""
    called = caller(url, *addresses)
    answer = await called.post("id", "{}", now=clock.now())
    await called.close()
    assert (answer.status, answer.fault) == (None, "address_refused")


async def test_what_was_looked_at_is_what_is_called(receiver: Receiver, clock: FrozenClock) -> None:
    """A second look-up by the client could say something else; it makes none, and names the host."""
    asked: list[str] = []
    called = caller(
        f"http://hooks.example.cn:{receiver.port}/x", "127.0.0.1", internal_allowed=True, asked=asked
    )
    answer = await called.post("id", "{}", now=clock.now())
    await called.close()
    assert answer.status == 200
    assert asked == ["hooks.example.cn"]
    assert receiver.requests[0][1]["host"] == f"hooks.example.cn:{receiver.port}"
