"""The lightest HTTP/1.1 client that will do: one request at a time over one kept connection."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping


class Refused(Exception):
    """An answer that is not 2xx; the message holds it."""


def request_bytes(
    method: str, path: str, headers: Mapping[str, str], body: bytes = b"", *, port: int
) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body or method == "POST":
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class HttpConnection(asyncio.Protocol):
    """A kept connection; `ask` answers the body of a 2xx. One that the server closed while it was idle is
    opened again."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._answer: asyncio.Future[bytes] | None = None

    @classmethod
    async def open(cls, port: int) -> HttpConnection:
        connection = cls(port)
        await connection._connect()
        return connection

    async def _connect(self) -> None:
        self._buffer = b""
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self._port)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server closed the connection"))

    async def ask(self, request: bytes) -> bytes:
        """Send one request and wait. Raises Refused, OSError."""
        if self._transport is None:
            await self._connect()
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        lowered = head.lower()
        place = lowered.find(b"content-length:")
        length = 0 if place < 0 else int(lowered[place + 15 :].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        self._buffer = body[length:]
        assert self._answer is not None
        if head[9:10] == b"2":
            self._answer.set_result(body[:length])
        else:
            self._answer.set_exception(Refused((head[:100] + body[:300]).decode(errors="replace")))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
