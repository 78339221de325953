"""Stored files on their way to a browser, which shows photos, saves the rest and runs nothing."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from fastapi import Request, Response

from gateway.files import tag_matches
from gateway.parts import parts_of
from yizhan.contracts.files import ENDINGS, IMAGES, FileNotFound, StoredFile

#: Bytes under an id never change, but who may see them does: a browser asks each time.
_HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


async def stored_file_response(request: Request, stored: StoredFile) -> Response:
    """The file, or 304 to a browser that has it. `stored`: as the owner of the row told it to this caller.

    Raises FileNotFound, FileStoreUnavailable.
    """
    headers = {**_HEADERS, "ETag": f'"{stored.sha256[:32]}"'}
    asked_for = request.headers.get("if-none-match")
    if asked_for is not None and tag_matches(asked_for, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    content = await asyncio.to_thread(parts_of(request).files.read, stored.id)
    if content is None:
        raise FileNotFound("the store has this file no more", file_id=stored.id)
    return attachment(content, stored.media_type, stored.name or stored.id, headers)


def attachment(content: bytes, media_type: str, name: str, headers: dict[str, str] | None = None) -> Response:
    """Bytes under a name, to be saved; photos may be shown in place."""
    told = {**_HEADERS, **(headers or {})}
    told["Content-Disposition"] = content_disposition(name, media_type)
    return Response(content, headers=told, media_type=media_type)


def content_disposition(name: str, media_type: str) -> str:
    """RFC 6266: a plain name for old clients, and RFC 5987's for all. The ending is that of the type, since
    the uploader chose the name.
    """
    ending = ENDINGS.get(media_type, ".bin")
    stem = name.rpartition(".")[0] or name
    safe = "".join(
        character for character in stem if character.isprintable() and character not in '/\\:*?"<>|'
    )
    whole = (safe.strip(" .") or "file") + ending
    plain = whole.encode("ascii", "replace").decode("ascii").replace("?", "_").replace("%", "_")
    disposition = "inline" if media_type in IMAGES else "attachment"
    return f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(whole, safe='')}"
