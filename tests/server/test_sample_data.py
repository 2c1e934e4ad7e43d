from persistence.statement import Pool
from server.sample_data import load_sample


async def test_an_empty_database_is_filled_once(pool: Pool) -> None:
    first = await load_sample(pool)
    second = await load_sample(pool)

    assert (first, second) == (True, False)
    assert await pool.fetchval("SELECT count(*) FROM product") == 120
    assert await pool.fetchval("SELECT count(*) FROM market") == 4
    assert await pool.fetchval("SELECT count(*) FROM staff_member") == 1
