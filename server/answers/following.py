"""Following what changes, so that no kept answer outlives it."""

import asyncio

import asyncpg
import structlog

from execution import Answers
from execution.answers import EVERYTHING
from loaders.sources import LISTS, ORDERS, PRODUCTS
from persistence import changes
from persistence.changes import Counts
from persistence.news import RedisNews
from persistence.outbox import EVENTS
from persistence.pricing.reference import Reference
from persistence.statement import Connection, Pool

logger = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5
"""How often it is looked whether something changed, with or without news of it."""
TROUBLE_SECONDS = 0.5
MAX_EVENTS = 10_000
"""Behind more than so many, all answers are forgotten: to read what they tell would take longer."""

TROUBLE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


class Follower:
    """Tells `answers` of every change, as the database has them; news of them only makes it quick.

    It keeps a connection of the pool for itself: where requests wait for connections, changes are seen all the same.
    """

    def __init__(self, pool: Pool, news: RedisNews, reference: Reference, answers: Answers) -> None:
        self._pool = pool
        self._news = news
        self._reference = reference
        self._answers = answers
        self._seen: Counts | None = None

    async def run(self) -> None:
        """Follow until canceled. While the database cannot be asked, nothing is answered from what is kept."""
        while True:
            try:
                async with self._pool.acquire() as connection:
                    async for _ in self._news.of(EVENTS, patience_seconds=LOOK_SECONDS):
                        await self.look(connection)
            except TROUBLE as error:
                self._answers.stop_seeing()
                logger.warning("answers_blind", error=type(error).__name__)
                await asyncio.sleep(TROUBLE_SECONDS)

    async def look(self, connection: Connection) -> None:
        """See what has changed since the last look."""
        now, seen = await changes.present(connection), self._seen
        if seen is None:
            self._reference.forget()
            self._answers.begin(now.total)
        elif now != seen:
            changed = await self._changed(connection, seen, now)
            if EVERYTHING in changed:
                self._reference.forget()
            self._answers.saw(now.total, changed)
        else:
            self._answers.saw(now.total)
        self._seen = now

    async def _changed(self, connection: Connection, seen: Counts, now: Counts) -> set[str]:
        if (now.storefront, now.promotions) != (seen.storefront, seen.promotions):
            return {EVERYTHING}
        if not 0 <= now.events - seen.events <= MAX_EVENTS:
            return {EVERYTHING}
        changed: set[str] = {LISTS} if now.product_lists != seen.product_lists else set()
        if now.events > seen.events:
            found = await changes.changed_products(connection, seen.events, now.events)
            changed |= found.product_ids
            if found.product_ids:
                changed.add(PRODUCTS)
            if found.is_any_sold:
                changed.add(ORDERS)
        return changed
