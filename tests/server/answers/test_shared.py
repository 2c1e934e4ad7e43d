"""Several web processes: what one of them made is given by the others, as long as it is right."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from persistence.statement import Pool
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
