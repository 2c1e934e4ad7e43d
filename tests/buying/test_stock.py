"""Holding stock on a real database: by many at once, in any order, and until it expires."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from domain.shared.errors import Refused, StockProblem
from domain.shared.money import Money
from tests.factories.buying import Buying, outcomes
from tests.factories.refusals import problems_of


def codes(found: Sequence[object]) -> Counter[str]:
    """How often each came: an id as `done`, a refusal by its codes, a fault by its type."""
    return Counter(
        " ".join(problem.code.value for problem in item.problems)
        if isinstance(item, Refused)
        else type(item).__name__
        if isinstance(item, BaseException)
        else "done"
        for item in found
    )


async def test_s2_of_a_hundred_checkouts_for_one_unit_one_holds_it(shop: Buying):
    offer = await shop.offer(stock=1)
    carts = [await shop.cart((offer, 1)) for _ in range(100)]

    found = await outcomes([shop.start(cart) for cart in carts])

    assert codes(found) == {"done": 1, "INSUFFICIENT_STOCK": 99}
    assert await shop.stock(offer) == (1, 1, 0)
    assert await shop.count("checkout") == 1


async def test_s2_carts_in_reversed_order_never_deadlock(shop: Buying):
    offers = [await shop.offer(stock=1_000) for _ in range(6)]
    carts = [await shop.cart(*[(offer, 1) for offer in (offers if at % 2 else reversed(offers))]) for at in range(20)]

    for _ in range(10):
        found = await outcomes([shop.start(cart) for cart in carts])
        assert codes(found) == {"done": 20}

    assert [await shop.stock(offer) for offer in offers] == [(1_000, 20, 0)] * 6


async def test_s3_nothing_stays_held_if_one_line_falls_short(shop: Buying):
    plenty, few, none = await shop.offer(), await shop.offer(stock=2), await shop.offer(stock=0)
    cart = await shop.cart((plenty, 1), (few, 3), (none, 1))

    (found,) = await outcomes([shop.start(cart)])

    assert isinstance(found, Refused)
    problems = [item for item in found.problems if isinstance(item, StockProblem)]
    assert [(item.offer_id, item.available, item.path) for item in problems] == [
        (few, 2, ("cart_id",)),
        (none, 0, ("cart_id",)),
    ]
    assert await shop.stock(plenty) == (100, 0, 0)
    assert await shop.count("checkout") == 0


async def test_s4_a_reservation_stops_counting_at_the_instant_it_expires(shop: Buying):
    offer = await shop.offer(stock=1)
    await shop.start(await shop.cart((offer, 1)))
    rival = await shop.cart((offer, 1))

    just_before = await problems_of(shop.later(minutes=15, microseconds=-1).start(rival))
    await shop.later(minutes=15).start(rival)

    assert just_before == [("INSUFFICIENT_STOCK", ("cart_id",))]
    assert await shop.stock(offer) == (1, 1, 0)


async def test_s4_what_a_buyer_held_before_is_never_in_their_own_way(shop: Buying):
    offer = await shop.offer(stock=1)
    cart = await shop.cart((offer, 1))
    first = await shop.start(cart)

    second = await shop.start(cart)

    assert second != first
    assert await shop.stock(offer) == (1, 1, 0)
    assert await problems_of(shop.update(first, email="ada@example.com")) == [("RESERVATION_EXPIRED", ("checkout_id",))]


async def test_s4_updates_renew_a_reservation_for_an_hour_at_most(shop: Buying):
    offer = await shop.offer()
    checkout = await shop.start(await shop.cart((offer, 1)))

    ends = []
    for minutes in (10, 20, 30, 40, 50):
        await shop.later(minutes=minutes).update(checkout, email="ada@example.com")
        ends.append((await shop.checkout(checkout)).expires_at - shop.now)

    assert ends == [timedelta(minutes=minutes) for minutes in (25, 35, 45, 55, 60)]
    assert await shop.pool.fetchval("SELECT max(expires_at) FROM reservation") == shop.now + timedelta(minutes=60)


async def test_a_reservation_that_others_were_given_cannot_be_renewed(shop: Buying):
    """A clock that is behind must not renew what a clock that is ahead has given away."""
    offer = await shop.offer(stock=1)
    checkout = await shop.start(await shop.cart((offer, 1)))
    await shop.later(minutes=15).start(await shop.cart((offer, 1)))

    renewed = await problems_of(shop.later(minutes=14, seconds=59).update(checkout, email="ada@example.com"))

    assert renewed == [("RESERVATION_EXPIRED", ("checkout_id",))]
    assert (await shop.checkout(checkout)).email is None


async def test_a_payment_is_not_begun_for_goods_that_others_were_given(shop: Buying):
    offer = await shop.offer(stock=1)
    checkout = await shop.ready((offer, 1))
    await shop.later(minutes=15).start(await shop.cart((offer, 1)))

    refused = await problems_of(shop.later(minutes=14, seconds=59).complete(checkout))

    assert refused == [("RESERVATION_EXPIRED", ("checkout_id",))]
    assert await shop.authorizations() == []
    assert await shop.count("payment") == 0


async def test_renewals_and_rivals_at_the_moment_of_expiry_neither_deadlock_nor_lose_units(shop: Buying):
    offers = [await shop.offer(stock=10) for _ in range(4)]
    held = [await shop.start(await shop.cart(*[(offer, 1) for offer in offers])) for _ in range(10)]
    rivals = [await shop.cart(*[(offer, 1) for offer in reversed(offers)]) for _ in range(10)]
    early, late = shop.later(minutes=15, microseconds=-1), shop.later(minutes=15)

    found = await outcomes(
        [
            *[early.update(checkout, email="ada@example.com") for checkout in held],
            *[late.start(cart) for cart in rivals],
        ]
    )

    counted = codes(found)
    assert set(counted) <= {"done", "INSUFFICIENT_STOCK " * 3 + "INSUFFICIENT_STOCK", "RESERVATION_EXPIRED"}
    assert counted["done"] == 10
    assert [await shop.stock(offer) for offer in offers] == [(10, 10, 0)] * 4
    assert await shop.pool.fetchval("SELECT sum(quantity) FROM reservation") == 40


async def test_safety_stock_is_never_promised(shop: Buying):
    offer = await shop.offer(stock=None)
    vendor = await shop.pool.fetchval("SELECT vendor_id FROM offer")
    await shop.catalog.stock(offer, await shop.catalog.warehouse(vendor), on_hand=5, safety=3)

    refused = await problems_of(shop.start(await shop.cart((offer, 3))))
    await shop.start(await shop.cart((offer, 2)))

    assert refused == [("INSUFFICIENT_STOCK", ("cart_id",))]


async def test_s9_one_warehouse_that_has_all_of_it_sends_all_of_it(shop: Buying):
    vendor = await shop.catalog.vendor()
    a, b = await shop.offer(stock=None, vendor_id=vendor), await shop.offer(stock=None, vendor_id=vendor)
    first, second = await shop.catalog.warehouse(vendor), await shop.catalog.warehouse(vendor)
    await shop.catalog.stock(a, first, on_hand=2)
    await shop.catalog.stock(a, second, on_hand=2)
    await shop.catalog.stock(b, second, on_hand=1)

    await shop.start(await shop.cart((a, 2), (b, 1)))

    rows = await shop.pool.fetch("SELECT offer_id, warehouse_id, quantity FROM reservation ORDER BY quantity DESC")
    assert [tuple(row) for row in rows] == [(a, second, 2), (b, second, 1)]


async def test_i5_twenty_additions_at_once_leave_twenty_lines(shop: Buying):
    offers = [await shop.offer() for _ in range(20)]
    cart = await shop.cart()

    await asyncio.gather(*[shop.add(cart, (offer, 1)) for offer in offers])

    priced = await shop.priced_cart(cart)
    assert {line.offer_id for line in priced.priced_lines} == set(offers)
    assert priced.version == 21


async def test_i5_of_twenty_changes_to_one_version_one_is_made(shop: Buying):
    offers = [await shop.offer() for _ in range(20)]
    cart = await shop.cart()

    found = await outcomes([shop.add(cart, (offer, 1), expected_version=1) for offer in offers])

    assert codes(found) == {"done": 1, "VERSION_CONFLICT": 19}
    assert len((await shop.priced_cart(cart)).priced_lines) == 1


async def test_additions_of_one_offer_at_once_add_up(shop: Buying):
    offer = await shop.offer()
    cart = await shop.cart()

    await asyncio.gather(*[shop.add(cart, (offer, 2)) for _ in range(20)])

    (line,) = (await shop.priced_cart(cart)).priced_lines
    assert line.quantity == 40


async def test_s1_the_database_itself_promises_no_unit_twice(shop: Buying):
    """Whatever a use case forgets: what is reserved and allocated is never more than what is on hand."""
    offer = await shop.offer(stock=3)
    await shop.start(await shop.cart((offer, 2)))

    for change in ("on_hand = 1", "reserved = 4", "allocated = 2", "reserved = -1"):
        with pytest.raises(asyncpg.CheckViolationError):
            await shop.pool.execute(f"UPDATE stock_level SET {change} WHERE offer_id = $1", offer)

    assert await shop.stock(offer) == (3, 2, 0)


async def test_s5_a_payment_in_flight_keeps_the_goods_for_15_minutes_more_and_once(shop: Buying):
    checkout = await shop.ready((await shop.offer(), 1), token="tok_action")
    total = (await shop.checkout(checkout)).totals.total.gross
    ends = []
    for minutes in (14, 20, 28):
        await shop.later(minutes=minutes).complete(checkout, total=total, key="one")
        ends.append((await shop.checkout(checkout)).expires_at - shop.now)

    assert ends == [timedelta(minutes=29)] * 3
    assert await shop.pool.fetchval("SELECT max(expires_at) FROM reservation") == shop.now + timedelta(minutes=29)


async def test_s5_payments_one_after_the_other_keep_the_goods_for_75_minutes_at_most(shop: Buying):
    checkout = await shop.ready((await shop.offer(), 1), token="tok_declined")
    for minutes in (14, 28, 42, 56):
        later = shop.later(minutes=minutes)
        await problems_of(later.complete(checkout))
        await later.tender(checkout, "tok_declined")

    assert (await shop.checkout(checkout)).expires_at - shop.now <= timedelta(minutes=60 + 15)


async def test_m9_a_cart_keeps_the_currency_that_it_was_made_in(shop: Buying):
    offer = await shop.offer(prices={"de-eur": 1_999, "us-usd": 2_499})
    cart = await shop.cart((offer, 1))
    elsewhere = replace(shop, market="us", country="US")

    await elsewhere.add(cart, (offer, 1))
    checkout = await elsewhere.checkout(await elsewhere.start(cart))

    assert (await elsewhere.priced_cart(cart)).totals.total.gross == Money(3_998, "EUR")
    assert checkout.totals.lines.gross == Money(3_998, "EUR")
