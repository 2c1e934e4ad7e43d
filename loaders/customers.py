"""Customers, their address books and API keys, batched."""

from collections.abc import Sequence

from domain.customers.model import ApiKey, Customer, SavedAddress
from domain.customers.wishlists.model import Wishlist
from domain.shared.ids import ApiKeyId, CustomerId, WishlistId
from loaders.batch import many_per_key, one_per_key
from loaders.reads import Reads
from persistence.customers import queries
from persistence.customers.wishlists import wishlists_by_id, wishlists_of


async def customers(reads: Reads, ids: Sequence[CustomerId]) -> list[Customer | None]:
    return one_per_key(ids, await queries.customers(reads.pool, ids), lambda found: found.id)


async def address_books(reads: Reads, ids: Sequence[CustomerId]) -> list[list[SavedAddress]]:
    rows = await queries.addresses(reads.pool, ids)
    return [[entry for _, entry in book] for book in many_per_key(ids, rows, lambda row: row[0])]


async def segments(reads: Reads, ids: Sequence[CustomerId]) -> list[list[str]]:
    """The segments that each customer is in, in their order."""
    rows = await queries.segments(reads.pool, ids)
    return [[segment for _, segment in found] for found in many_per_key(ids, rows, lambda row: row[0])]


async def api_keys(reads: Reads, ids: Sequence[ApiKeyId]) -> list[ApiKey | None]:
    return one_per_key(ids, await queries.api_keys(reads.pool, ids), lambda found: found.id)


async def wishlists(reads: Reads, ids: Sequence[WishlistId]) -> list[Wishlist | None]:
    return one_per_key(ids, await wishlists_by_id(reads.pool, ids), lambda found: found.id)


async def wishlists_of_customer(reads: Reads, ids: Sequence[CustomerId]) -> list[list[Wishlist]]:
    return many_per_key(ids, await wishlists_of(reads.pool, ids), lambda found: found.customer_id)
