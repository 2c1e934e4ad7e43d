"""Filling an empty database with the sample store."""

from importlib.resources import files
from pathlib import Path

from persistence.ids import new_id
from persistence.statement import Pool
from server.imports.products import import_products
from server.imports.store import read_store, write_store
from server.sample_accounts import create_sample_accounts
from server.seed import seed

SAMPLE = Path(str(files("sample")))


async def load_sample(pool: Pool) -> bool:
    """Markets, vendors, products and accounts to try with, if there is no market and no product yet; whether it did."""
    await seed(pool, new_id)
    if await pool.fetchval("SELECT EXISTS (SELECT FROM product)"):
        return False
    await write_store(pool, read_store(SAMPLE / "store.json"))
    for path in sorted((SAMPLE / "products").glob("*.jsonl")):
        await import_products(pool, path)
    await create_sample_accounts(pool)
    return True
