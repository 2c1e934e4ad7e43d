"""What the doctor says of the search index while an import writes, and of those who follow it."""

from persistence.catalog import search_index
from persistence.statement import Pool
from server.doctor.log import READERS, SEARCH_INDEX
from tests.factories.catalog import catalog_in


async def ill(pool: Pool) -> list[str]:
    return [row[0] for row in await pool.fetch(SEARCH_INDEX.sql)]


async def test_products_that_cannot_be_found_are_told_but_for_those_that_wait_to_be_indexed(pool: Pool):
    catalog = await catalog_in(pool)
    found, forgotten, waiting = [await catalog.product(title) for title in ("Lamp", "Chair", "Table")]
    async with pool.acquire() as connection, connection.transaction():
        await search_index.refresh(connection, [found])
        await search_index.postpone(connection, [waiting])

    before = await ill(pool)
    async with pool.acquire() as connection, connection.transaction():
        await search_index.refresh_postponed(connection, 10)
    after = await ill(pool)

    assert before == [forgotten]
    assert after == [forgotten]


async def test_a_product_that_is_archived_while_it_waits_is_no_trouble_and_leaves_the_index(pool: Pool):
    catalog = await catalog_in(pool)
    product_id = await catalog.product("Lamp")
    async with pool.acquire() as connection, connection.transaction():
        await search_index.refresh(connection, [product_id])
        await connection.execute("UPDATE product SET status = 'ARCHIVED'")
        await search_index.postpone(connection, [product_id])

    assert await ill(pool) == []
    async with pool.acquire() as connection, connection.transaction():
        await search_index.refresh_postponed(connection, 10)
    assert await ill(pool) == []
    assert await pool.fetchval("SELECT count(*) FROM search_product") == 0


async def test_an_index_outside_the_database_may_be_behind_for_as_long_as_its_engine_is_away(pool: Pool):
    moment = 1_800_000_000_000
    for name, position in (("outside_search:x", 0), ("outside_search_prices:x", moment), ("webhooks", moment)):
        await pool.execute("INSERT INTO log (name, position) VALUES ($1, $2)", name, position)

    assert [row[0] for row in await pool.fetch(READERS.sql)] == ["webhooks"]
