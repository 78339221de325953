"""The console's built files: a page that is asked for each time, and assets whose names are their hashes."""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from fastapi import Request, Response

from gateway.files import PageFile, PageFiles, file_response
from yizhan.contracts.errors import RouteNotFound

#: Our own files only. A style attribute is what a component computes, such as a column's width.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
#: The page is at /console, which is above where its service worker lies.
_WORKER = "sw.js"
_WORKER_SCOPE = {"Service-Worker-Allowed": "/console"}
_IMMUTABLE = "public, max-age=31536000, immutable"
_COMPRESSED = ("text/", "application/json", "application/manifest+json", "image/svg")
_NOT_BUILT = Path(__file__).parent / "pages" / "index" / "console-not-built.zh-CN.html"


class ConsoleFiles:
    """The folder that the build writes, which may not be there."""

    def __init__(self, folder: Path) -> None:
        self._files = PageFiles(folder)
        self._assets = PageFiles(folder / "assets")

    def page(self, request: Request) -> Response:
        """The page; where nothing has been built, 503 and a page that says how to."""
        found = self._files.find("index.html")
        if found is None:
            return Response(
                _NOT_BUILT.read_bytes(),
                status_code=503,
                headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY},
                media_type="text/html; charset=utf-8",
            )
        return _response(request, found, {})

    def file(self, request: Request, name: str) -> Response:
        """A file beside the page. Raises RouteNotFound."""
        headers = _WORKER_SCOPE if name == _WORKER else {}
        return _response(request, _found(self._files.find(name)), headers)

    def asset(self, request: Request, name: str) -> Response:
        """A file that never changes under its name. Raises RouteNotFound."""
        return _response(request, _found(self._assets.find(name)), {"Cache-Control": _IMMUTABLE})


def _found(file: PageFile | None) -> PageFile:
    if file is None:
        raise RouteNotFound("There is nothing at this address")
    return file


def _response(request: Request, file: PageFile, headers: dict[str, str]) -> Response:
    told = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Vary": "Accept-Encoding", **headers}
    if file.media_type.startswith(_COMPRESSED) and "gzip" in request.headers.get("accept-encoding", ""):
        file = _zipped(file)
        told["Content-Encoding"] = "gzip"
    return file_response(request, file, told)


@lru_cache(maxsize=256)
def _zipped(file: PageFile) -> PageFile:
    return PageFile(gzip.compress(file.content, 6, mtime=0), file.media_type, f'{file.tag[:-1]}-gzip"')
