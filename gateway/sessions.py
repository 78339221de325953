"""Staff sessions: a signed token that carries the Actor, and nothing kept on this side."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from jwt.types import Options
from pydantic import ValidationError

from yizhan.clock import Clock
from yizhan.contracts.actor import Actor, Role
from yizhan.contracts.base import Identifier, Message, Moment, StationCode
from yizhan.contracts.errors import SessionExpired, SessionInvalid
from yizhan.contracts.stations import Staff

ISSUER = "yizhan"
ALGORITHM = "HS256"
SESSION_HOURS = 8
MIN_KEY_BYTES = 32
_CLAIMS = ("iss", "sub", "role", "station", "iat", "exp", "jti")
_STAFF_ROLES = (Role.COUNTY_ADMIN, Role.STATION_STAFF)
#: Ours have some 400 characters; nothing longer is worth a signature check.
_MAX_TOKEN_CHARACTERS = 2048


class SessionKeyTooShort(Exception):
    """The session key has fewer than 32 bytes, so that its signatures could be guessed."""


class OpenedSession(Message):
    """A new session. `token` goes into `Authorization: Bearer <token>` until `expires_at`."""

    token: str
    expires_at: Moment
    staff: Staff


class CurrentSession(Message):
    """Whose session a request came with."""

    staff_id: Identifier
    role: Role
    station: StationCode
    issued_at: Moment
    expires_at: Moment


class ConsoleSession(Message):
    """A session that a browser keeps in a cookie which no script can read.

    csrf_token: goes into `X-CSRF-Token` of every POST, PATCH and DELETE by that cookie.
    """

    staff: Staff
    expires_at: Moment
    csrf_token: str


class ClosedConsoleSession(Message):
    """The cookie is gone. `closed`: always true."""

    closed: bool


@dataclass(frozen=True)
class Session:
    """A verified token. `token`: as it came."""

    token: str
    actor: Actor
    issued_at: datetime
    expires_at: datetime


class SessionTokens:
    """Signs and verifies tokens with one key. Raises SessionKeyTooShort for a key under 32 bytes."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        if len(key) < MIN_KEY_BYTES:
            raise SessionKeyTooShort(
                f"the session key has {len(key)} bytes; it needs at least {MIN_KEY_BYTES}"
            )
        self._key = key
        self._clock = clock

    def issue(self, staff: Staff) -> OpenedSession:
        """A token for eight hours from now."""
        now = self._clock.now().replace(microsecond=0)
        expires_at = now + timedelta(hours=SESSION_HOURS)
        claims = {
            "iss": ISSUER,
            "sub": staff.id,
            "role": staff.role.value,
            "station": staff.station,
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
            "jti": secrets.token_hex(16),
        }
        token = jwt.encode(claims, self._key, algorithm=ALGORITHM)
        return OpenedSession(token=token, expires_at=expires_at, staff=staff)

    def read(self, token: str) -> Session:
        """The session of a token. Raises SessionExpired, or SessionInvalid for anything that is not ours."""
        if len(token) > _MAX_TOKEN_CHARACTERS:
            raise SessionInvalid("This is not a session of ours")
        session = self._session(token, self._verified(token))
        if session.expires_at <= self._clock.now():
            raise SessionExpired(
                "The session has ended; sign in again", expired_at=session.expires_at.isoformat()
            )
        return session

    def csrf_token(self, token: str) -> str:
        """What a page sends along with a session that it holds in a cookie: 64 hex, bound to the session."""
        return hmac.new(self._key, b"csrf:" + token.encode("utf-8"), hashlib.sha256).hexdigest()

    def _verified(self, token: str) -> dict[str, Any]:
        # Times are judged by our clock afterwards, so that a test can hold it still.
        options: Options = {
            "require": list(_CLAIMS),
            "verify_exp": False,
            "verify_iat": False,
            "verify_nbf": False,
        }
        try:
            claims: dict[str, Any] = jwt.decode(
                token, self._key, algorithms=[ALGORITHM], issuer=ISSUER, options=options
            )
        except (jwt.InvalidTokenError, ValueError):
            raise SessionInvalid("This is not a session of ours") from None
        return claims

    @staticmethod
    def _session(token: str, claims: dict[str, Any]) -> Session:
        try:
            actor = Actor(id=claims["sub"], role=Role(claims["role"]), station=claims["station"])
            issued_at = datetime.fromtimestamp(claims["iat"], UTC)
            expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        except (ValidationError, ValueError, TypeError, OverflowError, OSError):
            raise SessionInvalid("This is not a session of ours") from None
        if actor.role not in _STAFF_ROLES or actor.station is None:
            raise SessionInvalid("This is not a session of ours")
        return Session(token, actor, issued_at, expires_at)
