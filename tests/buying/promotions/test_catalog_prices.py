"""Prices that product pages, carts and orders agree on: sales, groups of customers, measures, tiers and rounding."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.shared.actor import Actor
from domain.shared.ids import CustomerId, OfferId
from domain.shared.money import Money
from loaders.registry import Loaders
from tests.database import StatementLog
from tests.factories.buying import Buying
from tests.factories.promotions import TEN_PERCENT, TEN_PERCENT_OF_ORDER, promote
from tests.factories.requests import make_client

PRICE = """
query P($ids: [ID!]!) { nodes(ids: $ids) { ... on Offer { price {
    current { gross { amountMinor } } regular { gross { amountMinor } } tiers { unitPrice { gross { amountMinor } } }
    unitPrice { price { amount } measure { value unit } }
} } } }
"""


async def shown(shop: Buying, *offers: OfferId, pool: Any = None) -> list[Any]:
    client = make_client(pool or shop.pool, now=shop.now, actor=shop.actor)
    return [node["price"] for node in (await client.ask(PRICE, ids=list(offers)))["nodes"]]


async def current(shop: Buying, offer: OfferId) -> int:
    (price,) = await shown(shop, offer)
    minor: int = price["current"]["gross"]["amountMinor"]
    return minor


async def in_cart(shop: Buying, *lines: tuple[OfferId, int]) -> int:
    cart = await shop.priced_cart(await shop.cart(*lines))
    minor: int = cart.totals.lines.gross.minor
    return minor


async def belonging_to(shop: Buying, group: str) -> Buying:
    customer = CustomerId("customer_01h2xcejqtf2nbrexx3vqjhp41")
    await shop.pool.execute(
        "INSERT INTO customer (id, email, customer_group) VALUES ($1, 'vip@example.com', $2)", customer, group
    )
    return replace(shop, actor=Actor(customer_id=customer, customer_group=group))


async def test_p14_a_sale_changes_page_and_cart_from_its_first_instant_to_its_last(shop: Buying):
    offer = await shop.offer(price=10_00)
    starts_at, ends_at = shop.now + timedelta(hours=1), shop.now + timedelta(hours=2)
    await promote(shop, action=TEN_PERCENT, starts_at=starts_at, ends_at=ends_at)

    prices = [
        (await current(then, offer), await in_cart(then, (offer, 1)))
        for then in (
            replace(shop, now=starts_at - timedelta(microseconds=1)),
            replace(shop, now=starts_at),
            replace(shop, now=ends_at - timedelta(microseconds=1)),
            replace(shop, now=ends_at),
        )
    ]

    assert prices == [(10_00, 10_00), (9_00, 9_00), (9_00, 9_00), (10_00, 10_00)]


async def test_a_page_shows_the_regular_price_beside_a_reduced_one_alone(shop: Buying):
    reduced, other = await shop.offer(price=10_00), await shop.offer(price=10_00)
    await promote(shop, action=TEN_PERCENT, conditions={"goods": {"include": [{"offers": [reduced]}]}})

    found = await shown(shop, reduced, other)

    assert [price["regular"] for price in found] == [{"gross": {"amountMinor": 10_00}}, None]


async def test_a_sale_of_a_category_reaches_what_stands_below_it(shop: Buying):
    root = await shop.catalog.category("Home")
    leaf = await shop.catalog.category("Lamps", [root])
    lamp, other = await shop.offer(price=10_00), await shop.offer(price=10_00)
    await shop.pool.execute(
        "UPDATE product SET category_id = $1 WHERE id = (SELECT product_id FROM offer WHERE id = $2)", leaf, lamp
    )
    await promote(shop, action=TEN_PERCENT, conditions={"goods": {"include": [{"categories": [root]}]}})

    assert [await current(shop, offer) for offer in (lamp, other)] == [9_00, 10_00]
    assert await in_cart(shop, (lamp, 1), (other, 1)) == 19_00


async def test_what_needs_a_code_or_a_cart_is_not_shown_on_a_page(shop: Buying):
    offer = await shop.offer(price=10_00)
    await promote(shop, action=TEN_PERCENT, code="TEN")
    await promote(shop, action=TEN_PERCENT, conditions={"min_value": {"EUR": "5.00"}})
    await promote(shop, action=TEN_PERCENT_OF_ORDER)

    assert await current(shop, offer) == 10_00
    assert await in_cart(shop, (offer, 1)) == 8_10


async def test_a_sale_for_a_group_is_shown_to_its_members_alone(shop: Buying):
    offer = await shop.offer(price=10_00)
    await promote(shop, action=TEN_PERCENT, conditions={"customer_groups": ["vip"]})
    member = await belonging_to(shop, "vip")

    assert await current(shop, offer) == await in_cart(shop, (offer, 1)) == 10_00
    assert await current(member, offer) == await in_cart(member, (offer, 1)) == 9_00


async def test_p1_a_group_has_its_own_list_on_pages_and_in_carts(shop: Buying):
    offer = await shop.offer(price=10_00)
    await shop.pool.execute(
        "INSERT INTO price_list (id, handle, name, currency, customer_group) VALUES ('l', 'vip', 'VIP', 'EUR', 'vip')"
    )
    await shop.pool.execute("INSERT INTO price (offer_id, price_list_id, amount_minor) VALUES ($1, 'l', 700)", offer)
    shop.reference.forget()
    await shop.reference.facts()
    member = await belonging_to(shop, "vip")

    assert await current(shop, offer) == await in_cart(shop, (offer, 1)) == 10_00
    assert await current(member, offer) == await in_cart(member, (offer, 1)) == 7_00


async def test_p17_a_unit_price_follows_the_price_after_promotions(shop: Buying):
    offer = await shop.offer(price=3_49)
    await shop.pool.execute(
        "UPDATE variant SET measure_value = 250, measure_unit = 'g' WHERE id = (SELECT variant_id FROM offer"
        " WHERE id = $1)",
        offer,
    )

    before = await shown(shop, offer)
    await promote(shop, action={"kind": "fixed_price", "prices": {"EUR": "3.00"}})
    after = await shown(shop, offer)

    assert [found[0]["unitPrice"] for found in (before, after)] == [
        {"price": {"amount": "13.96"}, "measure": {"value": "1", "unit": "kg"}},
        {"price": {"amount": "12.00"}, "measure": {"value": "1", "unit": "kg"}},
    ]


@pytest.mark.parametrize("count", [1, 20])
async def test_a_page_under_promotions_costs_no_more_statements(shop: Buying, statement_log: StatementLog, count: int):
    offers = [await shop.offer(price=10_00) for _ in range(count)]
    for percent in ("5", "10", "15"):
        await promote(shop, action={"kind": "percentage", "percent": percent})
    request = (await make_client(shop.pool, now=shop.now).context()).request
    loaders = Loaders(statement_log.pool, request, shop.actor, shop.now, shop.reference)

    async with statement_log.count() as statements:
        found = await loaders.offer.load_many(offers)

    assert len(statements) == 1, statements
    assert {offer.price.current.gross for offer in found if offer and offer.price} == {Money(7_27, "EUR")}


async def test_p2_graduated_units_cost_the_same_in_cart_checkout_and_order(shop: Buying):
    """Tiers 1+ 10.00, 10+ 9.00, 50+ 8.00, quantity 55: 498.00."""
    offer = await shop.offer(price=10_00)
    list_id = await shop.pool.fetchval("SELECT price_list_id FROM price WHERE offer_id = $1", offer)
    await shop.pool.execute("UPDATE price_list SET tier_mode = 'GRADUATED' WHERE id = $1", list_id)
    for least, minor in ((10, 9_00), (50, 8_00)):
        await shop.catalog.price(offer, "de-eur", minor, min_quantity=least)
    await promote(shop, action=TEN_PERCENT_OF_ORDER)

    checkout_id = await shop.ready((offer, 55))
    checkout = await shop.checkout(checkout_id)
    await shop.complete(checkout_id)

    assert checkout.totals.lines.gross == Money(448_20, "EUR")
    assert await shop.pool.fetchval('SELECT lines_gross_minor FROM "order"') == 448_20
    assert await shop.pool.fetchval("SELECT unit_gross_minor FROM order_line") == 9_05


async def test_m4_an_order_keeps_the_rounding_of_its_total_and_its_parts_share_it(shop: Buying):
    offers = [await shop.offer(price=price) for price in (10_01, 20_02)]
    await shop.pool.execute("""UPDATE market SET price_granularity = '{"EUR": 5}'""")
    shop.reference.forget()
    await shop.reference.facts()

    checkout_id = await shop.ready(*((offer, 1) for offer in offers))
    await shop.complete(checkout_id)

    row = await shop.pool.fetchrow(
        'SELECT rounding_minor, total_gross_minor, lines_gross_minor + shipping_gross_minor FROM "order"'
    )
    assert row is not None
    rounding, total, exact = row
    assert total % 5 == 0
    assert (rounding, abs(rounding) <= 2) == (total - exact, True)
    assert await shop.pool.fetchval("SELECT sum(rounding_minor)::int FROM vendor_order") == rounding != 0


@pytest.mark.parametrize(
    ("first", "after", "starts", "ends", "hours"),
    [
        (date(2126, 10, 26), date(2126, 10, 28), "2126-10-25T22:00Z", "2126-10-27T23:00Z", 49),
        (date(2126, 3, 30), date(2126, 4, 1), "2126-03-29T23:00Z", "2126-03-31T22:00Z", 47),
    ],
    ids=["the end of summer time", "its beginning"],
)
async def test_o10_a_window_entered_in_the_zone_of_the_market_is_half_open_between_two_instants(
    shop: Buying, first: date, after: date, starts: str, ends: str, hours: int
):
    """Germany: 26 to 27 October 2126 is 49 hours, 30 to 31 March is 47."""
    berlin = ZoneInfo("Europe/Berlin")
    window = {"starts_at": datetime.combine(first, time(), berlin), "ends_at": datetime.combine(after, time(), berlin)}
    await promote(shop, action={"kind": "percentage", "percent": "50"}, **window)
    cart = await shop.cart((await shop.offer(price=10_00), 1))
    began, ended = datetime.fromisoformat(starts), datetime.fromisoformat(ends)
    moment = timedelta(microseconds=1)

    found = [
        (await replace(shop, now=now).priced_cart(cart)).totals.lines.gross.minor
        for now in (began - moment, began, ended - moment, ended)
    ]

    assert found == [10_00, 5_00, 5_00, 10_00]
    assert ended - began == timedelta(hours=hours)
