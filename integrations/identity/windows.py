"""Counts within a minute, by the library `limits`: in Redis for all processes, or in this one alone.

The library takes as long to import as a page to make, and no start counts anything: it is imported with the first
count.
"""

from functools import cache, cached_property
from typing import TYPE_CHECKING

from domain.shared.making import dataclass

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.aio.storage import Storage
    from limits.aio.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter
    from limits.util import WindowStats
    from redis.asyncio import Redis


@dataclass(frozen=True, slots=True)
class Limit:
    """What is counted under this name, and how much of it a minute may have."""

    name: str
    most: int


class MovingWindows:
    """Counts within the last minute. Without Redis this process counts for itself."""

    def __init__(self, redis: "Redis | None" = None) -> None:
        self._redis = redis

    async def hit(self, limit: Limit, *key: str, cost: int = 1) -> bool:
        """Count it; False, and nothing counted, where that would be too much."""
        return await self._limiter.hit(_item(limit), *key, cost=cost)

    async def test(self, limit: Limit, *key: str) -> bool:
        """Whether one more would be let through."""
        return await self._limiter.test(_item(limit), *key)

    async def clear(self, limit: Limit, *key: str) -> None:
        await self._limiter.clear(_item(limit), *key)

    async def stats(self, limit: Limit, *key: str) -> "WindowStats":
        """How many are left, and the time (Unix) at which there are all of them."""
        return await self._limiter.get_window_stats(_item(limit), *key)

    @cached_property
    def _limiter(self) -> "MovingWindowRateLimiter":
        from limits.aio.strategies import MovingWindowRateLimiter  # noqa: PLC0415 - see above

        return MovingWindowRateLimiter(_storage(self._redis))


class FixedWindows:
    """Counts within a minute that begins with the first."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def add(self, limit: Limit, key: str, amount: int) -> "WindowStats":
        """Count that much, and tell what is left and until when."""
        await self._limiter.hit(_item(limit), key, cost=amount)
        return await self._limiter.get_window_stats(_item(limit), key)

    @cached_property
    def _limiter(self) -> "FixedWindowRateLimiter":
        from limits.aio.strategies import FixedWindowRateLimiter  # noqa: PLC0415 - see above

        return FixedWindowRateLimiter(_storage(self._redis))


@cache
def _item(limit: Limit) -> "RateLimitItem":
    from limits import RateLimitItemPerMinute  # noqa: PLC0415 - see above

    return RateLimitItemPerMinute(limit.most, namespace=limit.name)


def _storage(redis: "Redis | None") -> "Storage":
    from limits.aio.storage import MemoryStorage, RedisStorage  # noqa: PLC0415 - see above

    class SharedStorage(RedisStorage):
        """Kept by redis-py. All libraries that could keep counts are imported otherwise, to see which are there."""

        DEPENDENCIES = {"redis": RedisStorage.DEPENDENCIES["redis"]}  # noqa: RUF012 - as its base declares it

    if redis is None:
        return MemoryStorage()
    return SharedStorage("async+redis://", implementation="redispy", connection_pool=redis.connection_pool)  # type: ignore[arg-type] # it goes to Redis as it is
