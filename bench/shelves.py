"""Stock for a load."""

import asyncpg

PLENTY = 1_000_000


async def fill_shelves(database_url: str) -> None:
    """So much of everything that no load sells it out."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE stock_level SET on_hand = on_hand + $1", PLENTY)
    await connection.close()
