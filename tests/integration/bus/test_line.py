"""The services' connection, when one of its writers finds it broken."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.support.eventually import eventually
from yizhan.bus.line import ConfirmedPublisher, Line, LineDelivery, QueueMissing

pytestmark = pytest.mark.integration

QUEUE, SHORT_LIVED = "test.line", "test.short_lived"


def _break(channel: Any) -> None:
    raise ConnectionResetError("connection reset by peer")


def test_a_line_outlives_a_settling_that_broke_its_connection(broker_url: str) -> None:
    """The reader opens another connection and gets the message again; its thread does not die."""
    deliveries: list[LineDelivery] = []
    line = Line(
        broker_url,
        "test",
        QUEUE,
        1,
        deliveries.append,
        prepare=lambda channel: channel.queue_declare(
            QUEUE, durable=True, exclusive=False, auto_delete=False
        ),
    )
    reader = threading.Thread(target=line.run, daemon=True)
    reader.start()
    publisher = ConfirmedPublisher(broker_url, "test")
    try:
        eventually(lambda: line.connected, within_seconds=10)
        publisher.publish("", QUEUE, b"{}", headers={}, content_type=None, message_id=None)
        for attempt in range(1, 6):
            eventually(lambda: len(deliveries) >= attempt, within_seconds=10)  # noqa: B023
            # Twice, as two workers would whose acks meet the same dead connection.
            line.settle(deliveries[-1], _break)
            line.settle(deliveries[-1], _break)
        eventually(lambda: len(deliveries) >= 6, within_seconds=10)
        assert reader.is_alive()
        deliveries[-1].ack()
    finally:
        line.drain(5)
        publisher.close()


def test_a_queue_that_was_gone_again_before_it_was_consumed_is_made_anew(broker_url: str) -> None:
    """One that expires in seconds may do so while a busy machine holds its service up."""
    made: list[str] = []

    def prepare(channel: Any) -> None:
        channel.queue_declare(SHORT_LIVED, durable=True, exclusive=False, auto_delete=False)
        made.append(SHORT_LIVED)
        if len(made) == 1:
            channel.queue_delete(SHORT_LIVED)

    line = Line(broker_url, "test", SHORT_LIVED, 1, lambda _: None, prepare=prepare, makes_queue=True)
    reader = threading.Thread(target=line.run, daemon=True)
    reader.start()
    try:
        eventually(lambda: line.connected, within_seconds=10)
        assert len(made) == 2
    finally:
        line.drain(5)


def test_a_queue_that_the_deployment_makes_has_to_be_there(broker_url: str) -> None:
    """Its service says so at once, and does not wait for it."""
    line = Line(broker_url, "test", "test.never_made", 1, lambda _: None, prepare=lambda _: None)
    with pytest.raises(QueueMissing):
        line.run()
