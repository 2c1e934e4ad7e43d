"""One furnished shop for each test, behind the whole application."""

from collections.abc import AsyncIterator

import pytest

from persistence.statement import Pool
from tests.abuse.furnish import open_world
from tests.abuse.world import World
from tests.factories.buying import running_gateway


@pytest.fixture
async def world(pool: Pool, redis_url: str) -> AsyncIterator[World]:
    async with running_gateway() as gateway, open_world(pool, redis_url, gateway) as opened:
        yield opened
