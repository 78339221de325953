"""What a connection writes reaches its peer whole and in order, whichever way it goes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any, cast

from services.board.connection import Connection

FRAMES = [f"{number:06d}|".encode() * 100 for number in range(300)]


class QuietServer:
    """As much of a BoardServer as a connection that has not said hello needs."""

    def __init__(self) -> None:
        self.receive_buffer = memoryview(bytearray(65536))
        self.slow = 0

    def time(self) -> float:
        return 0.0

    def opened(self, connection: Connection) -> None: ...

    def lost(self, connection: Connection) -> None: ...

    def turned_slow(self, connection: Connection) -> None:
        self.slow += 1

    def caught_up(self, connection: Connection) -> None: ...


async def connected() -> tuple[Connection, socket.socket]:
    """A connection with a small kernel buffer, and its peer's socket."""
    ours, peer = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    peer.setblocking(False)
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(lambda: Connection(cast(Any, QuietServer())), sock=ours)
    return connection, peer


async def take(peer: socket.socket, size: int) -> bytes:
    loop = asyncio.get_running_loop()
    taken = b""
    while len(taken) < size:
        taken += await loop.sock_recv(peer, 65536)
    return taken


async def test_frames_that_the_kernel_takes_only_in_part_arrive_whole_and_in_order() -> None:
    """A peer that reads late gets every byte, in the order of writing."""
    connection, peer = await connected()
    for frame in FRAMES:
        connection.write(frame)
    assert connection.transport is not None
    assert connection.transport.get_write_buffer_size() > 0
    assert await take(peer, sum(map(len, FRAMES))) == b"".join(FRAMES)
    connection.cut()
    peer.close()


async def test_a_connection_that_had_fallen_behind_keeps_its_order_when_its_peer_speaks() -> None:
    """What a message from the peer changes about the way of writing never lets a frame overtake another."""
    connection, peer = await connected()
    assert connection.transport is not None
    taken = b""
    for frame in FRAMES:
        connection.write(frame)
        if connection.transport.get_write_buffer_size() > 0 and len(taken) < 50_000:
            # The kernel has room again before the transport has noticed.
            with contextlib.suppress(BlockingIOError):
                taken += peer.recv(65536)
            connection._write_directly()
    rest = sum(map(len, FRAMES)) - len(taken)
    assert taken + await take(peer, rest) == b"".join(FRAMES)
    connection.cut()
    peer.close()


async def test_writing_to_a_peer_that_has_gone_ends_the_connection() -> None:
    """A broken pipe is found by the transport, and what is written afterwards goes nowhere."""
    connection, peer = await connected()
    peer.close()
    async with asyncio.timeout(5):
        while connection.transport is not None:
            connection.write(b"x" * 1000)
            await asyncio.sleep(0)
    connection.write(b"x")
