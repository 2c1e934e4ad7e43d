"""What documents may ask for, and how they may be named: the same by POST, GET, server-sent events and WebSocket."""

import asyncio
import secrets
import threading
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest
from graphql import DocumentNode, parse

from execution import Limits
from persistence.registered_documents import RegisteredDocument, register
from persistence.statement import Pool
from tests.server.front import PATIENCE_SECONDS, TRANSPORTS, Front, open_front, open_front_without_redis

DOUBLINGS = "{ ...f0 } " + " ".join(
    f"fragment f{at} on Query {{ a: __typename ...f{at + 1} ...f{at + 1} }}" for at in range(30)
)
BEYOND = {
    "tokens": "{ " + "a: __typename " * 700 + "}",
    "characters": "{ __typename }" + "#" * 70_000,
    "depth": "{ product { " + "category { parent { " * 9 + "id" + " } }" * 9 + " } }",
    "aliases": "{ " + " ".join(f"a{at}: __typename" for at in range(101)) + " }",
    "directives": "{ __typename " + "@skip(if: false) " * 101 + "}",
    "fields": "{ " + "__typename " * 501 + "}",
    "2,000 fields": "{ " + "__typename " * 1_990 + "}",
    "doublings": DOUBLINGS + " fragment f30 on Query { __typename }",
    "operations": " ".join(f"query Q{at} {{ __typename }}" for at in range(21)),
    "variables": "query Q(" + " ".join(f"$v{at}: Int" for at in range(101)) + ") { __typename }",
}
TOO_COSTLY = """{ search(input: {}, first: 100) { nodes { variants(first: 100) { nodes {
    offers(first: 100) { nodes { id } } } } } } }"""
REFUSED = {**dict.fromkeys(BEYOND, "DOCUMENT_LIMIT_EXCEEDED"), "tokens": "GRAPHQL_PARSE_FAILED"}
REFUSED |= {"characters": "GRAPHQL_PARSE_FAILED"}


@pytest.fixture
async def front(pool: Pool, redis_url: str) -> AsyncIterator[Front]:
    async with open_front(pool, redis_url) as front:
        yield front


def fresh_document() -> str:
    """A document that nobody has sent before."""
    return f"query Q{secrets.token_hex(8)} {{ __typename }}"


def by_hash(document: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(document.encode()).hexdigest()}}


@pytest.mark.parametrize("transport", ["post", "events", "socket"])
@pytest.mark.parametrize("bound", BEYOND)
async def test_a_document_beyond_a_bound_is_refused_by_each_transport(front: Front, bound: str, transport: str):
    assert await front.code_by(transport, query=BEYOND[bound]) == REFUSED[bound]


@pytest.mark.parametrize("bound", sorted(name for name, text in BEYOND.items() if len(text) < 14_000))
async def test_a_document_beyond_a_bound_is_refused_by_get(front: Front, bound: str):
    assert await front.code_by("get", query=BEYOND[bound]) == REFUSED[bound]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_an_operation_beyond_its_budget_is_refused_by_each_transport(front: Front, transport: str):
    answer = await front.by(transport, query=TOO_COSTLY)

    assert answer.get("data") is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["COST_LIMIT_EXCEEDED"]
    assert answer["errors"][0]["extensions"]["budget"] == 20_000
    assert answer["errors"][0]["extensions"]["cost"] > 1_000_000


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_page_size_in_a_variable_counts(front: Front, transport: str):
    query = """query($n: Int!) { search(input: {}, first: 100) { nodes { variants(first: 10) { nodes {
        offers(first: $n) { nodes { id } } } } } } }"""

    assert await front.code_by(transport, query=query, variables={"n": 0}) is None
    assert await front.code_by(transport, query=query, variables={"n": 100}) == "COST_LIMIT_EXCEEDED"


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_the_cost_is_told_to_those_who_ask(front: Front, transport: str):
    query = "{ context { market { handle } } }"

    told = await front.by(transport, query=query, extensions={"cost": True})

    assert told["extensions"]["cost"] == {"requested": 2, "budget": 20_000, "client": "GUEST"}
    assert "extensions" not in await front.by(transport, query=query)


@pytest.mark.parametrize("transport", ["post", "events", "socket"])
async def test_more_values_in_variables_than_anything_takes_are_refused(front: Front, transport: str):
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"

    assert await front.code_by(transport, query=query, variables={"ids": [None] * 12_001}) == "BAD_USER_INPUT"
    assert await front.code_by(transport, query=query, variables={"ids": []}) is None


async def test_each_kind_of_client_has_its_budget(pool: Pool, redis_url: str):
    async with open_front(pool, redis_url, commerce_cost_guest=1, commerce_cost_customer=2) as front:
        customer = await front.door.customer()
        staff = await front.door.staff()
        one, two, three = (f"{{ {' '.join(f'a{at}: context {{ country }}' for at in range(n))} }}" for n in (1, 2, 3))

        codes = [
            [await front.with_headers(**who).code_by("post", query=query) for query in (one, two, three)]
            for who in ({}, customer.headers, staff.headers)
        ]

    assert codes == [
        [None, "COST_LIMIT_EXCEEDED", "COST_LIMIT_EXCEEDED"],
        [None, None, "COST_LIMIT_EXCEEDED"],
        [None, None, None],
    ]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_document_is_sent_once_and_then_named_by_its_hash(front: Front, transport: str):
    document = fresh_document()

    before = await front.code_by(transport, extensions=by_hash(document))
    first = await front.by(transport, query=document, extensions=by_hash(document))
    then = [await front.by(other, extensions=by_hash(document)) for other in TRANSPORTS]

    assert before == "PERSISTED_QUERY_NOT_FOUND"
    assert first == {"data": {"__typename": "Query"}}
    assert then == [first] * len(TRANSPORTS)


async def test_a_miss_is_told_as_clients_of_apollo_expect_and_is_kept_by_nobody(front: Front):
    for accept, status in (("application/json", 200), ("application/graphql-response+json", 400)):
        missed = await front.get({"accept": accept}, extensions=by_hash(fresh_document()))

        assert missed.status_code == status
        assert missed.json()["errors"][0]["message"] == "PersistedQueryNotFound"
        assert "no-store" in missed.headers["cache-control"]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_hash_of_another_document_is_refused(front: Front, transport: str):
    asked = {"query": "{ __typename }", "extensions": by_hash(fresh_document())}

    assert await front.code_by(transport, **asked) == "PERSISTED_QUERY_HASH_MISMATCH"


async def test_another_process_answers_by_the_hash_too(pool: Pool, redis_url: str):
    document = fresh_document()
    async with open_front(pool, redis_url) as front:
        await front.post(query=document, extensions=by_hash(document))
    async with open_front(pool, redis_url) as front:
        assert await front.code_by("get", extensions=by_hash(document)) is None


async def test_without_redis_a_process_answers_what_it_has_kept(pool: Pool, redis_url: str):
    document = fresh_document()
    async with open_front_without_redis(pool, redis_url) as front:
        missed = await front.code_by("post", extensions=by_hash(document))
        await front.post(query=document, extensions=by_hash(document))

        assert missed == "PERSISTED_QUERY_NOT_FOUND"
        assert await front.code_by("post", extensions=by_hash(document)) is None


async def registered(pool: Pool, document: str, id: str) -> None:
    hash = sha256(document.encode()).hexdigest()
    async with pool.acquire() as connection:
        await register(connection, RegisteredDocument("app", id, hash, "Q", "QUERY", document, 0))


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_registered_document_is_named_by_its_id_or_hash(front: Front, pool: Pool, transport: str):
    document = fresh_document()
    await registered(pool, document, "front-page.1")
    hash = sha256(document.encode()).hexdigest()

    for id in ("front-page.1", hash, f"sha256:{hash}"):
        assert await front.by(transport, documentId=id) == {"data": {"__typename": "Query"}}
    assert await front.code_by(transport, extensions=by_hash(document)) is None
    assert await front.code_by(transport, documentId="front-page.2") == "PERSISTED_DOCUMENT_NOT_FOUND"


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_in_production_only_registered_documents_are_answered(pool: Pool, redis_url: str, transport: str):
    document = fresh_document()
    await registered(pool, document, "known")
    async with open_front(pool, redis_url, commerce_trusted_documents_only=True) as front:
        assert await front.code_by(transport, documentId="known") is None
        assert await front.code_by(transport, query=document) is None
        assert await front.code_by(transport, query="{ __typename }") == "DOCUMENT_NOT_TRUSTED"
        assert await front.code_by(transport, query="{ nope") == "DOCUMENT_NOT_TRUSTED"
        other = fresh_document()
        assert await front.code_by(transport, query=other, extensions=by_hash(other)) == "DOCUMENT_NOT_TRUSTED"
        assert await front.code_by(transport, extensions=by_hash(other)) == "PERSISTED_QUERY_NOT_FOUND"


ROUTER_SECRET = "a-secret-of-the-tests"
ROUTED: dict[str, Any] = {"commerce_trusted_documents_only": True, "commerce_router_secret": ROUTER_SECRET}


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_in_production_a_router_runs_documents_of_its_own(pool: Pool, redis_url: str, transport: str):
    """It plans queries as they come, which nobody could register. What it keeps serves nobody else."""
    document = fresh_document()
    async with open_front(pool, redis_url, **ROUTED) as front:
        router = front.with_headers(Router_Authorization=ROUTER_SECRET)
        impostor = front.with_headers(Router_Authorization="another-secret-of-the-tests")

        assert await router.code_by(transport, query=document, extensions=by_hash(document)) is None
        assert await router.code_by(transport, extensions=by_hash(document)) is None
        assert await router.code_by(transport, query="{ _service { sdl } }") is None
        for other in (front, impostor):
            assert await other.code_by(transport, query=document) == "DOCUMENT_NOT_TRUSTED"
            assert await other.code_by(transport, extensions=by_hash(document)) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_in_production_a_router_is_bound_by_its_budget_and_by_the_size_of_documents(
    pool: Pool, redis_url: str, transport: str
):
    async with open_front(pool, redis_url, **ROUTED) as front:
        router = front.with_headers(Router_Authorization=ROUTER_SECRET)

        refused = await router.by(transport, query=TOO_COSTLY, extensions={"cost": True})
        assert await router.code_by(transport, query=BEYOND["depth"]) == "DOCUMENT_LIMIT_EXCEEDED"

    assert [error["extensions"]["code"] for error in refused["errors"]] == ["COST_LIMIT_EXCEEDED"]
    assert refused["errors"][0]["extensions"]["budget"] == 100_000


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_what_operations_cost_is_told_in_the_metrics(front: Front, transport: str):
    await front.by(transport, query="{ context { market { handle } } }")
    await front.by(transport, query=TOO_COSTLY)
    staff = await front.door.staff()
    await front.with_headers(**staff.headers).by(transport, query="{ context { country } }")

    lines = (await front.metrics()).splitlines()

    assert 'commerce_operation_cost_bucket{client="GUEST",le="2.0"} 1.0' in lines
    assert 'commerce_operation_cost_count{client="GUEST"} 2.0' in lines
    assert 'commerce_operation_cost_sum{client="STAFF"} 1.0' in lines
    assert 'commerce_operations_too_much_total{client="GUEST",reason="cost"} 1.0' in lines


@pytest.mark.parametrize(
    "asked",
    [{"documentId": 5}, {"documentId": ""}, {"documentId": "x" * 257}, {"documentId": "x", "query": "{ a }"}, {}],
)
async def test_a_malformed_name_of_a_document_is_a_bad_request(front: Front, asked: dict[str, Any]):
    response = await front.post(**asked)

    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


async def test_documents_that_take_long_to_read_keep_nobody_waiting(front: Front, monkeypatch: pytest.MonkeyPatch):
    """Reading stops at the worst that is let in until others have been answered, which they are only if it is aside."""
    began, others_answered = threading.Event(), threading.Event()

    def parse_slowly(text: str, limits: Limits) -> DocumentNode:
        if text == worst:
            began.set()
            assert others_answered.wait(PATIENCE_SECONDS), "others wait for the document that is being read"
        return parse(text, max_lexical_tokens=limits.tokens)

    worst = f"query Q{secrets.token_hex(8)} {{ {'a: __typename ' * 90} {'__typename ' * 400} }}"
    monkeypatch.setattr("execution.documents._parsed", parse_slowly)
    reading = asyncio.create_task(front.post(query=worst))
    assert await asyncio.to_thread(began.wait, PATIENCE_SECONDS)

    codes = [await front.code_by(transport, query=fresh_document()) for transport in TRANSPORTS]

    assert (codes, reading.done()) == ([None] * len(TRANSPORTS), False)
    others_answered.set()
    assert (await reading).status_code == 200
