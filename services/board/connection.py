"""One screen's socket. The websocket protocol itself is the `websockets` package's sans-I/O layer.

For the sake of ten thousand screens a connection owns no task, no timer and, once open, usually no parser:
a message that arrives as one whole masked text frame is unmasked here; anything else (control frames,
fragments, several frames at once, half a frame) is given to a parser made for the occasion, which stays until
it holds nothing any more.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import SERVER, Protocol, State
from websockets.server import ServerProtocol
from websockets.speedups import apply_mask
from websockets.typing import Subprotocol

from services.board.channel import AWAY, Channel
from services.board.session import Session, refusal
from yizhan.contracts.screen import SUBPROTOCOL, RefusalCode, Refused

if TYPE_CHECKING:
    from services.board.server import BoardServer

#: Bytes of one message from a screen; a health report has some 200.
MAX_MESSAGE_BYTES = 16 * 1024

#: Bytes of an opening handshake; a browser's has some 500. The parser alone would take 1 MiB of a newcomer.
MAX_HANDSHAKE_BYTES = 16 * 1024

#: Bytes unsent beyond the kernel's buffer before a screen counts as slow: more than the largest snapshot.
BACKLOG_BYTES = 256 * 1024

POLICY_VIOLATION = 1008
SERVICE_RESTART = 1012

# The package's own lines name every connection; what matters is counted instead.
_quiet = logging.getLogger("yizhan.board.websockets")
_quiet.setLevel(logging.CRITICAL)

_WHOLE_TEXT = 0x81
_MASKED = 0x80


def encode(text: str) -> bytes:
    """A message's JSON as the frame that goes to every screen: serialized once, unmasked."""
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


PING_FRAME = Frame(Opcode.PING, b"").serialize(mask=False)


def whole_text(data: bytes) -> bytes | None:
    """The text of exactly one whole masked text frame; None when `data` is anything else."""
    size = len(data)
    if size < 6 or data[0] != _WHOLE_TEXT or not data[1] & _MASKED:
        return None
    length, start = data[1] & 0x7F, 6
    if length == 127:
        return None
    if length == 126:
        if size < 8:
            return None
        length, start = int.from_bytes(data[2:4]), 8
        if not 126 <= length <= MAX_MESSAGE_BYTES:
            return None
    if size != start + length:
        return None
    return apply_mask(data[start:], data[start - 4 : start])


def origin_allowed(origin: str | None, host: str | None, allowed: tuple[str, ...]) -> bool:
    """Whether a page of this origin may open a websocket here. No origin: no browser, which is free to lie
    anyway. With no list, pages of the same host may, from any port (the gateway's)."""
    if origin is None:
        return True
    if allowed:
        return origin in allowed
    page_host = urlsplit(origin).hostname
    return page_host is not None and page_host == urlsplit(f"//{host or ''}").hostname


class Connection(asyncio.BufferedProtocol):
    """A socket from its accept to its end. As a channel's listener it has `offset` and `write`.

    heard_at, slow_since, reported_at: monotonic seconds; slow_since is None while it keeps up.
    slow_sent: the epoch and offset up to which a slow screen has been sent everything; None for nothing.
    """

    __slots__ = (
        "_descriptor",
        "_fragments",
        "_handshake_bytes",
        "_held",
        "_parser",
        "channel",
        "closing_at",
        "heard_at",
        "offset",
        "reported_at",
        "server",
        "session",
        "slot",
        "slow_sent",
        "slow_since",
        "transport",
        "write",
    )

    def __init__(self, server: BoardServer) -> None:
        self.server = server
        self.session: Session | None = None
        self.channel: Channel | None = None
        self.transport: asyncio.Transport | None = None
        self.write: Callable[[bytes], object] = _write_nowhere
        self.offset = AWAY
        self.slot = 0
        self.heard_at = server.time()
        self.closing_at: float | None = None
        self.slow_since: float | None = None
        self.slow_sent: tuple[str, int] | None = None
        self.reported_at = float("-inf")
        self._parser: Protocol | None = None
        self._fragments: list[bytes] | None = None
        self._handshake_bytes = 0
        self._descriptor = -1
        self._held = False

    # --- asyncio --------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=BACKLOG_BYTES, low=0)
        self._descriptor = self.transport.get_extra_info("socket").fileno()
        self.write = self._send
        self._parser = ServerProtocol(
            subprotocols=[Subprotocol(SUBPROTOCOL)], max_size=MAX_MESSAGE_BYTES, logger=_quiet
        )
        self.server.opened(self)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        return self.server.receive_buffer

    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(self.server.receive_buffer[:nbytes])
        self.heard_at = self.server.time()
        self._write_directly()
        if self.session is None:
            self._handshake_bytes += nbytes
            if self._handshake_bytes > MAX_HANDSHAKE_BYTES:
                self.cut()
                return
        if self._parser is None:
            text = whole_text(data)
            if text is not None:
                self._on_text(text)
                return
            self._parser = Protocol(SERVER, state=State.OPEN, max_size=MAX_MESSAGE_BYTES, logger=_quiet)
        self._parse(self._parser, data)

    def _send(self, data: bytes) -> None:
        """What `write` is while the transport holds nothing: past it, straight to the kernel. In a round over
        thousands of screens the transport's own checks are a tenth of the cost."""
        try:
            sent = os.write(self._descriptor, data)
        except OSError:
            # A full buffer, or a dead peer: the transport knows what to do with both.
            sent = 0
        if sent != len(data) and self.transport is not None:
            self._held = True
            self.write = self.transport.write
            self.transport.write(data[sent:])

    def _write_directly(self) -> None:
        """Write straight to the kernel again, once the transport has nothing left to write before."""
        transport = self.transport
        if self._held and transport is not None and transport.get_write_buffer_size() == 0:
            self._held = False
            self.write = self._send

    def eof_received(self) -> bool:
        return False  # close the transport

    def pause_writing(self) -> None:
        """The screen does not take what it is sent: drop it from the audience, with its backlog."""
        self.slow_since = self.server.time()
        self.slow_sent = None
        if self.channel is not None and self.offset != AWAY:
            if self.channel.epoch is not None:
                self.slow_sent = (self.channel.epoch, self.offset)
            self.channel.leave(self)
        self.server.turned_slow(self)

    def resume_writing(self) -> None:
        """It has taken everything: bring it up to date."""
        self.slow_since = None
        self._write_directly()
        self.server.caught_up(self)
        if self.channel is not None and self.closing_at is None:
            self.channel.recover(self, self.slow_sent)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        # First of all: the descriptor is closed next, and may then be another connection's.
        self.write = _write_nowhere
        if self.channel is not None:
            self.channel.leave(self)
        self.server.lost(self)
        self.transport = None
        self._parser = None

    # --- websocket ------------------------------------------------------------------------------------

    def _parse(self, parser: Protocol, data: bytes) -> None:
        parser.receive_data(data)
        for event in parser.events_received():
            if isinstance(event, Request):
                self._shake_hands(cast(ServerProtocol, parser), event)
            elif isinstance(event, Frame) and self.closing_at is None:
                self._on_frame(event)
        if self._parser is parser:
            self._flush(parser)
            self._drop_idle_parser(parser)

    def _flush(self, parser: Protocol) -> None:
        """Write what the parser wants written; b"" is its wish to end the stream."""
        for data in parser.data_to_send():
            if data:
                self.write(data)
            elif self.transport is not None:
                self._leave_channel()
                self.transport.close()

    def _drop_idle_parser(self, parser: Protocol) -> None:
        if (
            parser.state is State.OPEN
            and not parser.reader.buffer
            and parser.current_size is None
            and self.session is not None
        ):
            self._parser = None

    def _shake_hands(self, parser: ServerProtocol, request: Request) -> None:
        origin, host = request.headers.get("Origin"), request.headers.get("Host")
        if origin_allowed(origin, host, self.server.allowed_origins):
            response = parser.accept(request)
        else:
            response = parser.reject(403, "This page may not open a websocket here.\n")
        parser.send_response(response)
        # At once: a client that did not wait for it may have said hello already, and its answer comes after.
        self._flush(parser)
        if parser.state is State.OPEN:
            self.session = Session()

    def _on_frame(self, frame: Frame) -> None:
        if frame.opcode is Opcode.TEXT and frame.fin:
            self._on_text(bytes(frame.data))
        elif self.session is not None and self.session.flooded(self.heard_at):
            # Pings and empty fragments cost us as much as messages do, and no size limit counts them.
            self.refuse(refusal(RefusalCode.BAD_MESSAGE))
        elif frame.opcode is Opcode.TEXT:
            self._fragments = [bytes(frame.data)]
        elif frame.opcode is Opcode.CONT and self._fragments is not None:
            self._fragments.append(bytes(frame.data))
            if frame.fin:
                text, self._fragments = b"".join(self._fragments), None
                self._on_text(text)
        elif frame.opcode is Opcode.BINARY:
            self.refuse(refusal(RefusalCode.BAD_MESSAGE))

    def _on_text(self, text: bytes) -> None:
        session = self.session
        if session is None or self.closing_at is not None:
            return
        channel = self.channel
        epoch = channel.epoch if channel is not None else None
        outcome = session.receive(
            text, self.server.registry, at=self.heard_at, epoch=epoch or "", sent=self.offset
        )
        if isinstance(outcome, Refused):
            self.refuse(outcome)
        elif outcome is not None:
            self.channel = self.server.admitted(self, outcome)
            if self.slow_since is None:
                self.channel.join(self, outcome.epoch, outcome.offset)

    # --- ending ---------------------------------------------------------------------------------------

    def refuse(self, message: Refused) -> None:
        """Say why, then close."""
        if self.closing_at is not None:
            return
        self.server.refused(message.code)
        if self.session is not None:
            self.write(encode(message.model_dump_json()))
        self.close(POLICY_VIOLATION, message.code)

    def close(self, code: int, reason: str) -> None:
        """Begin to close; the server cuts the connection when that takes too long."""
        if self.closing_at is not None:
            return
        self._leave_channel()
        if self.session is None:
            self.cut()
        else:
            parser = self._parser
            if parser is None or parser.state is not State.OPEN:
                parser = Protocol(SERVER, state=State.OPEN, max_size=MAX_MESSAGE_BYTES, logger=_quiet)
                self._parser = parser
            parser.send_close(code, reason)
            self._flush(parser)

    def _leave_channel(self) -> None:
        """Nothing more is sent; what is not over soon is cut by the server's sweep."""
        if self.closing_at is None:
            self.closing_at = self.server.time()
        if self.channel is not None:
            self.channel.leave(self)
        self.server.closing(self)

    def cut(self) -> None:
        """End it now, with whatever is unsent."""
        if self.transport is not None:
            self.transport.abort()


def tune(listener: socket.socket) -> None:
    """What accepted sockets inherit: the kernel notices dead peers, and keeps little for slow ones."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 128 * 1024)
    for name, value in (
        ("TCP_KEEPIDLE", 30),
        ("TCP_KEEPINTVL", 10),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", 30_000),
    ):
        option: Any = getattr(socket, name, None)
        if option is not None:
            listener.setsockopt(socket.IPPROTO_TCP, option, value)


def _write_nowhere(_: bytes) -> None:
    """What a connection writes to after its end."""
