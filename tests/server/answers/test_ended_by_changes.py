"""Every change of what guests may see ends the answers that show it, soon after it has its place in the log."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.shared.events import Event, EventType
from domain.shared.ids import OfferId
from persistence.catalog.tables import slug
from persistence.changes import count_storefront
from persistence.ids import new_id
from persistence.statement import Pool
from server.answers.moments import Moments
from tests.factories.catalog import CatalogWriter, catalog_in
from tests.factories.customers import codes
from tests.server.answers.shops import Shop, eventually, open_shop

TITLE = "query($id: ID!) { product(id: $id) { title } }"
BOX = "buyBox { availability { state } price { current { gross { amountMinor } } } }"
OFFERED = f'query($id: ID!) @inContext(market: "de") {{ product(id: $id) {{ selectVariant {{ {BOX} }} }} }}'
FOUND = "query($words: String!) { search(input: {query: $words}) { totalCount nodes { title } } }"
UPSERT = """mutation($input: OfferUpsertInput!) {
    offerUpsert(input: $input) { offer { id } errors { code path } }
}"""
ADJUST = """mutation($input: StockAdjustInput!) {
    stockAdjust(input: $input) { offer { id } errors { code path } }
}"""
RENAME = (
    """mutation($input: MarketUpdateInput!) { marketUpdate(input: $input) { market { name } errors { code path } } }"""
)


@pytest.fixture
async def catalog(pool: Pool) -> CatalogWriter:
    return await catalog_in(pool)


@pytest.fixture
async def shop(catalog: CatalogWriter, redis_url: str) -> AsyncIterator[Shop]:
    async with open_shop(catalog.pool, redis_url) as shop:
        yield shop


async def becomes(shop: Shop, ask: Callable[[], Awaitable[Any]], expected: Any) -> list[Any]:
    """Ask until it is as expected; what was answered, each once. It never goes back to what it was before."""
    seen: list[Any] = []

    async def is_there(_shop: Shop) -> bool:
        answer = await ask()
        if not seen or seen[-1] != answer:
            seen.append(answer)
        return bool(answer == expected)

    await eventually(shop, is_there)
    for _ in range(5):
        assert await ask() == expected
    return seen


async def warmed(ask: Callable[[], Awaitable[Any]]) -> Any:
    """What is answered by now, kept at every level."""
    await ask()
    await ask()
    return await ask()


def price_of(shop: Shop, product_id: str) -> Callable[[], Awaitable[Any]]:
    async def ask() -> Any:
        offer = (await shop.data(OFFERED, id=product_id))["product"]["selectVariant"]["buyBox"]
        return offer["price"]["current"]["gross"]["amountMinor"], offer["availability"]["state"]

    return ask


async def test_a_new_price_is_shown_and_never_the_old_one_after_it(shop: Shop, catalog: CatalogWriter):
    vendor_id = await catalog.vendor()
    product_id, variant_id, _ = await catalog.sold("Lamp", vendor_id=vendor_id)
    ask = price_of(shop, product_id)
    assert await warmed(ask) == (1999, "IN_STOCK")
    staff = await shop.front.door.staff("pricing:write")

    price = {"amountMinor": 1499, "currency": "EUR"}
    given = {"vendorId": vendor_id, "variantId": variant_id, "condition": "NEW", "price": price}
    payload = (await staff.ask(f"{UPSERT}", input=given))["offerUpsert"]
    assert codes(payload) == []
    assert await ask() == (1999, "IN_STOCK")
    await shop.relay()

    assert await becomes(shop, ask, (1499, "IN_STOCK")) in (
        [(1999, "IN_STOCK"), (1499, "IN_STOCK")],
        [(1499, "IN_STOCK")],
    )


async def test_what_is_sold_out_is_shown_so(shop: Shop, catalog: CatalogWriter):
    product_id, _, offer_id = await catalog.sold("Lamp")
    ask = price_of(shop, product_id)
    assert await warmed(ask) == (1999, "IN_STOCK")

    await catalog.pool.execute("UPDATE stock_level SET on_hand = 0 WHERE offer_id = $1", offer_id)
    await shop.record(Event(EventType.STOCK_CHANGED, offer_id, offer_id=OfferId(offer_id)))
    await shop.relay()

    await becomes(shop, ask, (1999, "OUT_OF_STOCK"))


async def test_a_change_of_another_product_leaves_what_is_kept(shop: Shop, catalog: CatalogWriter):
    product_id, _, _ = await catalog.sold("Lamp")
    other_id, _, _ = await catalog.sold("Chair")
    for each in (product_id, other_id):
        await warmed(lambda each=each: shop.data(TITLE, id=each))  # type: ignore[misc] # bound for this step
    await catalog.pool.execute("UPDATE product SET title = 'Sofa' WHERE id = $1", other_id)
    await shop.changed(other_id)
    await becomes(shop, lambda: shop.data(TITLE, id=other_id), {"product": {"title": "Sofa"}})

    made = await shop.figures("commerce_answers_made_total", "process")
    await shop.data(TITLE, id=product_id)

    assert await shop.figures("commerce_answers_made_total", "process") == made


async def test_what_was_not_there_is_shown_once_it_is(shop: Shop, catalog: CatalogWriter):
    query = '{ product(slug: "lamp") { title } }'
    path = '{ resolvePath(path: "/products/lamp") { product { title } redirect } }'
    assert await warmed(lambda: shop.data(query)) == {"product": None}
    assert await warmed(lambda: shop.data(path)) == {"resolvePath": None}

    product_id, _, _ = await catalog.sold("Lamp", product={"slug": "lamp"})
    await shop.changed(product_id)

    await becomes(shop, lambda: shop.data(query), {"product": {"title": "Lamp"}})
    await becomes(shop, lambda: shop.data(path), {"resolvePath": {"product": {"title": "Lamp"}, "redirect": None}})


async def test_a_redirect_ends_when_another_page_takes_its_address(shop: Shop, catalog: CatalogWriter):
    old, _, _ = await catalog.sold("Old lamp", product={"slug": "new-name"})
    await catalog.put(slug, kind="PRODUCT", language="en", slug="lamp", entity_id=old, is_current=False)
    path = '{ resolvePath(path: "/products/lamp") { product { title } redirect } }'
    assert (await warmed(lambda: shop.data(path)))["resolvePath"]["redirect"] == "/products/new-name"

    new, _, _ = await catalog.sold("Lamp")
    await catalog.pool.execute("UPDATE slug SET entity_id = $1, is_current = true WHERE slug = 'lamp'", new)
    await shop.changed(new)

    await becomes(shop, lambda: shop.data(path), {"resolvePath": {"product": {"title": "Lamp"}, "redirect": None}})


async def test_a_search_finds_what_has_just_been_indexed(shop: Shop, catalog: CatalogWriter):
    first, _, _ = await catalog.sold("Reading lamp")
    await shop.changed(first)
    ask = lambda: shop.data(FOUND, words="lamp")  # noqa: E731 - asked time and again
    await becomes(shop, ask, {"search": {"totalCount": 1, "nodes": [{"title": "Reading lamp"}]}})

    second, _, _ = await catalog.sold("Desk lamp")
    await shop.changed(second)

    async def finds_both(_shop: Shop) -> bool:
        return bool((await ask())["search"]["totalCount"] == 2)

    await eventually(shop, finds_both)


async def test_an_edited_market_is_shown_at_once(shop: Shop):
    query = "{ markets { id handle name } }"
    (market, *_) = (await warmed(lambda: shop.data(query)))["markets"]
    staff = await shop.front.door.staff("markets:write")

    payload = (await staff.ask(RENAME, input={"id": market["id"], "name": "Elsewhere"}))["marketUpdate"]

    assert codes(payload) == []
    await becomes(shop, lambda: shop.data("{ markets { name } }"), await named_first(shop, "Elsewhere"))


async def named_first(shop: Shop, name: str) -> Any:
    (_, *others) = (await shop.data("{ markets { name } }"))["markets"]
    return {"markets": [{"name": name}, *others]}


async def test_what_no_event_tells_of_ends_everything(shop: Shop, catalog: CatalogWriter):
    category_id = await catalog.category("Lamps")
    query = "query($id: ID!) { category(id: $id) { name } }"
    await warmed(lambda: shop.data(query, id=category_id))

    async with catalog.pool.acquire() as connection, connection.transaction():
        await connection.execute("UPDATE category SET name = 'Lights' WHERE id = $1", category_id)
        await count_storefront(connection)

    await becomes(shop, lambda: shop.data(query, id=category_id), {"category": {"name": "Lights"}})


async def test_a_change_that_only_redis_would_have_told_is_found_without_it(catalog: CatalogWriter, redis_url: str):
    product_id, _, _ = await catalog.sold("Lamp")
    async with open_shop(catalog.pool, redis_url, has_redis=False) as shop:
        assert (await warmed(lambda: shop.data(TITLE, id=product_id)))["product"]["title"] == "Lamp"
        assert (await shop.kept())["process"] >= 1

        await catalog.pool.execute("UPDATE product SET title = 'Sofa' WHERE id = $1", product_id)
        await shop.changed(product_id)

        await becomes(shop, lambda: shop.data(TITLE, id=product_id), {"product": {"title": "Sofa"}})


async def test_an_event_of_another_kind_ends_nothing(shop: Shop, catalog: CatalogWriter):
    product_id, _, _ = await catalog.sold("Lamp")
    await warmed(lambda: shop.data(TITLE, id=product_id))

    await shop.record(Event(EventType.WEBHOOK_CHANGED, new_id("webhook")))
    await shop.relay()
    for _ in range(3):
        await shop.data(TITLE, id=product_id)

    assert "commerce_answers_purged_total 0.0" in await shop.front.metrics()


async def test_prices_begin_and_end_on_kept_pages_when_their_lists_do(shop: Shop, catalog: CatalogWriter):
    product_id, _, _ = await catalog.sold("Lamp")
    ask = price_of(shop, product_id)
    now = datetime.now(UTC)
    begins, ends = now + timedelta(seconds=3), now + timedelta(hours=1)
    async with catalog.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "UPDATE price_list SET starts_at = $1, ends_at = $2 WHERE handle = 'us-usd'", begins, ends
        )
        await count_storefront(connection)
    reference = shop.parts.services.reference
    moments = Moments(reference)

    async def is_known(_shop: Shop) -> bool:
        await ask()
        return moments.next_after(now.timestamp()) == begins.timestamp()

    await eventually(shop, is_known)
    answer = await shop.front.get(query=OFFERED, variables={"id": product_id})

    assert int(answer.headers["cache-control"].removeprefix("public, max-age=")) <= 3
    assert moments.next_after(begins.timestamp()) == ends.timestamp()
