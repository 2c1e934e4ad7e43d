"""Every resolver that is called is also awaited to its end, whatever fails beside it and whenever a client leaves."""

import asyncio
import gc
import warnings
from contextlib import suppress
from random import Random

import pytest
import strawberry

from execution.begun import going_on
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


async def heard(events: list[asyncio.Event], told: list[str]) -> int:
    """Waits for one event after another; says what happens to it."""
    try:
        for event in events:
            await event.wait()
            told.append("heard")
    except asyncio.CancelledError:
        told.append("canceled")
        raise
    finally:
        told.append("ended")
    return len(events)


async def test_a_coroutine_that_was_begun_by_hand_goes_on_as_if_it_had_been_awaited():
    events, told = [asyncio.Event() for _ in range(3)], list[str]()
    begun = heard(events, told)
    going = asyncio.ensure_future(going_on(begun, begun.send(None)))

    for event in events:
        await asyncio.sleep(0)
        event.set()

    assert await going == 3
    assert told == ["heard"] * 3 + ["ended"]


@pytest.mark.parametrize("heard_before", [0, 1])
async def test_it_is_canceled_where_it_waits(heard_before: int):
    events, told = [asyncio.Event() for _ in range(2)], list[str]()
    begun = heard(events, told)
    going = asyncio.ensure_future(going_on(begun, begun.send(None)))
    for event in events[:heard_before]:
        event.set()
    for _ in range(3):
        await asyncio.sleep(0)

    going.cancel()

    with pytest.raises(asyncio.CancelledError):
        await going
    assert told == ["heard"] * heard_before + ["canceled", "ended"]


async def test_it_may_go_on_after_it_was_canceled():
    async def stubborn() -> str:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        return "done"

    begun = stubborn()
    going = asyncio.ensure_future(going_on(begun, begun.send(None)))
    await asyncio.sleep(0)
    going.cancel()

    assert await going == "done"
