"""What the routes share, made once for an application and kept in its state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from fastapi import Request
from redis.asyncio import Redis

from gateway.ports import Rpc
from gateway.rates import SignInLimiter
from gateway.sessions import SessionTokens
from gateway.wellness import Wellness
from yizhan.settings import Settings


@dataclass(frozen=True)
class Parts:
    settings: Settings
    rpc: Rpc
    redis: Redis
    tokens: SessionTokens
    sign_ins: SignInLimiter
    wellness: Wellness


def parts_of(request: Request) -> Parts:
    """The parts of the application that a request came to."""
    return cast(Parts, request.app.state.parts)
