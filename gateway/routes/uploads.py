"""Files from the staff, on their way to be attached to something."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Header, Request, Response

from gateway.admission import Access, Admission, AdmittedRoute, admitted
from gateway.bodies import read_body
from gateway.callers import ask, session_of
from gateway.documents import problem_responses, success_response
from gateway.intake import ALLOW_SECONDS_KEY
from gateway.operations import PREFIX, model_response
from gateway.parts import parts_of
from gateway.uploads import UploadLimits, accept
from yizhan.contracts.errors import RequestInvalid, TooManyRequests
from yizhan.contracts.files import (
    ENDINGS,
    FileStoreUnavailable,
    FileTooLarge,
    FileTypeRefused,
    ImageUnreadable,
    StoredFile,
)
from yizhan.contracts.stations import StationRef, StationsRpc

#: How long an upload may take; 10 MiB in this time is 85 KiB/s.
UPLOAD_SECONDS = 120.0
#: What the connection gets beyond that, so that a slow upload is answered and not cut.
_ANSWER_SECONDS = 5.0
#: Part of a file's name that is kept; the rest of a longer one is dropped.
_MOST_NAME_CHARACTERS = 120


@admitted(Admission(Access.SESSION, reads_body=True))
async def upload_file(
    request: Request,
    x_file_name: Annotated[
        str | None, Header(description="What the file is called, percent-encoded UTF-8.")
    ] = None,
) -> Response:
    """The body is the file itself; what it is, is told by its content. A photo is stored upright, at most
    2,560 pixels long, without its metadata. The id that is answered goes into the command that attaches the
    file; a file that nothing was attached to is deleted after a day.
    """
    parts = parts_of(request)
    session = session_of(request)
    name = _file_name(x_file_name)
    await parts.uploads.admit(session.actor.id)
    await _require_account(request, session.actor.station)
    allow_seconds = request.scope.get(ALLOW_SECONDS_KEY)
    if allow_seconds is not None:
        allow_seconds(UPLOAD_SECONDS + _ANSWER_SECONDS)
    limits = UploadLimits.from_settings(parts.settings)
    body = await read_body(request, seconds=UPLOAD_SECONDS, limit_bytes=limits.most_bytes)
    if not body:
        raise RequestInvalid("the body is the file itself, and it is empty")
    async with parts.decoding:
        content, media_type = await asyncio.to_thread(accept, body, limits)
    stored = await asyncio.to_thread(parts.files.put, content, media_type=media_type, name=name)
    return model_response(stored, 201)


def _file_name(header: str | None) -> str | None:
    """A name is no part of the address, which is logged on the way. Raises RequestInvalid."""
    if not header:
        return None
    name = unquote(header)[:_MOST_NAME_CHARACTERS]
    if not name.isprintable():
        raise RequestInvalid("X-File-Name is a file's name in percent-encoded UTF-8")
    return name


async def _require_account(request: Request, station: str | None) -> None:
    """A session outlives a closed account by hours; services/stations knows. Raises NotAllowed."""
    if station is not None:
        await ask(request, StationsRpc.list_devices, StationRef(code=station))


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    router.add_api_route(
        f"{PREFIX}/uploads",
        upload_file,
        methods=["POST"],
        status_code=201,
        response_model=StoredFile,
        operation_id="uploadFile",
        tags=["files"],
        summary="Upload a file",
        responses={
            **success_response(201, StoredFile),
            **problem_responses(
                Access.SESSION,
                (
                    FileTooLarge,
                    FileTypeRefused,
                    ImageUnreadable,
                    FileStoreUnavailable,
                    TooManyRequests,
                ),
                has_body=True,
                asks=True,
            ),
        },
        openapi_extra={"requestBody": _body_document()},
        route_class_override=AdmittedRoute,
    )


def _body_document() -> dict[str, Any]:
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {
        "required": True,
        "description": "At most 10 MiB, unless the operator set other limits, and two minutes to arrive.",
        "content": dict.fromkeys((*ENDINGS, "image/webp"), binary),
    }
