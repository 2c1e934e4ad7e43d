"""How often credentials may be tried, counted in Redis over a moving window.

Without Redis each process counts for itself: guessing stays slow, and nobody is locked out by an outage.
"""

import asyncio
import hashlib
import ipaddress
import math
import time

import structlog
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.customers.errors import TooManyAttempts

logger = structlog.get_logger(__name__)

SIGN_INS_OF_EMAIL = RateLimitItemPerMinute(5, namespace="sign-in-email")
SIGN_INS_OF_ADDRESS = RateLimitItemPerMinute(60, namespace="sign-in-address")
REGISTRATIONS_OF_ADDRESS = RateLimitItemPerMinute(10, namespace="register-address")
REFRESHES_OF_TOKEN = RateLimitItemPerMinute(10, namespace="refresh-token")
NETWORK_BITS_OF_ONE_CLIENT = 64
PATIENCE_SECONDS = 1.0
"""How long Redis may take to answer before this process counts for itself."""


class CountedAttempts:
    """Implements `domain.customers.ports.AttemptLimits`. Emails are counted by their hash: Redis holds none."""

    def __init__(self, redis: "Redis | None" = None) -> None:
        self._local = MovingWindowRateLimiter(MemoryStorage())
        self._shared = MovingWindowRateLimiter(shared_storage(redis)) if redis is not None else self._local

    async def sign_in(self, email: str, address: str | None) -> None:
        await self._count(SIGN_INS_OF_ADDRESS, client(address))
        await self._count(SIGN_INS_OF_EMAIL, _digest(email), client(address))

    async def signed_in(self, email: str, address: str | None) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._shared.clear(SIGN_INS_OF_EMAIL, _digest(email), client(address))
        except (RedisError, OSError) as error:
            logger.warning("attempts_not_shared", error=type(error).__name__)
        await self._local.clear(SIGN_INS_OF_EMAIL, _digest(email), client(address))

    async def register(self, address: str | None) -> None:
        await self._count(REGISTRATIONS_OF_ADDRESS, client(address))

    async def refresh(self, token_hash: bytes) -> None:
        await self._count(REFRESHES_OF_TOKEN, token_hash.hex())

    async def _count(self, limit: RateLimitItem, *key: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                retry_after = await _hit(self._shared, limit, *key)
        except (RedisError, OSError) as error:
            logger.warning("attempts_not_shared", error=type(error).__name__)
            retry_after = await _hit(self._local, limit, *key)
        if retry_after is not None:
            raise TooManyAttempts("Too many attempts; try again later.", retry_after=retry_after)


async def _hit(limiter: MovingWindowRateLimiter, limit: RateLimitItem, *key: str) -> int | None:
    """Count one attempt; the seconds to wait if there were too many."""
    if await limiter.hit(limit, *key):
        return None
    window = await limiter.get_window_stats(limit, *key)
    return max(1, math.ceil(window.reset_time - time.time()))


def client(address: str | None) -> str:
    """Whom an address stands for: itself, or in IPv6 the network that one client is given."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return address or "unknown"
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, NETWORK_BITS_OF_ONE_CLIENT), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)


def _digest(email: str) -> str:
    return hashlib.sha256(email.encode(errors="surrogatepass")).hexdigest()


class SharedStorage(RedisStorage):
    """Counts kept by redis-py. All libraries that could keep them are imported otherwise, to see which are there."""

    DEPENDENCIES = {"redis": RedisStorage.DEPENDENCIES["redis"]}  # noqa: RUF012 - as its base declares it


def shared_storage(redis: "Redis") -> RedisStorage:
    return SharedStorage("async+redis://", implementation="redispy", connection_pool=redis.connection_pool)  # type: ignore[arg-type] # it goes to Redis as it is
