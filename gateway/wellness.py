"""Is everything behind the gateway well? Asked of all at once, and not more than once a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
from pydantic import Field
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.ports import Link
from yizhan.contracts.base import Message

CHECK_SECONDS = 1.0
KEPT_SECONDS = 1.0
_MAX_REASON_CHARACTERS = 200

#: A check answers None when all is well, else the reason why not.
Check = Callable[[], Awaitable[str | None]]


class WellnessReport(Message):
    """`checks`: "ok", or the reason why not, by the name of each process and server behind the gateway."""

    status: Literal["well", "unwell"]
    checks: dict[str, str] = Field(description='"ok", or why not')


class Wellness:
    """Runs the checks together; those who ask meanwhile, or within a second, share one round."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = dict(checks)
        self._lock = asyncio.Lock()
        self._report: WellnessReport | None = None
        self._asked_at = 0.0

    async def report(self) -> WellnessReport:
        """The state of all that is behind, at most a second old."""
        async with self._lock:
            if self._report is None or time.monotonic() - self._asked_at > KEPT_SECONDS:
                self._report = await self._ask_all()
                self._asked_at = time.monotonic()
            return self._report

    async def _ask_all(self) -> WellnessReport:
        reasons = await asyncio.gather(*(_within_time(check) for check in self._checks.values()))
        checks = {name: reason or "ok" for name, reason in zip(self._checks, reasons, strict=True)}
        return WellnessReport(status="unwell" if any(reasons) else "well", checks=checks)


async def _within_time(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            reason = await check()
    except TimeoutError:
        return f"no answer within {CHECK_SECONDS:g} s"
    except Exception as error:
        # A check that breaks is itself a reason; it must not hide what the others found.
        reason = str(error) or type(error).__name__
    return reason[:_MAX_REASON_CHARACTERS] if reason else None


def broker_check(link: Link) -> Check:
    """The broker connection of this process."""

    async def check() -> str | None:
        if not link.connected.is_set():
            return "not connected"
        return f"takes no messages: {link.blocked_reason}" if link.blocked_reason else None

    return check


def redis_check(redis: Redis) -> Check:
    """Redis answers a ping."""

    async def check() -> str | None:
        try:
            await redis.ping()
        except (RedisError, OSError) as error:
            return str(error) or type(error).__name__
        return None

    return check


def peer_check(client: httpx.AsyncClient, url: str) -> Check:
    """Another process's own /healthz says 200."""
    address = url if urlsplit(url).path.strip("/") else url.rstrip("/") + "/healthz"

    async def check() -> str | None:
        try:
            answer = await client.get(address)
        except httpx.TransportError as error:
            return _transport_reason(error)
        return None if answer.status_code == 200 else _reason_told(answer)

    return check


def _transport_reason(error: httpx.TransportError) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        cause = cause.__cause__ or cause.__context__
    return "connection refused" if "All connection attempts failed" in str(error) else str(error)


def _reason_told(answer: httpx.Response) -> str:
    """What an unwell process says of itself: the names and reasons of its failed checks."""
    try:
        checks: Any = answer.json()["checks"]
        failed = [f"{name}: {reason}" for name, reason in checks.items() if reason != "ok"]
    except (ValueError, KeyError, TypeError, AttributeError):
        failed = []
    return "; ".join(failed) or f"answered {answer.status_code}"
