"""What a kept answer says of itself, and in which form it is sent."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import orjson
import pytest

from persistence.statement import Pool
from tests.factories.catalog import CatalogWriter, catalog_in
from tests.server.answers.shops import Shop, eventually, open_shop

FIELDS = "id handle name countries currencies languages timeZone pricesIncludeTax"
LONG = f"query {{ first: markets {{ {FIELDS} }} second: markets {{ {FIELDS} }} }}"


@pytest.fixture
async def catalog(pool: Pool) -> CatalogWriter:
    return await catalog_in(pool)


@pytest.fixture
async def shop(catalog: CatalogWriter, redis_url: str) -> AsyncIterator[Shop]:
    async with open_shop(catalog.pool, redis_url) as shop:
        yield shop


async def asked(shop: Shop, query: str = LONG, **headers: str) -> httpx2.Response:
    named = {"accept-encoding": "identity"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return await shop.front.get(named, query=query)


async def titled(shop: Shop, product_id: str) -> httpx2.Response:
    return await shop.front.get(query="query($id: ID!) { product(id: $id) { title } }", variables={"id": product_id})


def title(answer: httpx2.Response) -> str:
    found: str = answer.json()["data"]["product"]["title"]
    return found


def seconds_left(answer: httpx2.Response) -> int:
    """For how many seconds anybody may keep it."""
    return int(answer.headers["cache-control"].removeprefix("public, max-age=").partition(",")[0])


async def has_purged(shop: Shop) -> bool:
    return "commerce_answers_purged_total 0.0" not in await shop.front.metrics()


async def test_every_form_of_an_answer_says_the_same_of_itself(shop: Shop):
    first, second, third = [await asked(shop) for _ in range(3)]
    assert (await shop.kept()) == {"process": 1, "front": 1}

    for name in ("content-type", "vary", "etag", "surrogate-key", "content-length"):
        assert first.headers[name] == second.headers[name] == third.headers[name]
    assert first.content == second.content == third.content
    assert first.headers["surrogate-key"] == "store"
    assert "accept-encoding" in first.headers["vary"]
    assert int(first.headers["content-length"]) == len(first.content)
    ids = {answer.headers["x-request-id"] for answer in (first, second, third)}
    assert len(ids) == 3


async def test_a_request_keeps_its_name_on_the_short_way(shop: Shop):
    answers = [await asked(shop, x_request_id="mine-42") for _ in range(3)]

    assert [answer.headers["x-request-id"] for answer in answers] == ["mine-42"] * 3


async def test_an_answer_may_be_kept_for_no_longer_than_it_is_right(shop: Shop):
    first = await asked(shop)
    await asked(shop)
    await asyncio.sleep(1.1)
    later = await asked(shop)

    told = [seconds_left(answer) for answer in (first, later)]
    assert 298 <= told[0] <= 300
    assert told[1] < told[0]


async def test_who_has_the_answer_is_told_so_on_every_way(shop: Shop):
    tag = (await asked(shop)).headers["etag"]

    for given in (tag, f"W/{tag}", "*", tag):
        again = await asked(shop, if_none_match=given)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert (await asked(shop, if_none_match='"other"')).status_code == 200


async def test_who_takes_gzip_is_sent_less(shop: Shop):
    plain = await asked(shop)
    raw = [await raw_answer(shop, "gzip, br") for _ in range(3)]

    assert all(gzip.decompress(body) == plain.content for _, body in raw)
    assert all(b"content-encoding: gzip" in head.lower() for head, _ in raw)
    assert all(f"etag: W/{plain.headers['etag']}".encode() in head for head, _ in raw)
    assert len(raw[0][1]) < len(plain.content)


@pytest.mark.parametrize("accepted", ["identity", "br", "gzip;q=0", "deflate"])
async def test_who_does_not_take_gzip_is_sent_none(shop: Shop, accepted: str):
    for _ in range(3):
        head, body = await raw_answer(shop, accepted)
        assert b"content-encoding" not in head.lower()
        assert orjson.loads(body)["data"]


async def test_products_are_named_in_the_surrogate_key(shop: Shop, catalog: CatalogWriter):
    product_id, _, _ = await catalog.sold("Lamp")
    answer = await titled(shop, product_id)

    assert answer.headers["surrogate-key"] == f"{product_id} store"


async def test_cdns_are_told_for_how_long_they_may_give_what_is_old(catalog: CatalogWriter, redis_url: str):
    async with open_shop(catalog.pool, redis_url, commerce_stale_seconds=30) as shop:
        answers = [await asked(shop) for _ in range(3)]

    assert all(answer.headers["cache-control"].endswith(", stale-while-revalidate=30") for answer in answers)


async def test_what_is_out_of_date_is_given_with_no_time_left(catalog: CatalogWriter, redis_url: str):
    """A CDN that was told of the change would else keep what is old for as long as it was once right."""
    product_id, _, _ = await catalog.sold("Lamp")
    async with open_shop(catalog.pool, redis_url, commerce_stale_seconds=30) as shop:
        fresh = await titled(shop, product_id)
        await catalog.pool.execute("UPDATE product SET title = 'Sofa' WHERE id = $1", product_id)
        await shop.changed(product_id)
        await eventually(shop, has_purged)
        old = await titled(shop, product_id)

        async def is_new(shop: Shop) -> bool:
            return title(await titled(shop, product_id)) == "Sofa"

        await eventually(shop, is_new)
        new = await titled(shop, product_id)

    assert title(old) == title(fresh) == "Lamp"
    assert [seconds_left(answer) > 0 for answer in (fresh, old, new)] == [True, False, True]


async def test_requests_that_come_before_the_first_is_answered_are_answered_in_their_order(shop: Shop):
    """A connection on which a client asks ahead."""
    other = "{ markets { handle } }"
    for query in (LONG, LONG, other, other):
        await asked(shop, query)
    plain = [(await asked(shop, query)).content for query in (LONG, other)]

    bodies = await pipelined(shop, [LONG, other, LONG, other])

    assert bodies == [*plain, *plain]


async def test_pages_of_other_origins_are_told_that_they_may_read_it(catalog: CatalogWriter, redis_url: str):
    origin = "https://shop.example"
    async with open_shop(catalog.pool, redis_url, commerce_allowed_origins=(origin,)) as shop:
        answers = [await asked(shop, origin=origin) for _ in range(4)]

    assert [answer.headers["access-control-allow-origin"] for answer in answers] == [origin] * 4


async def raw_answer(shop: Shop, accepted: str) -> tuple[bytes, bytes]:
    """Head and body as they come."""
    (answer,) = await exchange(shop, [request(shop, LONG, f"accept-encoding: {accepted}\r\n")])
    return answer


async def pipelined(shop: Shop, queries: list[str]) -> list[bytes]:
    return [body for _, body in await exchange(shop, [request(shop, query) for query in queries])]


def request(shop: Shop, query: str, more: str = "") -> bytes:
    url = httpx2.URL(f"{shop.front.origin}/graphql", params={"query": query})
    accept = shop.front._headers(None)["accept"]
    return f"GET {url.raw_path.decode()} HTTP/1.1\r\nhost: x\r\naccept: {accept}\r\n{more}\r\n".encode()


async def exchange(shop: Shop, requests: list[bytes]) -> list[tuple[bytes, bytes]]:
    """Send all at once, then read the answers."""
    url: Any = httpx2.URL(shop.front.origin)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"".join(requests))
    answers = []
    for _ in requests:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        answers.append((head, await reader.readexactly(length)))
    writer.close()
    await writer.wait_closed()
    return answers
