"""Situations that a shop's promotions get into, from the cart to the order, as clients meet them."""

from datetime import timedelta
from typing import Any

import pytest

from domain.pricing.promoting.usecases import RemoveCodes, remove_codes
from domain.pricing.promotions.model import Stacking
from persistence.ids import new_id
from persistence.pricing.reference import Reference
from tests.buying.test_requests import OF_A_NEW_CONNECTION
from tests.database import StatementLog
from tests.factories.buying import Buying
from tests.factories.promotions import TEN_PERCENT_OF_ORDER, promote
from tests.factories.shoppers import BERLIN, Shopper

CHECKOUT = """
query Checkout($id: ID!) {
  checkout(id: $id) {
    promoCodes { code applied reason }
    lines { total { gross { amountMinor } } discounts { promotion { name } amount { amountMinor } } }
    totals {
      lines { gross { amountMinor } } discount { amountMinor } shipping { gross { amountMinor } }
      total { gross { amountMinor currency } }
    }
  }
}
"""
ORDER_LINES = """
SELECT discounts, discount_minor, total_gross_minor FROM order_line ORDER BY position
"""
STANDARD_DELIVERY = 490


async def seen(shopper: Shopper, checkout_id: str) -> Any:
    return (await shopper.send(CHECKOUT, id=checkout_id)).data["checkout"]


async def bought(shopper: Shopper, *lines: tuple[str, int], codes: list[str] | None = None) -> Any:
    """The checkout as it was seen before its order was placed."""
    wanted = [{"offerId": offer, "quantity": quantity} for offer, quantity in lines]
    cart = await shopper.do("cartCreate", lines=wanted, promoCodes=codes or [], idempotencyKey=new_id("key"))
    checkout = await shopper.do("checkoutStart", cartId=cart["id"], idempotencyKey=new_id("key"))
    choices = [{"groupId": each["id"], "optionId": each["options"][0]["id"]} for each in checkout["deliveryGroups"]]
    told = {"email": "ada@example.com", "shippingAddress": BERLIN, "acceptTerms": True, "deliveries": choices}
    await shopper.do("checkoutUpdate", checkoutId=checkout["id"], **told)
    paying = {"methodId": "test_card", "token": "tok_ok", "idempotencyKey": new_id("key")}
    await shopper.do("checkoutTenderAdd", checkoutId=checkout["id"], **paying)
    found = await seen(shopper, checkout["id"])
    total = found["totals"]["total"]["gross"]
    done = await shopper.do(
        "checkoutComplete", checkoutId=checkout["id"], expectedTotal=total, idempotencyKey=new_id("key")
    )
    assert done["order"] is not None
    return found


def amounts(found: Any) -> tuple[int, int, int, int]:
    """Goods, discount, delivery, total."""
    totals = found["totals"]
    return (
        totals["lines"]["gross"]["amountMinor"],
        totals["discount"]["amountMinor"],
        totals["shipping"]["gross"]["amountMinor"],
        totals["total"]["gross"]["amountMinor"],
    )


async def test_a_sale_in_percent_and_a_code_in_percent_lower_one_after_the_other(shopper: Shopper):
    shop = shopper.shop
    await promote(shop, name="Sale", action={"kind": "percentage", "percent": "20"})
    await promote(shop, name="Code", code="TEN", action=TEN_PERCENT_OF_ORDER)

    found = await bought(shopper, (await shop.offer(price=1_000), 2), codes=["ten"])

    assert amounts(found) == (1_440, 560, STANDARD_DELIVERY, 1_930)
    (line,) = await shop.pool.fetch(ORDER_LINES)
    assert [(taken["promotion"]["name"], taken["code"], taken["base"], taken["amount"]) for taken in line[0]] == [
        ("Sale", None, 2_000, 400),
        ("Code", "ten", 1_600, 160),
    ]
    assert tuple(line)[1:] == (560, 1_440)


async def test_a_fixed_sale_and_a_code_in_percent(shopper: Shopper):
    shop = shopper.shop
    off = {"kind": "amount", "amounts": {"EUR": "3.00"}, "per": "UNIT"}
    await promote(shop, name="Sale", action=off)
    await promote(shop, code="TEN", action=TEN_PERCENT_OF_ORDER)

    found = await bought(shopper, (await shop.offer(price=1_000), 2), codes=["TEN"])

    assert amounts(found) == (1_260, 740, STANDARD_DELIVERY, 1_750)


@pytest.mark.parametrize("code", [None, "LARGE"], ids=["a promotion", "a code"])
async def test_what_is_taken_off_never_makes_a_price_negative(shopper: Shopper, code: str | None):
    shop = shopper.shop
    off = {"kind": "amount", "amounts": {"EUR": "50.00"}, "per": "UNIT"}
    await promote(shop, code=code, action=off)

    found = await bought(shopper, (await shop.offer(price=1_000), 1), codes=[code] if code else [])

    assert amounts(found) == (0, 1_000, STANDARD_DELIVERY, STANDARD_DELIVERY)


async def test_a_promotion_from_a_value_on_applies_once_the_cart_reaches_it(shopper: Shopper):
    shop = shopper.shop
    offer = await shop.offer(price=1_000)
    await promote(shop, action=TEN_PERCENT_OF_ORDER, conditions={"min_value": {"EUR": "30.00"}})
    wanted = [{"offerId": offer, "quantity": 2}]
    cart = await shopper.do("cartCreate", lines=wanted, idempotencyKey=new_id("key"))

    before = (await shop.priced_cart(cart["id"])).totals
    line = cart["lines"]["nodes"][0]["id"]
    await shopper.do(
        "cartUpdate", cartId=cart["id"], set=[{"lineId": line, "quantity": 4}], idempotencyKey=new_id("key")
    )
    after = (await shop.priced_cart(cart["id"])).totals

    assert [(totals.discount.minor, totals.total.gross.minor) for totals in (before, after)] == [
        (0, 2_000),
        (400, 3_600),
    ]


async def test_a_code_for_one_product_lowers_that_product_alone(shopper: Shopper):
    shop = shopper.shop
    named, other = await shop.offer(price=1_000), await shop.offer(price=1_000)
    goods = {"goods": {"include": [{"offers": [named]}]}}
    await promote(shop, code="THIS", action=TEN_PERCENT_OF_ORDER, conditions=goods)

    found = await bought(shopper, (named, 1), (other, 1), codes=["THIS"])

    assert [line["total"]["gross"]["amountMinor"] for line in found["lines"]] == [900, 1_000]


async def test_free_delivery_by_a_code_from_a_value_on(shopper: Shopper):
    shop = shopper.shop
    offer = await shop.offer(price=1_000)
    from_thirty = {"min_value": {"EUR": "30.00"}}
    await promote(shop, code="SHIP", action={"kind": "shipping_free"}, conditions=from_thirty)

    below = await bought(shopper, (offer, 2), codes=["SHIP"])
    above = await bought(shopper, (offer, 3), codes=["SHIP"])

    assert below["promoCodes"] == [{"code": "SHIP", "applied": False, "reason": "COUPON_NOT_APPLICABLE"}]
    assert [amounts(found) for found in (below, above)] == [
        (2_000, 0, STANDARD_DELIVERY, 2_490),
        (3_000, STANDARD_DELIVERY, 0, 3_000),
    ]
    parts = await shop.pool.fetch("SELECT delivery -> 'discounts' AS taken FROM vendor_order ORDER BY id")
    assert [row["taken"] and [(each["code"], each["amount"]) for each in row["taken"]] for row in parts] == [
        None,
        [("SHIP", STANDARD_DELIVERY)],
    ]


async def test_a_second_code_takes_the_place_of_the_first_in_a_checkout_and_leaves_it_unused(shopper: Shopper):
    shop = shopper.shop
    await promote(shop, name="Delivery", code="SHIP", action={"kind": "shipping_free"}, usage_limit=1)
    await promote(shop, name="Ten", code="TEN", action=TEN_PERCENT_OF_ORDER, usage_limit=1)
    checkout_id = await shop.ready((await shop.offer(price=1_000), 1), codes=["SHIP"])

    await shopper.do("checkoutUpdate", checkoutId=checkout_id, promoCodes=["ten"])
    found = await seen(shopper, checkout_id)
    await shop.complete(checkout_id)

    assert amounts(found) == (900, 100, STANDARD_DELIVERY, 1_390)
    used = await shop.pool.fetch("SELECT c.code, p.used FROM coupon_code c JOIN promotion p ON p.id = c.promotion_id")
    assert {tuple(row) for row in used} == {("ship", 0), ("ten", 1)}


async def test_a_code_for_one_use_of_each_customer_is_refused_the_second_time(shopper: Shopper):
    shop = shopper.shop
    offer = await shop.offer(price=1_000)
    await promote(shop, code="ONCE", action=TEN_PERCENT_OF_ORDER, per_customer_limit=1)

    first = await bought(shopper, (offer, 1), codes=["ONCE"])
    second = await bought(shopper, (offer, 1), codes=["ONCE"])

    assert first["promoCodes"] == [{"code": "ONCE", "applied": True, "reason": None}]
    assert second["promoCodes"] == [{"code": "ONCE", "applied": False, "reason": "COUPON_EXHAUSTED"}]


async def test_codes_that_are_deleted_or_have_not_begun_are_unknown(shopper: Shopper):
    shop = shopper.shop
    promotion_id = await promote(shop, code="GONE")
    await promote(shop, code="LATER", starts_at=shop.now + timedelta(days=1))
    await remove_codes(shop.unit_of_work(), RemoveCodes(promotion_id, (" gone ",)))

    found = await bought(shopper, (await shop.offer(price=1_000), 1), codes=["GONE", "LATER"])

    assert [state["reason"] for state in found["promoCodes"]] == ["COUPON_UNKNOWN", "COUPON_UNKNOWN"]


async def test_a_code_for_staff_alone_is_not_for_everybody(shopper: Shopper):
    shop = shopper.shop
    await promote(shop, code="STAFF", conditions={"customer_groups": ["staff"]})

    found = await bought(shopper, (await shop.offer(price=1_000), 1), codes=["STAFF"])

    assert found["promoCodes"] == [{"code": "STAFF", "applied": False, "reason": "COUPON_NOT_APPLICABLE"}]


async def test_goods_are_no_longer_on_sale_once_the_promotion_is_over(shopper: Shopper):
    shop = shopper.shop
    offer = await shop.offer(price=1_000)
    await promote(shop, action={"kind": "percentage", "percent": "50"}, ends_at=shop.now)

    before = await shop.later(seconds=-1).priced_cart(await shop.cart((offer, 1)))
    after = await shop.priced_cart(await shop.cart((offer, 1)))

    assert [cart.totals.total.gross.minor for cart in (before, after)] == [500, 1_000]


async def test_p5_an_exclusive_promotion_applies_alone_where_that_saves_more(shopper: Shopper):
    shop = shopper.shop
    await promote(shop, name="Sale", action={"kind": "percentage", "percent": "10"})
    await promote(shop, name="Alone", code="ALONE", action=percent_of_order("30"), stacking=Stacking.EXCLUSIVE)

    found = await bought(shopper, (await shop.offer(price=1_000), 1), codes=["ALONE"])

    assert [taken["promotion"]["name"] for taken in found["lines"][0]["discounts"]] == ["Alone"]
    assert amounts(found)[0] == 700


def percent_of_order(percent: str) -> dict[str, str]:
    return {"kind": "percentage", "percent": percent, "per": "ORDER"}


async def test_o4_an_order_keeps_its_discounts_as_they_were_however_the_promotion_is_called_since(shopper: Shopper):
    shop = shopper.shop
    promotion_id = await promote(shop, name="Before")
    await bought(shopper, (await shop.offer(price=1_000), 1))
    order_id = await shop.pool.fetchval('SELECT id FROM "order"')
    query = """
        query Order($id: ID!) {
          order(id: $id) {
            lines { nodes { discounts { promotion { id name } base { amountMinor } amount { amountMinor } fundedBy } } }
          }
        }
    """
    await promote(shop, id=promotion_id, name="After")

    found = (await shopper.send(query, id=order_id)).data["order"]

    assert found["lines"]["nodes"][0]["discounts"] == [
        {
            "promotion": {"id": promotion_id, "name": "Before"},
            "base": {"amountMinor": 1_000},
            "amount": {"amountMinor": 100},
            "fundedBy": "PLATFORM",
        }
    ]


async def test_a_sale_and_a_code_cost_a_fixed_number_of_statements_however_long_the_cart_is(
    shop: Buying, statement_log: StatementLog
):
    await promote(shop, name="Sale")
    await promote(shop, code="TEN", action=TEN_PERCENT_OF_ORDER, usage_limit=100)
    offers = [await shop.offer() for _ in range(8)]
    reference = Reference(statement_log.pool)
    await reference.facts()
    shop.pool, shop.reference = statement_log.pool, reference

    async def statements_of(size: int) -> int:
        async with statement_log.count() as statements:
            await bought(Shopper(shop), *[(offer, 1) for offer in offers[:size]], codes=["TEN"])
        return len([text for text in statements if not OF_A_NEW_CONNECTION.search(text)])

    first = await statements_of(1)

    assert await statements_of(8) == first
