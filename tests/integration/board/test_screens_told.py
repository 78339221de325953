"""Messages by number and outages of screens, on a real broker and a real Redis, as services/notify hears."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.board.outage_watch import OutageWatch
from services.board.outages import OutageRules
from services.board.state import BoardState
from tests.integration.board.harness import OTHER_TOWN, PATIENCE_SECONDS, TOWN, County
from tests.support.eventually import eventually_async
from tests.unit.board.world import device_id, message_event, message_id
from yizhan.bus import topology
from yizhan.bus.connection import Broker
from yizhan.clock import Clock, FrozenClock, county_day
from yizhan.contracts.envelope import Event
from yizhan.contracts.reading import read_event
from yizhan.contracts.screen_messages import MissedReason, ScreenMessageMissed, ScreenMessageShown
from yizhan.contracts.screen_outages import OutageEnd, ScreenOutageBegan, ScreenOutageEnded
from yizhan.contracts.subscriptions import NOTIFY_HEARD

pytestmark = pytest.mark.integration

RULES = OutageRules(offline_minutes=10, look_seconds=30)


class Notify:
    """What services/notify would hear."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.heard: list[Event[Any]] = []

    async def take(self, delivery: Any) -> None:
        self.heard.append(read_event(delivery.body))
        delivery.ack()

    async def until(self, count: int) -> list[Event[Any]]:
        """The first so many events, once they have come."""
        await eventually_async(lambda: len(self.heard) >= count, within_seconds=PATIENCE_SECONDS)
        return self.heard[:count]


@pytest.fixture
async def notify(county: County) -> AsyncIterator[Notify]:
    """Its queue, as it is declared when the system is deployed."""
    broker = Broker(county.broker_url, "notify")
    await broker.start()
    await broker.connected.wait()
    await broker.delete_queue(NOTIFY_HEARD.queue)
    await topology.declare_with(broker, (NOTIFY_HEARD,), ladder_seconds=())
    notify = Notify(broker)
    broker.consume(NOTIFY_HEARD.queue, notify.take, 10)
    yield notify
    await broker.close()


def now_told(number: int, at_station: str = TOWN, *, minutes: float = 10) -> Event[Any]:
    now = datetime.now(UTC)
    return message_event(number, at_station, day=county_day(now), at=now, minutes=minutes)


async def lit(county: County, at_station: str) -> None:
    """Wait until the board has written that a screen of the station is there."""
    await _reported(county, at_station, connected=True)


async def gone(county: County, at_station: str) -> None:
    """Wait until the board has written that no screen of the station is there, and when it was seen last."""
    await _reported(county, at_station, connected=False)


async def _reported(county: County, at_station: str, *, connected: bool) -> None:
    state = BoardState(county.redis, county.redis_prefix)

    async def written() -> bool:
        reports = (await state.health([at_station]))[at_station]
        return bool(reports) and any(report.connected for report in reports.values()) is connected

    await eventually_async(written, within_seconds=PATIENCE_SECONDS)


async def test_a_message_is_on_the_screen_and_notify_hears_so(county: County, notify: Notify) -> None:
    """At the station where a screen is; where none is, notify hears that too."""
    board = await county.board()
    screen = await county.screen(TOWN, board.server.port)
    await lit(county, TOWN)
    await county.tell_many([now_told(1), now_told(2, OTHER_TOWN)])
    await screen.until(lambda: screen.state and screen.state.messages)
    assert screen.state is not None
    assert [one.number for one in screen.state.messages] == ["A001"]
    shown, missed = (event.data for event in await notify.until(2))
    assert isinstance(shown, ScreenMessageShown)
    assert shown.message_id == message_id(1)
    assert isinstance(missed, ScreenMessageMissed)
    assert (missed.station, missed.reason) == (OTHER_TOWN, MissedReason.NO_SCREEN)


async def test_a_message_outlives_its_folder_and_is_answered_again_as_the_same_event(
    county: County, notify: Notify
) -> None:
    """Another board has it from Redis; told again it was shown, whatever screens are there now."""
    first = await county.board()
    await county.screen(TOWN, first.server.port)
    await lit(county, TOWN)
    told = now_told(1)
    await county.tell(told)
    await notify.until(1)
    await county.stop_board(first)
    second = await county.board()
    await county.tell(told)
    once, again = await notify.until(2)
    assert (once.id, once.type) == (again.id, again.type)
    screen = await county.screen(TOWN, second.server.port)
    await screen.until(lambda: screen.state and screen.state.messages)


async def test_messages_come_back_after_redis_was_emptied(county: County, notify: Notify) -> None:
    """From the board that folded them: no owner tells them again."""
    board = await county.board()
    screen = await county.screen(TOWN, board.server.port)
    await lit(county, TOWN)
    await county.tell(now_told(1))
    await screen.until(lambda: screen.state and screen.state.messages)
    before = await county.epoch()
    await county.flush()
    await screen.until(lambda: screen.page.epoch != before and screen.page.epoch is not None)
    await screen.until(lambda: screen.state and screen.state.messages)


# --- outages ------------------------------------------------------------------------------------------------


def watch(county: County, notify: Notify, clock: Clock) -> OutageWatch:
    return OutageWatch(BoardState(county.redis, county.redis_prefix), notify.broker, clock, RULES)


async def free_the_watch(county: County) -> None:
    """Whoever watched, as the board under test does, is not heard of any more."""
    await county.redis.delete(f"{county.redis_prefix}board:outage-watch")


async def told_of_an_outage(county: County, notify: Notify) -> tuple[OutageWatch, FrozenClock]:
    """The town's screen went away eleven minutes ago; whoever watched it, and his clock."""
    board = await county.board()
    screen = await county.screen(TOWN, board.server.port)
    await lit(county, TOWN)
    clock = FrozenClock(datetime.now(UTC).isoformat())
    first = watch(county, notify, clock)
    await free_the_watch(county)
    await first.look()
    await screen.close()
    await gone(county, TOWN)
    clock.move_to(clock.now() + timedelta(minutes=11))
    await first.look()
    return first, clock


async def test_an_outage_is_told_once_and_is_over_when_the_screen_is_back(
    county: County, notify: Notify
) -> None:
    """By whichever board watches: the second knows what the first has told."""
    board = await county.board()
    screen = await county.screen(TOWN, board.server.port)
    await lit(county, TOWN)
    clock = FrozenClock(datetime.now(UTC).isoformat())
    first, second = watch(county, notify, clock), watch(county, notify, clock)
    await free_the_watch(county)
    await first.look()
    await second.look()  # the lock is the first's
    await screen.close()
    await gone(county, TOWN)
    clock.move_to(clock.now() + timedelta(minutes=11))
    await first.look()
    await first.look()
    await second.look()
    (began,) = await notify.until(1)
    assert isinstance(began.data, ScreenOutageBegan)
    outage = began.data.outage
    assert (outage.station, outage.device_id) == (TOWN, device_id(2))
    await free_the_watch(county)
    await second.look()
    back = await county.screen(TOWN, board.server.port)
    await lit(county, TOWN)
    clock.move_to(datetime.now(UTC))
    await second.look()
    await second.look()
    ended = (await notify.until(2))[1].data
    assert isinstance(ended, ScreenOutageEnded)
    assert (ended.outage, ended.reason) == (outage, OutageEnd.BACK)
    assert len(notify.heard) == 2
    await back.close()


async def test_a_watch_that_dies_before_it_remembers_tells_the_same_event_again(
    county: County, notify: Notify
) -> None:
    """Which services/notify knows by its id."""
    first, _ = await told_of_an_outage(county, notify)
    await county.redis.delete(f"{county.redis_prefix}board:outages")
    await first.look()
    once, again = await notify.until(2)
    assert once.id == again.id


async def test_a_revoked_screen_is_no_outage(county: County, notify: Notify) -> None:
    """One that was told of is over with it."""
    first, clock = await told_of_an_outage(county, notify)
    await county.revoke_device(TOWN)
    await eventually_async(
        lambda: ended_as(first, notify, OutageEnd.REVOKED), within_seconds=PATIENCE_SECONDS
    )
    clock.move_to(clock.now() + timedelta(minutes=60))
    await first.look()
    assert [event.type for event in notify.heard] == [
        "board.screen_outage.began.v1",
        "board.screen_outage.ended.v1",
    ]


async def ended_as(watch: OutageWatch, notify: Notify, reason: OutageEnd) -> bool:
    await watch.look()
    return any(
        isinstance(event.data, ScreenOutageEnded) and event.data.reason is reason for event in notify.heard
    )
