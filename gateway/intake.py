"""What a connection may take before a request is whole: bytes of its head, and time.

uvicorn bounds neither. A head without end would fill the memory, and a client that sends a byte a minute, or
nothing, would hold its connection for ever.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Request line and headers together; a browser's have some 1 KiB.
MAX_HEAD_BYTES = 32 * 1024

#: From the connection's opening, or a request's first byte, to its last. A body's own limit is shorter, so
#: that it gets an answer; this one cuts.
REQUEST_SECONDS = 20.0

#: Where a request's scope has the means to give it another limit: a function of the seconds from now.
ALLOW_SECONDS_KEY = "yizhan.allow_seconds"

_TOO_LARGE = f"A request's head has at most {MAX_HEAD_BYTES} bytes.\n".encode()
_TOO_LARGE_ANSWER = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"connection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(_TOO_LARGE), _TOO_LARGE)
)


class _HeadTooLarge(Exception):
    """Ends the parser; uvicorn answers for it by `send_400_response`."""


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol within these bounds. Most requests come whole at once and never see the timer."""

    _deadline: asyncio.TimerHandle | None = None
    _in_head = False
    _whole = False
    #: Of the head in hand: what the parser has told, and what it was fed without reaching the end.
    _told_bytes = 0
    _fed_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            # A header that is not whole is kept inside the parser, which does not tell how much that is.
            self._fed_bytes += len(data)
            if self._fed_bytes > MAX_HEAD_BYTES:
                self._refuse_head()
        if self._whole:
            self._disarm()
        elif self._deadline is None:
            self._await_request()

    def send_400_response(self, msg: str) -> None:
        if self._told_bytes > MAX_HEAD_BYTES:
            self._refuse_head()
        else:
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        self._in_head, self._whole = True, False
        self._told_bytes = self._fed_bytes = 0
        super().on_message_begin()
        cast(dict[str, Any], self.scope)[ALLOW_SECONDS_KEY] = self._allow

    def on_url(self, url: bytes) -> None:
        self._tell(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._tell(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._whole = True
        super().on_message_complete()

    def _tell(self, size: int) -> None:
        self._told_bytes += size
        if self._told_bytes > MAX_HEAD_BYTES:
            raise _HeadTooLarge

    def _refuse_head(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_TOO_LARGE_ANSWER)
            self.transport.close()

    def _await_request(self) -> None:
        self._deadline = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)

    def _allow(self, seconds: float) -> None:
        """For a caller who has shown who he is and brings something large."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
