"""Filling an empty database with the sample store."""

from persistence.ids import new_id
from persistence.statement import Pool
from sample import STORE, product_files
from server.database import reach
from server.imports.products import import_products
from server.imports.store import read_store, write_store
from server.operations.examining import examiner
from server.operations.publishing import publish
from server.operations.reading import FOLDER, clients_in, documents_of
from server.sample_accounts import create_sample_accounts
from server.sample_company import create_sample_company
from server.sample_gifts import create_sample_gifts
from server.sample_promotions import create_sample_promotions
from server.seed import seed
from server.settings import Settings


async def fill(settings: Settings) -> bool:
    """Load the sample into the database that the settings name."""
    assert settings.database_url is not None
    pool = await reach(settings.database_url, min_size=1, max_size=4)
    try:
        return await load_sample(pool)
    finally:
        await pool.close()


async def load_sample(pool: Pool) -> bool:
    """Markets, vendors, products, accounts and what to try them with, if there is no product yet; whether it did."""
    await seed(pool, new_id)
    if await pool.fetchval("SELECT EXISTS (SELECT FROM product)"):
        return False
    await write_store(pool, read_store(STORE))
    for path in product_files():
        await import_products(pool, path)
    await create_sample_accounts(pool)
    await create_sample_company(pool)
    await create_sample_promotions(pool)
    await create_sample_gifts(pool)
    await register_sample_documents(pool)
    return True


async def register_sample_documents(pool: Pool) -> None:
    """The storefront's operations, where they are at hand: in a checkout."""
    if documents := [each for client in clients_in(FOLDER) for each in documents_of(client)]:
        await publish(pool, documents, examiner(Settings()))
