"""Serves the page's files as the gateway does, and can be taken away."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path

from gateway.routes.draw_pages import picture_of

PAGES = Path(__file__).resolve().parents[3] / "gateway" / "pages" / "screen"

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class PageServer:
    """/screen/<code>, its sw.js, config.json and assets/*, and the pictures that lead to draws.
    requests: paths asked for."""

    def __init__(self, config: Callable[[], dict[str, str]]) -> None:
        self._config = config
        self._server: asyncio.Server | None = None
        self.port = 0
        self.requests: list[str] = []

    @property
    def url(self) -> str:
        # A secure context needs this very name: service workers do not start on other plain http origins.
        return f"http://localhost:{self.port}"

    async def start(self) -> None:
        """Listen; after a stop, on the same port again."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Vanish."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split(" ", 2)[1].split("?")[0]
            self.requests.append(path)
            status, kind, body = self._answer(path)
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
                f"Cache-Control: no-cache\r\nConnection: close\r\n\r\n".encode()
                + body
            )
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, path: str) -> tuple[str, str, bytes]:
        if path == "/screen/config.json":
            return "200 OK", "application/json", json.dumps(self._config()).encode()
        if re.fullmatch(r"/screen/\d{6,20}", path):
            return self._file("index.html")
        if path == "/screen/sw.js":
            return self._file("sw.js")
        if re.fullmatch(r"/draw/\d{6,20}/\d{4}-\d\d-\d\d/qr\.svg", path):
            return "200 OK", "image/svg+xml", picture_of(self.url + path.removesuffix("/qr.svg"))
        asset = re.fullmatch(r"/screen/assets/([A-Za-z0-9.-]+)", path)
        if asset and (PAGES / asset[1]).is_file():
            return self._file(asset[1])
        return "404 Not Found", "text/plain", b"not found"

    def _file(self, name: str) -> tuple[str, str, bytes]:
        file = PAGES / name
        return "200 OK", _TYPES[file.suffix], file.read_bytes()
