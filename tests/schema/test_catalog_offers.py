"""Prices, stock and the buy box, as storefronts read them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.shared.actor import STAFF_SCOPE, Actor
from domain.shared.ids import CustomerId, VendorId
from persistence.statement import Pool
from tests.factories.catalog import CatalogWriter, catalog_in
from tests.factories.clock import present
from tests.factories.requests import make_client

BUY_BOX = """query($id: ID!) { product(id: $id) { availability variants { nodes { buyBox {
    id vendor { name } availability { state quantity }
    price { current { net { amount } tax { amount } gross { amount } } }
} } } priceRange { min { amount currency } max { amount } } } }"""


@pytest.fixture
async def catalog(pool: Pool) -> CatalogWriter:
    return await catalog_in(pool)


def current(product: Any) -> tuple[str, str, str]:
    price = product["variants"]["nodes"][0]["buyBox"]["price"]["current"]
    return price["net"]["amount"], price["tax"]["amount"], price["gross"]["amount"]


@pytest.mark.parametrize(
    ("market", "country", "amounts"),
    [
        pytest.param("de", "DE", ("16.80", "3.19", "19.99"), id="with the tax of Germany in it"),
        pytest.param("de", "AT", ("16.66", "3.33", "19.99"), id="with the tax of Austria in it"),
        pytest.param("us", "US", ("24.99", "0.00", "24.99"), id="without tax before the state is known"),
        pytest.param("jp", "JP", ("2909", "291", "3200"), id="in whole yen"),
    ],
)
async def test_a_price_is_shown_as_the_market_of_the_context_has_it(
    catalog: CatalogWriter, market: str, country: str, amounts: tuple[str, str, str]
):
    product_id, _, _ = await catalog.sold()

    found = await make_client(catalog.pool, market=market, country=country).ask(BUY_BOX, id=product_id)

    assert current(found["product"]) == amounts


async def test_p1_what_has_no_price_in_the_context_is_not_sold_there(catalog: CatalogWriter):
    product_id, _, offer_id = await catalog.sold(prices={"de-eur": 1999})

    found = await make_client(catalog.pool, market="us").ask(BUY_BOX, id=product_id)
    offer = await make_client(catalog.pool, market="us").ask(
        "query($id: ID!) { node(id: $id) { ... on Offer { price { tiers { minQuantity } } availability { state } } } }",
        id=offer_id,
    )

    assert found["product"]["variants"]["nodes"] == [{"buyBox": None}]
    assert found["product"]["priceRange"] is None
    assert found["product"]["availability"] == "NOT_SOLD_HERE"
    assert offer["node"] == {"price": None, "availability": {"state": "NOT_SOLD_HERE"}}


async def test_p14_a_price_begins_and_ends_by_itself(catalog: CatalogWriter):
    product_id, _, offer_id = await catalog.sold(prices={"de-eur": 1999})
    await catalog.price(offer_id, "de-eur", 999, starts_at=present(), ends_at=present() + timedelta(hours=1))

    async def gross_at(now: datetime) -> str:
        found = await make_client(catalog.pool, now=now).ask(BUY_BOX, id=product_id)
        return current(found["product"])[2]

    assert await gross_at(present() - timedelta(microseconds=1)) == "19.99"
    assert await gross_at(present()) == "9.99"
    assert await gross_at(present() + timedelta(hours=1)) == "19.99"


async def test_t7_the_tax_is_that_of_the_day(catalog: CatalogWriter):
    product_id, _, _ = await catalog.sold(prices={"de-eur": 11900})
    last_moment_of_2020 = datetime(2020, 12, 31, 22, 59, 59, tzinfo=UTC)

    then = await make_client(catalog.pool, now=last_moment_of_2020).ask(BUY_BOX, id=product_id)
    after = await make_client(catalog.pool, now=last_moment_of_2020 + timedelta(seconds=1)).ask(BUY_BOX, id=product_id)

    assert current(then["product"])[1] == "16.41"
    assert current(after["product"])[1] == "19.00"


async def test_tiers_show_what_larger_quantities_cost(catalog: CatalogWriter):
    product_id, _, offer_id = await catalog.sold(prices={"de-eur": 1000})
    await catalog.price(offer_id, "de-eur", 800, min_quantity=50)
    await catalog.price(offer_id, "de-eur", 900, min_quantity=10)

    found = await make_client(catalog.pool).ask(
        """query($id: ID!) { product(id: $id) { selectVariant { buyBox { price {
            tiers { minQuantity unitPrice { gross { amount } } } priceList { name currency }
        } } } } }""",
        id=product_id,
    )

    assert found["product"]["selectVariant"]["buyBox"]["price"] == {
        "tiers": [
            {"minQuantity": 10, "unitPrice": {"gross": {"amount": "9.00"}}},
            {"minQuantity": 50, "unitPrice": {"gross": {"amount": "8.00"}}},
        ],
        "priceList": {"name": "Germany and Austria, EUR", "currency": "EUR"},
    }


@pytest.mark.parametrize(
    ("stock", "availability"),
    [
        (0, {"state": "OUT_OF_STOCK", "quantity": 0}),
        (1, {"state": "LOW_STOCK", "quantity": 1}),
        (9, {"state": "LOW_STOCK", "quantity": 9}),
        (10, {"state": "IN_STOCK", "quantity": None}),
        (None, {"state": "OUT_OF_STOCK", "quantity": 0}),
    ],
)
async def test_buyers_are_told_how_many_are_left_only_when_few_are(
    catalog: CatalogWriter, stock: int | None, availability: dict[str, Any]
):
    product_id, _, _ = await catalog.sold(stock=stock)

    found = await make_client(catalog.pool).ask(BUY_BOX, id=product_id)

    assert found["product"]["variants"]["nodes"][0]["buyBox"]["availability"] == availability


async def test_less_than_the_least_quantity_is_out_of_stock(catalog: CatalogWriter):
    product_id, _, _ = await catalog.sold(stock=5, min_quantity=6, step=6)

    found = await make_client(catalog.pool).ask(BUY_BOX, id=product_id)

    assert found["product"]["availability"] == "OUT_OF_STOCK"


async def sellers(catalog: CatalogWriter, *terms: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """A variant with an offer of each vendor: the product, and the vendors by the names in `terms`."""
    product_id = await catalog.product()
    variant_id = await catalog.variant(product_id)
    vendors = {}
    for term in terms:
        name = term.pop("name")
        vendors[name] = await catalog.vendor(name, status=term.pop("vendor_status", "ACTIVE"))
        await catalog.offer(variant_id, vendors[name], **term)
    return product_id, vendors


async def order_of_offers(catalog: CatalogWriter, product_id: str) -> list[str]:
    found = await make_client(catalog.pool).ask(
        "query($id: ID!) { product(id: $id) { selectVariant { offers { nodes { vendor { name } } } } } }",
        id=product_id,
    )
    return [node["vendor"]["name"] for node in found["product"]["selectVariant"]["offers"]["nodes"]]


async def test_v10_the_cheapest_in_stock_goes_first_and_the_hidden_not_at_all(catalog: CatalogWriter):
    product_id, _ = await sellers(
        catalog,
        {"name": "sold out", "prices": {"de-eur": 1}, "stock": 0},
        {"name": "dear", "prices": {"de-eur": 2000}},
        {"name": "cheap", "prices": {"de-eur": 1500}},
        {"name": "as cheap but later", "prices": {"de-eur": 1500}},
        {"name": "suspended", "prices": {"de-eur": 1}, "vendor_status": "SUSPENDED"},
        {"name": "withdrawn", "prices": {"de-eur": 1}, "status": "INACTIVE"},
        {"name": "elsewhere", "prices": {"us-usd": 1}},
    )

    assert await order_of_offers(catalog, product_id) == ["cheap", "as cheap but later", "dear", "sold out"]


async def test_v10_delivery_counts_into_the_landed_price(catalog: CatalogWriter):
    product_id, vendors = await sellers(
        catalog, {"name": "own delivery", "prices": {"de-eur": 1500}}, {"name": "usual", "prices": {"de-eur": 1700}}
    )
    await catalog.pool.execute(
        """INSERT INTO delivery_rate (id, market_id, vendor_id, countries, kind, name, currency, price_minor, min_days,
        max_days) SELECT 'own-' || name, market_id, $1, '{}', 'SHIP', name, 'EUR', 900, 1, 2
        FROM (SELECT DISTINCT market_id, name FROM delivery_rate WHERE currency = 'EUR') AS known""",
        vendors["own delivery"],
    )

    assert await order_of_offers(catalog, product_id) == ["usual", "own delivery"]


async def test_a_price_range_spans_the_best_offers_of_the_variants(catalog: CatalogWriter):
    product_id = await catalog.product()
    vendor_id = await catalog.vendor()
    for position, minor in enumerate((2500, 1500, 2000)):
        variant_id = await catalog.variant(product_id, position=position)
        await catalog.offer(variant_id, vendor_id, prices={"de-eur": minor, "us-usd": minor})

    german = await make_client(catalog.pool).ask(BUY_BOX, id=product_id)
    american = await make_client(catalog.pool, market="us").ask(BUY_BOX, id=product_id)

    assert german["product"]["priceRange"] == {
        "min": {"amount": "15.00", "currency": "EUR"},
        "max": {"amount": "25.00"},
    }
    assert american["product"]["priceRange"]["min"] == {"amount": "15.00", "currency": "USD"}


async def test_deliveries_are_estimated_by_the_cheapest_way_in_days_of_the_market(catalog: CatalogWriter):
    product_id, _, _ = await catalog.sold(prices={"de-eur": 1000})
    query = """query($id: ID!, $country: CountryCode) { product(id: $id) { selectVariant { buyBox {
        deliveryEstimate(country: $country) { earliest latest }
    } } } }"""
    late_evening = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    client = make_client(catalog.pool, now=late_evening)

    german = (await client.ask(query, id=product_id))["product"]["selectVariant"]["buyBox"]
    austrian = (await client.ask(query, id=product_id, country="AT"))["product"]["selectVariant"]["buyBox"]
    refusals = await client.refusals(query, id=product_id, country="JP")

    assert german["deliveryEstimate"] == {"earliest": "2026-11-24", "latest": "2026-11-26"}
    assert austrian["deliveryEstimate"] == {"earliest": "2026-11-25", "latest": "2026-11-27"}
    assert refusals == [("This market does not serve that country.", "BAD_USER_INPUT")]


STOCK = """query($id: ID!) { node(id: $id) { ... on Offer { stock {
    onHand reserved allocated incoming safety available warehouse { name country }
} } } }"""


async def test_v8_stock_is_for_its_vendor_and_for_staff_who_may_read_it(catalog: CatalogWriter):
    vendor_id = await catalog.vendor()
    _, _, offer_id = await catalog.sold(vendor_id=vendor_id, stock=7)
    member = Actor(customer_id=CustomerId("customer_1"), vendor_ids=frozenset({VendorId(vendor_id)}))
    rival = Actor(
        customer_id=CustomerId("customer_2"),
        vendor_ids=frozenset({VendorId("vendor_rival")}),
        scopes=frozenset({"inventory:read"}),
    )
    staff = Actor(customer_id=CustomerId("customer_3"), scopes=frozenset({STAFF_SCOPE, "inventory:read"}))
    cashier = Actor(customer_id=CustomerId("customer_4"), scopes=frozenset({STAFF_SCOPE}))

    for actor in (member, staff):
        found = await make_client(catalog.pool, actor=actor).ask(STOCK, id=offer_id)
        assert [level["available"] for level in found["node"]["stock"]] == [7]
    for actor in (rival, cashier):
        refusals = await make_client(catalog.pool, actor=actor).refusals(STOCK, id=offer_id)
        assert refusals == [("You may not do this.", "FORBIDDEN")]
    assert await make_client(catalog.pool).refusals(STOCK, id=offer_id) == [("Sign in to do this.", "UNAUTHENTICATED")]
