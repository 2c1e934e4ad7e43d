"""How often promotion codes may be guessed, counted as credentials are."""

import asyncio

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.customers.errors import TooManyAttempts
from integrations.identity.attempts import PATIENCE_SECONDS, client
from integrations.identity.windows import Limit, MovingWindows

logger = structlog.get_logger(__name__)

FAILURES_OF_CLIENT = Limit("code-failures", 10)
LOOKUPS_OF_CLIENT = Limit("code-lookups", 120)
"""Right or wrong: what many requests at once could guess before the first of them has failed."""
RETRY_SECONDS = 60


class CodeLimits:
    """Counts for all clients, in Redis; each process for itself while Redis is away."""

    def __init__(self, redis: "Redis | None" = None) -> None:
        self._local = MovingWindows()
        self._shared = MovingWindows(redis) if redis is not None else self._local

    def of(self, address: str | None) -> "AttemptsOfClient":
        return AttemptsOfClient(self, client(address))

    async def begin(self, key: str, count: int) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                allowed = await _begin(self._shared, key, count)
        except (RedisError, OSError) as error:
            logger.warning("attempts_not_shared", error=type(error).__name__)
            allowed = await _begin(self._local, key, count)
        if not allowed:
            raise TooManyAttempts("Too many codes; try again later.", retry_after=RETRY_SECONDS)

    async def failed(self, key: str, count: int) -> None:
        for _ in range(count):
            await self._local.hit(FAILURES_OF_CLIENT, key)
        if self._shared is self._local:
            return
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                for _ in range(count):
                    await self._shared.hit(FAILURES_OF_CLIENT, key)
        except (RedisError, OSError) as error:
            logger.warning("attempts_not_shared", error=type(error).__name__)


class AttemptsOfClient:
    """Implements `domain.pricing.coupons.ports.CodeAttempts` for whoever is at one address."""

    def __init__(self, limits: CodeLimits, key: str) -> None:
        self._limits = limits
        self._key = key

    async def begin(self, count: int) -> None:
        await self._limits.begin(self._key, count)

    async def failed(self, count: int) -> None:
        await self._limits.failed(self._key, count)


async def _begin(windows: MovingWindows, key: str, count: int) -> bool:
    within = await windows.hit(LOOKUPS_OF_CLIENT, key, cost=count)
    return within and await windows.test(FAILURES_OF_CLIENT, key)
