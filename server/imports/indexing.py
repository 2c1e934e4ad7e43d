"""Making searchable what an import has written, while it writes more."""

import asyncio
from typing import Self

from persistence.catalog import search_index
from persistence.changes import count_product_lists
from persistence.statement import Pool

BATCH_PRODUCTS = 1_000


class Indexing:
    """Keeps a connection at work on the products that batches have postponed, an earlier run's first.

    When its block is left, all that was written until then can be found, whatever ended the block.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._more = asyncio.Event()
        self._is_last = False
        self.count = 0

    async def __aenter__(self) -> Self:
        self._work = asyncio.create_task(self._index())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_last = True
        self._more.set()
        await self._work

    def wake(self) -> None:
        """Say that a batch has been committed."""
        self._more.set()

    async def _index(self) -> None:
        is_last = False
        while not is_last:
            is_last = self._is_last
            while indexed := await self._index_some():
                self.count += indexed
            if not is_last:
                await self._more.wait()
                self._more.clear()

    async def _index_some(self) -> int:
        async with self._pool.acquire() as connection, connection.transaction():
            seen = await search_index.refresh_postponed(connection, BATCH_PRODUCTS)
            if seen:
                await count_product_lists(connection)
            return seen
