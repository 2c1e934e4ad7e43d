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


async def read(loader: SharedLoader, key: int) -> int:
    value: int = await loader.load(key)
    return value
