"""A shop that posts its events, and somebody to receive them."""

from collections.abc import AsyncIterator

import pytest

from persistence.statement import Pool
from tests.factories.webhooks import Post, Receiver, post_office, receiving


@pytest.fixture
async def post(pool: Pool, worker_database_url: str) -> AsyncIterator[Post]:
    async with post_office(pool, worker_database_url) as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as opened:
        yield opened
