"""The two ids that follow one request: our correlation id and W3C's traceparent."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

_CORRELATION = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")

#: Where the middleware leaves the Trace in an ASGI scope.
SCOPE_KEY = "yizhan.trace"


@dataclass(frozen=True, slots=True)
class Trace:
    """correlation: 1 to 64 characters of [A-Za-z0-9._-]. traceparent: this hop's, in the caller's trace."""

    correlation: str
    traceparent: str

    @classmethod
    def of_headers(cls, headers: Iterable[tuple[bytes, bytes]]) -> Trace:
        """Take the caller's ids where they are well formed, and make those that are not or are absent."""
        correlation, parent = b"", b""
        for name, value in headers:
            if name == b"x-correlation-id":
                correlation = value
            elif name == b"traceparent":
                parent = value
        if not _CORRELATION.fullmatch(correlation):
            correlation = os.urandom(16).hex().encode()
        return cls(correlation.decode("ascii"), _next_hop(parent))


def _next_hop(parent: bytes) -> str:
    """A traceparent with a span id of ours; all-zero ids are invalid by the W3C's text."""
    match = _TRACEPARENT.fullmatch(parent)
    span = os.urandom(8).hex()
    if match is None or not match[1].strip(b"0") or not match[2].strip(b"0"):
        return f"00-{os.urandom(16).hex()}-{span}-01"
    return f"00-{match[1].decode()}-{span}-{match[3].decode()}"
