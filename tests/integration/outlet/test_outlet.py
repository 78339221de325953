"""Events on their way out: through the gate, into queues and webhooks, live and once more."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.notify.outlet.replaying import OFFSET_HEADER, REPLAY_HEADER
from tests.integration.notify.registry import reading, sending
from tests.integration.outlet.stand import Stand, published
from tests.support.eventually import eventually_async
from tests.support.service_stand import ADMIN, COMMUNITY, COUNTY, OTHER_TOWN, TOWN
from tests.support.webhook_receiver import Receiver
from yizhan.bus.connection import Delivery
from yizhan.bus.topology import ExternalQueues
from yizhan.clock import FrozenClock
from yizhan.contracts.actor import Actor, Role
from yizhan.contracts.envelope import Event, Facts
from yizhan.contracts.examples import examples
from yizhan.contracts.integrators import (
    DisclosureQuery,
    IntegratorRef,
    IntegratorsRpc,
    NewIntegrator,
    PersonalGrant,
    Replay,
    ReplayRef,
    ReplayState,
    RequestReplay,
    ResumeIntegrator,
    RevokeIntegrator,
    SetWebhook,
    SuspendIntegrator,
)
from yizhan.contracts.seeker_cards import SeekerCardShown
from yizhan.contracts.stations import StationAmended
from yizhan.database import Database

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]


@pytest.fixture
async def stand(broker_url: str, notify_database: Database, clock: FrozenClock) -> Any:
    stand = Stand(broker_url, notify_database, clock)
    stand.registry.found_county()
    async with stand.running():
        yield stand


class Reader:
    """Consumes a queue, acking each."""

    def __init__(self, stand: Stand, queue: str) -> None:
        self.taken: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self._consumer = stand.broker.consume(queue, self._take, 50)

    async def _take(self, delivery: Delivery) -> None:
        self.taken.append((json.loads(delivery.body), delivery.headers))
        delivery.ack()

    @property
    def ids(self) -> list[str]:
        return [event["id"] for event, _ in self.taken]

    async def has(self, count: int) -> None:
        await eventually_async(lambda: len(self.taken) >= count, within_seconds=30)


def own(added: NewIntegrator) -> Actor:
    return Actor(id=added.integrator.id, role=Role.INTEGRATOR)


def told(facts: Facts, station: str, subject: str, clock: FrozenClock, sequence: int = 1) -> Event[Any]:
    example = examples()[facts.event_type]
    return example.model_copy(
        update={
            "id": published(station, clock.now()).id,
            "subject": subject,
            "station": station,
            "sequence": sequence,
            "time": clock.now(),
            "data": facts,
        }
    )


async def test_an_integrator_gets_the_events_of_its_places_in_their_order(stand: Stand) -> None:
    """Live, and only those of the towns that it was granted, wherever the network has them by then."""
    stand.registry.add("tree", reading(TOWN))
    await stand.served("tree")
    reader = Reader(stand, ExternalQueues("tree").live)
    now = stand.clock.now()
    before = [published(COMMUNITY, now), published(TOWN, now)]
    await stand.publish(before[0], published(OTHER_TOWN, now), before[1])
    # The community moves to the other town: from that very event on it is out of reach.
    moved = stand.registry.news_of_station(
        COMMUNITY, parent=OTHER_TOWN, path=(COUNTY, OTHER_TOWN, COMMUNITY), sequence=2
    )
    assert isinstance(moved.data, StationAmended)
    after = published(TOWN, now)
    await stand.publish(moved, published(COMMUNITY, now), after)
    await reader.has(3)
    assert reader.ids == [*(one.id for one in before), after.id]


async def test_what_a_webhook_and_a_queue_are_told_is_the_same(stand: Stand) -> None:
    """Personal fields are masked in both; with a legal basis they are told, and each telling is on record."""
    card = examples()["seekers.card.shown.v1"].data
    assert isinstance(card, SeekerCardShown)
    async with Receiver(stand.clock).running() as receiver:
        personal = PersonalGrant(
            legal_basis="县政府办〔2026〕3号", until=stand.clock.now() + timedelta(days=9)
        )
        grants = reading(COUNTY, families=("seekers.card",))
        plain = stand.registry.add("plain", grants)
        lawful = stand.registry.add("lawful", grants.model_copy(update={"personal": personal}))
        receiver.secret = plain.webhook_secret or ""
        webhook = SetWebhook(id=plain.integrator.id, url=receiver.url)
        stand.registry.ask(IntegratorsRpc.set_webhook, webhook, ADMIN)
        await stand.served("plain", "lawful")
        reader = Reader(stand, ExternalQueues("plain").live)
        whole = Reader(stand, ExternalQueues("lawful").live)
        event = told(card, TOWN, card.card.id, stand.clock)
        await stand.publish(event)
        await reader.has(1)
        await whole.has(1)
        await eventually_async(lambda: bool(receiver.requests), within_seconds=30)
    assert reader.taken[0][0]["data"]["card"]["called"] == "求职者"
    assert json.loads(receiver.requests[0][2]) == reader.taken[0][0]
    assert whole.taken[0][0]["data"]["card"]["called"] == card.card.called

    def on_record(added: NewIntegrator) -> list[Any]:
        query = DisclosureQuery(id=added.integrator.id)
        return list(stand.registry.ask(IntegratorsRpc.disclosures, query, ADMIN).disclosures)

    assert on_record(plain) == []
    ((disclosed),) = on_record(lawful)
    assert (disclosed.event_id, disclosed.fields) == (event.id, ("card.called",))
    assert disclosed.legal_basis == "县政府办〔2026〕3号"


async def test_yesterday_is_replayed_through_the_same_gate(stand: Stand) -> None:
    """From a moment on, in order, to an end that is told; and again from an offset that a reader has seen."""
    added = stand.registry.add("again", reading(TOWN))
    await stand.served("again")
    live, replayed = (Reader(stand, getattr(ExternalQueues("again"), queue)) for queue in ("live", "replay"))
    stand.clock.move_to(stand.clock.now() - timedelta(days=1))
    yesterday = [published(code, stand.clock.now()) for code in (TOWN, OTHER_TOWN, COMMUNITY)]
    stand.clock.move_to(stand.clock.now() + timedelta(days=1))
    await stand.publish(*yesterday, published(TOWN, stand.clock.now()))
    await live.has(3)

    request = RequestReplay(from_time=stand.clock.now() - timedelta(days=1, hours=1))
    replay = stand.registry.ask(IntegratorsRpc.request_replay, request, own(added))
    done = await _finished(stand, added, replay)
    await replayed.has(4)
    assert replayed.ids[:2] == [yesterday[0].id, yesterday[2].id]
    assert done.events == 3
    end, headers = replayed.taken[-1]
    assert end["type"] == "notify.replay.ended.v1"
    assert end["data"] == {"replay_id": replay.id, "events": 3, "last_offset": done.next_offset - 1}
    assert headers[REPLAY_HEADER] == replay.id

    second = replayed.taken[1][1][OFFSET_HEADER]
    replayed.taken.clear()
    replay = stand.registry.ask(IntegratorsRpc.request_replay, RequestReplay(from_offset=second), own(added))
    await _finished(stand, added, replay)
    await replayed.has(3)
    assert replayed.ids[0] == yesterday[2].id


async def test_a_suspended_integrator_has_no_queue_and_gets_what_it_missed_by_a_replay(stand: Stand) -> None:
    """At once, also where nobody can take its rights away; and everything is still to be had afterwards."""
    added = stand.registry.add("pause", reading(TOWN))
    await stand.served("pause")
    queues = ExternalQueues("pause")
    stand.registry.ask(
        IntegratorsRpc.suspend, SuspendIntegrator(id=added.integrator.id, reason="停机"), ADMIN
    )
    await stand.relay()
    await eventually_async(lambda: _is_gone(stand, queues.live), within_seconds=20)
    missed = published(TOWN, stand.clock.now())
    await stand.publish(missed)
    stand.registry.ask(IntegratorsRpc.resume, ResumeIntegrator(id=added.integrator.id), ADMIN)
    await stand.served("pause")
    request = RequestReplay(from_time=stand.clock.now() - timedelta(minutes=1))
    replay = stand.registry.ask(IntegratorsRpc.request_replay, request, own(added))
    reader = Reader(stand, queues.replay)
    await _finished(stand, added, replay)
    await reader.has(2)
    assert missed.id in reader.ids


async def test_how_an_integrator_gets_on_is_seen_in_the_registry(stand: Stand) -> None:
    """How much waits in its queue, how much went out today."""
    added = stand.registry.add("use", sending(TOWN))
    await stand.served("use")
    await stand.publish(*(published(TOWN, stand.clock.now()) for _ in range(5)))

    async def is_counted() -> bool:
        await stand.outlet._gauges.measure()
        card = stand.registry.ask(IntegratorsRpc.read, IntegratorRef(id=added.integrator.id), ADMIN)
        return bool(card.use.queued == 5 and card.use.out_today == 5 and card.use.consumers == 0)

    await eventually_async(is_counted, within_seconds=30)


async def test_nothing_is_measured_of_one_that_is_gone(stand: Stand) -> None:
    """What waited for it once would alert for ever."""
    added = stand.registry.add("gone", sending(TOWN))
    await stand.served("gone")
    series = (
        "yizhan_integrator_queue_messages",
        "yizhan_webhooks_waiting",
        "yizhan_webhook_oldest_seconds",
    )

    async def measured() -> list[float | None]:
        await stand.outlet._gauges.measure()
        return [REGISTRY.get_sample_value(name, {"integrator": "gone"}) for name in series]

    assert await measured() == [0.0, 0.0, 0.0]
    stand.registry.ask(IntegratorsRpc.revoke, RevokeIntegrator(id=added.integrator.id, reason="结束"), ADMIN)

    async def is_forgotten() -> bool:
        return await measured() == [None, None, None]

    await eventually_async(is_forgotten, within_seconds=30)


async def test_what_is_no_event_goes_to_the_dead_letters(stand: Stand) -> None:
    """It stops nobody: what comes after it is handed over."""
    stand.registry.add("after", reading(TOWN))
    await stand.served("after")
    before = await stand.queued("yizhan.dead")
    await stand.broker.publish("yizhan.events", f"jobs.posting.published.522730.{TOWN}", b"no event")
    good = published(TOWN, stand.clock.now())
    await stand.publish(good)
    reader = Reader(stand, ExternalQueues("after").live)
    await reader.has(1)
    assert reader.ids == [good.id]
    # A queue whose leader is slow to answer is said to be empty.
    await eventually_async(lambda: _holds(stand, "yizhan.dead", before + 1), within_seconds=30)


async def _holds(stand: Stand, queue: str, messages: int) -> bool:
    return await stand.queued(queue) == messages


async def _finished(stand: Stand, added: NewIntegrator, replay: Replay) -> Replay:
    def finished() -> Replay | None:
        found: Replay = stand.registry.ask(IntegratorsRpc.read_replay, ReplayRef(id=replay.id), own(added))
        return found if found.state is ReplayState.DONE else None

    found = await eventually_async(finished, within_seconds=60)
    assert found is not None
    return found


async def _is_gone(stand: Stand, queue: str) -> bool:
    try:
        await stand.queued(queue)
    except Exception:
        return True
    await asyncio.sleep(0.05)
    return False
