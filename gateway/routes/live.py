"""What happens in the caller's scope, as server-sent events: the console's pages follow by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import StreamingResponse

from gateway.admission import Access, Admission, AdmittedRoute, admitted
from gateway.callers import ask, session_of
from gateway.documents import problem_responses
from gateway.live import Listener, LiveNews
from gateway.operations import PREFIX
from gateway.parts import Parts, parts_of
from yizhan.contracts.rpc import Nothing
from yizhan.contracts.stations import StationsRpc

#: A stream ends by itself and the page asks again: no proxy holds it for too long, and a scope that was
#: changed is looked at anew.
LONGEST_SECONDS = 55
_RETRY_MS = 1000
_BEAT_SECONDS = 10.0


@admitted(Admission(Access.SESSION, query=frozenset({"seconds"})))
async def read_live(
    request: Request, seconds: Annotated[int, Query(ge=1, le=LONGEST_SECONDS)] = LONGEST_SECONDS
) -> Response:
    """`change`: something has changed, with its type, subject and station; `reload`: read everything anew.

    `notify.letter.laid.v1` comes to the one in whose inbox the letter lies, and to nobody else.

    Goes on from Last-Event-ID. Ends after `seconds`, or with the session."""
    parts, session = parts_of(request), session_of(request)
    stations = (await ask(request, StationsRpc.list_stations, Nothing())).stations
    scope = frozenset(one.code for one in stations if session.actor.covers(one.path))
    left = (session.expires_at - parts.clock.now()).total_seconds()
    stream = _stream(
        parts,
        scope,
        staff=session.actor.id,
        after=request.headers.get("last-event-id"),
        seconds=min(float(seconds), left),
    )
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, headers=headers, media_type="text/event-stream")


async def _stream(
    parts: Parts, scope: frozenset[str], *, staff: str, after: str | None, seconds: float
) -> AsyncIterator[str]:
    live = parts.live
    ends_at = asyncio.get_running_loop().time() + seconds
    with live.listener(scope, staff=staff, after=after) as listener:
        # A new console goes on from here, also when nothing happens until the stream ends.
        yield (
            f"retry: {_RETRY_MS}\nid: {live.here}\nevent: here\ndata: {{}}\n\n" if after is None else ": \n\n"
        )
        while not live.closed and (left := ends_at - asyncio.get_running_loop().time()) > 0:
            for text in _told(live, listener):
                yield text
            listener.woken.clear()
            try:
                async with asyncio.timeout(min(left, _BEAT_SECONDS)):
                    await listener.woken.wait()
            except TimeoutError:
                live.look_after_connection()
                yield ": \n\n"


def _told(live: LiveNews, listener: Listener) -> list[str]:
    found = []
    if listener.lost:
        listener.lost = False
        found.append(f"id: {live.here}\nevent: reload\ndata: {{}}\n\n")
    while listener.waiting:
        told = listener.waiting.popleft()
        found.append(f"id: {live.id_of(told)}\nevent: change\ndata: {told.news.model_dump_json()}\n\n")
    return found


def add_to(router: APIRouter) -> None:
    """Make the route."""
    router.add_api_route(
        f"{PREFIX}/live",
        read_live,
        methods=["GET"],
        operation_id="readLive",
        tags=["live"],
        summary="Follow what happens",
        response_class=Response,
        responses={
            200: {"description": "Server-sent events.", "content": {"text/event-stream": {}}},
            **problem_responses(Access.SESSION, (), has_body=False, asks=True),
        },
        route_class_override=AdmittedRoute,
    )
