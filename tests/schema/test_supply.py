"""How offers are sold beyond their stock, as vendors say it and buyers and search see it (rule S7)."""

from typing import Any

import pytest

from domain.shared.actor import GUEST, Actor
from domain.shared.ids import VendorId
from persistence.statement import Pool
from tests.database import StatementLog
from tests.factories.catalog import CatalogWriter, catalog_in
from tests.factories.listening import make_listener
from tests.factories.orders import Shop, make_shop
from tests.factories.requests import make_client

UPSERT = """mutation($input: OfferUpsertInput!) { offerUpsert(input: $input) {
    offer { soldAhead { policy limit left waiting reserved availableFrom } } errors { code path } } }"""
OF_OFFER = "query($id: ID!) { node(id: $id) { ... on Offer { availability { state quantity availableFrom } } } }"
AHEAD = "query($id: ID!) { node(id: $id) { ... on Offer { soldAhead { left } } } }"
LATER, PAST = "2126-12-24T10:00:00+00:00", "2026-11-01T00:00:00+00:00"


async def upserted(pool: Pool, shop: Shop, actor: Actor | None = None, **policy: Any) -> dict[str, Any]:
    """What setting the policy of the first seller's first offer answers."""
    seller = shop.sellers[0]
    variant_id = await pool.fetchval("SELECT variant_id FROM offer WHERE id = $1", seller.offers[0])
    given = {"vendorId": seller.id, "variantId": variant_id, "price": {"amountMinor": 100, "currency": "EUR"}}
    listener = make_listener(pool, actor or seller.actor)
    done: dict[str, Any] = (await listener.ask(UPSERT, input={**given, "stockPolicy": policy}))["offerUpsert"]
    return done


async def test_s7_a_vendor_says_how_an_offer_is_sold_beyond_its_stock(pool: Pool):
    shop = await make_shop(pool)

    backorder = await upserted(pool, shop, policy="BACKORDER", limit=10)
    preorder = await upserted(pool, shop, policy="PREORDER", limit=4, availableFrom=LATER)
    deny = await upserted(pool, shop, policy="DENY")

    none = {"waiting": 0, "reserved": 0}
    answers = [done["offer"]["soldAhead"] for done in (backorder, preorder)]
    assert answers == [
        {"policy": "BACKORDER", "limit": 10, "left": 10, "availableFrom": None, **none},
        {"policy": "PREORDER", "limit": 4, "left": 4, "availableFrom": "2126-12-24T10:00:00Z", **none},
    ]
    assert deny["offer"]["soldAhead"]["policy"] == "DENY"
    jobs = await pool.fetch("SELECT entrypoint FROM queue.pgqueuer ORDER BY id")
    assert [row["entrypoint"] for row in jobs] == ["allocate_stock"] * 4


async def test_s7_a_limit_is_not_set_below_what_is_sold_ahead_already(pool: Pool):
    shop = await make_shop(pool)
    await upserted(pool, shop, policy="BACKORDER", limit=10)
    await pool.execute("UPDATE supply SET waiting = 5")

    refused = await upserted(pool, shop, policy="BACKORDER", limit=4)
    denied = await upserted(pool, shop, policy="DENY")

    assert refused == {"offer": None, "errors": [{"code": "QUANTITY_LIMIT", "path": ["stockPolicy", "limit"]}]}
    assert (denied["errors"], denied["offer"]["soldAhead"]["waiting"]) == ([], 5)


@pytest.mark.parametrize(
    ("policy", "problems"),
    [
        ({"policy": "BACKORDER"}, [("INVALID", ["stockPolicy", "limit"])]),
        ({"policy": "BACKORDER", "limit": 10**7}, [("INVALID", ["stockPolicy", "limit"])]),
        ({"policy": "PREORDER", "limit": 1}, [("REQUIRED", ["stockPolicy", "availableFrom"])]),
        ({"policy": "DENY", "limit": 1}, [("INVALID", ["stockPolicy"])]),
    ],
    ids=str,
)
async def test_a_policy_that_means_nothing_is_refused(
    pool: Pool, policy: dict[str, Any], problems: list[tuple[str, list[str]]]
):
    done = await upserted(pool, await make_shop(pool), **policy)

    assert [(problem["code"], problem["path"]) for problem in done["errors"]] == problems
    assert await pool.fetchval("SELECT count(*) FROM supply") == 0


@pytest.fixture
async def catalog(pool: Pool) -> CatalogWriter:
    return await catalog_in(pool)


@pytest.mark.parametrize(
    ("stock", "terms", "shown"),
    [
        (3, {"policy": "BACKORDER", "ahead_limit": 20}, ("LOW_STOCK", 3, None)),
        (0, {"policy": "BACKORDER", "ahead_limit": 20}, ("BACKORDER", None, None)),
        (0, {"policy": "BACKORDER", "ahead_limit": 20, "waiting": 18}, ("BACKORDER", 2, None)),
        (0, {"policy": "BACKORDER", "ahead_limit": 20, "waiting": 20}, ("OUT_OF_STOCK", 0, None)),
        (4, {"policy": "BACKORDER", "ahead_limit": 20, "waiting": 20}, ("OUT_OF_STOCK", 0, None)),
        (3, {"policy": "PREORDER", "ahead_limit": 5, "available_from": LATER}, ("PREORDER", 5, "2126-12-24T10:00:00Z")),
        (3, {"policy": "PREORDER", "ahead_limit": 5, "available_from": PAST}, ("LOW_STOCK", 3, None)),
        (0, {"policy": "PREORDER", "ahead_limit": 5, "available_from": PAST}, ("OUT_OF_STOCK", 0, None)),
    ],
    ids=str,
)
async def test_s7_buyers_see_what_is_in_stock_and_then_what_is_sold_ahead(
    catalog: CatalogWriter, stock: int, terms: dict[str, Any], shown: tuple[str, int | None, str | None]
):
    _, _, offer = await catalog.sold(stock=stock)
    await catalog.pool.execute(
        """INSERT INTO supply (offer_id, policy, ahead_limit, waiting, available_from)
        VALUES ($1, $2, $3, $4, $5::text::timestamptz)""",
        *(offer, terms["policy"], terms["ahead_limit"], terms.get("waiting", 0), terms.get("available_from")),
    )

    found = (await make_client(catalog.pool).ask(OF_OFFER, id=offer))["node"]["availability"]

    assert (found["state"], found["quantity"], found["availableFrom"]) == shown


async def test_v10_what_is_in_stock_goes_before_what_is_sold_ahead_whatever_it_costs(catalog: CatalogWriter):
    product, variant, cheap = await catalog.sold(stock=0, prices={"de-eur": 100})
    await catalog.supply(cheap, policy="BACKORDER", ahead_limit=5)
    dear = await catalog.offer(variant, await catalog.vendor(), prices={"de-eur": 9900})

    found = await make_client(catalog.pool).ask(
        "query($id: ID!) { node(id: $id) { ... on Product { availability variants(first: 1) { nodes {"
        " offers(first: 5) { nodes { id availability { state } } } } } } } }",
        id=product,
    )

    [node] = found["node"]["variants"]["nodes"]
    states = [(offer["id"], offer["availability"]["state"]) for offer in node["offers"]["nodes"]]
    assert states == [(dear, "IN_STOCK"), (cheap, "BACKORDER")]
    assert found["node"]["availability"] == "IN_STOCK"


STRANGER = Actor(vendor_ids=frozenset({VendorId("vendor_of_nobody")}))


@pytest.mark.parametrize("actor", [GUEST, STRANGER], ids=["guest", "stranger"])
async def test_v8_nobody_else_learns_how_much_is_sold_ahead(catalog: CatalogWriter, actor: Actor):
    _, _, offer = await catalog.sold()
    await catalog.supply(offer, policy="BACKORDER", ahead_limit=5)

    refusals = await make_client(catalog.pool, actor=actor).refusals(AHEAD, id=offer)

    assert [code for _, code in refusals] in (["UNAUTHENTICATED"], ["FORBIDDEN"])


async def test_what_many_offers_sell_ahead_is_read_in_one_statement(pool: Pool, statement_log: StatementLog):
    shop = await make_shop(pool, offers=10)
    seller = shop.sellers[0]
    vendor = make_listener(statement_log.pool, seller.actor)
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Offer { soldAhead { left } } } }"

    async def counted(ids: list[str]) -> int:
        async with statement_log.count() as statements:
            await vendor.ask(document, ids=ids)
        return len([text for text in statements if "FROM supply s" in text])

    assert [await counted(list(seller.offers[:1])), await counted(list(seller.offers))] == [1, 1]
