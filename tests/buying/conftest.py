"""A shop of its own for each test, with a gateway that answers over a socket."""

from collections.abc import AsyncIterator

import pytest

from integrations.test_gateway.adapter import TestGatewayAdapter
from persistence.statement import Pool
from tests.factories.buying import Buying, buying_in, running_gateway
from tests.factories.shoppers import Shopper


@pytest.fixture
async def gateway() -> AsyncIterator[TestGatewayAdapter]:
    async with running_gateway(late_seconds=0.3) as adapter:
        yield adapter


@pytest.fixture
async def shop(pool: Pool, gateway: TestGatewayAdapter) -> Buying:
    return await buying_in(pool, gateway)


@pytest.fixture
def shopper(shop: Buying) -> Shopper:
    return Shopper(shop)
