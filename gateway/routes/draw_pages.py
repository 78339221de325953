"""The page on which anybody checks a draw with his own phone, and the picture that leads to it."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from pathlib import Path as FilePath
from typing import Annotated

import segno
from fastapi import APIRouter, Path, Request, Response

from gateway.addresses import asked_origin
from gateway.admission import Access, Admission, admitted
from gateway.files import PageFiles, add_pages, page_response
from gateway.parts import parts_of
from yizhan.contracts.base import StationCode
from yizhan.contracts.checkins import CountyDay

PAGES = PageFiles(FilePath(__file__).parent.parent / "pages" / "draw")

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)

#: Of one station's days; an address is drawn once for all its screens.
_PICTURES_KEPT = 256


def _page(request: Request, name: str) -> Response:
    return page_response(request, PAGES, name, {"Content-Security-Policy": _POLICY})


@admitted(Admission(Access.OPEN, query=None))
async def draw_page(
    request: Request,
    code: Annotated[StationCode, Path()],  # noqa: ARG001 - the page reads it from its address
    date: Annotated[CountyDay, Path()],  # noqa: ARG001
) -> Response:
    return _page(request, "index.html")


@admitted(Admission(Access.OPEN, query=None))
async def draw_asset(request: Request, name: str) -> Response:
    return _page(request, name)


@admitted(Admission(Access.OPEN, query=None))
async def draw_picture(
    request: Request, code: Annotated[StationCode, Path()], date: Annotated[CountyDay, Path()]
) -> Response:
    origin = asked_origin(request, parts_of(request).settings.host)
    return Response(
        picture_of(f"{origin}/draw/{code}/{date.isoformat()}"),
        headers={"Cache-Control": "public, max-age=86400"},
        media_type="image/svg+xml",
    )


@lru_cache(maxsize=_PICTURES_KEPT)
def picture_of(address: str) -> bytes:
    """A QR code as SVG, dark on white with its quiet zone."""
    drawn = BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawn, kind="svg", border=2, xmldecl=False, omitsize=True, light="#ffffff"
    )
    return drawn.getvalue()


def add_to(router: APIRouter) -> None:
    """Make the routes; they are no API and stay out of its document."""
    add_pages(
        router,
        (
            ("/draw/assets/{name}", draw_asset),
            ("/draw/{code}/{date}", draw_page),
            ("/draw/{code}/{date}/qr.svg", draw_picture),
        ),
    )
