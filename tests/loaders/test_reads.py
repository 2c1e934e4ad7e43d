"""Dataloaders under cancellation, as graphql-core cancels the siblings of a field that failed."""

import asyncio
from collections.abc import Sequence

import pytest

from loaders.reads import SharedLoader


async def doubled(keys: Sequence[int]) -> list[int]:
    await asyncio.sleep(0)
    return [key * 2 for key in keys]


async def test_a_reader_that_is_canceled_takes_nobody_with_it():
    loader = SharedLoader(doubled)
    canceled, kept, other = (asyncio.ensure_future(read(loader, key)) for key in (1, 1, 2))
    await asyncio.sleep(0)

    canceled.cancel()

    assert (await kept, await other) == (2, 4)
    assert await loader.load(1) == 2
    with pytest.raises(asyncio.CancelledError):
        await canceled


async def test_a_failed_batch_reaches_every_reader():
    async def fails(_: Sequence[int]) -> list[int]:
        raise LookupError

    loader = SharedLoader(fails)

    answers = await asyncio.gather(read(loader, 1), read(loader, 1), return_exceptions=True)

    assert [type(answer) for answer in answers] == [LookupError, LookupError]


async def test_what_is_read_for_many_is_one_batch_with_what_others_read():
    batches: list[Sequence[int]] = []

    async def seen(keys: Sequence[int]) -> list[int]:
        batches.append(keys)
        return await doubled(keys)

    loader = SharedLoader(seen)

    answers = await asyncio.gather(loader.outcomes([1, 2, 1]), read(loader, 3), loader.outcomes([2, 4]))

    assert answers == [[2, 4, 2], 6, [4, 8]]
    assert [sorted(batch) for batch in batches] == [[1, 2, 3, 4]]
    assert await loader.outcomes([]) == []


async def test_what_cannot_be_read_for_many_is_its_exception():
    async def fails(keys: Sequence[int]) -> list[object]:
        return [LookupError() if key % 2 else key for key in keys]

    outcomes = await SharedLoader(fails).outcomes([1, 2])

    assert [type(outcome) for outcome in outcomes] == [LookupError, int]
    assert await SharedLoader(fails).load_many([4, 2]) == [4, 2]
    with pytest.raises(LookupError):
        await SharedLoader(fails).load_many([2, 1])


async def read(loader: SharedLoader[int, int], key: int) -> int:
    return await loader.load(key)
