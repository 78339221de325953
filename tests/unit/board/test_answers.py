"""What the board answers to a message by number, and that its delivery waits for it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from prometheus_client import REGISTRY

from services.board.answers import Answers
from tests.support.eventually import eventually_async
from tests.unit.board.world import NOON, TOWN, identifier, message_event, message_id
from yizhan.bus.connection import Disconnected
from yizhan.clock import FrozenClock
from yizhan.contracts.reading import read_event
from yizhan.contracts.screen_messages import MissedReason, ScreenMessageMissed, ScreenMessageShown
from yizhan.tasks import end_tasks

GIVEN_UP = "yizhan_board_answers_given_up_total"


@dataclass
class FakeBus:
    """failures: how often it refuses first."""

    failures: int = 0
    bodies: list[bytes] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    async def publish(self, exchange: str, key: str, body: bytes, **_: Any) -> None:
        if self.failures:
            self.failures -= 1
            raise Disconnected("away", sent=False)
        self.keys.append(f"{exchange} {key}")
        self.bodies.append(body)


class Slip:
    """A delivery that notes how much was told when it was acked."""

    def __init__(self, bus: FakeBus) -> None:
        self.bus = bus
        self.acked_after: int | None = None

    def ack(self) -> None:
        self.acked_after = len(self.bus.bodies)


async def answered(bus: FakeBus, *missed: MissedReason | None) -> list[Slip]:
    answers = Answers(bus, FrozenClock(NOON), pauses_seconds=(0.0, 0.0))
    slips = [Slip(bus) for _ in missed]
    for slip, reason in zip(slips, missed, strict=True):
        answers.owe(slip, message_event(1, TOWN), reason)
    task = asyncio.create_task(answers.run())
    await eventually_async(lambda: all(slip.acked_after is not None for slip in slips), within_seconds=5)
    await end_tasks([task])
    return slips


async def test_an_answer_is_told_before_the_message_is_acked() -> None:
    """Under an id that follows from the message: told again it is the same event."""
    bus = FakeBus()
    first, second = await answered(bus, None, None)
    assert (first.acked_after, second.acked_after) == (1, 2)
    assert bus.keys[0] == f"yizhan.events board.screen_message.shown.522730.{TOWN}"
    one, again = (read_event(body) for body in bus.bodies)
    assert one.data == ScreenMessageShown(
        station=TOWN, message_id=message_id(1), delivery_id=identifier(8, 1)
    )
    assert (one.id, one.subject, one.sequence) == (again.id, message_id(1), 2)


async def test_a_message_that_was_missed_says_why_and_is_another_event() -> None:
    """What was shown and what was not are never taken for each other."""
    bus = FakeBus()
    await answered(bus, MissedReason.NO_SCREEN, None)
    missed, shown = (read_event(body) for body in bus.bodies)
    assert isinstance(missed.data, ScreenMessageMissed)
    assert missed.data.reason is MissedReason.NO_SCREEN
    assert missed.id != shown.id


async def test_a_broker_that_is_away_is_asked_again_and_never_blocks_for_ever() -> None:
    """After the last try the message is acked untold, and that is counted: its delivery stays `sent`."""
    before = REGISTRY.get_sample_value(GIVEN_UP)
    patient = FakeBus(failures=2)
    (told,) = await answered(patient, None)
    assert told.acked_after == 1
    hopeless = FakeBus(failures=3)
    (given_up,) = await answered(hopeless, None)
    assert given_up.acked_after == 0
    assert REGISTRY.get_sample_value(GIVEN_UP) == (before or 0) + 1
    assert json.loads(patient.bodies[0])["source"] == "/yizhan/board"
