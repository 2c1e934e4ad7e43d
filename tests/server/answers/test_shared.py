"""Several web processes: what one of them made is given by the others, as long as it is right."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from execution import KeptAnswer
from persistence.ids import new_id
from persistence.statement import Pool
from server.answers.release import release_of
from server.answers.shared import MAX_WRITES, PATIENCE_SECONDS, RedisAnswers
from server.embedded import EmbeddedServers
from tests.factories.catalog import CatalogWriter, catalog_in
from tests.server.answers.shops import Shop, eventually, open_shop

TITLE = "query($id: ID!) { product(id: $id) { title } }"


@pytest.fixture
async def catalog(pool: Pool) -> CatalogWriter:
    return await catalog_in(pool)


@asynccontextmanager
async def two_shops(catalog: CatalogWriter, redis_url: str) -> AsyncIterator[tuple[Shop, Shop]]:
    async with open_shop(catalog.pool, redis_url) as one, open_shop(catalog.pool, redis_url) as other:
        yield one, other


async def test_one_process_gives_what_another_one_made(catalog: CatalogWriter, redis_url: str):
    product_id, _, _ = await catalog.sold("Lamp")
    async with two_shops(catalog, redis_url) as (one, other):
        for _ in range(2):
            await one.data(TITLE, id=product_id)

        async def is_shared(_shop: Shop) -> bool:
            await other.data(TITLE, id=product_id)
            return "shared" in await other.kept()

        await eventually(other, is_shared)


async def test_no_process_gives_what_another_one_made_before_a_change(catalog: CatalogWriter, redis_url: str):
    product_id, _, _ = await catalog.sold("Lamp")
    async with two_shops(catalog, redis_url) as (one, other):
        for _ in range(3):
            await one.data(TITLE, id=product_id)
        await catalog.pool.execute("UPDATE product SET title = 'Sofa' WHERE id = $1", product_id)
        await one.changed(product_id)

        for shop in (one, other):

            async def is_new(shop: Shop) -> bool:
                return bool((await shop.data(TITLE, id=product_id))["product"]["title"] == "Sofa")

            await eventually(shop, is_new)
        for _ in range(5):
            for shop in (one, other):
                assert (await shop.data(TITLE, id=product_id))["product"]["title"] == "Sofa"


async def test_what_redis_does_not_take_in_time_is_not_waited_for():
    """A Redis that takes connections and says nothing."""
    async with silent_server() as port, Redis(host="127.0.0.1", port=port) as silent:
        answers = RedisAnswers(silent)
        started = time.monotonic()

        assert await answers.get("name") is None
        waited = time.monotonic() - started
        answers.put("name", an_answer())
        for _ in range(100):
            assert await answers.get("name") is None

    assert PATIENCE_SECONDS <= waited < 5 * PATIENCE_SECONDS + 1
    assert time.monotonic() - started < 100 * PATIENCE_SECONDS


async def test_an_answer_goes_from_redis_when_its_time_is_over(redis_url: str):
    async with Redis.from_url(redis_url) as redis:
        answers = RedisAnswers(redis, prefix=new_id("test"))
        name, answer = "name", an_answer(seconds=0.6)

        answers.put(name, answer)
        answers.put("old", an_answer(seconds=-1.0))
        found = await until_there(answers, name)

        assert (found.body, found.sources, found.moment) == (answer.body, answer.sources, answer.moment)
        assert found.tag == answer.tag
        assert await answers.get("old") is None
        await asyncio.sleep(0.7)
        assert await answers.get(name) is None


async def test_no_more_is_written_at_once_than_redis_can_take():
    async with silent_server() as port, Redis(host="127.0.0.1", port=port) as silent:
        answers = RedisAnswers(silent)
        for number in range(3 * MAX_WRITES):
            answers.put(str(number), an_answer())

        assert len(answers._writes) == MAX_WRITES
        await asyncio.gather(*answers._writes)


async def test_a_redis_that_dies_leaves_answers_right(catalog: CatalogWriter, tmp_path: Path):
    product_id, _, _ = await catalog.sold("Lamp")
    servers = EmbeddedServers(tmp_path / "data", durable=False)
    await asyncio.to_thread(servers.start)
    try:
        async with two_shops(catalog, servers.redis_url) as (one, other):
            for shop in (one, one, one, other, other):
                await shop.data(TITLE, id=product_id)
            await asyncio.to_thread(servers.stop)
            await catalog.pool.execute("UPDATE product SET title = 'Sofa' WHERE id = $1", product_id)
            await one.changed(product_id)

            for shop in (one, other):
                await eventually(shop, shows("Sofa", product_id))
            assert (await one.data(TITLE, id=product_id))["product"]["title"] == "Sofa"
            assert "blind" not in await one.bypassed()
    finally:
        await asyncio.to_thread(servers.stop)


def test_programs_of_another_text_have_another_name(tmp_path: Path):
    for part in ("one", "other", "same"):
        (tmp_path / part / "server").mkdir(parents=True)
        (tmp_path / part / "server" / "web.py").write_text(f"NAME = {part == 'other'}")

    one, other, same = (release_of(tmp_path / part) for part in ("one", "other", "same"))

    assert one == same
    assert one != other


def an_answer(*, seconds: float = 60.0) -> KeptAnswer:
    return KeptAnswer(b'{"data":{}}', frozenset({"store", "product_1"}), 7, time.time() + seconds)


def shows(title: str, product_id: str) -> Callable[[Shop], Awaitable[bool]]:
    async def is_shown(shop: Shop) -> bool:
        return bool((await shop.data(TITLE, id=product_id))["product"]["title"] == title)

    return is_shown


async def until_there(answers: RedisAnswers, name: str) -> KeptAnswer:
    for _ in range(200):
        if (found := await answers.get(name)) is not None:
            return found
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    held: list[asyncio.StreamWriter] = []

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        await reader.read()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        for writer in held:
            writer.close()
        server.close()
        await server.wait_closed()
