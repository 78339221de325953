"""The folder at the end of the county's day."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.board.facts import Fact, field_of
from services.board.folding import Folder
from services.board.state import FoldWrite, Verdict
from services.board.view import EMPTY_STATE, apply_changes
from tests.support.eventually import eventually_async
from tests.unit.board.test_projection import network
from tests.unit.board.world import (
    NOON,
    TODAY,
    TOWN,
    called_event,
    device_id,
    draw_event,
    fact,
    message_event,
    message_id,
    notice,
    notice_event,
    station,
    station_event,
    waiting_event,
)
from yizhan.clock import FrozenClock
from yizhan.contracts.envelope import Event
from yizhan.contracts.screen import Delta, ScreenHealth, from_server
from yizhan.contracts.screen_messages import MissedReason

MIDNIGHT = datetime.fromisoformat("2026-03-02T00:00:00+08:00")


@dataclass
class KeptState:
    """Redis as the folder sees it. verdict: what becomes of the next writes."""

    kept: list[Fact]
    verdict: Verdict = Verdict.DONE
    claims: int = 0
    writes: list[FoldWrite] = field(default_factory=list)
    screens: list[ScreenHealth] = field(default_factory=list)

    async def claim(self, token: str) -> str | None:
        self.claims += 1
        return "0123456789abcdef"

    async def facts(self) -> AsyncIterator[Fact]:
        for one in self.kept:
            yield one

    async def offsets(self) -> dict[str, int]:
        return {one.id: 0 for one in network()}

    async def health(self, stations: list[str]) -> dict[str, dict[str, ScreenHealth]]:
        return {
            code: {one.device_id: one for one in self.screens if one.station == code} for code in stations
        }

    async def horizon(self) -> datetime | None:
        return None

    async def fold(self, token: str, epoch: str, write: FoldWrite) -> Verdict:
        if self.verdict is Verdict.DONE:
            self.writes.append(write)
        return self.verdict


@dataclass
class Handed:
    """A delivery as the bus hands it out."""

    body: bytes
    headers: dict[str, Any] = field(default_factory=dict)
    routing_key: str = ""
    message_id: str | None = None
    acked: bool = False

    def ack(self) -> None:
        self.acked = True

    def nack(self, requeue: bool) -> None:
        raise AssertionError("not settled")


def handed(event: Any) -> Handed:
    return Handed(event.model_dump_json().encode())


class Work:
    """A folder at work on a state, at a time that stands."""

    def __init__(self, state: KeptState, at: datetime) -> None:
        self.state = state
        self.clock = FrozenClock(at)
        #: What became of messages, by their id.
        self.answers: dict[str, MissedReason | None] = {}
        self.folder = Folder(  # type: ignore[arg-type]
            state, None, self.clock, answers=self, state_wanted=lambda: None
        )

    async def __aenter__(self) -> Work:
        self._tasks = [
            asyncio.create_task(self.folder.run()),
            asyncio.create_task(self.folder.watch_the_day(every_seconds=0.01)),
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.folder.stop()
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def owe(self, delivery: Handed, event: Event[Any], missed: MissedReason | None) -> None:
        self.answers[event.subject] = missed
        delivery.ack()

    async def hears(self, event: Any) -> None:
        """Offer an event and wait until it is settled."""
        delivery = handed(event)
        await self.folder.offer(delivery)
        await eventually_async(lambda: delivery.acked, within_seconds=5)

    def told(self, code: str) -> list[Delta]:
        """The deltas of a station, in their order."""
        texts = [
            text
            for write in self.state.writes
            if code in write.stations
            for text in write.stations[code].deltas
        ]
        return [delta for delta in map(from_server.validate_json, texts) if isinstance(delta, Delta)]


def a_day(day: date = TODAY) -> list[Fact]:
    return [
        fact(event)
        for event in (waiting_event(TOWN, day=day), called_event(1, TOWN, day=day), draw_event(TOWN, day=day))
    ]


async def test_the_day_leaves_the_screens_at_midnight_though_nothing_is_told() -> None:
    """One delta that takes it off, and the facts go from Redis with it."""
    async with Work(KeptState([*network(), *a_day()]), NOON) as work:
        await work.hears(notice_event(notice(1, TOWN)))
        assert not any(write.purged for write in work.state.writes)
        work.clock.move_to(MIDNIGHT)
        await eventually_async(lambda: any(write.purged for write in work.state.writes), within_seconds=5)
        (_, ended) = work.told(TOWN)
        assert sorted(change.op for change in ended.changes) == ["drop_call", "set_draw", "set_waiting"]
        assert set(work.state.writes[-1].purged) == {field_of(one.key) for one in a_day()}
        assert '"called":[]' in work.state.writes[-1].stations[TOWN].document


async def test_a_folder_that_takes_over_after_midnight_clears_first() -> None:
    """With whatever it hears first; the screens are told of both."""
    async with Work(KeptState([*network(), *a_day()]), MIDNIGHT) as work:
        await work.hears(waiting_event(TOWN, people=2, day=TODAY + timedelta(days=1), at=MIDNIGHT))
        state = EMPTY_STATE
        for delta in work.told(TOWN):
            state = apply_changes(state, delta.changes)
        assert state.waiting is not None
        assert (state.waiting.people, state.called, state.draw) == (2, (), None)


async def test_what_is_told_late_of_a_day_that_is_over_is_settled_and_not_shown() -> None:
    """A desk hands yesterday's slips in."""
    async with Work(KeptState(network()), MIDNIGHT) as work:
        await work.hears(waiting_event(TOWN, at=MIDNIGHT))
        assert work.state.writes == []


async def test_a_folder_that_was_overtaken_leaves_the_days_end_to_the_other() -> None:
    """It claims nothing back for it."""
    async with Work(KeptState([*network(), *a_day()]), NOON) as work:
        await work.hears(notice_event(notice(1, TOWN)))
        work.state.verdict = Verdict.STALE
        work.clock.move_to(MIDNIGHT)
        await eventually_async(lambda: not work.folder._day_is_over(), within_seconds=5)
        assert (work.state.claims, len(work.state.writes)) == (1, 1)


# --- messages by number ---------------------------------------------------------------------------------


def screen(at_station: str, *, connected: bool = True, seconds_ago: float = 0) -> ScreenHealth:
    return ScreenHealth(
        device_id=device_id(1),
        station=at_station,
        connected=connected,
        seen_at=NOON - timedelta(seconds=seconds_ago),
    )


async def test_a_message_by_number_is_shown_and_answered_once_it_is_written() -> None:
    """One that comes again was shown already, also when its screen has gone meanwhile."""
    state = KeptState(network(), screens=[screen(TOWN)])
    async with Work(state, NOON) as work:
        told = message_event(1, TOWN)
        await work.hears(told)
        assert work.answers == {message_id(1): None}
        (delta,) = work.told(TOWN)
        assert [change.op for change in delta.changes] == ["put_message"]
        state.screens.clear()
        work.answers.clear()
        await work.hears(told)
        assert work.answers == {message_id(1): None}
        assert len(work.state.writes) == 1


@pytest.mark.parametrize(
    ("screens", "minutes", "is_open", "reason"),
    [
        ([], 10, True, MissedReason.NO_SCREEN),
        ([screen(TOWN, connected=False)], 10, True, MissedReason.NO_SCREEN),
        ([screen(TOWN, seconds_ago=61)], 10, True, MissedReason.NO_SCREEN),
        ([screen(TOWN)], 10, False, MissedReason.NO_SCREEN),
        ([screen(TOWN)], 0, True, MissedReason.TOO_LATE),
    ],
)
async def test_a_message_that_nobody_could_see_is_answered_so_and_written_nowhere(
    screens: list[ScreenHealth], minutes: float, is_open: bool, reason: MissedReason
) -> None:
    """No screen there, the station closed, or its time over: services/notify goes on by another way."""
    town = fact(station_event(station(TOWN, None, sequence=2, is_open=is_open)))
    kept = [*(one for one in network() if one.id != TOWN), town]
    async with Work(KeptState(kept, screens=screens), NOON) as work:
        await work.hears(message_event(1, TOWN, minutes=minutes))
        assert work.answers == {message_id(1): reason}
        assert work.state.writes == []


async def test_what_no_owner_tells_again_is_handed_to_a_rebuild() -> None:
    """Messages that this process has folded come back after Redis was emptied."""
    async with Work(KeptState(network(), screens=[screen(TOWN)]), NOON) as work:
        await work.hears(message_event(1, TOWN))
        assert [one.id for one in work.folder.untold()] == [message_id(1)]
