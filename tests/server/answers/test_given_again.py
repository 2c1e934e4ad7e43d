"""Whom an answer is given to again, and whom it is not."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from persistence.statement import Pool
from tests.factories.catalog import CatalogWriter, catalog_in
from tests.server.answers.shops import Shop, eventually, open_shop
from tests.server.front import open_front

PRICE = "price { current { gross { amountMinor currency } } }"
PRICED = (
    f"query Page($id: ID!) {{ product(id: $id) {{ id title variants {{ nodes {{ sku buyBox {{ {PRICE} }} }} }} }} }}"
)


@pytest.fixture
async def catalog(pool: Pool) -> CatalogWriter:
    return await catalog_in(pool)


@pytest.fixture
async def shop(catalog: CatalogWriter, redis_url: str) -> AsyncIterator[Shop]:
    async with open_shop(catalog.pool, redis_url) as shop:
        yield shop


async def test_the_second_guest_is_given_what_the_first_one_was(shop: Shop, catalog: CatalogWriter):
    product_id, _, _ = await catalog.sold("Lamp")

    answers = [await shop.data(PRICED, id=product_id) for _ in range(4)]

    assert answers[0]["product"]["title"] == "Lamp"
    assert answers == [answers[0]] * 4
    assert await shop.kept() == {"process": 1, "front": 2}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-country": "JP"}, "JPY"),
        ({"x-market": "gb"}, "GBP"),
        ({"x-currency": "EUR"}, "USD"),
        ({"accept-language": "de"}, "USD"),
    ],
)
async def test_guests_of_other_places_are_answered_otherwise(
    shop: Shop, catalog: CatalogWriter, headers: dict[str, str], expected: str
):
    product_id, _, _ = await catalog.sold("Lamp")
    for _ in range(3):
        assert currency_in(await shop.data(PRICED, id=product_id)) == "USD"

    for _ in range(3):
        assert currency_in(await shop.data(PRICED, headers, id=product_id)) == expected
    assert currency_in(await shop.data(PRICED, id=product_id)) == "USD"


async def test_the_context_that_a_document_names_tells_answers_apart(shop: Shop, catalog: CatalogWriter):
    product_id, _, _ = await catalog.sold("Lampe", product={"translations": {"de": {"title": "Leuchte"}}})
    query = (
        "query($id: ID!, $language: String) @inContext(market: %s, language: $language) { product(id: $id) { title } }"
    )
    german = query.replace("%s", '"de"')

    for _ in range(3):
        assert (await shop.data(german, id=product_id, language="de"))["product"]["title"] == "Leuchte"
        assert (await shop.data(german, id=product_id, language="en"))["product"]["title"] == "Lampe"


async def test_a_header_that_is_sent_twice_confuses_nobody(shop: Shop, catalog: CatalogWriter):
    product_id, _, _ = await catalog.sold("Lamp")
    await ask_raw(shop, product_id, "x-market: jp\r\nx-market: us\r\n")
    await ask_raw(shop, product_id, "x-market: jp\r\nx-market: us\r\n")

    for _ in range(3):
        assert b"USD" in await ask_raw(shop, product_id, "x-market: us\r\n")
        assert b"JPY" in await ask_raw(shop, product_id, "x-market: jp\r\n")


async def test_who_is_known_neither_reads_what_is_kept_nor_leaves_anything(shop: Shop, catalog: CatalogWriter):
    product_id, _, _ = await catalog.sold("Lamp")
    customer = await shop.front.door.customer()
    known = dict(customer.headers)
    before = (await shop.bypassed()).get("known client", 0)
    for _ in range(3):
        await shop.data(PRICED, known, id=product_id)

    assert await shop.kept() == {}
    assert (await shop.bypassed())["known client"] - before == 3

    for _ in range(3):
        await shop.data(PRICED, id=product_id)
    answer = await shop.front.get(known, query=PRICED, variables={"id": product_id})
    assert answer.headers["cache-control"] == "private, no-cache"
    assert await shop.kept() == {"process": 1, "front": 1}


async def test_bad_credentials_are_refused_though_a_guest_would_be_answered(shop: Shop, catalog: CatalogWriter):
    product_id, _, _ = await catalog.sold("Lamp")
    for _ in range(3):
        await shop.data(PRICED, id=product_id)

    answer = await shop.front.get({"authorization": "Bearer nonsense"}, query=PRICED, variables={"id": product_id})

    assert answer.status_code == 401


async def test_what_staff_may_see_is_not_shown_to_guests(shop: Shop, catalog: CatalogWriter):
    product_id, _, _ = await catalog.sold("Lamp", product={"status": "DRAFT"})
    staff = await shop.front.door.staff("catalog:read")
    query = "query($id: ID!) { product(id: $id) { title } }"

    seen = (await shop.front.get(dict(staff.headers), query=query, variables={"id": product_id})).json()
    assert await shop.data(query, id=product_id) == {"product": None}
    assert await shop.data(query, id=product_id) == {"product": None}
    assert seen["data"]["product"] in (None, {"title": "Lamp"})

    await catalog.pool.execute("UPDATE product SET status = 'ACTIVE' WHERE id = $1", product_id)
    await shop.changed(product_id)

    async def is_shown(shop: Shop) -> bool:
        return bool((await shop.data(query, id=product_id))["product"])

    await eventually(shop, is_shown)


@pytest.mark.parametrize(
    "query",
    [
        "{ __typename }",
        "{ viewer { id } }",
        '{ context { currency } cart(id: "cart_x") { id } }',
        "{ product { id } }",
        "{ markets { nope } }",
        '{ markets { handle } node(id: "market_01h455vb4pex5vsknk084sn02q") { id } }',
    ],
)
async def test_what_is_personal_or_wrong_is_never_kept(shop: Shop, query: str):
    for _ in range(3):
        await shop.front.get(query=query)

    assert await shop.kept() == {}


async def test_an_answer_that_tells_its_cost_is_not_kept(shop: Shop):
    for _ in range(3):
        answer = await shop.front.get(query="{ markets { handle } }", extensions={"cost": True})
        assert "cost" in answer.json()["extensions"]

    assert await shop.kept() == {}


async def test_a_post_is_given_the_same_answer_as_a_get(shop: Shop):
    query = "{ markets { handle } }"
    first = await shop.front.get(query=query)
    second = await shop.front.post(query=query)

    assert first.json() == second.json()
    assert await shop.kept() == {"process": 1}


async def test_a_repeated_post_is_given_its_answer_by_its_bytes(shop: Shop, catalog: CatalogWriter):
    lamp, _, _ = await catalog.sold("Lamp")
    chair, _, _ = await catalog.sold("Chair")

    answers = [
        (await shop.front.post(query=PRICED, variables={"id": product_id})).json()["data"]["product"]["title"]
        for product_id in (lamp, chair) * 4
    ]

    assert answers == ["Lamp", "Chair"] * 4
    assert await shop.kept() == {"process": 2, "front": 4}


async def test_a_body_is_what_a_post_is_told_apart_by(shop: Shop):
    query = "{ markets { handle } }"
    for _ in range(3):
        await shop.front.post(query=query)
    kept = await shop.kept()

    other = await shop.front.post({"content-type": "text/plain"}, query=query)
    compressed = await shop.front.post({"content-encoding": "gzip"}, query=query)
    known = await shop.front.post({"authorization": "Bearer nonsense"}, query=query)
    wrong = await shop.front.post(query=query + "}")

    assert kept == {"process": 1, "front": 1}
    assert [each.status_code for each in (other, compressed, known)] == [415, 415, 401]
    assert "errors" in wrong.json()
    assert await shop.kept() == kept


async def test_a_post_that_comes_in_pieces_is_read_whole(shop: Shop):
    body = orjson.dumps({"query": "{ markets { handle } }"})
    for _ in range(3):
        await shop.front.post(query="{ markets { handle } }")

    for pieces in ((body[:10], body[10:]), (body,), (b"", body)):
        assert b'"markets":[{"handle":' in await post_in_pieces(shop, *pieces)


async def test_a_kept_answer_costs_its_client_points_too(catalog: CatalogWriter, redis_url: str):
    async with open_shop(
        catalog.pool, redis_url, commerce_rate_address=200, commerce_trusted_proxies="10.1.1.1"
    ) as shop:
        statuses = [(await shop.front.get(query="{ markets { handle } }")).status_code for _ in range(260)]

    assert statuses[0] == 200
    assert statuses[-1] == 429


async def test_it_can_be_turned_off(catalog: CatalogWriter, redis_url: str):
    async with open_shop(catalog.pool, redis_url, is_seeing=False, commerce_kept_answers=False) as shop:
        for _ in range(3):
            await shop.data("{ markets { handle } }")

        assert "commerce_answers" not in await shop.front.metrics()


async def test_nothing_is_kept_where_nobody_follows_the_changes(catalog: CatalogWriter, redis_url: str):
    async with open_front(catalog.pool, redis_url) as front:
        shop = Shop(front, front.door.parts)
        for _ in range(3):
            await shop.data("{ markets { handle } }")

        assert await shop.kept() == {}
        assert await shop.bypassed() == {"blind": 3}


def currency_in(data: Any) -> str:
    (variant,) = data["product"]["variants"]["nodes"]
    return str(variant["buyBox"]["price"]["current"]["gross"]["currency"])


async def ask_raw(shop: Shop, product_id: str, headers: str) -> bytes:
    """The body of an answer to a request with just these headers."""
    asked = urlencode({"query": PRICED, "variables": orjson.dumps({"id": product_id}).decode()})
    host, port = shop.front.origin.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = f"host: {host}\r\naccept: application/json\r\nconnection: close\r\n{headers}\r\n"
    writer.write(f"GET /graphql?{asked} HTTP/1.1\r\n{lines}".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer.partition(b"\r\n\r\n")[2]


async def post_in_pieces(shop: Shop, *pieces: bytes) -> bytes:
    """The body of an answer to a POST whose body comes in these pieces, a little after the headers."""
    host, port = shop.front.origin.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = f"host: {host}\r\ncontent-type: application/json\r\ncontent-length: {sum(map(len, pieces))}\r\n"
    writer.write(f"POST /graphql HTTP/1.1\r\n{lines}connection: close\r\n\r\n".encode())
    for piece in pieces:
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(piece)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer.partition(b"\r\n\r\n")[2]
