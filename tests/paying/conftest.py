"""A shop that is paid by the double of Stripe, which tells it what happens."""

from collections.abc import AsyncIterator

import pytest

from persistence.statement import Pool
from tests.factories.gateways import RunningDouble, running_double
from tests.factories.paying import StripeShop, stripe_shop_in


@pytest.fixture
async def double() -> AsyncIterator[RunningDouble]:
    async with running_double() as running:
        await running.tell("switches", webhooks="held")
        yield running


@pytest.fixture
async def paying(pool: Pool, double: RunningDouble) -> AsyncIterator[StripeShop]:
    async with stripe_shop_in(pool, double) as shop:
        yield shop
