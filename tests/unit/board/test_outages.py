"""When a screen counts as away, and when it does not any more."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from redis import RedisError

from services.board.outage_watch import OutageWatch, rules
from services.board.outages import OutageRules, away, concerns, ended
from services.board.session import KnownDevice
from tests.support.eventually import eventually_async
from tests.unit.board.world import NOON, TOWN, device_id
from yizhan.clock import FrozenClock
from yizhan.contracts.screen import ScreenHealth, StationCard
from yizhan.contracts.screen_outages import OutageEnd, ScreenOutage
from yizhan.contracts.stations import OpeningHours, StationFacts, StationKind
from yizhan.tasks import end_tasks

ONE = device_id(1)
RULES = OutageRules(offline_minutes=10, look_seconds=30)
LONG_AGO = NOON - timedelta(hours=5)


def devices(*, void: bool = False) -> dict[str, KnownDevice]:
    return {ONE: KnownDevice(id=ONE, station=TOWN, void=void, label="大厅")}


def seen(minutes_ago: float, *, connected: bool = True, now: datetime = NOON) -> dict[str, ScreenHealth]:
    seen_at = now - timedelta(minutes=minutes_ago)
    return {ONE: ScreenHealth(device_id=ONE, station=TOWN, connected=connected, seen_at=seen_at)}


def found(
    reports: dict[str, ScreenHealth],
    *,
    told: dict[str, ScreenOutage] | None = None,
    void: bool = False,
    watched_since: datetime = LONG_AGO,
) -> list[ScreenOutage]:
    return away(told or {}, devices(void=void), reports, watched_since=watched_since, now=NOON, rules=RULES)


def test_a_screen_that_was_not_heard_of_for_so_long_is_away() -> None:
    """Said to have gone, or to be there by a board that died; with what staff call it, and since when."""
    for connected in (False, True):
        (outage,) = found(seen(10, connected=connected))
        assert (outage.device_id, outage.label) == (ONE, "大厅")
        assert outage.since == NOON - timedelta(minutes=10)


def test_the_same_outage_has_the_same_id_and_the_next_another() -> None:
    """Whoever finds it out tells the same event."""
    assert found(seen(20))[0].id == found(seen(20))[0].id
    assert found(seen(20))[0].id != found(seen(19))[0].id


@pytest.mark.parametrize(
    "reports", [{}, seen(9.9, connected=False), seen(0.5)], ids=["never came", "just gone", "there"]
)
def test_other_screens_are_not(reports: dict[str, ScreenHealth]) -> None:
    """One that never came is not set up yet."""
    assert found(reports) == []


def test_nothing_is_told_of_a_void_device_nor_twice_of_one_outage() -> None:
    """Also when a flicker between two looks made it a later one: it is away as before."""
    assert found(seen(60), void=True) == []
    assert found(seen(20), told={ONE: found(seen(60))[0]}) == []


def test_the_time_in_which_nobody_watched_does_not_count() -> None:
    """When all boards were away no screen could come; each gets its time to be back."""
    assert found(seen(60), watched_since=NOON - timedelta(minutes=9)) == []
    assert len(found(seen(60), watched_since=NOON - timedelta(minutes=10))) == 1


def test_it_is_over_when_the_screen_is_back_or_is_none_any_more() -> None:
    """And not before."""
    told = {ONE: found(seen(60))[0]}
    assert ended(told, devices(), seen(60), now=NOON) == []
    assert ended(told, devices(), {}, now=NOON) == []
    for known, reason in ((devices(), OutageEnd.BACK), (devices(void=True), OutageEnd.REVOKED)):
        (over,) = ended(told, known, seen(0.2), now=NOON)
        assert (over.outage, over.reason) == (told[ONE], reason)


def card(*, is_open: bool = True, hours: tuple[str, str] | None = None) -> StationCard:
    opening_hours = None if hours is None else OpeningHours(opens=hours[0], closes=hours[1])
    facts = StationFacts(name_plate="零工驿站", short_name="冠山", opening_hours=opening_hours)
    return StationCard(code=TOWN, kind=StationKind.TOWN_STATION, open=is_open, facts=facts)


@pytest.mark.parametrize(
    ("at", "of_station", "concern"),
    [
        ("2026-03-01T12:00:00+08:00", card(), True),
        ("2026-03-01T12:00:00+08:00", card(is_open=False), False),
        ("2026-03-01T12:00:00+08:00", None, False),
        ("2026-03-01T05:39:59+08:00", card(hours=("05:30", "18:00")), False),
        ("2026-03-01T05:40:00+08:00", card(hours=("05:30", "18:00")), True),
        ("2026-03-01T17:59:59+08:00", card(hours=("05:30", "18:00")), True),
        ("2026-03-01T18:00:00+08:00", card(hours=("05:30", "18:00")), False),
        ("2026-03-01T02:00:00+08:00", card(hours=("05:30", "18:00")), False),
    ],
)
def test_staff_are_told_while_they_are_there_to_look(
    at: str, of_station: StationCard | None, concern: bool
) -> None:
    """A screen that is off at night has its minutes in the morning to come on."""
    now = datetime.fromisoformat(at)
    outage = found(seen(60))[0].model_copy(update={"since": now - timedelta(hours=11)})
    assert concerns(outage, of_station, now=now, rules=RULES) is concern


def test_the_rules_are_data() -> None:
    """And can be read."""
    assert rules().offline_minutes > 1


async def test_a_look_that_fails_is_counted_and_not_the_last() -> None:
    """Whatever it died of: a board that no longer looks would be missed by nobody."""
    failures: list[Exception] = [ValueError("not ours to know"), RedisError("away")]

    class Gone:
        async def hold_watch(self, token: str, seconds: float) -> bool:
            if failures:
                raise failures.pop()
            looked.set()
            return False

    def counted() -> float:
        return REGISTRY.get_sample_value("yizhan_board_outage_looks_failed_total") or 0

    looked, before, state = asyncio.Event(), counted(), Gone()
    unresting: Any = RULES.model_copy(update={"look_seconds": 0})
    watch = OutageWatch(state, None, FrozenClock(NOON), unresting)  # type: ignore[arg-type]
    task = asyncio.create_task(watch.run())
    await eventually_async(looked.is_set, within_seconds=5)
    await end_tasks([task])
    assert counted() == before + 2
