"""Customers, their address books and API keys, batched."""

from collections.abc import Sequence

from domain.customers.model import ApiKey, Customer, SavedAddress
from domain.shared.ids import ApiKeyId, CustomerId
from loaders.batch import many_per_key, one_per_key
from loaders.reads import Reads
from persistence.customers import queries


async def customers(reads: Reads, ids: Sequence[CustomerId]) -> list[Customer | None]:
    return one_per_key(ids, await queries.customers(reads.pool, ids), lambda found: found.id)


async def address_books(reads: Reads, ids: Sequence[CustomerId]) -> list[list[SavedAddress]]:
    rows = await queries.addresses(reads.pool, ids)
    return [[entry for _, entry in book] for book in many_per_key(ids, rows, lambda row: row[0])]


async def api_keys(reads: Reads, ids: Sequence[ApiKeyId]) -> list[ApiKey | None]:
    return one_per_key(ids, await queries.api_keys(reads.pool, ids), lambda found: found.id)
