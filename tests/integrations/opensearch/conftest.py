"""The double of OpenSearch on a socket, and an index in it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from integrations.opensearch.client import OpenSearchClient
from integrations.opensearch.double.server import OpenSearchDouble
from integrations.opensearch.index import OpenSearchIndex, alias_of
from tests.factories.clock import present
from tests.factories.gateways import served


@dataclass(frozen=True, slots=True)
class Engine:
    """A double that answers at `url`, with our client of it, and one that says what it is told."""

    url: str
    client: OpenSearchClient
    plain: httpx2.AsyncClient
    index: OpenSearchIndex

    async def control(self, **told: Any) -> int:
        """Tell the double what trouble to make from now on: how many requests it has had."""
        answer = (await self.plain.post("/double/control", json=told)).json()
        return int(answer["asked"])

    async def post(self, path: str, body: Any) -> tuple[int, Any]:
        """The status and the answer of a plain request."""
        response = await self.plain.post(path, json=body)
        return response.status_code, response.json()

    async def fill(self) -> str:
        """Have the alias lead to an empty index: its name."""
        name = await self.index.create(present())
        await self.index.switch(name)
        return name


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    async with (
        served(OpenSearchDouble().app()) as url,
        OpenSearchClient(url, read_seconds=1.0) as client,
        httpx2.AsyncClient(base_url=url) as plain,
    ):
        yield Engine(url, client, plain, OpenSearchIndex(client, alias_of("shop")))
