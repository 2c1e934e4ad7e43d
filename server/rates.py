"""How many points each client has spent within a minute: counted here at once, and in Redis by all processes together.

Asking Redis on each request would cost more than most requests do. So a process counts by itself, and tells Redis, by
the library `limits`, when a client has spent a share of what it may; it then hears what was spent elsewhere. A client
may overshoot by that share for each process. Without Redis each process goes on by its own count.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from redis.exceptions import RedisError

from domain.shared.making import dataclass
from integrations.identity.windows import FixedWindows, Limit

if TYPE_CHECKING:
    from redis.asyncio import Redis

logger = structlog.get_logger(__name__)

WINDOW_SECONDS = 60.0
SHARES = 100
"""In how many parts of its limit a client's spending is told to Redis."""

MAX_CLIENTS = 50_000
PATIENCE_SECONDS = 0.25
AWAY_SECONDS = 5.0
"""How long Redis is left alone when it did not answer in time."""


@dataclass(slots=True)
class Window:
    """What one client has spent since its first request of a minute, and how much of it Redis was not told."""

    ends_at: float
    spent: int = 0
    untold: int = 0


class Rates:
    """Counts points by client. A limit of 0 is none."""

    def __init__(self, redis: "Redis | None" = None, *, clock: Callable[[], float] = time.time) -> None:
        self._shared = FixedWindows(redis) if redis is not None else None
        self._clock = clock
        self._windows: OrderedDict[str, Window] = OrderedDict()
        self._telling: dict[str, asyncio.Task[None]] = {}
        self._away_until = 0.0

    def retry_after(self, client: str, limit: int) -> int | None:
        """In how many seconds a client that has spent its limit may go on; None if it has points left."""
        window = self._windows.get(client)
        if not limit or window is None or window.spent < limit:
            return None
        left = window.ends_at - self._clock()
        return math.ceil(left) if left > 0 else None

    def spend(self, client: str, limit: int, points: int) -> int:
        """Count the points; what is left of the limit. Spending more than is left is counted all the same."""
        window = self._window(client)
        window.spent += points
        window.untold += points
        if self._shared is not None and window.untold * SHARES >= limit and client not in self._telling:
            self._tell(client, limit)
        return max(limit - window.spent, 0)

    def _window(self, client: str) -> Window:
        window = self._windows.get(client)
        if window is None or window.ends_at <= self._clock():
            window = self._windows[client] = Window(self._clock() + WINDOW_SECONDS)
            self._windows.move_to_end(client)
            if len(self._windows) > MAX_CLIENTS:
                self._windows.popitem(last=False)
        return window

    def _tell(self, client: str, limit: int) -> None:
        if self._clock() < self._away_until:
            return
        task = self._telling[client] = asyncio.create_task(self._share(client, limit))
        task.add_done_callback(lambda _: self._telling.pop(client, None))

    async def _share(self, client: str, limit: int) -> None:
        """Add what this process counted to what all did, and learn their sum and when their minute ends."""
        assert self._shared is not None
        window = self._windows[client]
        points, window.untold = window.untold, 0
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                total = await self._shared.add(Limit("points", limit), client, points)
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = self._clock() + AWAY_SECONDS
            window.untold += points
            logger.warning("rates_not_shared", error=type(error).__name__)
            return
        window.spent = max(limit - total.remaining, points) + window.untold
        window.ends_at = min(total.reset_time, self._clock() + WINDOW_SECONDS)
