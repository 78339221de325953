"""The page at the root: a few links for a person who typed the bare address."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from string import Template

from fastapi import APIRouter, Request, Response

from gateway.admission import Access, Admission, admitted
from gateway.callers import ask
from gateway.files import PageFiles, add_pages, page_response
from yizhan.contracts.actor import PUBLIC
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Nothing
from yizhan.contracts.stations import Station, StationsRpc

_FOLDER = Path(__file__).parent.parent / "pages" / "index"
_FILES = PageFiles(_FOLDER)
_TEXTS: dict[str, str] = json.loads((_FOLDER / "texts.zh-CN.json").read_text(encoding="utf-8"))
_PAGE = Template((_FOLDER / "index.html").read_text(encoding="utf-8"))
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"


@admitted(Admission(Access.OPEN, query=None))
async def read_index(request: Request) -> Response:
    try:
        listed = await ask(request, StationsRpc.list_stations, Nothing(), actor=PUBLIC)
        stations = _links(listed.stations)
    except YizhanError:
        # The page's other links help just then most.
        stations = f"<p>{escape(_TEXTS['no_screens'])}</p>"
    page = _PAGE.substitute({name: escape(text) for name, text in _TEXTS.items()}, stations=stations)
    return Response(page, headers={"Content-Security-Policy": _POLICY}, media_type="text/html; charset=utf-8")


def _links(stations: tuple[Station, ...]) -> str:
    if not stations:
        return f"<p>{escape(_TEXTS['no_stations'])}</p>"
    rows = "".join(
        f'<li><a href="/screen/{escape(station.code)}">{escape(station.facts.name_plate)}</a></li>'
        for station in sorted(stations, key=lambda station: station.path)
    )
    return f'<p class="hint">{escape(_TEXTS["screens_hint"])}</p><ul>{rows}</ul>'


@admitted(Admission(Access.OPEN, query=None))
async def read_index_style(request: Request) -> Response:
    return page_response(request, _FILES, "index.css", {})


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    add_pages(router, (("/", read_index), ("/index.css", read_index_style)))
