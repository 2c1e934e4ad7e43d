"""Buying an order again, with word of what cannot be had any more."""

from dataclasses import replace
from typing import Any

from domain.shared.actor import Actor
from domain.shared.ids import OfferId
from persistence.ids import new_id
from tests.factories.balances import customer
from tests.factories.buying import Buying
from tests.factories.shoppers import Shopper

REORDER = """
mutation Reorder($input: ReorderInput!) {
  reorder(input: $input) {
    errors { code path }
    cart { id lines { nodes { quantity offer { id } unitPrice { gross { amountMinor } } } } problems { code } }
    problems { code kept orderLine { sku quantity } }
  }
}
"""


async def bought(shop: Buying, *lines: tuple[OfferId, int]) -> str:
    done = await shop.complete(await shop.ready(*lines))
    assert done.order_id is not None
    return done.order_id


async def reordered(shop: Buying, order_id: str, key: str | None = None) -> dict[str, Any]:
    result = await Shopper(shop, shop.actor).send(
        REORDER, input={"orderId": order_id, "idempotencyKey": key or new_id("key")}
    )
    assert not result.errors, result.errors
    payload: dict[str, Any] = result.data["reorder"]
    return payload


def lines_of(payload: dict[str, Any]) -> list[tuple[str, int, int]]:
    nodes = payload["cart"]["lines"]["nodes"]
    return [(line["offer"]["id"], line["quantity"], line["unitPrice"]["gross"]["amountMinor"]) for line in nodes]


async def test_an_order_is_bought_again_at_the_price_of_now(shop: Buying):
    pot, cards = await shop.offer(price=1999), await shop.offer(price=500)
    order = await bought(shop, (pot, 2), (cards, 3))
    await shop.pool.execute("UPDATE price SET amount_minor = 2100 WHERE offer_id = $1", pot)

    again = await reordered(shop, order)

    assert again["errors"] == []
    assert lines_of(again) == [(pot, 2, 2100), (cards, 3, 500)]
    assert again["problems"] == []


async def test_what_is_gone_capped_or_without_a_price_is_told_and_the_rest_is_bought(shop: Buying):
    kept, gone, capped, unpriced, raised = [await shop.offer() for _ in range(5)]
    order = await bought(shop, (kept, 1), (gone, 1), (capped, 5), (unpriced, 1), (raised, 2))
    await shop.pool.execute("UPDATE offer SET status = 'INACTIVE' WHERE id = $1", gone)
    await shop.pool.execute("UPDATE offer SET max_quantity = 3 WHERE id = $1", capped)
    await shop.pool.execute("DELETE FROM price WHERE offer_id = $1", unpriced)
    await shop.pool.execute("UPDATE offer SET min_quantity = 6, step = 6 WHERE id = $1", raised)

    again = await reordered(shop, order)

    assert [(offer, quantity) for offer, quantity, _ in lines_of(again)] == [(kept, 1), (capped, 3)]
    assert [(problem["code"], problem["kept"], problem["orderLine"]["quantity"]) for problem in again["problems"]] == [
        ("NOT_PURCHASABLE", 0, 1),
        ("QUANTITY_LIMIT", 3, 5),
        ("NOT_PURCHASABLE", 0, 1),
        ("QUANTITY_LIMIT", 0, 2),
    ]


async def test_what_is_out_of_stock_lies_in_the_cart_which_says_so(shop: Buying):
    offer = await shop.offer(stock=2)
    order = await bought(shop, (offer, 2))

    again = await reordered(shop, order)

    assert [quantity for _, quantity, _ in lines_of(again)] == [2]
    assert again["cart"]["problems"] == [{"code": "INSUFFICIENT_STOCK"}]


async def test_an_order_of_which_nothing_is_sold_makes_no_cart(shop: Buying):
    offer = await shop.offer()
    order = await bought(shop, (offer, 1))
    await shop.pool.execute("UPDATE offer SET status = 'INACTIVE' WHERE id = $1", offer)
    before = await shop.count("cart")

    again = await reordered(shop, order)

    assert again["errors"] == [{"code": "NOT_PURCHASABLE", "path": ["orderId"]}]
    assert again["cart"] is None
    assert await shop.count("cart") == before


async def test_the_same_key_makes_one_cart_and_tells_the_same_again(shop: Buying):
    offer = await shop.offer()
    order = await bought(shop, (offer, 5))
    await shop.pool.execute("UPDATE offer SET max_quantity = 3 WHERE id = $1", offer)

    first, second = [await reordered(shop, order, key="the-same-key-twice") for _ in range(2)]

    assert first == second
    assert first["problems"] != []


async def test_customers_buy_their_own_orders_again_and_nobody_elses(shop: Buying):
    mine, other = [replace(shop, actor=Actor(customer_id=await customer(shop.pool))) for _ in range(2)]
    order = await bought(mine, (await shop.offer(), 1))
    staff = replace(shop, actor=Actor(customer_id=other.actor.customer_id, scopes=frozenset({"staff", "orders:read"})))

    assert (await reordered(mine, order))["errors"] == []
    for stranger in (other, staff, shop):
        assert (await reordered(stranger, order))["errors"] == [{"code": "NOT_FOUND", "path": ["orderId"]}]


async def test_a_guests_order_is_bought_again_by_whoever_holds_its_id(shop: Buying):
    order = await bought(shop, (await shop.offer(), 1))

    for buyer in (shop, replace(shop, actor=Actor(customer_id=await customer(shop.pool)))):
        assert (await reordered(buyer, order))["errors"] == []
