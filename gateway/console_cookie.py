"""The console's session: the same signed token, in a cookie that no script of any page can read.

A cookie goes along with requests that some other page makes in the browser's name, so that whoever changes
anything by it must also show the token that only our own page could read: `X-CSRF-Token`.
"""

from __future__ import annotations

import hmac

from fastapi import Request, Response

from gateway.parts import parts_of
from gateway.sessions import SESSION_HOURS, OpenedSession, Session
from yizhan.contracts.errors import CsrfRefused

NAME = "yizhan_console"
CSRF_HEADER = "X-CSRF-Token"
#: Pages and assets need no session, so they are never sent it.
_PATH = "/api/v1"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def cookie_session(request: Request) -> Session | None:
    """The session of a request's cookie, or None. Raises SessionInvalid, SessionExpired, CsrfRefused."""
    token = request.cookies.get(NAME)
    if not token or not request.url.path.startswith(_PATH + "/"):
        return None
    session = parts_of(request).tokens.read(token)
    if request.method not in _SAFE_METHODS:
        _refuse_forgery(request, token)
    return session


def csrf_token(request: Request, token: str) -> str:
    """What the page that holds this session has to send with its commands."""
    return parts_of(request).tokens.csrf_token(token)


def refuse_other_sites(request: Request) -> None:
    """Raise CsrfRefused for a request that the browser says another site made."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise CsrfRefused("This was asked by a page of another site")


def keep(request: Request, response: Response, opened: OpenedSession) -> None:
    """Put a new session into the browser."""
    response.set_cookie(
        NAME,
        opened.token,
        max_age=SESSION_HOURS * 3600,
        path=_PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def drop(request: Request, response: Response) -> None:
    """Take the session out of the browser."""
    response.delete_cookie(
        NAME, path=_PATH, secure=request.url.scheme == "https", httponly=True, samesite="strict"
    )


def _refuse_forgery(request: Request, token: str) -> None:
    refuse_other_sites(request)
    brought = request.headers.get(CSRF_HEADER, "")
    wanted = csrf_token(request, token)
    if not hmac.compare_digest(brought.encode("utf-8", "surrogateescape"), wanted.encode("ascii")):
        raise CsrfRefused(f"A console session needs its {CSRF_HEADER} for this")
