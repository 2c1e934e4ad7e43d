"""Goods that an edit adds: under the order's own promotions, ahead of their supply, and as data (rules O6, S7, P3)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.fulfillment.digital.usecases import Delivery, ImportKeys, deliver_digital, import_keys
from domain.orders.supplying.usecases import allocate_stock
from domain.pricing.promotions.model import UnitCap
from domain.shared.ids import OfferId, VariantId
from persistence.ids import new_id
from tests.after_sale.test_editing import another_of_the_first_vendor, check_books, edit
from tests.factories.after_sale import Sale, eur, sold
from tests.factories.buying import Buying
from tests.factories.orders import staff
from tests.factories.promotions import TEN_PERCENT_OF_ORDER, promote
from tests.factories.refusals import problems_of

AMOUNT_OFF: dict[str, Any] = {"kind": "amount", "amounts": {"EUR": "10.00"}, "per": "ORDER"}


async def of_the_first_vendor(sale: Sale, offer: OfferId) -> OfferId:
    line = (await sale.lines())[0]
    await sale.shop.pool.execute("UPDATE offer SET vendor_id = $2 WHERE id = $1", offer, line.vendor_id)
    return offer


async def totals(sale: Sale) -> list[str]:
    """What each line cost."""
    return [line.total.gross.amount for line in await sale.lines()]


async def test_o6_more_of_what_was_sold_has_the_orders_own_promotion_though_it_has_ended(shop: Buying):
    promotion = await promote(shop, ends_at=shop.now + timedelta(hours=1))
    sale = await sold(shop, (await shop.offer(price=2_000), 2))
    later = sale.later(days=1)
    await later.shop.pool.execute("UPDATE promotion_version SET valid_until = now() WHERE promotion_id = $1", promotion)

    await edit(later, (0, 3))

    added = (await sale.lines())[1]
    assert await totals(sale) == ["36.00", "18.00"]
    assert [(taken.promotion.id, taken.base, taken.amount) for taken in added.discounts] == [
        (promotion, eur("20.00"), eur("2.00"))
    ]
    assert added.discount == eur("2.00")
    await check_books(shop)


async def test_o6_goods_that_are_added_are_reduced_as_if_they_had_been_bought_then(shop: Buying):
    await promote(shop, action=TEN_PERCENT_OF_ORDER)
    sale = await sold(shop, (await shop.offer(price=2_000), 2))
    offer = await another_of_the_first_vendor(sale, price=700)

    await edit(sale, add=((offer, 2),))

    assert await totals(sale) == ["36.00", "12.60"]
    await check_books(shop)


async def test_o6_a_promotion_that_began_since_is_not_the_orders(shop: Buying):
    sale = await sold(shop, (await shop.offer(price=2_000), 1))
    await promote(shop)

    await edit(sale, (0, 2))

    assert await totals(sale) == ["20.00", "20.00"]


async def test_o6_an_amount_off_the_order_is_not_given_twice(shop: Buying):
    await promote(shop, action=AMOUNT_OFF)
    sale = await sold(shop, (await shop.offer(price=2_000), 2))

    await edit(sale, (0, 5))

    assert await totals(sale) == ["30.00", "60.00"]


async def test_o6_units_that_reach_a_threshold_are_given_what_the_whole_order_earns_then(shop: Buying):
    await promote(shop, action=AMOUNT_OFF, conditions={"min_value": {"EUR": "50.00"}})
    sale = await sold(shop, (await shop.offer(price=2_000), 2))

    await edit(sale, (0, 3))

    assert await totals(sale) == ["40.00", "10.00"]


async def test_o6_what_may_be_had_so_often_and_no_more_is_not_given_again(shop: Buying):
    await promote(shop, unit_cap=UnitCap(total=10))
    sale = await sold(shop, (await shop.offer(price=2_000), 1))

    await edit(sale, (0, 2))

    assert await totals(sale) == ["18.00", "20.00"]


async def test_o6_s7_goods_are_added_ahead_of_their_supply_up_to_its_limit(shop: Buying):
    sale = await sold(shop, (await shop.offer(price=2_000), 1))
    offer = await of_the_first_vendor(sale, await shop.offer(stock=3, price=500))
    await shop.catalog.supply(offer, policy="BACKORDER", ahead_limit=10)

    too_many = await problems_of(edit(sale, add=((offer, 14),)))
    await edit(sale, add=((offer, 5),))

    assert too_many == [("INSUFFICIENT_STOCK", ("add",))]
    assert [line.backordered for line in await sale.lines()] == [0, 2]
    assert await shop.stock(offer) == (3, 0, 3)
    assert await shop.pool.fetchval("SELECT ahead_limit - reserved - waiting FROM supply") == 8
    await check_books(shop)


async def test_o6_s7_what_was_added_ahead_is_served_when_it_comes_and_canceled_like_any_other(shop: Buying):
    sale = await sold(shop, (await shop.offer(price=2_000), 1))
    offer = await of_the_first_vendor(sale, await shop.offer(stock=0, price=500))
    await shop.catalog.supply(offer, policy="BACKORDER", ahead_limit=10)
    await edit(sale, add=((offer, 3),))

    await edit(sale, (1, 2))
    await shop.pool.execute("UPDATE stock_level SET on_hand = 1 WHERE offer_id = $1", offer)
    await allocate_stock(sale.unit_of_work(), offer, now=shop.now)

    assert (await sale.lines())[1].backordered == 1
    assert await shop.pool.fetchval("SELECT waiting FROM supply") == 1
    await check_books(shop)


async def test_o6_s7_a_preorder_is_added_though_nothing_is_released(shop: Buying):
    sale = await sold(shop, (await shop.offer(price=2_000), 1))
    offer = await of_the_first_vendor(sale, await shop.offer(stock=3, price=500))
    released = shop.now + timedelta(days=30)
    await shop.catalog.supply(offer, policy="PREORDER", ahead_limit=10, available_from=released)

    await edit(sale, add=((offer, 2),))

    assert (await sale.lines())[1].backordered == 2


async def with_download(sale: Sale, **facts: Any) -> tuple[OfferId, VariantId]:
    offer = await of_the_first_vendor(sale, await sale.shop.offer(stock=None, product={"kind": "DIGITAL"}, **facts))
    variant = VariantId(await sale.shop.pool.fetchval("SELECT variant_id FROM offer WHERE id = $1", offer))
    keeper = replace(sale.shop, actor=staff("catalog:write", "orders:write"))
    await import_keys(keeper.unit_of_work(), ImportKeys(variant, ("ONE", "TWO"), new_id("key")))
    return offer, variant


async def delivered(sale: Sale) -> Delivery:
    return await deliver_digital(sale.unit_of_work(), sale.order_id, now=sale.shop.now)


async def keys_given(sale: Sale) -> int:
    count: int = await sale.shop.pool.fetchval("SELECT count(*) FROM license_key WHERE order_line_id IS NOT NULL")
    return count


async def test_o6_a_download_comes_in_a_part_of_its_own_that_is_delivered_once_it_is_paid(shop: Buying):
    sale = await sold(shop, (await shop.offer(price=2_000), 1))
    offer, _ = await with_download(sale, price=900)
    await edit(sale, add=((offer, 1),))

    early = (await delivered(sale), await keys_given(sale))
    await shop.pool.execute("UPDATE payment SET authorized_minor = 3390, amount_minor = 3390")
    late = (await delivered(sale), await keys_given(sale))

    first, second = await sale.parts()
    assert (early, late) == ((Delivery.DONE, 0), (Delivery.DONE, 1))
    assert (first.status.value, second.status.value) == ("NEW", "DELIVERED")
    assert (second.totals.total.gross, second.totals.shipping.gross) == (eur("9.00"), eur("0.00"))
    assert "VENDOR_ORDER_CREATED" in [row["type"] for row in await shop.pool.fetch("SELECT type FROM event")]
    await check_books(shop)


async def test_o6_goods_do_not_join_a_part_that_is_delivered_as_data(shop: Buying):
    sale = await sold(shop, (await shop.offer(price=2_000), 1))
    offer, _ = await with_download(sale, price=900)
    await edit(sale, add=((offer, 1),))

    lamp = await another_of_the_first_vendor(sale, price=700)
    await edit(sale, add=((lamp, 1), (offer, 1)))

    parts = {part.id: part.delivery["kind"] for part in await sale.parts()}
    assert [parts[line.vendor_order_id] for line in await sale.lines()] == ["SHIP", "DIGITAL", "SHIP", "DIGITAL"]
    assert len(parts) == 2


@pytest.mark.parametrize("step", [50])
async def test_o6_m4_an_edited_order_is_rounded_as_a_whole(shop: Buying, step: int):
    await shop.pool.execute("UPDATE market SET price_granularity = jsonb_build_object('EUR', $1::int)", step)
    shop.reference.forget()
    await shop.reference.facts()
    sale = await sold(shop, (await shop.offer(price=1_003), 1))

    await edit(sale, (0, 4))

    order = await sale.order()
    assert order.totals.total.gross.minor % step == 0
    assert abs(order.totals.rounding.minor) <= Decimal(step) / 2
    await check_books(shop)
