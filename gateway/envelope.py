"""What goes around every request: its ids, its measure, its log line, safe headers, and a last net.

Pure ASGI and short, since the board's document is read through it thousands of times a second.
"""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import structlog
from prometheus_client import Histogram
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import metrics, trace
from gateway.problems import problem_response
from gateway.trace import Trace
from yizhan.contracts.errors import InternalFault

log = structlog.get_logger(__name__)

#: Sent with every answer that does not say otherwise itself.
_DEFAULT_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class Envelope:
    """The outermost middleware. A defect below it becomes a 500 problem that names the correlation id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        ids = Trace.of_headers(scope["headers"])
        scope[trace.SCOPE_KEY] = ids
        structlog.contextvars.bind_contextvars(correlation=ids.correlation, traceparent=ids.traceparent)
        status = 0
        is_stream = False

        async def send_enveloped(message: Message) -> None:
            nonlocal status, is_stream
            if message["type"] == "http.response.start":
                status = message["status"]
                is_stream = any(pair[1].startswith(b"text/event-stream") for pair in message["headers"])
                _complete(message["headers"], ids)
            await send(message)

        try:
            await self._app(scope, receive, send_enveloped)
        except ClientDisconnect:
            status = 499
        except Exception:
            log.exception("request_failed", method=scope["method"], route=_route(scope))
            if status:
                # The head is out already; only breaking the connection tells that the rest is missing.
                raise
            fault = InternalFault(
                "A defect of ours; the correlation id finds it in the logs", correlation=ids.correlation
            )
            await problem_response(fault.to_problem())(scope, receive, send_enveloped)
        finally:
            # A stream ends when it may: how long it went on measures nothing.
            if not is_stream:
                _record(scope, status, time.perf_counter() - started)


def _complete(headers: list[tuple[bytes, bytes]], ids: Trace) -> None:
    present = {name for name, _ in headers}
    headers.extend(pair for pair in _DEFAULT_HEADERS if pair[0] not in present)
    headers.append((b"x-correlation-id", ids.correlation.encode("ascii")))
    headers.append((b"traceparent", ids.traceparent.encode("ascii")))


def _record(scope: Scope, status: int, seconds: float) -> None:
    method, route = scope["method"], _route(scope)
    _series(method if method in _METHODS else "other", route, status).observe(seconds)
    if status >= 500 or method != "GET":
        log.info("request", method=method, route=route, status=status, seconds=round(seconds, 4))


#: Any token may be sent as a method; only these become series.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _route(scope: Scope) -> str:
    route: Any = scope.get("route")
    return getattr(route, "path", "") or "unmatched"


@cache
def _series(method: str, route: str, status: int) -> Histogram:
    return metrics.REQUEST_SECONDS.labels(method, route, str(status))
