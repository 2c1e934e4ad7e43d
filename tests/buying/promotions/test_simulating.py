"""What a purchase would cost a buyer at an instant, told to staff without anything being bought."""

from datetime import timedelta
from typing import Any

import pytest

from domain.pricing.promoting.usecases import UpsertPromotion, upsert_promotion
from domain.shared.actor import Actor
from domain.shared.ids import CustomerId
from persistence.ids import new_id
from tests.factories.buying import Buying
from tests.factories.promotions import LONG_AGO, promote
from tests.factories.shoppers import Shopper

SIMULATE = """
query Simulate($input: SimulateInput!) {
  admin { simulatePricing(input: $input) { total { gross { amountMinor } } discount { amountMinor } } }
}
"""
HALF = {"kind": "percentage", "percent": "50"}


@pytest.fixture
def staff(shop: Buying) -> Shopper:
    return Shopper(shop, Actor(customer_id=CustomerId("customer_x"), scopes=frozenset({"staff", "promotions:read"})))


async def total(staff: Shopper, offer: str, **asked: Any) -> int:
    wanted = {"lines": [{"offerId": offer, "quantity": 1}], **asked}
    result = await staff.send(SIMULATE, input=wanted)
    assert not result.errors, result.errors
    found: int = result.data["admin"]["simulatePricing"]["total"]["gross"]["amountMinor"]
    return found


async def test_a_campaign_is_previewed_before_it_begins_and_after_it_ends(staff: Shopper):
    shop = staff.shop
    offer = await shop.offer(price=2_000)
    await promote(shop, action=HALF, starts_at=shop.now + timedelta(days=1), ends_at=shop.now + timedelta(days=2))

    found = [await total(staff, offer, at=(shop.now + timedelta(days=days)).isoformat()) for days in (0, 1, 2)]

    assert found == [2_000, 1_000, 2_000]


async def test_the_past_is_priced_as_promotions_were_written_then(staff: Shopper):
    shop = staff.shop
    offer = await shop.offer(price=2_000)
    promotion_id = await promote(shop, action=HALF)
    await shop.pool.execute("UPDATE promotion_version SET valid_from = valid_from - interval '1 hour'")
    edit = UpsertPromotion(promotion_id, "Ten", LONG_AGO, {}, {"kind": "percentage", "percent": "10"})
    await upsert_promotion(shop.unit_of_work(), edit)
    shop.reference.forget()
    edited_at = await shop.pool.fetchval("SELECT max(valid_from) FROM promotion_version")

    before = await total(staff, offer, at=(edited_at - timedelta(seconds=1)).isoformat())
    after = await total(staff, offer, at=edited_at.isoformat())

    assert (before, after) == (1_000, 1_800)


async def test_any_buyer_and_any_code_can_be_tried_and_nothing_is_used_up(staff: Shopper):
    shop = staff.shop
    offer = await shop.offer(price=2_000)
    customer = new_id("customer")
    await shop.pool.execute(
        "INSERT INTO customer (id, email, customer_group) VALUES ($1, 'vip@example.com', 'vip')", customer
    )
    await promote(shop, action=HALF, conditions={"customer_groups": ["vip"]})
    await promote(shop, code="TEN", usage_limit=1)

    found = [
        await total(staff, offer),
        await total(staff, offer, customerId=customer),
        await total(staff, offer, promoCodes=["ten"]),
        await total(staff, offer, customerId=customer, promoCodes=["ten"]),
    ]

    assert found == [2_000, 1_000, 1_800, 900]
    assert [await shop.count(table) for table in ("cart", "promotion_use")] == [0, 0]


async def test_what_cannot_be_bought_cannot_be_simulated(staff: Shopper):
    offer = await staff.shop.offer(stock=1, max_quantity=5)

    too_many = await staff.send(SIMULATE, input={"lines": [{"offerId": offer, "quantity": 6}]})
    unknown = await staff.send(SIMULATE, input={"lines": [{"offerId": new_id("offer"), "quantity": 1}]})

    assert [error["extensions"]["code"] for error in too_many.errors] == ["BAD_USER_INPUT"]
    assert [error["extensions"]["code"] for error in unknown.errors] == ["BAD_USER_INPUT"]
