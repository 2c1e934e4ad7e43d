"""Answers that all processes share, in Redis."""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from redis.exceptions import RedisError

from execution import KeptAnswer

if TYPE_CHECKING:
    from redis.asyncio import Redis

logger = structlog.get_logger(__name__)

PATIENCE_SECONDS = 0.1
"""Making an answer anew takes less than to wait for longer."""
AWAY_SECONDS = 5.0
"""How long Redis is left alone when it did not answer in time."""
MAX_WRITES = 64
"""That are under way at once; what is to be shared beside them is not."""


class RedisAnswers:
    """Implements `execution.SharedAnswers`. Each answer goes by itself when its time is over."""

    def __init__(self, redis: "Redis", *, prefix: str = "answer", clock: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self._prefix = prefix
        self._clock = clock
        self._away_until = 0.0
        self._writes: set[asyncio.Task[None]] = set()

    async def get(self, name: str) -> KeptAnswer | None:
        if time.monotonic() < self._away_until:
            return None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                found = await self._redis.get(self._key(name))
        except (RedisError, OSError, TimeoutError) as error:
            self._left_alone(error)
            return None
        return KeptAnswer.from_bytes(found) if isinstance(found, bytes) else None

    def put(self, name: str, answer: KeptAnswer) -> None:
        if time.monotonic() < self._away_until or len(self._writes) >= MAX_WRITES:
            return
        write = asyncio.create_task(self._write(name, answer))
        self._writes.add(write)
        write.add_done_callback(self._writes.discard)

    async def _write(self, name: str, answer: KeptAnswer) -> None:
        milliseconds = int((answer.expires_at - self._clock()) * 1000)
        if milliseconds <= 0:
            return
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._redis.set(self._key(name), answer.to_bytes(), px=milliseconds)
        except (RedisError, OSError, TimeoutError) as error:
            self._left_alone(error)

    def _key(self, name: str) -> str:
        return f"{self._prefix}:{name}"

    def _left_alone(self, error: Exception) -> None:
        self._away_until = time.monotonic() + AWAY_SECONDS
        logger.warning("answers_not_shared", error=type(error).__name__)
