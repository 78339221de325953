"""What the routes share, made once for an application and kept in its state."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import cast

from fastapi import Request
from redis.asyncio import Redis

from gateway.live import LiveNews
from gateway.ports import Rpc
from gateway.rates import IntegratorLimiter, SignInLimiter, UploadLimiter
from gateway.sessions import SessionTokens
from gateway.wellness import Wellness
from yizhan.clock import Clock
from yizhan.files import FileStore
from yizhan.settings import Settings


@dataclass(frozen=True)
class Parts:
    settings: Settings
    rpc: Rpc
    redis: Redis
    tokens: SessionTokens
    sign_ins: SignInLimiter
    uploads: UploadLimiter
    integrators: IntegratorLimiter
    files: FileStore
    wellness: Wellness
    clock: Clock
    live: LiveNews
    #: Images decoded at once; each may need some 400 MiB for a moment.
    decoding: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))


def parts_of(request: Request) -> Parts:
    """The parts of the application that a request came to."""
    return cast(Parts, request.app.state.parts)
