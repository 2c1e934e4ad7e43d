"""Every resolver that is called is also awaited to its end, whatever fails beside it and whenever a client leaves."""

import asyncio
import gc
import warnings
from random import Random

import pytest
import strawberry

from execution.executor import Executor

RUNS = 40
FAILS = 0.02
QUERY = """{ node {
  number
  one { number many { number again: one { number } many { number } } }
  many { number one { number many { number } } }
} }"""


async def nap(random: Random) -> None:
    for _ in range(random.randrange(4)):
        await asyncio.sleep(0)
    if random.random() < FAILS:
        raise ZeroDivisionError


@strawberry.type
class Node:
    @strawberry.field
    async def one(self, info: strawberry.Info[Random, None]) -> "Node":
        await nap(info.context)
        return Node()

    @strawberry.field
    async def many(self, info: strawberry.Info[Random, None]) -> list["Node"]:
        await nap(info.context)
        return [Node() for _ in range(8)]

    @strawberry.field
    async def number(self, info: strawberry.Info[Random, None]) -> int:
        await nap(info.context)
        return 1


@strawberry.type
class Query:
    @strawberry.field
    async def node(self) -> Node | None:
        return Node()


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("leaves", [True, False])
async def test_no_resolver_is_left_unawaited(compiled: bool, leaves: bool):
    random = Random(7)
    executor = Executor(strawberry.Schema(Query), compiled=compiled)
    failed = left = 0
    gc.collect()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(RUNS):
            asked = asyncio.create_task(executor.execute(QUERY, context=random))
            for _ in range(random.randrange(20) if leaves else 0):
                await asyncio.sleep(0)
            left += leaves and asked.cancel()
            (answer,) = await asyncio.gather(asked, return_exceptions=True)
            failed += not isinstance(answer, BaseException) and bool(answer.errors)
        gc.collect()
    assert [str(warning.message) for warning in caught] == []
    assert (left if leaves else failed) > RUNS / 2
