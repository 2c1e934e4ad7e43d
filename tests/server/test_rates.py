"""Points within a minute: counted by each process, shared through Redis, and told to clients that have none left."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis

from persistence.statement import Pool
from server.allowance import REFUSAL_BYTES_PER_POINT
from server.rates import Rates
from tests.server.front import TRANSPORTS, Front, open_front, open_front_without_redis
from tests.server.graphql_server import eventually

LIMIT = 50
ASKING = "{ context { market { handle } } }"
COST = 2


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def front(pool: Pool, redis_url: str) -> AsyncIterator[Front]:
    limits = {"commerce_rate_address": LIMIT, "commerce_rate_customer": LIMIT, "commerce_rate_api_key": LIMIT}
    async with open_front(pool, redis_url, **limits) as front:
        yield front.with_headers(X_Forwarded_For=fresh_address())


def fresh_address() -> str:
    return ".".join(["10", *(str(secrets.randbelow(250) + 1) for _ in range(3))])


async def spend_all(front: Front) -> None:
    for _ in range(LIMIT // COST):
        assert await front.code_by("post", query=ASKING) is None


def test_a_client_has_its_points_again_when_the_minute_ends():
    clock = Clock()
    rates = Rates(clock=clock)

    left = [rates.spend("ada", 100, 40) for _ in range(3)]

    assert left == [60, 20, 0]
    assert rates.retry_after("ada", 100) == 60
    assert rates.retry_after("grace", 100) is None
    clock.seconds += 59.5
    assert rates.retry_after("ada", 100) == 1
    clock.seconds += 0.5
    assert rates.retry_after("ada", 100) is None
    assert rates.spend("ada", 100, 1) == 99


def test_a_limit_of_zero_is_none():
    rates = Rates()
    rates.spend("ada", 0, 1_000_000)

    assert rates.retry_after("ada", 0) is None


async def test_processes_count_together(redis_url: str):
    client = secrets.token_hex(8)
    async with Redis.from_url(redis_url) as redis:
        one, other = Rates(redis), Rates(redis)
        one.spend(client, 1_000, 600)
        await eventually(lambda: not one._telling)
        other.spend(client, 1_000, 500)

        await eventually(lambda: other.retry_after(client, 1_000) is not None)

        assert 1 <= (other.retry_after(client, 1_000) or 0) <= 60
        assert one.retry_after(client, 1_000) is None
        one.spend(client, 1_000, 10)
        await eventually(lambda: one.retry_after(client, 1_000) is not None)


async def test_points_that_redis_was_not_told_are_told_when_it_is_back(redis_url: str):
    clock, client = Clock(), secrets.token_hex(8)
    async with Redis(host="127.0.0.1", port=1) as nowhere, Redis.from_url(redis_url) as redis:
        rates = Rates(nowhere, clock=clock)
        rates.spend(client, 1_000, 600)
        await eventually(lambda: not rates._telling)
        assert rates.retry_after(client, 1_000) is None

        rates._shared = Rates(redis)._shared
        clock.seconds += 10
        rates.spend(client, 1_000, 100)
        await eventually(lambda: not rates._telling)

        other = Rates(redis)
        other.spend(client, 1_000, 300)
        await eventually(lambda: other.retry_after(client, 1_000) is not None)


async def test_a_client_without_points_is_told_when_to_come_back(front: Front):
    await spend_all(front)

    refused = await front.post(query=ASKING)

    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["extensions"]["code"]) == (429, "RATE_LIMITED")
    assert 1 <= error["extensions"]["retryAfter"] <= 60
    assert refused.headers["retry-after"] == str(error["extensions"]["retryAfter"])
    assert refused.headers["content-type"].startswith("application/graphql-response+json")


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_client_without_points_is_refused_by_each_transport(front: Front, transport: str):
    await spend_all(front)

    assert await front.code_by(transport, query="{ __typename }") == "RATE_LIMITED"


async def test_another_address_has_points_of_its_own(front: Front):
    await spend_all(front)

    assert await front.with_headers(X_Forwarded_For=fresh_address()).code_by("post", query=ASKING) is None


async def test_what_a_proxy_asks_for_itself_is_not_counted(front: Front):
    proxy = front.with_headers(X_Forwarded_For="127.0.0.1")

    for _ in range(LIMIT):
        assert await proxy.code_by("post", query=ASKING) is None


async def test_a_customer_spends_points_of_the_account_from_wherever(front: Front):
    customer = await front.door.customer()
    own = front.with_headers(**customer.headers)
    for _ in range(LIMIT // COST):
        assert await own.with_headers(X_Forwarded_For=fresh_address()).code_by("post", query=ASKING) is None

    assert await own.code_by("post", query=ASKING) == "RATE_LIMITED"
    assert await front.with_headers(X_Forwarded_For=fresh_address()).code_by("post", query=ASKING) is None


async def test_documents_that_are_refused_cost_points_too(front: Front):
    codes = [await front.code_by("post", query="{ nope }") for _ in range(6)]

    assert codes == ["GRAPHQL_VALIDATION_FAILED"] * 5 + ["RATE_LIMITED"]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_long_ones_cost_more(front: Front, transport: str):
    query = "{ nope } #" + LIMIT * REFUSAL_BYTES_PER_POINT * "."

    codes = [await front.code_by(transport, query=query) for _ in range(2)]

    assert codes == ["GRAPHQL_VALIDATION_FAILED", "RATE_LIMITED"]


async def test_what_a_client_without_points_sends_is_not_read(front: Front):
    await spend_all(front)
    there = urlsplit(front.origin)
    reader, writer = await asyncio.open_connection(there.hostname, there.port)
    address = front.headers["X-Forwarded-For"]
    head = "content-type: application/json\r\ncontent-length: 200000\r\n"
    writer.write(f"POST /graphql HTTP/1.1\r\nhost: shop\r\nx-forwarded-for: {address}\r\n{head}\r\n".encode())

    async with asyncio.timeout(4):
        answer = await reader.readuntil(b"\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 429 ")
    assert b"\r\nconnection: close\r\n" in answer
    writer.close()


async def test_credentials_that_are_refused_cost_points_too(front: Front):
    guessing = front.with_headers(X_Api_Key="gc_nobody_nothing")

    codes = [await guessing.code_by("post", query=ASKING) for _ in range(6)]

    assert codes == ["UNAUTHENTICATED"] * 5 + ["RATE_LIMITED"]


async def test_what_is_left_is_told_with_the_cost(front: Front):
    answers = [await front.by("post", query=ASKING, extensions={"cost": True}) for _ in range(2)]

    assert [answer["extensions"]["cost"]["remaining"] for answer in answers] == [LIMIT - COST, LIMIT - 2 * COST]
    assert answers[0]["extensions"]["cost"]["limitPerMinute"] == LIMIT


async def test_without_redis_a_process_counts_for_itself(pool: Pool, redis_url: str):
    async with open_front_without_redis(pool, redis_url, commerce_rate_address=LIMIT) as front:
        here = front.with_headers(X_Forwarded_For=fresh_address())
        await spend_all(here)

        assert await asyncio.wait_for(here.code_by("post", query=ASKING), 5) == "RATE_LIMITED"
