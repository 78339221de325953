"""`/healthz` and `/metrics` of a process that has no HTTP of its own.

A thread accepts and a thread answers each request: plain sockets, since eventlet, under which the threads are
greenlets, takes away the selectors that the standard library's server was built on.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

#: Says None when all is well, else what is not.
Check = Callable[[], str | None]


def run_checks(checks: Mapping[str, Check]) -> tuple[bool, dict[str, str]]:
    """Run every check; one that raises is not well, for the reason that it raised."""
    results: dict[str, str] = {}
    for name, check in checks.items():
        try:
            results[name] = check() or "ok"
        except Exception as error:
            results[name] = f"{type(error).__name__}: {error}"
    return all(result == "ok" for result in results.values()), results


class HealthServer:
    """GET /healthz: 200 or 503 with `{"status", "checks": {name: "ok" | reason}}`; GET /metrics: Prometheus.

    port: None serves nothing; 0 takes a free one, to be read from `port` after `start`.
    """

    def __init__(self, port: int | None, checks: Mapping[str, Check], *, host: str = "127.0.0.1") -> None:
        self.port = port
        self._host = host
        self._handler: Any = _handler(checks)
        self._listener: socket.socket | None = None

    def start(self) -> None:
        """Raises OSError when the port is taken."""
        if self.port is None:
            return
        self._listener = socket.create_server((self._host, self.port), backlog=16)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), name="health", daemon=True).start()

    def stop(self) -> None:
        """Accept no more; requests in hand are answered."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while self._listener is listener:
            try:
                connection, address = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection, address), daemon=True).start()

    def _serve(self, connection: socket.socket, address: Any) -> None:
        # A client that goes away is no news.
        with connection, contextlib.suppress(OSError):
            self._handler(connection, address, None)


def _handler(checks: Mapping[str, Check]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            if self.path == "/healthz":
                well, results = run_checks(checks)
                body = {"status": "ok" if well else "failing", "checks": results}
                self._answer(
                    200 if well else 503, "application/json", json.dumps(body, ensure_ascii=False).encode()
                )
            elif self.path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, generate_latest())
            else:
                self._answer(404, "application/json", b'{"status":"no such address"}')

        def _answer(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Health checks every few seconds are no news."""

    return Handler
