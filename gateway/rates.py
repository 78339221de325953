"""How often one may try to sign in, per client address and login; to upload; to call with an API key."""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import math
import time
from dataclasses import dataclass, field

import structlog
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from redis.asyncio import Redis

from gateway import metrics
from yizhan.contracts.errors import TooManyRequests

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SignInRates:
    """per_address: every attempt counts; an office behind one address shares it.
    per_login: attempts since the last that succeeded, whatever address they came from.
    """

    per_address: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(60))
    per_login: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(10, 5))


def storage_on(redis: Redis, prefix: str) -> Storage:
    """Counts over a client's own pool, with its timeouts. `prefix`: of all keys of this installation."""
    return RedisStorage(
        # Only its scheme is read: where Redis is, the pool knows.
        "async+redis://",
        wrap_exceptions=True,
        implementation="redispy",
        key_prefix=f"{prefix}rates",
        connection_pool=redis.connection_pool,  # type: ignore[arg-type]
    )


class _Limiter:
    """Counts in Redis, so that all gateways share the counts.

    While Redis is away each process counts by itself: a guesser then has one allowance per process, which
    is better than no limit (a password check costs 19 MiB) and than no sign-in.
    """

    def __init__(self, storage: Storage) -> None:
        self._shared = FixedWindowRateLimiter(storage)
        self._own: FixedWindowRateLimiter | None = None
        self._shared_is_away = False

    async def _hit(self, by: str, rate: RateLimitItem, key: str) -> None:
        try:
            limiter, admitted = self._shared, await self._shared.hit(rate, by, key)
            self._shared_is_away = False
        except StorageError as error:
            limiter = self._fall_back(error)
            admitted = await limiter.hit(rate, by, key)
        if not admitted:
            self._count_refusal(by)
            wait_seconds = await _wait_seconds(limiter, rate, by, key)
            raise TooManyRequests(
                f"Too many attempts; try again in {wait_seconds} s", retry_after_seconds=wait_seconds
            )

    def _fall_back(self, error: StorageError) -> FixedWindowRateLimiter:
        metrics.RATE_FALLBACKS.inc()
        if not self._shared_is_away:
            log.warning("rates_counted_here", reason=str(error.storage_error))
        self._shared_is_away = True
        if self._own is None:
            self._own = FixedWindowRateLimiter(MemoryStorage())
        return self._own

    def _count_refusal(self, by: str) -> None:
        raise NotImplementedError


class SignInLimiter(_Limiter):
    """Attempts to sign in."""

    def __init__(self, storage: Storage, rates: SignInRates | None = None) -> None:
        super().__init__(storage)
        self._rates = rates or SignInRates()

    @classmethod
    def on_redis(cls, redis: Redis, prefix: str, rates: SignInRates | None = None) -> SignInLimiter:
        """Count in Redis."""
        return cls(storage_on(redis, prefix), rates)

    async def admit(self, address: str, login: str) -> None:
        """Count one attempt. Raises TooManyRequests, naming the seconds to wait, when it is one too many."""
        await self._hit("address", self._rates.per_address, _network(address))
        await self._hit("login", self._rates.per_login, _digest(login))

    async def forget(self, login: str) -> None:
        """Forget a login's attempts: only wrong passwords in a row are suspicious."""
        # Left uncleared in a shared store that is away, the attempts lapse by themselves.
        with contextlib.suppress(StorageError):
            await self._shared.clear(self._rates.per_login, "login", _digest(login))
        if self._own is not None:
            await self._own.clear(self._rates.per_login, "login", _digest(login))

    def _count_refusal(self, by: str) -> None:
        metrics.SIGN_INS_LIMITED.labels(by).inc()


class UploadLimiter(_Limiter):
    """Uploads of an account: a morning's photos of a whole station go through, a full disk does not."""

    _RATES = (RateLimitItemPerMinute(60), RateLimitItemPerHour(600))

    @classmethod
    def on_redis(cls, redis: Redis, prefix: str) -> UploadLimiter:
        """Count in Redis."""
        return cls(storage_on(redis, prefix))

    async def admit(self, account: str) -> None:
        """Count one upload. Raises TooManyRequests, naming the seconds to wait, when it is one too many."""
        for rate in self._RATES:
            await self._hit("upload", rate, account)

    def _count_refusal(self, by: str) -> None:  # noqa: ARG002
        metrics.UPLOADS_LIMITED.inc()


class IntegratorLimiter(_Limiter):
    """Requests of an integrator, by its key."""

    def __init__(self, storage: Storage, per_minute: int) -> None:
        super().__init__(storage)
        self._rate = RateLimitItemPerMinute(per_minute)

    @classmethod
    def on_redis(cls, redis: Redis, prefix: str, per_minute: int) -> IntegratorLimiter:
        """Count in Redis."""
        return cls(storage_on(redis, prefix), per_minute)

    async def admit(self, integrator_id: str) -> None:
        """Count one request. Raises TooManyRequests, naming the seconds to wait, when it is one too many."""
        await self._hit("integrator", self._rate, integrator_id)

    def _count_refusal(self, by: str) -> None:  # noqa: ARG002
        metrics.INTEGRATORS_LIMITED.inc()


async def _wait_seconds(limiter: FixedWindowRateLimiter, rate: RateLimitItem, by: str, key: str) -> int:
    try:
        stats = await limiter.get_window_stats(rate, by, key)
    except StorageError:
        return rate.get_expiry()
    return max(1, math.ceil(stats.reset_time - time.time()))


def _network(address: str) -> str:
    """An IPv6 client owns a /64 and may use any address in it; an IPv4 client has the one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return _digest(address)
    if isinstance(ip, ipaddress.IPv6Address):
        # On a dual-stack socket IPv4 clients come as ::ffff:192.0.2.1; they share no /64.
        return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def _digest(login: str) -> str:
    """A login as a key: of one length, and not readable in Redis."""
    return hashlib.sha256(login.strip().casefold().encode("utf-8", "surrogatepass")).hexdigest()[:32]
