"""A station's screens: how they fare, for staff; and the page that a screen opens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import ValidationError
from redis.exceptions import RedisError

from gateway import examples
from gateway.addresses import asked_host
from gateway.admission import Access, Admission, AdmittedRoute, admitted
from gateway.callers import ask
from gateway.documents import problem_responses, success_response
from gateway.files import PageFiles, add_pages, page_response
from gateway.operations import PREFIX, model_response
from gateway.parts import parts_of
from yizhan.contracts.base import Message, StationCode
from yizhan.contracts.errors import ServiceUnavailable
from yizhan.contracts.screen import ScreenHealth, health_key
from yizhan.contracts.stations import Device, StationNotFound, StationRef, StationsRpc

PAGES = PageFiles(FilePath(__file__).parent.parent / "pages" / "screen")

#: A screen that is well tells of itself every 40 s.
SEEN_WITHIN_SECONDS = 60


class Screen(Message):
    """A screen's credential, and how the screen that last used it fares; None if none ever did."""

    device: Device
    health: ScreenHealth | None


class ScreenList(Message):
    screens: tuple[Screen, ...]


class ScreenConfig(Message):
    """What the page is told. `board`: the websocket's address."""

    board: str


@admitted(Admission(Access.SESSION))
async def list_screens(request: Request, code: Annotated[StationCode, Path()]) -> Response:
    """Which screens are connected, what they have drawn, and whether they are really painting."""
    # The owner of the devices decides who may see them; only then is Redis asked.
    listed = await ask(request, StationsRpc.list_devices, StationRef(code=code))
    parts = parts_of(request)
    try:
        kept = await parts.redis.hgetall(health_key(parts.settings.redis_prefix, code))
    except (RedisError, OSError) as error:
        raise ServiceUnavailable("The board's store is away", part="redis") from error
    now = parts.clock.now()
    return model_response(
        ScreenList(
            screens=tuple(
                Screen(device=device, health=_health(kept, device.id, now)) for device in listed.devices
            )
        )
    )


def _health(kept: Mapping[Any, Any], device_id: str, now: datetime) -> ScreenHealth | None:
    """A screen's health as the board wrote it; an unreadable one is as good as none.

    A board process that died could not write that its screens are gone: what was not seen lately is away.
    """
    written = kept.get(device_id.encode("ascii"))
    if written is None:
        return None
    try:
        health = ScreenHealth.model_validate_json(written, extra="ignore")
    except ValidationError:
        return None
    lately = now - health.seen_at <= timedelta(seconds=SEEN_WITHIN_SECONDS)
    return health.model_copy(update={"connected": health.connected and lately})


@admitted(Admission(Access.OPEN, query=None))
async def screen_config(request: Request) -> Response:
    """Where the page finds its websocket."""
    return model_response(ScreenConfig(board=board_url(request)), headers={"Cache-Control": "no-cache"})


def board_url(request: Request) -> str:
    """The board's websocket address for whoever sent this request."""
    settings = parts_of(request).settings
    if settings.board_public_url:
        return settings.board_public_url
    scheme = "wss" if request.url.scheme == "https" else "ws"
    return f"{scheme}://{asked_host(request, settings.host)}:{settings.board_port}/"


#: The page's own files and addresses. Websockets may lead anywhere: the page keeps its files, and with them
#: this header, for a start without a network, and must still find a board that has moved meanwhile.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "connect-src 'self' ws: wss:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)


def _page(request: Request, name: str, headers: dict[str, str] | None = None) -> Response:
    return page_response(
        request, PAGES, name, {"Content-Security-Policy": CONTENT_SECURITY_POLICY, **(headers or {})}
    )


@admitted(Admission(Access.OPEN, query=None))
async def screen_page(
    request: Request,
    code: Annotated[StationCode, Path()],  # noqa: ARG001 - the page reads it from its address
) -> Response:
    return _page(request, "index.html")


@admitted(Admission(Access.OPEN, query=None))
async def screen_asset(request: Request, name: str) -> Response:
    return _page(request, name)


@admitted(Admission(Access.OPEN, query=None))
async def screen_worker(request: Request) -> Response:
    return _page(request, "sw.js", {"Service-Worker-Allowed": "/screen/"})


def add_to(router: APIRouter) -> None:
    """Make the routes; those of the page are no API and stay out of its document."""
    router.add_api_route(
        f"{PREFIX}/stations/{{code}}/screens",
        list_screens,
        methods=["GET"],
        response_model=ScreenList,
        operation_id="listScreens",
        tags=["devices"],
        summary="See how a station's screens fare",
        responses={
            **success_response(200, ScreenList, example=_example()),
            **problem_responses(Access.SESSION, (StationNotFound,), has_body=False, asks=True),
        },
        route_class_override=AdmittedRoute,
    )
    # The fixed names come before the station code, which would refuse them as malformed.
    add_pages(
        router,
        (
            ("/screen/config.json", screen_config),
            ("/screen/sw.js", screen_worker),
            ("/screen/assets/{name}", screen_asset),
            ("/screen/{code}", screen_page),
        ),
    )


def _example() -> dict[str, Any]:
    device, health = examples.device_and_health()
    return ScreenList(screens=(Screen(device=device, health=health),)).model_dump(
        mode="json", exclude_unset=True
    )
