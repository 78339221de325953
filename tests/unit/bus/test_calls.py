"""Answering a call, without any wire, on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData
from sqlalchemy.exc import OperationalError

from yizhan.bus.calls import CallDesk
from yizhan.bus.idempotency import Idempotency, idempotency_table
from yizhan.clock import FrozenClock
from yizhan.contracts.base import Message
from yizhan.contracts.errors import NotAllowed
from yizhan.contracts.rpc import Call, Method
from yizhan.database import Database


class Greet(Message):
    name: str


class Greeting(Message):
    text: str


GREET = Method("greeter", "greet", Greet, Greeting, command=True)
ASK = Method("greeter", "ask", Greet, Greeting, command=False)
ACTOR = {"id": "somebody", "role": "station_staff", "station": "450123"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[CallDesk]:
    database = Database(f"sqlite:///{tmp_path}/greeter.db")
    metadata = MetaData()
    table = idempotency_table(metadata)
    metadata.create_all(database.engine)
    yield CallDesk(database, Idempotency(database, table), FrozenClock("2026-03-01T08:00+08:00"))
    database.close()


class Greeter:
    """Counts how often it was asked to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.greeted = 0
        self.error = error

    def __call__(self, tx: Connection, call: Call, request: Greet) -> Greeting:
        self.greeted += 1
        if self.error is not None:
            raise self.error
        return Greeting(text=f"{request.name} {self.greeted}")


def payload(body: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"actor": ACTOR, "correlation": "c", "body": body, **more}


def code(reply: dict[str, Any]) -> str | None:
    return None if reply["problem"] is None else str(reply["problem"]["code"])


def test_a_repeated_key_gets_the_first_reply(desk: CallDesk) -> None:
    """Word for word, without doing anything again."""
    greeter = Greeter()
    call = payload({"name": "李"}, idempotency_key="key-00000001")
    assert desk.answer(GREET, greeter, call) == desk.answer(GREET, greeter, call)
    assert greeter.greeted == 1


def test_the_same_key_with_another_body_is_refused(desk: CallDesk) -> None:
    """A key names one request."""
    greeter = Greeter()
    desk.answer(GREET, greeter, payload({"name": "李"}, idempotency_key="key-00000001"))
    reply = desk.answer(GREET, greeter, payload({"name": "王"}, idempotency_key="key-00000001"))
    assert code(reply) == "request.idempotency_key_reused"
    assert greeter.greeted == 1


def test_a_refused_command_may_be_tried_again_with_its_key(desk: CallDesk) -> None:
    """A refusal changed nothing, so it is not kept."""
    greeter = Greeter(NotAllowed("not yet"))
    call = payload({"name": "李"}, idempotency_key="key-00000001")
    assert code(desk.answer(GREET, greeter, call)) == "auth.not_allowed"
    greeter.error = None
    assert code(desk.answer(GREET, greeter, call)) is None


@pytest.mark.parametrize("key", ["short", "x" * 129, "with\ttabs-in-it", "钥匙钥匙钥匙钥匙"])
def test_a_malformed_key_is_refused(desk: CallDesk, key: str) -> None:
    """Before anything is done."""
    greeter = Greeter()
    reply = desk.answer(GREET, greeter, payload({"name": "李"}, idempotency_key=key))
    assert code(reply) == "request.idempotency_key_invalid"
    assert greeter.greeted == 0


def test_faults_point_at_the_fields_and_do_not_repeat_the_values(desk: CallDesk) -> None:
    """What was sent may be secret; where it was wrong is not."""
    reply = desk.answer(GREET, Greeter(), payload({"name": 110101199003070000, "a/b": "secret"}))
    assert code(reply) == "request.invalid"
    pointers = {fault["pointer"] for fault in reply["problem"]["errors"]}
    assert pointers == {"/name", "/a~1b"}
    assert "1101011990" not in str(reply)
    assert "secret" not in str(reply)


@pytest.mark.parametrize("call", [None, [], {"body": {}}, {"actor": ACTOR}, "x"])
def test_what_is_no_call_is_refused(desk: CallDesk, call: object) -> None:
    """Anything may come over a wire."""
    assert code(desk.answer(GREET, Greeter(), call)) == "request.invalid"


def test_a_defect_tells_the_caller_nothing_but_where_to_look(desk: CallDesk) -> None:
    """The correlation id finds it in the logs."""
    reply = desk.answer(GREET, Greeter(ValueError("inside")), payload({"name": "李"}))
    assert code(reply) == "service.internal_fault"
    assert "inside" not in str(reply)
    assert reply["problem"]["evidence"] == {"correlation": "c"}


def test_a_response_of_another_shape_is_a_defect(desk: CallDesk) -> None:
    """And the transaction that made it is rolled back."""
    reply = desk.answer(GREET, lambda tx, call, request: request, payload({"name": "李"}))
    assert code(reply) == "service.internal_fault"


def test_an_interrupted_command_without_a_key_is_not_done_twice(desk: CallDesk) -> None:
    """Nobody knows whether it was done; with a key, or for a query, that does not matter."""
    greeter = Greeter()
    call = payload({"name": "李"})
    assert code(desk.answer(GREET, greeter, call, redelivered=True)) == "service.timeout"
    assert greeter.greeted == 0
    assert code(desk.answer(ASK, greeter, call, redelivered=True)) is None
    keyed = payload({"name": "李"}, idempotency_key="key-00000001")
    assert code(desk.answer(GREET, greeter, keyed, redelivered=True)) is None


def test_a_database_that_is_away_may_be_asked_again(desk: CallDesk) -> None:
    """Surely nothing was done, and the code says so."""
    error = OperationalError("SELECT", {}, Exception("connection refused"))
    assert code(desk.answer(GREET, Greeter(error), payload({"name": "李"}))) == "service.unavailable"


def test_a_deadlock_is_run_again(desk: CallDesk) -> None:
    """Its transaction did nothing, so the caller need not hear of it."""

    class Deadlock(Exception):
        sqlstate = "40P01"

    greeter = Greeter()

    def deadlocked_once(tx: Connection, call: Call, request: Greet) -> Greeting:
        if greeter.greeted == 0:
            greeter.greeted += 1
            raise OperationalError("UPDATE", {}, Deadlock())
        return greeter(tx, call, request)

    reply = desk.answer(GREET, deadlocked_once, payload({"name": "李"}))
    assert reply["result"] == {"text": "李 2"}


def test_kept_replies_are_forgotten_after_a_while(tmp_path: Path) -> None:
    """Keys that nobody retries any more make room."""
    database = Database(f"sqlite:///{tmp_path}/keys.db")
    metadata = MetaData()
    table = idempotency_table(metadata)
    metadata.create_all(database.engine)
    clock = FrozenClock("2026-03-01T08:00+08:00")
    idempotency = Idempotency(database, table)
    greeter = Greeter()
    desk = CallDesk(database, idempotency, clock)
    call = payload({"name": "李"}, idempotency_key="key-00000001")
    desk.answer(GREET, greeter, call)
    with database.transaction() as tx:
        assert idempotency.forget_before(tx, clock.now() - timedelta(days=1)) == 0
        assert idempotency.forget_before(tx, clock.now() + timedelta(seconds=1)) == 1
    desk.answer(GREET, greeter, call)
    assert greeter.greeted == 2
    database.close()
