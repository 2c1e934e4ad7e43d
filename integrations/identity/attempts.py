"""How often credentials may be tried, counted in Redis over a moving window.

Without Redis each process counts for itself: guessing stays slow, and nobody is locked out by an outage.
"""

import asyncio
import hashlib
import ipaddress
import math
import time

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.customers.errors import TooManyAttempts
from integrations.identity.windows import Limit, MovingWindows

logger = structlog.get_logger(__name__)

SIGN_INS_OF_EMAIL = Limit("sign-in-email", 5)
SIGN_INS_OF_ADDRESS = Limit("sign-in-address", 60)
REGISTRATIONS_OF_ADDRESS = Limit("register-address", 10)
REFRESHES_OF_TOKEN = Limit("refresh-token", 10)
NETWORK_BITS_OF_ONE_CLIENT = 64
PATIENCE_SECONDS = 1.0
"""How long Redis may take to answer before this process counts for itself."""


class CountedAttempts:
    """Implements `domain.customers.ports.AttemptLimits`. Emails are counted by their hash: Redis holds none."""

    def __init__(self, redis: "Redis | None" = None) -> None:
        self._local = MovingWindows()
        self._shared = MovingWindows(redis) if redis is not None else self._local

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

    async def _count(self, limit: Limit, *key: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                retry_after = await _hit(self._shared, limit, *key)
        except (RedisError, OSError) as error:
            logger.warning("attempts_not_shared", error=type(error).__name__)
            retry_after = await _hit(self._local, limit, *key)
        if retry_after is not None:
            raise TooManyAttempts("Too many attempts; try again later.", retry_after=retry_after)


async def _hit(windows: MovingWindows, limit: Limit, *key: str) -> int | None:
    """Count one attempt; the seconds to wait if there were too many."""
    if await windows.hit(limit, *key):
        return None
    window = await windows.stats(limit, *key)
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
