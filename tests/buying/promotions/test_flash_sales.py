"""Prices that stand from the start of a checkout, and sales of which there are only so many units (P12, P13, P14)."""

from datetime import timedelta
from typing import Any

import pytest

from domain.pricing.promoting.usecases import UpsertPromotion, archive_promotion, upsert_promotion
from domain.pricing.promotions.model import UnitCap
from domain.shared.errors import Refused
from domain.shared.ids import CheckoutId, OfferId
from domain.shared.money import Money
from tests.buying.test_stock import codes as came
from tests.factories.buying import Buying, outcomes
from tests.factories.promotions import LONG_AGO, promote
from tests.factories.refusals import problems_of

HALF: dict[str, Any] = {"kind": "percentage", "percent": "50"}
DELIVERY = 490


async def flash_sale(shop: Buying, **values: Any) -> Any:
    """Half price until noon, which is the shop's present."""
    return await promote(shop, **({"name": "Flash", "action": HALF, "ends_at": shop.now} | values))


async def goods(shop: Buying, checkout_id: CheckoutId) -> int:
    return (await shop.checkout(checkout_id)).totals.lines.gross.minor


async def held_units(shop: Buying) -> int:
    counted: int = await shop.pool.fetchval("SELECT units_taken FROM promotion")
    return counted


async def test_p12_a_reservation_made_inside_the_window_keeps_its_price_until_it_expires(shop: Buying):
    """End 12:00:00, reserved 11:58 to 12:13: complete at 12:10 pays the sale price."""
    await flash_sale(shop)
    offer = await shop.offer(price=2_000)
    before = shop.later(minutes=-2)

    checkout = await before.start(await before.cart((offer, 1)))
    await before.tell(checkout)
    await before.tender(checkout)
    expires_at = (await before.checkout(checkout)).expires_at
    bought = await shop.later(minutes=10).complete(checkout)

    assert expires_at == shop.now + timedelta(minutes=13)
    (order,) = await shop.pool.fetch('SELECT lines_gross_minor, total_gross_minor FROM "order"')
    assert bought.order_id is not None
    assert tuple(order) == (1_000, 1_000 + DELIVERY)


async def test_p12_after_the_reservation_the_new_total_is_told_and_nothing_is_charged(shop: Buying):
    """The same at 12:14 is refused RESERVATION_EXPIRED with the new total."""
    await flash_sale(shop)
    before = shop.later(minutes=-2)
    checkout = await before.ready((await shop.offer(price=2_000), 1))
    seen = (await before.checkout(checkout)).totals.total.gross
    late = shop.later(minutes=14)

    (refused,) = await outcomes([late.complete(checkout, total=seen)])

    assert isinstance(refused, Refused)
    assert [problem.code.value for problem in refused.problems] == ["RESERVATION_EXPIRED"]
    assert "24.90 EUR" in refused.problems[0].message
    assert (await late.checkout(checkout)).totals.total.gross.minor == 2_000 + DELIVERY
    assert await shop.authorizations() == []


async def test_p13_what_staff_changes_meanwhile_leaves_a_promised_total_as_it_is(shop: Buying):
    promotion_id = await promote(shop, action=HALF)
    offer = await shop.offer(price=2_000)
    checkout = await shop.ready((offer, 1))
    edit = UpsertPromotion(promotion_id, "Now ten", LONG_AGO, {}, {"kind": "percentage", "percent": "10"})

    await upsert_promotion(shop.unit_of_work(), edit)
    shop.reference.forget()
    await shop.reference.facts()
    edited, fresh = await goods(shop, checkout), await goods(shop, await shop.start(await shop.cart((offer, 1))))
    await archive_promotion(shop.unit_of_work(), promotion_id)
    shop.reference.forget()
    await shop.reference.facts()
    bought = await shop.complete(checkout)

    assert (edited, fresh) == (1_000, 1_800)
    assert bought.order_id is not None
    assert await shop.pool.fetchval('SELECT lines_gross_minor FROM "order"') == 1_000


async def test_p14_a_promotion_prices_every_request_from_its_very_instant(shop: Buying):
    await promote(shop, action=HALF, starts_at=shop.now, ends_at=shop.now + timedelta(hours=1))
    cart = await shop.cart((await shop.offer(price=2_000), 1))

    found = [
        (await shop.later(**period).priced_cart(cart)).totals.lines.gross.minor
        for period in ({"microseconds": -1}, {}, {"minutes": 60, "microseconds": -1}, {"minutes": 60})
    ]

    assert found == [2_000, 1_000, 1_000, 2_000]


@pytest.mark.parametrize(
    ("units", "rivals"), [(5, 20), pytest.param(50, 200, marks=pytest.mark.slow)], ids=["5 for 20", "50 for 200"]
)
async def test_p12_of_many_who_start_at_once_exactly_as_many_have_the_price_as_there_are_units(
    shop: Buying, units: int, rivals: int
):
    await flash_sale(shop, ends_at=None, unit_cap=UnitCap(total=units))
    offer = await shop.offer(price=2_000, stock=rivals)
    carts = [await shop.cart((offer, 1)) for _ in range(rivals)]

    found = await outcomes([shop.start(cart) for cart in carts])
    prices = [await goods(shop, checkout) for checkout in found if not isinstance(checkout, BaseException)]

    assert sorted(prices) == [1_000] * units + [2_000] * (rivals - units)
    assert await held_units(shop) == units


async def test_p12_units_beyond_the_cap_cost_what_they_cost_without_the_sale(shop: Buying):
    await flash_sale(shop, ends_at=None, unit_cap=UnitCap(total=3))
    offer = await shop.offer(price=2_000)

    first = await shop.start(await shop.cart((offer, 2)))
    second = await shop.start(await shop.cart((offer, 2)))

    assert [await goods(shop, checkout) for checkout in (first, second)] == [2_000, 3_000]
    assert await held_units(shop) == 3


async def test_p12_units_of_a_reservation_that_has_expired_are_had_by_the_next(shop: Buying):
    await flash_sale(shop, ends_at=None, unit_cap=UnitCap(total=1))
    offer = await shop.offer(price=2_000)
    await shop.start(await shop.cart((offer, 1)))
    rival = await shop.cart((offer, 1))

    just_before = shop.later(minutes=15, microseconds=-1)
    early = await goods(just_before, await just_before.start(rival))
    later = shop.later(minutes=15)
    late = await goods(later, await later.start(rival))

    assert (early, late) == (2_000, 1_000)
    assert await held_units(shop) == 1


async def test_p12_starting_again_never_stands_in_ones_own_way(shop: Buying):
    await flash_sale(shop, ends_at=None, unit_cap=UnitCap(total=1))
    cart = await shop.cart((await shop.offer(price=2_000), 1))

    found = [await goods(shop, await shop.start(cart)) for _ in range(3)]

    assert found == [1_000] * 3
    assert await held_units(shop) == 1


async def test_p12_one_customer_has_no_more_units_than_they_may(shop: Buying):
    await flash_sale(shop, ends_at=None, unit_cap=UnitCap(per_customer=2))
    offer = await shop.offer(price=2_000)
    await shop.complete(await shop.ready((offer, 2), email="ada@gmail.com"))
    second = await shop.start(await shop.cart((offer, 1)))

    refused = await problems_of(shop.update(second, email="a.d.a+again@gmail.com"))
    await shop.update(second, email="eve@example.com")

    assert refused == [("QUANTITY_LIMIT", ("email",))]
    assert await goods(shop, second) == 1_000


async def test_p12_units_of_a_canceled_order_are_had_again_while_the_sale_runs(shop: Buying):
    promotion_id = await flash_sale(shop, ends_at=None, unit_cap=UnitCap(total=2))
    offer = await shop.offer(price=2_000)
    orders = [(await shop.complete(await shop.ready((offer, 1)))).order_id for _ in range(2)]

    async def release(order_id: Any) -> int:
        async with shop.unit_of_work() as uow:
            await uow.promotion_usage.release_uses(order_id)
            await uow.commit()
        return await held_units(shop)

    while_running = await release(orders[0])
    await archive_promotion(shop.unit_of_work(), promotion_id)
    when_over = await release(orders[1])

    assert (while_running, when_over) == (1, 1)


async def test_p12_updates_hold_units_as_long_as_the_goods(shop: Buying):
    await flash_sale(shop, ends_at=None, unit_cap=UnitCap(total=1))
    offer: OfferId = await shop.offer(price=2_000)
    checkout = await shop.start(await shop.cart((offer, 1)))
    await shop.later(minutes=10).update(checkout, email="ada@example.com")
    at_twenty = shop.later(minutes=20)

    rival = await at_twenty.start(await at_twenty.cart((offer, 1)))

    assert [await goods(at_twenty, each) for each in (checkout, rival)] == [1_000, 2_000]


async def test_budgets_are_never_overspent(shop: Buying):
    await promote(shop, action=HALF, budget=Money(2_500, "EUR"))
    offer = await shop.offer(price=2_000)
    checkouts = [await shop.ready((offer, 1)) for _ in range(6)]
    seen = (await shop.checkout(checkouts[0])).totals.total.gross

    found = came(await outcomes([shop.complete(checkout, total=seen) for checkout in checkouts]))

    assert found["done"] == 2
    assert await shop.pool.fetchval("SELECT spent_minor FROM promotion") == 2_000
