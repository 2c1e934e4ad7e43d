"""Documents that clients persist, shared by all processes through Redis: at most so many, the ones used last."""

import asyncio
import time
from typing import TYPE_CHECKING

import structlog
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from redis.asyncio import Redis

logger = structlog.get_logger(__name__)

MAX_DOCUMENTS = 4_000
PATIENCE_SECONDS = 0.25
AWAY_SECONDS = 5.0
"""How long Redis is left alone when it did not answer in time: processes then know what they kept themselves."""

GET = """
local text = redis.call('HGET', KEYS[1], ARGV[1])
if text then redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1]) end
return text
"""
PUT = """
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
local over = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[4])
if over > 0 then
  for _, oldest in ipairs(redis.call('ZRANGE', KEYS[2], 0, over - 1)) do
    redis.call('HDEL', KEYS[1], oldest)
    redis.call('ZREM', KEYS[2], oldest)
  end
end
"""


class RedisTexts:
    """Implements `execution.SharedTexts`."""

    def __init__(self, redis: "Redis", *, name: str = "persisted", max_documents: int = MAX_DOCUMENTS) -> None:
        self._max_documents = max_documents
        self._keys = [f"{{{name}}}:texts", f"{{{name}}}:used"]  # the braces keep both on one node of a cluster
        self._get = redis.register_script(GET)
        self._put = redis.register_script(PUT)
        self._away_until = 0.0

    async def get(self, sha256: str) -> str | None:
        if time.monotonic() < self._away_until:
            return None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                text = await self._get(self._keys, [sha256, time.time()])
        except (RedisError, OSError, TimeoutError) as error:
            self._left_alone(error)
            return None
        return text.decode(errors="replace") if isinstance(text, bytes) else text

    async def put(self, sha256: str, text: str) -> None:
        if time.monotonic() < self._away_until:
            return
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._put(self._keys, [sha256, time.time(), text, self._max_documents])
        except (RedisError, OSError, TimeoutError) as error:
            self._left_alone(error)

    def _left_alone(self, error: Exception) -> None:
        self._away_until = time.monotonic() + AWAY_SECONDS
        logger.warning("persisted_queries_not_shared", error=type(error).__name__)
