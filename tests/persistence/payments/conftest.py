import pytest

from persistence.statement import Pool
from tests.factories.buying import Buying, buying_in


@pytest.fixture
async def shop(pool: Pool) -> Buying:
    """A shop in which nobody asks a gateway."""
    return await buying_in(pool, None)
