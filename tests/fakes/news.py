"""News within this process."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator


class LocalNews:
    """Implements `domain.shared.news.News`. Wakes at once and never without cause, so that a missing word shows."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.joined: asyncio.Queue[str] = asyncio.Queue()
        """The topics of listeners as they come, for tests that wait for one."""
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)

    async def tell(self, *topics: str) -> None:
        self.told.extend(topics)
        for topic in topics:
            for listener in self._listeners[topic]:
                listener.set()

    async def of(self, topic: str) -> AsyncIterator[None]:
        changed = asyncio.Event()
        self._listeners[topic].add(changed)
        self.joined.put_nowait(topic)
        try:
            yield
            while True:
                await changed.wait()
                changed.clear()
                yield
        finally:
            self._listeners[topic].discard(changed)

    def listeners(self, topic: str) -> int:
        return len(self._listeners[topic])
