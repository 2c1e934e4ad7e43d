"""What is left of an offer, as every reader has to see it."""

from datetime import datetime, timedelta

import pytest

from domain.shared.ids import OfferId, WarehouseId
from persistence.cart.tables import cart
from persistence.checkout.tables import checkout
from persistence.ids import new_id
from persistence.inventory import queries
from persistence.inventory.tables import reservation
from persistence.pricing import queries as pricing
from persistence.statement import Pool
from tests.factories.catalog import CatalogWriter, catalog_in
from tests.factories.clock import present

INSTANT = timedelta(microseconds=1)


@pytest.fixture
async def catalog(pool: Pool) -> CatalogWriter:
    return await catalog_in(pool)


async def hold(catalog: CatalogWriter, offer_id: str, warehouse_id: str, quantity: int, expires_at: datetime) -> None:
    """A checkout's reservation, counted in its level as reservations are."""
    pool, checkout_id, cart_id = catalog.pool, new_id("checkout"), new_id("cart")
    market_id = await pool.fetchval("SELECT id FROM market WHERE handle = 'de'")
    context = {"market_id": market_id, "country": "DE", "language": "de", "currency": "EUR"}
    await catalog.put(cart, id=cart_id, **context)
    await catalog.put(checkout, id=checkout_id, cart_id=cart_id, cart_version=1, expires_at=expires_at, **context)
    key = {"offer_id": offer_id, "warehouse_id": warehouse_id}
    await catalog.put(reservation, checkout_id=checkout_id, quantity=quantity, expires_at=expires_at, **key)
    await pool.execute(
        "UPDATE stock_level SET reserved = reserved + $3 WHERE offer_id = $1 AND warehouse_id = $2",
        offer_id,
        warehouse_id,
        quantity,
    )


async def available(catalog: CatalogWriter, offer_id: str, now: datetime) -> int:
    """What a storefront's statement counts; levels that are read one by one have to come to the same."""
    (offer,) = pricing.stored_offers(await pricing.offers(catalog.pool, [OfferId(offer_id)], [], now), {})
    levels = await queries.stock_levels(catalog.pool, [OfferId(offer_id)], now)

    assert sum(level.available for level in levels) == offer.available
    return offer.available


async def test_s1_available_is_what_is_on_hand_less_what_is_held_owed_and_kept(catalog: CatalogWriter):
    vendor_id = await catalog.vendor()
    _, _, offer_id = await catalog.sold(vendor_id=vendor_id, stock=None)
    await catalog.stock(
        offer_id, await catalog.warehouse(vendor_id), on_hand=20, reserved=3, allocated=5, safety=2, incoming=99
    )

    assert await available(catalog, offer_id, present()) == 10


async def test_s1_a_safety_stock_that_is_eaten_into_takes_nothing_from_other_warehouses(catalog: CatalogWriter):
    vendor_id = await catalog.vendor()
    _, _, offer_id = await catalog.sold(vendor_id=vendor_id, stock=None)
    await catalog.stock(offer_id, await catalog.warehouse(vendor_id), on_hand=1, safety=5)
    await catalog.stock(offer_id, await catalog.warehouse(vendor_id), on_hand=4)

    assert await available(catalog, offer_id, present()) == 4


async def test_s4_an_expired_reservation_does_not_count_from_the_instant_of_expiry(catalog: CatalogWriter):
    vendor_id = await catalog.vendor()
    warehouse_id = await catalog.warehouse(vendor_id)
    _, _, offer_id = await catalog.sold(vendor_id=vendor_id, stock=None)
    await catalog.stock(offer_id, warehouse_id, on_hand=10)
    await hold(catalog, offer_id, warehouse_id, 3, present())
    await hold(catalog, offer_id, warehouse_id, 4, present() + timedelta(minutes=15))

    assert await available(catalog, offer_id, present() - INSTANT) == 3
    assert await available(catalog, offer_id, present()) == 6
    assert await available(catalog, offer_id, present() + timedelta(minutes=15)) == 10


async def test_levels_stand_in_the_order_of_the_warehouses(catalog: CatalogWriter):
    vendor_id = await catalog.vendor()
    _, _, offer_id = await catalog.sold(vendor_id=vendor_id, stock=None)
    last = await catalog.warehouse(vendor_id, priority=2)
    first = await catalog.warehouse(vendor_id, priority=1, name="Shop", is_pickup=True)
    for warehouse_id in (last, first):
        await catalog.stock(offer_id, warehouse_id, on_hand=1)

    levels = await queries.stock_levels(catalog.pool, [OfferId(offer_id)], present())
    (warehouse,) = await queries.warehouses(catalog.pool, [WarehouseId(first)])

    assert [level.warehouse_id for level in levels] == [first, last]
    assert (warehouse.name, warehouse.pickup, warehouse.vendor_id) == ("Shop", True, vendor_id)
