"""What is read without a service: the board's document, pages, health."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from redis.exceptions import ConnectionError as RedisConnectionError

from gateway import examples, wellness
from gateway.app import create_app
from gateway.files import PageFiles
from gateway.routes.board import entity_tag
from gateway.routes.draw_pages import picture_of
from gateway.wellness import Wellness, peer_check
from tests.unit.gateway.conftest import KEY, problem
from tests.unit.gateway.fakes import FakeLink, FakeRedis, FakeRpc
from yizhan.clock import FrozenClock
from yizhan.contracts.errors import OutsideScope, RemoteProblem, ServiceUnavailable
from yizhan.contracts.screen import BoardDocument, ScreenHealth, document_key, health_key
from yizhan.contracts.stations import StationList, StationNotFound
from yizhan.settings import Settings

BOARD = "/api/v1/stations/522730/board"


@pytest.fixture
def document(redis: FakeRedis) -> bytes:
    """A board that has been drawn."""
    written = BoardDocument.model_validate(examples.example_of(BoardDocument)).model_dump_json().encode()
    redis.strings[document_key("t:", "522730")] = written
    return written


async def test_a_board_is_served_byte_for_byte(
    client: httpx.AsyncClient, rpc: FakeRpc, document: bytes
) -> None:
    """As the board wrote it, with its place as ETag; no service is asked."""
    response = await client.get(BOARD)
    assert response.content == document
    assert response.headers["etag"] == '"00c0ffee00c0ffee-42"'
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["content-type"] == "application/json"
    assert rpc.asked == []


@pytest.mark.parametrize(
    "tag", ['"00c0ffee00c0ffee-42"', 'W/"00c0ffee00c0ffee-42"', '"a", "00c0ffee00c0ffee-42"', "*"]
)
async def test_an_unchanged_board_is_not_sent_again(
    client: httpx.AsyncClient, document: bytes, tag: str
) -> None:
    """304 with the ETag and no body."""
    response = await client.get(BOARD, headers={"If-None-Match": tag})
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["etag"] == '"00c0ffee00c0ffee-42"'


@pytest.mark.parametrize("tag", ['"00c0ffee00c0ffee-41"', "00c0ffee00c0ffee-42", "", '"'])
async def test_a_changed_board_is_sent(client: httpx.AsyncClient, document: bytes, tag: str) -> None:
    """Another offset, or no tag at all, gets the document."""
    assert (await client.get(BOARD, headers={"If-None-Match": tag})).content == document


def test_the_place_is_found_however_the_document_is_written() -> None:
    """Blanks or another order of fields make it slower, not wrong."""
    whole = {"state": {}, "offset": 7, "epoch": "0123456789abcdef"}
    assert entity_tag(json.dumps(whole, indent=1).encode()) == '"0123456789abcdef-7"'
    first = {"epoch": "0123456789abcdef", "offset": 7, "state": {}}
    assert entity_tag(json.dumps(first).encode()) == '"0123456789abcdef-7"'


async def test_a_station_without_a_board_is_not_ready(client: httpx.AsyncClient, rpc: FakeRpc) -> None:
    """The network knows it, the board not yet: come again."""
    response = await client.get(BOARD)
    problem(response, 503, "board.not_ready")
    assert response.headers["retry-after"] == "1"
    assert rpc.last.method.name == "get_station"


async def test_a_station_that_is_none_is_not_found(client: httpx.AsyncClient, rpc: FakeRpc) -> None:
    """On a miss the owner is asked."""
    rpc.errors["get_station"] = RemoteProblem(StationNotFound("No such station").to_problem())
    problem(await client.get(BOARD), 404, "stations.station_not_found")


async def test_a_board_without_redis_is_away(client: httpx.AsyncClient, redis: FakeRedis) -> None:
    """503, and when to come again."""
    redis.error = RedisConnectionError("gone")
    response = await client.get(BOARD)
    assert problem(response, 503, "service.unavailable")["evidence"] == {"part": "redis"}
    assert "retry-after" in response.headers


async def test_screens_are_seen_with_their_health(
    signed_in: httpx.AsyncClient, redis: FakeRedis, clock: FrozenClock
) -> None:
    """Each device with what its screen last said; one that fell silent is not connected, whoever died."""
    device, health = examples.device_and_health()
    health = health.model_copy(update={"seen_at": clock.now() - timedelta(seconds=60)})
    key = health_key("t:", device.station)
    redis.hashes[key] = {device.id.encode(): health.model_dump_json().encode(), b"other": b"{"}
    path = f"/api/v1/stations/{device.station}/screens"
    seen = (await signed_in.get(path)).json()["screens"]
    assert [screen["device"]["id"] for screen in seen] == [device.id]
    assert ScreenHealth.model_validate(seen[0]["health"]) == health
    silent = health.model_copy(update={"seen_at": clock.now() - timedelta(seconds=61)})
    redis.hashes[key] = {device.id.encode(): silent.model_dump_json().encode()}
    assert (await signed_in.get(path)).json()["screens"][0]["health"]["connected"] is False
    redis.hashes[key] = {device.id.encode(): b"{broken"}
    assert (await signed_in.get(path)).json()["screens"][0]["health"] is None


async def test_screens_outside_the_scope_are_not_seen(
    signed_in: httpx.AsyncClient, rpc: FakeRpc, redis: FakeRedis
) -> None:
    """The devices' owner decides, before Redis is asked."""
    rpc.errors["list_devices"] = RemoteProblem(OutsideScope("Not yours").to_problem())
    redis.error = AssertionError("asked too early")
    problem(await signed_in.get("/api/v1/stations/522730/screens"), 403, "auth.outside_scope")


# --- pages ---------------------------------------------------------------------------------------------


async def test_a_screen_finds_its_page(client: httpx.AsyncClient) -> None:
    """Revalidated each time, under a policy that lets nothing foreign in."""
    response = await client.get("/screen/522730")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    policy = response.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    again = await client.get("/screen/522730", headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_pages_address_may_be_decorated(client: httpx.AsyncClient) -> None:
    """A query that a page does not know is nothing to refuse a screen for."""
    assert (await client.get("/screen/522730?utm=x")).status_code == 200


async def test_the_page_names_only_files_that_are_served(client: httpx.AsyncClient) -> None:
    """What the page and its worker ask for is there."""
    page = (await client.get("/screen/522730")).text
    names = re.findall(r'(?:src|href)="(/screen/[^"]+)"', page)
    assert names
    for name in names:
        assert (await client.get(name)).status_code == 200, name


async def test_the_worker_may_serve_the_whole_screen(client: httpx.AsyncClient) -> None:
    """Its scope is /screen/, and it is revalidated."""
    response = await client.get("/screen/sw.js")
    assert response.headers["service-worker-allowed"] == "/screen/"
    assert response.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "name", ["..%2fapp.py", "%2e%2e/app.py", "none.js", ".hidden.js", "a.py", "%00.js", "x/y.js"]
)
async def test_only_a_pages_own_files_are_served(client: httpx.AsyncClient, name: str) -> None:
    """No name leads out of the folder."""
    problem(await client.get(f"/screen/assets/{name}"), 404, "request.route_not_found")


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    """A release shows without a restart; a file that went away is not found."""
    files = PageFiles(tmp_path)
    assert files.find("a.js") is None
    (tmp_path / "a.js").write_text("1")
    first = files.find("a.js")
    (tmp_path / "a.js").write_text("22")
    second = files.find("a.js")
    assert first is not None
    assert second is not None
    assert (first.content, second.content) == (b"1", b"22")
    assert first.tag != second.tag
    (tmp_path / "a.js").unlink()
    assert files.find("a.js") is None


@pytest.mark.parametrize(
    ("host", "board"),
    [
        ("192.0.2.9:8600", "ws://192.0.2.9:8701/"),
        ("[2001:db8::1]:8600", "ws://[2001:db8::1]:8701/"),
        ("yizhan.test", "ws://yizhan.test:8701/"),
        ('evil"/><script>', "ws://127.0.0.1:8701/"),
    ],
)
async def test_a_page_is_told_where_its_board_is(client: httpx.AsyncClient, host: str, board: str) -> None:
    """At the host that the page itself came from, on the board's port."""
    assert (await client.get("/screen/config.json", headers={"Host": host})).json() == {"board": board}


async def test_the_page_of_a_draw_is_for_everybody_and_asks_nobody_else(client: httpx.AsyncClient) -> None:
    """Of any station and day, with what it names; a day that is none is refused."""
    response = await client.get("/draw/522730/2026-03-01")
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-cache")
    assert "connect-src 'self'" in response.headers["content-security-policy"]
    assert "unsafe" not in response.headers["content-security-policy"]
    names = re.findall(r'(?:src|href)="(/[^"]+)"', response.text)
    assert len(names) >= 4
    for name in names:
        assert (await client.get(name)).status_code == 200, name
    for path in ("/draw/522730/2026-02-30", "/draw/5227/2026-03-01", "/draw/522730/2026-02-30/qr.svg"):
        assert (await client.get(path)).status_code == 422, path


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("yizhan.test", "http://yizhan.test"),
        ("192.0.2.9:8600", "http://192.0.2.9:8600"),
        ('"><g>', "http://127.0.0.1"),
    ],
)
async def test_the_picture_leads_to_the_page_at_the_host_that_the_screen_came_from(
    client: httpx.AsyncClient, host: str, origin: str
) -> None:
    """An SVG that a box may keep; a host that is none is not drawn."""
    response = await client.get("/draw/522730/2026-03-01/qr.svg", headers={"Host": host})
    assert response.content == picture_of(f"{origin}/draw/522730/2026-03-01")
    assert response.headers["content-type"] == "image/svg+xml"
    assert "max-age" in response.headers["cache-control"]


async def test_a_public_board_address_is_told_as_it_is(rpc: FakeRpc, redis: FakeRedis) -> None:
    """Behind a proxy the settings know better than the request."""
    settings = Settings(session_key=SecretStr(KEY), board_public_url="wss://board.test/ws")
    transport = httpx.ASGITransport(create_app(settings, rpc, redis))
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        assert (await client.get("/screen/config.json")).json() == {"board": "wss://board.test/ws"}


async def test_the_root_leads_on(client: httpx.AsyncClient, rpc: FakeRpc) -> None:
    """A Chinese page with the stations, whose texts cannot become markup; it stands without them too."""
    listed = examples.example_of(StationList)
    listed["stations"][0]["facts"]["name_plate"] = "<b>驿站</b>"
    rpc.answers["list_stations"] = StationList.model_validate(listed)
    page = await client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "&lt;b&gt;驿站&lt;/b&gt;" in page.text
    assert f'href="/screen/{listed["stations"][0]["code"]}"' in page.text
    rpc.answers["list_stations"] = StationList(stations=())
    empty = (await client.get("/")).text
    assert "还没有站点" in empty
    rpc.errors["list_stations"] = ServiceUnavailable("away")
    away = await client.get("/")
    assert (away.status_code, "暂时取不到站点名单" in away.text) == (HTTPStatus.OK, True)
    assert "暂时取不到站点名单" not in empty
    assert (await client.get("/index.css")).status_code == HTTPStatus.OK


# --- health --------------------------------------------------------------------------------------------


async def test_all_is_well_only_when_everything_is(client: httpx.AsyncClient) -> None:
    """200 with each part by name."""
    response = await client.get("/healthz")
    assert (response.status_code, response.json()) == (
        200,
        {"status": "well", "checks": {"broker": "ok", "redis": "ok"}},
    )


async def test_what_is_not_well_is_named(client: httpx.AsyncClient, redis: FakeRedis, link: FakeLink) -> None:
    """503 with the reason at each part; liveness does not care."""
    redis.error = RedisConnectionError("gone")
    link.connected.clear()
    response = await client.get("/healthz")
    assert response.status_code == 503
    assert response.json() == {"status": "unwell", "checks": {"broker": "not connected", "redis": "gone"}}
    assert (await client.get("/livez")).status_code == 200


async def test_a_broker_that_takes_no_messages_is_unwell(client: httpx.AsyncClient, link: FakeLink) -> None:
    """A disk alarm keeps the connection and refuses the work."""
    link.blocked_reason = "low on disk"
    assert (await client.get("/healthz")).json()["checks"]["broker"] == "takes no messages: low on disk"


def _answering(status: int, body: object) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(status, json=body)))


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, {"status": "well"}, None),
        (503, {"checks": {"database": "locked", "broker": "ok"}}, "database: locked"),
        (503, {"checks": "?"}, "answered 503"),
        (503, [], "answered 503"),
        (404, {}, "answered 404"),
    ],
)
async def test_a_peers_own_words_are_passed_on(status: int, body: object, reason: str | None) -> None:
    """An unwell process says what is not well; the gateway repeats it."""
    assert await peer_check(_answering(status, body), "http://peer.test")() == reason


async def test_a_peer_that_is_not_there_is_told_so() -> None:
    """A closed port is a reason, not an error."""
    async with httpx.AsyncClient(trust_env=False) as http:
        assert await peer_check(http, "http://127.0.0.1:1/healthz")() == "connection refused"


async def test_one_round_of_checks_serves_all_who_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at once, and one just after, share the answer; a check that breaks is a reason like another."""
    rounds = 0

    async def counting() -> str | None:
        nonlocal rounds
        rounds += 1
        return None

    async def breaking() -> str | None:
        raise RuntimeError("broke")

    monkeypatch.setattr(wellness, "KEPT_SECONDS", 60.0)
    shared = Wellness({"counting": counting, "breaking": breaking})
    reports = await asyncio.gather(shared.report(), shared.report())
    assert await shared.report() == reports[0] == reports[1]
    assert rounds == 1
    assert reports[0].checks == {"counting": "ok", "breaking": "broke"}


async def test_a_peer_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The round ends at the deadline, with that part named."""
    monkeypatch.setattr(wellness, "CHECK_SECONDS", 0.05)

    async def hanging() -> str | None:
        await asyncio.Event().wait()
        return None

    assert (await Wellness({"stations": hanging}).report()).checks == {"stations": "no answer within 0.05 s"}
