"""What one process tells wakes those who wait in another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from redis.asyncio import Redis

from persistence.news import CHANNEL, RedisNews

LONG_SECONDS = 30.0


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator["Redis"]:
    async with Redis.from_url(redis_url) as client:
        yield client


@asynccontextmanager
async def running(redis: "Redis") -> AsyncIterator[RedisNews]:
    """News of a process that listens already."""
    news = RedisNews(redis)
    listening = await redis.publish(CHANNEL, "nothing")
    passing = asyncio.create_task(news.run())
    async with asyncio.timeout(LONG_SECONDS):
        while await redis.publish(CHANNEL, "nothing") == listening:
            pass
    yield news
    passing.cancel()
    with suppress(asyncio.CancelledError):
        await passing


async def test_what_is_told_wakes_who_waits_elsewhere_and_nobody_else(redis: "Redis"):
    async with running(redis) as here, running(redis) as there:
        orders, carts = there.of("order_1"), there.of("cart_1")
        await anext(orders)
        await anext(carts)

        await here.tell("order_1", "order_2")

        async with asyncio.timeout(1.0):
            await anext(orders)
        waiting = asyncio.ensure_future(anext(carts))
        assert not (await asyncio.wait([waiting], timeout=0.2))[0]
        waiting.cancel()


async def test_what_comes_while_something_is_being_told_goes_in_one_message(redis: "Redis"):
    async with running(redis) as news, redis.pubsub(ignore_subscribe_messages=True) as channel:
        await channel.subscribe(CHANNEL)
        await channel.get_message(timeout=1.0)

        for number in range(500):
            await news.tell(f"cart_{number}")

        told: list[str] = []
        messages = 0
        async with asyncio.timeout(LONG_SECONDS):
            while len(told) < 500:
                message = await channel.get_message(timeout=1.0)
                if message is not None:
                    messages += 1
                    told += message["data"].decode().split("\n")
        assert sorted(told) == sorted(f"cart_{number}" for number in range(500))
        assert messages == 1


async def test_telling_never_fails_though_nobody_can_hear_it():
    news = RedisNews(Redis(host="127.0.0.1", port=1))
    passing = asyncio.create_task(news.run())
    waiting = news.of("cart_1")
    await anext(waiting)

    await news.tell("cart_1")
    await asyncio.sleep(0.05)

    async with asyncio.timeout(1.0):
        await anext(waiting)
    assert not passing.done()
    passing.cancel()
