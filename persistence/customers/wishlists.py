"""Wishlists: read with their items in one statement, written by what differs."""

from collections.abc import Sequence
from typing import Any

from domain.customers.wishlists.model import Wishlist
from domain.shared.ids import CustomerId, VariantId, WishlistId
from persistence.statement import Connection, Database

_READ = """
SELECT w.id, w.version, w.customer_id, w.name, w.is_shared,
       ARRAY(SELECT i.variant_id FROM wishlist_item i WHERE i.wishlist_id = w.id ORDER BY i.added_at, i.variant_id)
FROM wishlist w
"""
_BY_ID = _READ + "WHERE w.id = ANY($1::text[])"
_OF_CUSTOMERS = _READ + "WHERE w.customer_id = ANY($1::text[]) ORDER BY w.id"

_LOCK = "SELECT id FROM wishlist WHERE id = $1 FOR UPDATE"
_COUNT = "SELECT count(*) FROM wishlist WHERE customer_id = $1"
_ADD = "INSERT INTO wishlist (id, version, customer_id, name, is_shared) VALUES ($1, $2, $3, $4, $5)"
_SAVE = "UPDATE wishlist SET version = $2, name = $3, is_shared = $4 WHERE id = $1"
_PUT_ITEMS = """
INSERT INTO wishlist_item (wishlist_id, variant_id, added_at)
SELECT $1, variant_id, clock_timestamp() + place * interval '1 microsecond'
FROM unnest($2::text[]) WITH ORDINALITY AS item (variant_id, place)
"""
_DROP_ITEMS = "DELETE FROM wishlist_item WHERE wishlist_id = $1 AND variant_id = ANY($2::text[])"
_DELETE = "DELETE FROM wishlist WHERE id = $1"


async def wishlists_by_id(database: Database, ids: Sequence[WishlistId]) -> list[Wishlist]:
    """Those lists that exist, in no particular order."""
    return [_wishlist(row) for row in await database.fetch(_BY_ID, list(ids))]


async def wishlists_of(database: Database, customers: Sequence[CustomerId]) -> list[Wishlist]:
    """The lists of these customers, the oldest first."""
    return [_wishlist(row) for row in await database.fetch(_OF_CUSTOMERS, list(customers))]


class Wishlists:
    """Implements `domain.customers.wishlists.ports.WishlistRepository` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self, wishlist_id: WishlistId) -> Wishlist | None:
        """Read by a second statement: one that had to wait for the lock would see the items of before."""
        if await self._connection.fetchval(_LOCK, wishlist_id) is None:
            return None
        (found,) = await wishlists_by_id(self._connection, [wishlist_id])
        return found

    async def count(self, customer_id: CustomerId) -> int:
        found: int = await self._connection.fetchval(_COUNT, customer_id)
        return found

    async def add(self, wishlist: Wishlist) -> None:
        await self._connection.execute(
            _ADD, wishlist.id, wishlist.version, wishlist.customer_id, wishlist.name, wishlist.is_shared
        )
        await self._put(wishlist.id, wishlist.items)

    async def save(self, wishlist: Wishlist, *, before: Wishlist) -> None:
        await self._connection.execute(_SAVE, wishlist.id, wishlist.version, wishlist.name, wishlist.is_shared)
        gone = [item for item in before.items if item not in wishlist.items]
        if gone:
            await self._connection.execute(_DROP_ITEMS, wishlist.id, gone)
        await self._put(wishlist.id, [item for item in wishlist.items if item not in before.items])

    async def delete(self, wishlist_id: WishlistId) -> None:
        await self._connection.execute(_DELETE, wishlist_id)

    async def _put(self, wishlist_id: WishlistId, items: Sequence[VariantId]) -> None:
        if items:
            await self._connection.execute(_PUT_ITEMS, wishlist_id, list(items))


def _wishlist(row: Any) -> Wishlist:
    wishlist_id, version, customer_id, name, is_shared, items = row
    return Wishlist(
        WishlistId(wishlist_id), version, CustomerId(customer_id), name, is_shared, tuple(map(VariantId, items))
    )
