"""What a process makes before it answers anybody: a page like those that shops ask for, and registered documents."""

from collections.abc import AsyncIterator

import pytest

from execution import Executor
from persistence.ids import new_id
from persistence.registered_documents import RegisteredDocument, latest_texts, register
from persistence.statement import Pool
from schema.root import schema
from server.context import ContextMaker
from server.sample_data import load_sample
from server.seed import seed
from server.warming import PAGE, read_registered, warm_up
from tests.factories.customers import Door, open_door

KNOWN = "query Known { __typename }"
GONE = "query Gone { aFieldOfTheReleaseBefore }"


@pytest.fixture
async def door(pool: Pool, redis_url: str) -> AsyncIterator[Door]:
    async with open_door(pool, redis_url) as door:
        yield door


async def add(pool: Pool, text: str, client: str = "web") -> None:
    document = RegisteredDocument(client, id=text, sha256=text, name="Named", kind="QUERY", text=text, cost=1)
    async with pool.acquire() as connection, connection.transaction():
        await register(connection, document)


async def test_the_page_is_one_that_a_shop_answers(pool: Pool, door: Door):
    await load_sample(pool)

    page = await door.visitor().ask(PAGE)

    assert page["newest"]["nodes"][0]["variants"]["nodes"][0]["buyBox"]["price"]
    assert page["found"]["totalCount"] < len(page["newest"]["nodes"]), "facets are counted of few"


async def test_the_page_is_compiled_at_once(pool: Pool, door: Door):
    await seed(pool, new_id)
    ways: list[str] = []
    executor = Executor(schema, on_execution=ways.append)

    await warm_up(executor, ContextMaker(door.parts, executor.schema))
    await warm_up(executor, ContextMaker(door.parts, executor.schema))

    assert ways == ["compiled", "compiled"]


async def test_a_shop_without_anything_to_show_starts_all_the_same(door: Door):
    executor = Executor(schema)

    await warm_up(executor, ContextMaker(door.parts, executor.schema))


async def test_registered_documents_are_known_before_anybody_asks_for_them(pool: Pool):
    for text in (GONE, KNOWN):
        await add(pool, text)
    documents = Executor(schema).documents

    await read_registered(pool, documents)

    assert len(documents) == 1
    assert documents.admit(KNOWN).is_repeated


async def test_the_documents_of_several_clients_are_read_once(pool: Pool):
    await add(pool, KNOWN)
    await add(pool, KNOWN, client="app")
    await add(pool, GONE)

    assert sorted(await latest_texts(pool, 10)) == sorted([KNOWN, GONE])
    assert len(await latest_texts(pool, 1)) == 1
