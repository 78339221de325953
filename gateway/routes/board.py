"""A station's board for clients without a websocket: the screen's own state, as the board wrote it."""

from __future__ import annotations

import json
import re
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from redis.exceptions import RedisError

from gateway.admission import Access, Admission, AdmittedRoute, admitted
from gateway.callers import ask
from gateway.documents import problem_responses, success_response
from gateway.files import tag_matches
from gateway.operations import PREFIX
from gateway.parts import parts_of
from yizhan.contracts.actor import PUBLIC
from yizhan.contracts.base import StationCode
from yizhan.contracts.errors import ServiceUnavailable
from yizhan.contracts.screen import BoardDocument, BoardNotReady, document_key
from yizhan.contracts.stations import StationNotFound, StationRef, StationsRpc

#: The board writes these two first; reading them here spares parsing the whole document.
_HEAD = re.compile(rb'\{\s*"epoch"\s*:\s*"([0-9a-f]{16})"\s*,\s*"offset"\s*:\s*(\d{1,16})\s*,')


@admitted(Admission(Access.OPEN))
async def read_board(request: Request, code: Annotated[StationCode, Path()]) -> Response:
    """The same document for all who ask at one offset. Ask again with If-None-Match: 304 means no change."""
    parts = parts_of(request)
    try:
        document = await parts.redis.get(document_key(parts.settings.redis_prefix, code))
    except (RedisError, OSError) as error:
        raise ServiceUnavailable("The board's store is away", part="redis") from error
    if not isinstance(document, bytes):
        await ask(request, StationsRpc.get_station, StationRef(code=code), actor=PUBLIC)
        raise BoardNotReady("The board has not drawn this station yet", station=code, retry_after_seconds=1)
    tag = entity_tag(document)
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    asked_for = request.headers.get("if-none-match")
    if asked_for is not None and tag_matches(asked_for, tag):
        return Response(status_code=304, headers=headers)
    return Response(document, headers=headers, media_type="application/json")


def entity_tag(document: bytes) -> str:
    """`"<epoch>-<offset>"` of a BoardDocument's bytes."""
    head = _HEAD.match(document)
    if head is not None:
        return f'"{head[1].decode()}-{head[2].decode()}"'
    whole = json.loads(document)
    return f'"{whole["epoch"]}-{whole["offset"]}"'


def add_to(router: APIRouter) -> None:
    """Make the route."""
    success = success_response(200, BoardDocument)
    success[200]["headers"]["ETag"] = {"description": '"epoch-offset"', "schema": {"type": "string"}}
    router.add_api_route(
        f"{PREFIX}/stations/{{code}}/board",
        read_board,
        methods=["GET"],
        response_model=BoardDocument,
        operation_id="readBoard",
        tags=["board"],
        summary="Read a station's board",
        responses={
            **success,
            304: {"description": "Nothing changed since the ETag that If-None-Match names."},
            **problem_responses(Access.OPEN, (StationNotFound, BoardNotReady), has_body=False, asks=True),
        },
        openapi_extra={
            "parameters": [
                {
                    "name": "If-None-Match",
                    "in": "header",
                    "required": False,
                    "description": "The ETag of the document that the caller has.",
                    "schema": {"type": "string"},
                }
            ]
        },
        route_class_override=AdmittedRoute,
    )
