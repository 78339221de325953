"""An integrator's webhook receiver on loopback, that checks what a real one does and misbehaves on demand."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from standardwebhooks import Webhook

from yizhan.clock import Clock

#: Writes an answer to the connection; what it takes is the number of the request, from 1.
Behaviour = Callable[[asyncio.StreamWriter, int], "asyncio.Future[None] | object"]


def answering(status: int, *headers: str, body: bytes = b"") -> Behaviour:
    """One and the same answer to everything."""

    async def behave(writer: asyncio.StreamWriter, _: int) -> None:
        lines = [f"HTTP/1.1 {status} x", f"Content-Length: {len(body)}", *headers]
        writer.write("\r\n".join((*lines, "", "")).encode() + body)

    return behave


async def silent(_: asyncio.StreamWriter, __: int) -> None:
    """Takes the request and says nothing."""
    await asyncio.Event().wait()


async def endless(writer: asyncio.StreamWriter, _: int) -> None:
    """Says 200, and then never stops talking."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        await writer.drain()


async def broken(writer: asyncio.StreamWriter, _: int) -> None:
    """No HTTP at all."""
    writer.write(b"\x00\xff nothing that a client knows\r\n\r\n")


async def short_of_its_word(writer: asyncio.StreamWriter, _: int) -> None:
    """Promises a long body and hangs up after a word of it."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nok")


@dataclass
class Receiver:
    """taken: bodies whose signature holds and that it answered with 2xx, by their order. requests: of all."""

    clock: Clock
    secret: str = ""
    behaviour: Behaviour = field(default_factory=lambda: answering(200))
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    @property
    def ids(self) -> list[str]:
        """The webhook-id of each request, in the order in which they came."""
        return [headers["webhook-id"] for _, headers, _ in self.requests]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Receiver]:
        handlers: set[asyncio.Task[None]] = set()

        def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
            handlers.add(task)
            task.add_done_callback(handlers.discard)

        server = await asyncio.start_server(serve, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in list(handlers):
                task.cancel()
            await asyncio.gather(*handlers, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            try:
                while line := (await reader.readline()).decode().strip():
                    headers = {}
                    while header := (await reader.readline()).decode().strip():
                        name, _, value = header.partition(":")
                        headers[name.strip().lower()] = value.strip()
                    body = await reader.readexactly(int(headers.get("content-length", "0")))
                    self.requests.append((line, headers, body))
                    self._check(headers, body)
                    await self.behaviour(writer, len(self.requests))  # type: ignore[misc]
                    await writer.drain()
                    if self.behaviour in (broken, short_of_its_word):
                        return
            finally:
                writer.close()

    def _check(self, headers: dict[str, str], body: bytes) -> None:
        """As the standard says: the id, the moment and the body are signed; the moment is near."""
        if not self.secret:
            return
        now = self.clock.now()
        assert abs(int(headers["webhook-timestamp"]) - now.timestamp()) <= 300
        signed = Webhook(self.secret).sign(headers["webhook-id"], now, body.decode())
        assert headers["webhook-signature"] == signed, "the signature does not hold"
        assert json.loads(body)["id"] == headers["webhook-id"]
