"""Hearing that something changed, by Redis publish and subscribe.

Redis only wakes: a listener also looks by itself every `PATIENCE_SECONDS`, so that a lost message, or a lost Redis,
delays and never loses. One connection per process listens for all of its topics.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

logger = structlog.get_logger(__name__)

PREFIX = "news:"
PATIENCE_SECONDS = 2.0
RECONNECT_SECONDS = 0.5
TELL_SECONDS = 0.5
"""How long a commit waits for a Redis that does not answer."""


class Unheard:
    """Implements `domain.shared.news.News` for a command that runs without Redis: listeners look by themselves."""

    async def tell(self, *topics: str) -> None:
        """Wake nobody."""

    async def of(self, topic: str) -> AsyncIterator[None]:  # noqa: ARG002 - there is nothing to hear of any
        yield


class RedisNews:
    """Implements `domain.shared.news.News`. `run` listens until canceled; without it, listeners look by themselves."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)

    async def tell(self, *topics: str) -> None:
        for topic in topics:
            self._wake(topic)
        try:
            async with asyncio.timeout(TELL_SECONDS), self._redis.pipeline(transaction=False) as pipeline:
                for topic in topics:
                    pipeline.publish(PREFIX + topic, b"")
                await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            logger.warning("news_not_told", error=type(error).__name__)

    async def of(self, topic: str) -> AsyncIterator[None]:
        changed = asyncio.Event()
        self._listeners[topic].add(changed)
        try:
            yield
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), PATIENCE_SECONDS)
                changed.clear()
                yield
        finally:
            self._listeners[topic].discard(changed)
            if not self._listeners[topic]:
                del self._listeners[topic]

    async def run(self) -> None:
        """Pass on what other processes tell, for as long as the process lives."""
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                logger.warning("news_not_heard", error=type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        async with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.psubscribe(PREFIX + "*")
            async for message in channel.listen():
                self._wake(message["channel"].decode().removeprefix(PREFIX))

    def _wake(self, topic: str) -> None:
        for listener in self._listeners.get(topic, ()):
            listener.set()
