"""A store made ready for a load."""

import asyncpg

PLENTY = 1_000_000


async def fill_shelves(database_url: str) -> None:
    """So much of everything that no load sells it out, in tables that are as those of a store some minutes later.

    Autovacuum would look at a catalog that was just imported in the midst of what is measured first.
    """
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE stock_level SET on_hand = on_hand + $1", PLENTY)
    await connection.execute("VACUUM (ANALYZE)")
    await connection.close()
