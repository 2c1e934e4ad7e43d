"""Who may keep an answer, for how long, and how a client asks whether what it has is still right."""

from collections.abc import AsyncIterator

import pytest

from persistence.statement import Pool
from tests.server.front import Front, open_front

PUBLIC = "{ context { market { handle } currency } }"
PERSONAL = "{ viewer { id } }"


@pytest.fixture
async def front(pool: Pool, redis_url: str) -> AsyncIterator[Front]:
    async with open_front(pool, redis_url) as front:
        yield front


async def test_what_is_the_same_for_everybody_may_be_kept_by_anybody(front: Front):
    answer = await front.get(query=PUBLIC)

    assert answer.headers["cache-control"] == "public, max-age=60"
    assert set(answer.headers["vary"].split(", ")) >= {"accept-language", "authorization", "x-market", "x-currency"}


async def test_the_shortest_lived_thing_in_an_answer_says_how_long(front: Front):
    answer = await front.get(query="{ markets { handle } search(input: {}) { totalCount } }")

    assert answer.headers["cache-control"] == "public, max-age=30"


@pytest.mark.parametrize(
    "query", ["{ __typename }", '{ node(id: "market_x") { id } }', '{ context { country } cart(id: "x") { id } }']
)
async def test_what_may_be_personal_is_kept_by_nobody(front: Front, query: str):
    answer = await front.get(query=query)

    assert answer.headers["cache-control"] == "private, no-store"
    assert "etag" not in answer.headers


async def test_an_answer_with_errors_is_kept_by_nobody(front: Front):
    for query in ("{ nope }", 'query @inContext(market: "nowhere") { context { country } }', "{ product { id } }"):
        answer = await front.get(query=query)

        assert "errors" in answer.json()
        assert answer.headers["cache-control"] == "private, no-store"


async def test_who_signs_in_is_answered_for_themselves_alone(front: Front):
    customer = await front.door.customer()

    public = await front.with_headers(**customer.headers).get(query=PUBLIC)
    personal = await front.with_headers(**customer.headers).get(query=PERSONAL)

    assert public.headers["cache-control"] == "private, no-cache"
    assert personal.headers["cache-control"] == "private, no-store"


async def test_a_client_that_has_the_answer_is_told_that_nothing_changed(front: Front):
    first = await front.get(query=PUBLIC)
    tag = first.headers["etag"]

    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await front.get({"if-none-match": given}, query=PUBLIC)

        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == first.headers["cache-control"]


async def test_an_answer_that_changed_is_sent_anew(front: Front):
    tag = (await front.get(query=PUBLIC)).headers["etag"]

    other = await front.get({"if-none-match": tag, "x-country": "JP"}, query=PUBLIC)

    assert other.status_code == 200
    assert other.headers["etag"] != tag
    assert other.json()["data"]["context"]["currency"] == "JPY"


async def test_an_answer_to_a_post_has_no_tag(front: Front):
    answer = await front.post({"if-none-match": "*"}, query=PUBLIC)

    assert answer.status_code == 200
    assert "etag" not in answer.headers
