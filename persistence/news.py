"""Hearing that something changed, by Redis publish and subscribe.

Redis only wakes: a listener also looks by itself every `PATIENCE_SECONDS`, so that a lost message, or a lost Redis,
delays and never loses. One connection per process listens for all of its topics.

Whoever tells does not wait for Redis. What comes together goes in one message: each wakes every process, to which it
makes no difference whether it looks a few milliseconds later.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

logger = structlog.get_logger(__name__)

CHANNEL = "news"
SEPARATOR = "\n"
PATIENCE_SECONDS = 2.0
RECONNECT_SECONDS = 0.5
GATHER_SECONDS = 0.02
"""How long what is told waits for more to be told with it. Listeners of this process hear at once."""
TELL_SECONDS = 0.5
"""How long a Redis may take to hear before it is asked anew."""


class Unheard:
    """Implements `domain.shared.news.News` for a command that runs without Redis: listeners look by themselves."""

    async def tell(self, *topics: str) -> None:
        """Wake nobody."""

    async def of(self, topic: str) -> AsyncIterator[None]:  # noqa: ARG002 - there is nothing to hear of any
        yield


class RedisNews:
    """Implements `domain.shared.news.News`. `run` passes on what is told here and elsewhere, until it is canceled.

    Without it nothing leaves the process, and listeners look by themselves.
    """

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._untold: set[str] = set()
        self._is_told = asyncio.Event()

    async def tell(self, *topics: str) -> None:
        for topic in topics:
            self._wake(topic)
        self._untold.update(topics)
        self._is_told.set()

    async def of(self, topic: str, *, patience_seconds: float = PATIENCE_SECONDS) -> AsyncIterator[None]:
        changed = asyncio.Event()
        self._listeners[topic].add(changed)
        try:
            yield
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), patience_seconds)
                changed.clear()
                yield
        finally:
            self._listeners[topic].discard(changed)
            if not self._listeners[topic]:
                del self._listeners[topic]

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._again_and_again(self._listen))
            tasks.create_task(self._again_and_again(self._pass_on))

    async def _again_and_again(self, act: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await act()
            except (RedisError, OSError) as error:
                logger.warning("news_troubled", error=type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        async with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(CHANNEL)
            async for message in channel.listen():
                for topic in message["data"].decode().split(SEPARATOR):
                    self._wake(topic)

    async def _pass_on(self) -> None:
        while True:
            await self._is_told.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._is_told.clear()
            topics, self._untold = self._untold, set()
            async with asyncio.timeout(TELL_SECONDS):
                await self._redis.publish(CHANNEL, SEPARATOR.join(topics))

    def _wake(self, topic: str) -> None:
        for listener in self._listeners.get(topic, ()):
            listener.set()
