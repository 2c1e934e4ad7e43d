"""Price lists as staff fills them, and what carts then cost."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.shared.actor import Actor
from domain.shared.ids import CustomerId, OfferId
from tests.factories.buying import Buying
from tests.factories.shoppers import Shopper

UPSERT = """
mutation M($input: PriceListInput!) { priceListUpsert(input: $input) { errors { code path } priceList { id name } } }
"""
SET = """
mutation M($input: PricesInput!) { priceListPricesSet(input: $input) { errors { code path } priceList { id } } }
"""


@pytest.fixture
def staff(shop: Buying) -> Shopper:
    return Shopper(shop, Actor(customer_id=CustomerId("customer_x"), scopes=frozenset({"staff", "pricing:write"})))


async def make_list(staff: Shopper, **values: Any) -> Any:
    wanted = {"name": "A list", "currency": "EUR", **values}
    return (await staff.send(UPSERT, input=wanted)).data["priceListUpsert"]


async def set_prices(staff: Shopper, list_id: str, *prices: dict[str, Any], key: str = "one") -> Any:
    wanted = {"priceListId": list_id, "prices": list(prices), "idempotencyKey": key}
    return (await staff.send(SET, input=wanted)).data["priceListPricesSet"]


def price(offer: OfferId, minor: int, **values: Any) -> dict[str, Any]:
    return {"offerId": offer, "price": {"amountMinor": minor, "currency": "EUR"}, **values}


async def total(shop: Buying, offer: OfferId, quantity: int = 1) -> int:
    await shop.reference.facts()
    cart = await shop.priced_cart(await shop.cart((offer, quantity)))
    minor: int = cart.totals.lines.gross.minor
    return minor


async def test_p2_tiers_of_a_list_are_written_at_once_and_price_all_units_or_each_by_its_own(staff: Shopper):
    """Tiers 1+ 10.00, 10+ 9.00, 50+ 8.00, quantity 55: VOLUME 440.00, GRADUATED 498.00."""
    shop = staff.shop
    offer = await shop.offer(price=9_999)
    made = (await make_list(staff, marketId=await market(shop), priority=-1))["priceList"]
    tiers = [price(offer, minor, minQuantity=least) for least, minor in ((1, 1_000), (10, 900), (50, 800))]

    await set_prices(staff, made["id"], *tiers)
    volume = await total(shop, offer, 55)
    await make_list(staff, id=made["id"], marketId=await market(shop), priority=-1, tierMode="GRADUATED")
    graduated = await total(shop, offer, 55)

    assert (volume, graduated) == (44_000, 49_800)


async def market(shop: Buying) -> str:
    found: str = await shop.pool.fetchval("SELECT id FROM market WHERE handle = 'de'")
    return found


async def test_p14_a_dated_price_begins_and_ends_by_itself(staff: Shopper):
    shop = staff.shop
    offer = await shop.offer(price=2_000)
    list_id = await shop.pool.fetchval("SELECT price_list_id FROM price WHERE offer_id = $1", offer)
    day = timedelta(days=1)
    window = {"startsAt": (shop.now + day).isoformat(), "endsAt": (shop.now + 2 * day).isoformat()}

    await set_prices(staff, list_id, price(offer, 1_500, **window))

    assert [await total(replace(shop, now=shop.now + days * day), offer) for days in (0, 1, 2)] == [2_000, 1_500, 2_000]


async def test_prices_are_set_once_per_key_and_tell_of_what_changed_alone(staff: Shopper):
    shop = staff.shop
    first, second = await shop.offer(price=2_000), await shop.offer(price=2_000)
    list_id = await shop.pool.fetchval("SELECT price_list_id FROM price WHERE offer_id = $1", first)

    for _ in range(2):
        done = await set_prices(staff, list_id, price(first, 1_500), price(second, 2_000))

    assert done == {"errors": [], "priceList": {"id": list_id}}
    assert await shop.events("PRICE_CHANGED") == [("PRICE_CHANGED", 1)]
    assert [await total(shop, offer) for offer in (first, second)] == [1_500, 2_000]


async def test_a_price_of_null_is_taken_off_the_list(staff: Shopper):
    shop = staff.shop
    offer = await shop.offer(price=2_000)
    list_id = await shop.pool.fetchval("SELECT price_list_id FROM price WHERE offer_id = $1", offer)

    await set_prices(staff, list_id, {"offerId": offer, "price": None})

    assert await shop.pool.fetchval("SELECT count(*) FROM price WHERE offer_id = $1", offer) == 0


async def test_all_that_is_wrong_is_told_and_nothing_is_written(staff: Shopper):
    shop = staff.shop
    offer = await shop.offer(price=2_000)
    list_id = await shop.pool.fetchval("SELECT price_list_id FROM price WHERE offer_id = $1", offer)
    dollars = {"offerId": offer, "price": {"amountMinor": 1, "currency": "USD"}}

    refused = await set_prices(staff, list_id, price(offer, 1_000), dollars, price(offer, -1), price(offer, 5))

    assert refused["errors"] == [
        {"code": "INVALID", "path": ["prices", "1", "price", "currency"]},
        {"code": "INVALID", "path": ["prices", "2", "price", "amountMinor"]},
        {"code": "INVALID", "path": ["prices", "3"]},
    ]
    assert await total(shop, offer) == 2_000


async def test_a_list_with_prices_keeps_its_currency_and_its_handle_is_its_own(staff: Shopper):
    list_id = await staff.shop.pool.fetchval("SELECT id FROM price_list WHERE handle = 'de-eur'")
    await staff.shop.offer(price=2_000)

    moved = await make_list(staff, id=list_id, currency="USD")
    doubled = await make_list(staff, handle="de-eur")
    endless = await make_list(staff, ending={"minor": 100, "step": 100})

    assert moved["errors"] == [{"code": "INVALID", "path": ["currency"]}]
    assert doubled["errors"] == [{"code": "INVALID", "path": ["handle"]}]
    assert endless["errors"] == [{"code": "INVALID", "path": ["ending"]}]
