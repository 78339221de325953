"""What consoles are told: of their scope, in order, from where they were, or to read everything anew."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from gateway.live import Listener, LiveNews
from tests.unit.gateway.fakes import FakeRpc
from yizhan.contracts.examples import examples

TOWN, OTHER = "52273001", "52273002"
STAFF, COLLEAGUE = "019ca713-ddd0-7b6c-9d0e-3f4ef1d3a9b2", "019ca713-ddd0-7b6c-9d0e-3f4ef1d3a9b3"


def event(number: int, station: str = TOWN, **data: Any) -> bytes:
    told = {"type": "jobs.posting.taken.v1", "subject": f"p{number}", "station": station}
    return json.dumps({**told, "sequence": number, "data": {"posting": data}}).encode()


def heard(listener: Listener) -> list[str]:
    return [told.news.subject for told in listener.waiting]


def test_a_console_hears_of_its_own_stations_and_of_jobs_that_ask_them() -> None:
    """In their order."""
    live = LiveNews()
    with live.listener(frozenset({TOWN}), staff=STAFF, after=None) as listener:
        live.hear(event(1))
        live.hear(event(2, OTHER))
        live.hear(event(3, OTHER, overflow="neighbours", overflow_to=[TOWN]))
        live.hear(event(4, OTHER, overflow="county"))
        live.hear(b"no event")
        assert heard(listener) == ["p1", "p3", "p4"]


def test_a_console_goes_on_from_where_it_was_or_reads_everything_anew() -> None:
    """All or nothing: an unknown, a future and a forgotten place are told to read anew."""
    live = LiveNews()
    live.hear(event(1))
    here = live.here
    live.hear(event(2))
    with live.listener(frozenset({TOWN}), staff=STAFF, after=here) as listener:
        assert (heard(listener), listener.lost) == (["p2"], False)
    for after in ("", "x-1", f"{live.epoch}-9", f"{live.epoch}-x", "0-1"):
        with live.listener(frozenset({TOWN}), staff=STAFF, after=after) as listener:
            assert (heard(listener), listener.lost) == ([], True)
    for number in range(3, 1100):
        live.hear(event(number))
    with live.listener(frozenset({TOWN}), staff=STAFF, after=here) as listener:
        assert listener.lost


def test_a_console_that_does_not_read_loses_its_backlog_and_holds_up_nobody() -> None:
    """It is told so, once."""
    live = LiveNews()
    with live.listener(frozenset({TOWN}), staff=STAFF, after=None) as slow:
        for number in range(200):
            live.hear(event(number))
        assert slow.lost
        assert len(slow.waiting) <= 100


def test_another_connection_or_another_tree_means_reading_anew() -> None:
    """Something may have been missed; a scope may be another."""
    live, connections = LiveNews(), [1]
    live._connections = lambda: connections[0]
    with live.listener(frozenset({TOWN}), staff=STAFF, after=None) as listener:
        live.look_after_connection()
        assert not listener.lost
        connections[0] = 2
        live.look_after_connection()
        assert listener.lost
    with live.listener(frozenset({TOWN}), staff=STAFF, after=None) as listener:
        moved = {"type": "stations.station.amended.v1", "subject": TOWN, "station": TOWN}
        live.hear(json.dumps({**moved, "sequence": 2, "data": {}}).encode())
        assert listener.lost


def test_what_is_told_of_a_dispatch_says_neither_who_nor_what() -> None:
    """Its type, its place and whose posting it is."""
    live = LiveNews()
    told = examples()["jobs.dispatch.accepted.v1"]
    with live.listener(frozenset({told.station}), staff=STAFF, after=None) as listener:
        live.hear(told.model_dump_json().encode())
        news = listener.waiting[0].news
    assert set(news.model_dump()) == {"type", "subject", "station", "sequence", "posting"}
    assert news.posting == told.data.dispatch.posting_id
    assert told.data.dispatch.worker_id not in news.model_dump_json()


def test_a_letter_is_told_to_its_reader_alone() -> None:
    """Not to a colleague at the same station, nor to the county above; to him also where it is about a
    station outside his scope. It is told that it lies there, not what it says."""
    live = LiveNews()
    told = examples()["notify.letter.laid.v1"]
    assert told.data.letter.staff_id == STAFF
    with (
        live.listener(frozenset({OTHER}), staff=STAFF, after=None) as reader,
        live.listener(frozenset({told.station}), staff=COLLEAGUE, after=None) as colleague,
    ):
        before = live.here
        live.hear(told.model_dump_json().encode())
        assert heard(reader) == [told.subject]
        assert heard(colleague) == []
        news = reader.waiting[0].news
    assert news.model_dump(exclude_none=True).keys() == {"type", "subject", "station", "sequence"}
    with live.listener(frozenset({told.station}), staff=COLLEAGUE, after=before) as colleague:
        assert heard(colleague) == [], "nor to one who catches up"


def test_a_letter_without_a_reader_is_told_to_nobody() -> None:
    """Rather than to everybody at its station."""
    live = LiveNews()
    told = json.loads(examples()["notify.letter.laid.v1"].model_dump_json())
    del told["data"]["letter"]["staff_id"]
    with live.listener(frozenset({told["station"]}), staff=STAFF, after=None) as listener:
        live.hear(json.dumps(told).encode())
        assert heard(listener) == []


@pytest.mark.asyncio
async def test_a_stream_begins_where_it_is_and_ends_by_itself(
    client: httpx.AsyncClient, bearer: dict[str, str], rpc: FakeRpc
) -> None:
    """Whoever has no session has no stream."""
    assert (await client.get("/api/v1/live")).status_code == 401
    answer = await client.get("/api/v1/live?seconds=1", headers=bearer)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "event: here" in answer.text
    assert rpc.last.method.name == "list_stations"
    unknown = {**bearer, "Last-Event-ID": "unknown-1"}
    assert "event: reload" in (await client.get("/api/v1/live?seconds=1", headers=unknown)).text
