"""What becomes of a request when the engine is slow, overloaded, broken or gone."""

from typing import Any

import pytest

from domain.pricing.searching.ports import SearchUnavailable
from integrations.opensearch.client import OpenSearchClient, SearchRefused, TooSlow
from integrations.opensearch.double.server import OpenSearchDouble
from tests.factories.gateways import served
from tests.integrations.opensearch.conftest import Engine

ALL: dict[str, Any] = {"query": {"match_all": {}}}


async def count(engine: Engine) -> int:
    answer = await engine.client.read(f"/{engine.index.alias}/_search", ALL)
    return int(answer["hits"]["total"]["value"])


@pytest.mark.parametrize("trouble", [{"status": 503, "times": 1}, {"status": 429, "times": 1}, {"broken": 1}], ids=str)
async def test_a_read_is_tried_once_more(engine: Engine, trouble: dict[str, Any]):
    await engine.fill()
    await engine.control(**trouble)

    assert await count(engine) == 0


@pytest.mark.parametrize("trouble", [{"status": 502, "times": 2}, {"status": 500, "times": 2}, {"broken": 2}], ids=str)
async def test_an_engine_that_fails_twice_is_unavailable(engine: Engine, trouble: dict[str, Any]):
    await engine.fill()
    await engine.control(**trouble)

    with pytest.raises(SearchUnavailable):
        await count(engine)


async def test_an_engine_that_does_not_answer_in_time_is_unavailable_and_not_asked_once_more(engine: Engine):
    await engine.fill()
    before = await engine.control(slow_seconds=30)

    with pytest.raises(TooSlow):
        await count(engine)

    assert await engine.control() == before + 1


async def test_an_engine_that_nobody_runs_is_unavailable():
    async with served(OpenSearchDouble().app()) as url:
        pass
    async with OpenSearchClient(url) as client:
        with pytest.raises(SearchUnavailable):
            await client.read("/x/_search", ALL)


async def test_a_request_that_is_wrong_is_not_repeated(engine: Engine):
    await engine.fill()

    with pytest.raises(SearchRefused, match="unknown query") as caught:
        await engine.client.read(f"/{engine.index.alias}/_search", {"query": {"fuzzy": {}}})

    assert (caught.value.status, caught.value.kind) == (400, "parsing_exception")


async def test_one_of_several_searches_that_fails_fails_them_all(engine: Engine):
    await engine.fill()

    with pytest.raises(SearchRefused, match="unknown query"):
        await engine.client.read_many(engine.index.alias, [ALL, {"query": {"fuzzy": {}}}])


async def test_an_index_that_is_not_there_is_no_fault_of_the_request(engine: Engine):
    with pytest.raises(SearchUnavailable, match="no such index") as caught:
        await count(engine)

    assert not isinstance(caught.value, SearchRefused)


async def test_user_and_password_may_stand_in_the_url():
    async with served(OpenSearchDouble(credentials="ada:s:ecret").app()) as url:
        with_them = url.replace("http://", "http://ada:s%3Aecret@")
        async with OpenSearchClient(with_them) as client, OpenSearchClient(url, api_key="abc") as other:
            with pytest.raises(SearchUnavailable, match="no such index"):
                await client.read("/x/_search", ALL)
            with pytest.raises(SearchUnavailable, match="missing authentication"):
                await other.read("/x/_search", ALL)
