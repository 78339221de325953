"""The page on which somebody stops his messages, by the link that each of them carries."""

from __future__ import annotations

from pathlib import Path as FilePath

from fastapi import APIRouter, Request, Response

from gateway.admission import Access, Admission, admitted
from gateway.files import PageFiles, add_pages, page_response

PAGES = PageFiles(FilePath(__file__).parent.parent / "pages" / "stop")

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


def _page(request: Request, name: str) -> Response:
    return page_response(request, PAGES, name, {"Content-Security-Policy": _POLICY})


@admitted(Admission(Access.OPEN, query=None))
async def stop_page(request: Request, mark: str) -> Response:  # noqa: ARG001 - the page reads it
    return _page(request, "index.html")


@admitted(Admission(Access.OPEN, query=None))
async def stop_asset(request: Request, name: str) -> Response:
    return _page(request, name)


def add_to(router: APIRouter) -> None:
    """Make the routes; they are no API and stay out of its document."""
    add_pages(router, (("/stop/assets/{name}", stop_asset), ("/stop/{mark}", stop_page)))
