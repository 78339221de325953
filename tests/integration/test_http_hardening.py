"""The gateway's door: what a request may cost before it is whole. Bodies are looked at in unit/gateway."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn

from gateway import intake
from gateway.intake import MAX_HEAD_BYTES, BoundedProtocol
from tests.support import http
from tests.support.bare_system import BareSystem

pytestmark = pytest.mark.integration

PATIENCE_SECONDS = 30.0
HEAD = b"GET /livez HTTP/1.1\r\nHost: x\r\n"


async def _application(scope: object, receive: object, send: object) -> None:
    """Answers at once, whatever of the request has come."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b""})  # type: ignore[operator]


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """A server that is impatient, so that the test need not be patient."""
    monkeypatch.setattr(intake, "REQUEST_SECONDS", 1.0)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        _application, http=BoundedProtocol, ws="none", lifespan="off", log_config=None, timeout_keep_alive=60
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve([listener]))
    yield listener.getsockname()[1]
    server.should_exit = True
    await serving


async def _answer(port: int, *pieces: bytes) -> bytes:
    """What comes back before the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""
    try:
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
            received = await asyncio.wait_for(reader.read(-1), PATIENCE_SECONDS)
    finally:
        writer.close()
    return received


@pytest.mark.parametrize(
    "pieces",
    [
        [HEAD + b"X: " + b"x" * MAX_HEAD_BYTES + b"\r\n\r\n"],
        [HEAD + b"".join(b"X-%d: %s\r\n" % (n, b"x" * 1000) for n in range(40)) + b"\r\n"],
        [b"GET /" + b"x" * MAX_HEAD_BYTES + b" HTTP/1.1\r\nHost: x\r\n\r\n"],
    ],
    ids=["one header", "many headers", "the address"],
)
async def test_a_head_that_is_too_large_is_refused(port: int, pieces: list[bytes]) -> None:
    """431, and the connection is closed."""
    assert b" 431 " in (await _answer(port, *pieces)).split(b"\r\n")[0]


@pytest.mark.parametrize(
    "pieces",
    [
        [b"X-%d: %s\r\n" % (n, b"x" * 4000) for n in range(12)],
        [b"X: ", *[b"x" * 4000 for _ in range(12)]],
    ],
    ids=["many headers", "one header"],
)
async def test_a_head_without_end_is_not_read_to_its_end(port: int, pieces: list[bytes]) -> None:
    """431 as well, if the client still listens while it sends; if not it sees the connection break."""
    answer = await _answer(port, HEAD, *pieces)
    assert answer == b"" or b" 431 " in answer.split(b"\r\n")[0]


async def test_a_head_within_the_limit_is_taken(port: int) -> None:
    """Cookies of a proxy may be long."""
    head = HEAD + b"X: " + b"x" * 20_000 + b"\r\nConnection: close\r\n\r\n"
    assert b" 200 " in (await _answer(port, head)).split(b"\r\n")[0]


@pytest.mark.parametrize(
    "beginning",
    [b"", HEAD[:9], HEAD],
    ids=["nothing", "half an address", "half a head"],
)
async def test_a_request_that_does_not_come_is_cut(port: int, beginning: bytes) -> None:
    """Silence is no reason to wait for ever."""
    assert await _answer(port, beginning) == b""


async def test_a_body_that_nobody_reads_is_not_waited_for_either(port: int) -> None:
    """The answer is out already; the connection goes when the rest does not come."""
    beginning = b"POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx"
    assert b" 200 " in (await _answer(port, beginning)).split(b"\r\n")[0]


async def test_a_connection_between_two_requests_is_kept(port: int) -> None:
    """The time counts while a request comes, not after it has."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(HEAD + b"\r\n")
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_SECONDS)
        assert b" 200 " in head
        await asyncio.sleep(2 * intake.REQUEST_SECONDS)
    assert not reader.at_eof()
    writer.close()


async def test_others_are_served_while_connections_stand_idle(bare_system: BareSystem) -> None:
    """More of them than the usual limit of open files."""
    idle = [
        socket.create_connection(("127.0.0.1", bare_system.running.port), timeout=PATIENCE_SECONDS)
        for _ in range(1100)
    ]
    try:
        async with http.async_client() as client:
            answer = await client.get(f"{bare_system.url}/livez", timeout=PATIENCE_SECONDS)
        assert answer.status_code == 200
    finally:
        for one in idle:
            one.close()


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"[" * 100_000 + b"]" * 100_000, 400), (b'{"a":' * 40_000, 400), (b"x" * 300_000, 413)],
    ids=["deep lists", "deep objects", "too large"],
)
async def test_a_hostile_body_is_refused(bare_system: BareSystem, content: bytes, status: int) -> None:
    """However deep or large, by the real process, which lives on."""
    headers = {"authorization": f"Bearer {bare_system.admin_token}", "content-type": "application/json"}
    async with http.async_client(timeout=PATIENCE_SECONDS) as client:
        answer = await client.post(f"{bare_system.url}/api/v1/postings", content=content, headers=headers)
        assert answer.status_code == status
        assert (await client.get(f"{bare_system.url}/livez")).status_code == 200
