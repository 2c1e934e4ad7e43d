"""The double of Stripe on a socket, and our adapter to it."""

from collections.abc import AsyncIterator

import pytest

from integrations.stripe.adapter import StripeAdapter
from tests.factories.gateways import RunningDouble, running_double, stripe_at


@pytest.fixture
async def double() -> AsyncIterator[RunningDouble]:
    async with running_double() as running:
        yield running


@pytest.fixture
async def stripe(double: RunningDouble) -> AsyncIterator[StripeAdapter]:
    async with stripe_at(double.url) as adapter:
        yield adapter
