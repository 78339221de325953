"""The proxy spoils a link in the ways that it says, and in no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.chaos.proxy import UP, Proxy


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


@pytest_asyncio.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """A link to a server that echoes."""
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    link = Proxy("echo", server.sockets[0].getsockname()[1])
    await link.start()
    yield link
    await link.close()
    server.close()
    # Transports end in the turn after they were told to.
    await asyncio.sleep(0.01)


async def _open(proxy: Proxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def _heard(reader: asyncio.StreamReader, count: int, within_seconds: float = 5.0) -> bytes:
    return await asyncio.wait_for(reader.readexactly(count), within_seconds)


async def test_in_good_weather_all_bytes_arrive_in_their_order(proxy: Proxy) -> None:
    """Also more than any buffer holds."""
    reader, writer = await _open(proxy)
    sent = bytes(range(256)) * 20_000
    writer.write(sent)
    assert await _heard(reader, len(sent)) == sent
    writer.close()


async def test_slices_and_latency_keep_bytes_and_their_order(proxy: Proxy) -> None:
    """Only their pieces change."""
    proxy.weather.slice_bytes, proxy.weather.latency_seconds = 7, 0.02
    reader, writer = await _open(proxy)
    sent = bytes(range(256)) * 4
    writer.write(sent)
    assert await _heard(reader, len(sent)) == sent
    writer.close()


async def test_a_stalled_link_delivers_after_it_is_healed(proxy: Proxy) -> None:
    """Nothing arrives before, everything afterwards."""
    reader, writer = await _open(proxy)
    proxy.stall(UP)
    writer.write(b"held")
    with pytest.raises(TimeoutError):
        await _heard(reader, 1, within_seconds=0.2)
    proxy.heal()
    assert await _heard(reader, 4) == b"held"
    writer.close()


async def test_a_silent_link_stays_silent_and_only_new_ones_speak(proxy: Proxy) -> None:
    """Half-open: the door opens and nobody answers."""
    old_reader, old_writer = await _open(proxy)
    proxy.fall_silent()
    old_writer.write(b"anybody?")
    proxy.heal()
    reader, writer = await _open(proxy)
    writer.write(b"new")
    assert await _heard(reader, 3) == b"new"
    with pytest.raises(TimeoutError):
        await _heard(old_reader, 1, within_seconds=0.2)
    for each in (writer, old_writer):
        each.close()


async def test_a_cut_link_is_reset(proxy: Proxy) -> None:
    """Both ends learn of it."""
    reader, writer = await _open(proxy)
    writer.write(b"x")
    assert await _heard(reader, 1) == b"x"
    proxy.cut()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await _heard(reader, 1)
    writer.close()


async def test_a_refusing_link_takes_no_connection_until_it_accepts_again(proxy: Proxy) -> None:
    """As when nobody listens."""
    await proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        await _open(proxy)
    await proxy.accept()
    _, writer = await _open(proxy)
    writer.close()


async def test_a_watch_sees_a_prepared_statement_by_its_name(proxy: Proxy) -> None:
    """PostgreSQL clients say the text once and the name from then on."""
    seen: list[str] = []
    reader, writer = await _open(proxy)
    writer.write(b"P____" + b"_pg3_4\0UPDATE outbox SET sent_at=$1\0")
    await _heard(reader, 1)
    proxy.when_said(rb"UPDATE outbox SET sent_at", lambda: seen.append("mark"))
    writer.write(b"B____" + b"\0_pg3_4\0")
    await _heard(reader, 40)
    assert seen == ["mark"]
    writer.close()
