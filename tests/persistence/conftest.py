from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.persistence.planning import open_planner


@pytest.fixture
async def planner(postgres_server: str, worker_id: str) -> AsyncIterator[Any]:
    async with open_planner(postgres_server, f"plans_{worker_id}") as connection:
        yield connection
