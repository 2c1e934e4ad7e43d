"""Reduced prices as product pages show them, with the prior price that the law wants."""

from datetime import datetime, timedelta
from typing import Any

from domain.shared.ids import OfferId
from tests.database import StatementLog
from tests.factories.buying import Buying
from tests.factories.promotions import promote
from tests.factories.requests import make_client

PRICES = """
query Prices($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Offer {
      price {
        current { gross { amountMinor } } regular { gross { amountMinor } }
        lowest30Days { amountMinor } reductionPercent
      }
    }
  }
}
"""


async def shown(
    shop: Buying, *offers: OfferId, pool: Any = None
) -> list[tuple[int, int | None, int | None, int | None]]:
    """Current, regular, lowest and percent of each offer."""
    found = await make_client(pool or shop.pool, now=shop.now).ask(PRICES, ids=list(offers))
    return [
        (
            price["current"]["gross"]["amountMinor"],
            price["regular"] and price["regular"]["gross"]["amountMinor"],
            price["lowest30Days"] and price["lowest30Days"]["amountMinor"],
            price["reductionPercent"],
        )
        for price in (node["price"] for node in found["nodes"])
    ]


def fixed(amount: str) -> dict[str, Any]:
    return {"kind": "fixed_price", "prices": {"EUR": amount}}


async def listed_since(shop: Buying, offer: OfferId, since: datetime) -> None:
    await shop.pool.execute("UPDATE price SET set_at = $2 WHERE offer_id = $1", offer, since)


async def announced_since(shop: Buying, since: datetime) -> None:
    """Have all promotions been written long before they began."""
    await shop.pool.execute("UPDATE promotion_version SET valid_from = $1", since)
    shop.reference.forget()
    await shop.reference.facts()


async def test_p15_a_reduction_is_shown_against_the_lowest_price_of_the_30_days_before(shop: Buying):
    """100; 80 from 41 to 36 days ago, and again now at 75: 6.25 % are shown as 6."""
    year_ago = shop.now - timedelta(days=365)
    offer = await shop.offer(price=10_000)
    await listed_since(shop, offer, year_ago)
    started = shop.now - timedelta(days=20)
    await promote(
        shop,
        name="April",
        action=fixed("80.00"),
        starts_at=started - timedelta(days=21),
        ends_at=started - timedelta(days=16),
    )
    await promote(shop, name="May", action=fixed("75.00"), starts_at=started)
    await announced_since(shop, year_ago)

    assert await shown(shop, offer) == [(7_500, 10_000, 8_000, 6)]


async def test_p15_promotions_for_some_people_and_unannounced_ones_do_not_count(shop: Buying):
    year_ago = shop.now - timedelta(days=365)
    offer = await shop.offer(price=10_000)
    await listed_since(shop, offer, year_ago)
    early, started = shop.now - timedelta(days=30), shop.now - timedelta(days=10)
    vip = {"customer_groups": ["vip"]}
    await promote(shop, action=fixed("50.00"), starts_at=early, ends_at=started, conditions=vip)
    await promote(shop, action=fixed("60.00"), starts_at=early, ends_at=started, is_public=False)
    await promote(shop, action=fixed("70.00"), starts_at=early, ends_at=started, code="SECRET")
    await promote(shop, action=fixed("80.00"), starts_at=started)
    await announced_since(shop, year_ago)

    assert await shown(shop, offer) == [(8_000, 10_000, 10_000, 20)]


async def test_p15_a_price_that_the_shop_replaced_is_remembered(shop: Buying):
    offer = await shop.offer(price=7_000)
    await listed_since(shop, offer, shop.now - timedelta(days=365))
    await shop.pool.execute("UPDATE price SET amount_minor = 10000 WHERE offer_id = $1", offer)
    await promote(shop, action=fixed("80.00"))
    await announced_since(shop, shop.now - timedelta(minutes=1))

    segments = await shop.pool.fetch("SELECT amount_minor FROM price_segment WHERE offer_id = $1", offer)
    assert [tuple(row) for row in segments] == [(7_000,)]
    assert await shown(shop, offer) == [(8_000, 10_000, 7_000, None)]


async def test_p16_the_market_says_which_step_the_prior_price_belongs_to(shop: Buying):
    year_ago = shop.now - timedelta(days=365)
    offer = await shop.offer(price=10_000)
    await listed_since(shop, offer, year_ago)
    first, second = shop.now - timedelta(days=11), shop.now - timedelta(days=2)
    await promote(shop, action=fixed("80.00"), starts_at=first, ends_at=second)
    await promote(shop, action=fixed("60.00"), starts_at=second)
    await announced_since(shop, year_ago)

    before_first = await shown(shop, offer)
    await shop.pool.execute("UPDATE market SET prior_price = 'BEFORE_EACH_STEP' WHERE handle = 'de'")
    before_each = await shown(shop, offer)

    assert before_first == [(6_000, 10_000, 10_000, 40)]
    assert before_each == [(6_000, 10_000, 8_000, 25)]


async def test_what_is_not_reduced_has_no_prior_price_and_costs_no_statement(shop: Buying, statement_log: StatementLog):
    plain, reduced = await shop.offer(price=1_000), [await shop.offer(price=10_000) for _ in range(3)]
    client = make_client(statement_log.pool, now=shop.now)
    await client.reference.facts()

    async def count(*offers: OfferId) -> int:
        async with statement_log.count() as statements:
            await client.ask(PRICES, ids=list(offers))
        return len([text for text in statements if "price_segment" in text])

    without = await count(plain, *reduced)
    await promote(shop, conditions={"goods": {"include": [{"offers": [*reduced]}]}})
    client.reference.forget()
    await client.reference.facts()
    with_it = await count(plain, *reduced)

    assert (without, with_it) == (0, 1)
    assert (await shown(shop, plain))[0] == (1_000, None, None, None)
