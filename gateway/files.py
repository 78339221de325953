"""The files of a page, served from memory and revalidated by the browser each time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response

from gateway.admission import AdmittedRoute
from yizhan.contracts.errors import RouteNotFound

#: What a page's folder may hold; a file of another kind is not served.
MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}
#: No file that is hidden; a build names what its pages share with a low line before it.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,100}")


@dataclass(frozen=True)
class PageFile:
    """A file's bytes with its strong entity tag."""

    content: bytes
    media_type: str
    tag: str


class PageFiles:
    """The files directly in one folder, read again only after they changed on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, tuple[tuple[int, int], PageFile]] = {}

    def find(self, name: str) -> PageFile | None:
        """The file of this name; None when there is none that may be served."""
        media_type = MEDIA_TYPES.get(Path(name).suffix)
        if media_type is None or not _NAME.fullmatch(name):
            return None
        path = self._folder / name
        try:
            stat = path.stat()
            version = (stat.st_mtime_ns, stat.st_size)
            known = self._read.get(name)
            if known is None or known[0] != version:
                content = path.read_bytes()
                tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
                known = self._read[name] = (version, PageFile(content, media_type, tag))
        except OSError:
            return None
        return known[1]


def tag_matches(if_none_match: str, tag: str) -> bool:
    """Whether If-None-Match names this entity (RFC 9110: weak comparison, a list, or a star)."""
    asked_for = {item.strip().removeprefix("W/") for item in if_none_match.split(",")}
    return tag in asked_for or "*" in asked_for


def file_response(request: Request, file: PageFile, headers: dict[str, str]) -> Response:
    """The file, or 304 to a browser that has it. Browsers ask each time: a release shows at once."""
    all_headers = {"ETag": file.tag, "Cache-Control": "no-cache", **headers}
    asked_for = request.headers.get("if-none-match")
    if asked_for is not None and tag_matches(asked_for, file.tag):
        return Response(status_code=304, headers=all_headers)
    return Response(file.content, headers=all_headers, media_type=file.media_type)


def page_response(request: Request, files: PageFiles, name: str, headers: dict[str, str]) -> Response:
    """A file of a page's folder. Raises RouteNotFound where there is none that may be served."""
    found = files.find(name)
    if found is None:
        raise RouteNotFound("There is nothing at this address")
    return file_response(request, found, headers)


def add_pages(router: APIRouter, pages: Iterable[tuple[str, Callable[..., Any]]]) -> None:
    """Make routes to pages; they are no API and stay out of its document. pages: path and endpoint."""
    for path, endpoint in pages:
        router.add_api_route(
            path,
            endpoint,
            methods=["GET", "HEAD"],
            include_in_schema=False,
            route_class_override=AdmittedRoute,
        )
