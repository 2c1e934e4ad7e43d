"""No document that is let in takes long, however its lists multiply; and it is told that it asked for too much."""

import time
from collections.abc import Callable

import pytest

from persistence.catalog import search_index
from resolvers.search import MAX_SEARCHES
from tests.abuse.world import World

MAX_SECONDS = 5.0
PRODUCTS = 60
VARIANTS = 4


@pytest.fixture
async def stocked(world: World) -> World:
    """Products in one category with variants that one vendor sells, so that every cycle multiplies."""
    write, things = world.shop.catalog, world.things
    for number in range(PRODUCTS):
        product = await write.product(f"Lamp {number}", category_id=things["category"])
        for _ in range(VARIANTS):
            await write.offer(await write.variant(product), things["vendor"])
    await search_index.rebuild(world.pool)
    return world


def cycle(times: int, step: str, leaf: str) -> str:
    """`step` into itself so many times, `leaf` within."""
    return leaf if times == 0 else step.replace("...", cycle(times - 1, step, leaf))


def aliases(field: str, count: int = 90) -> str:
    return " ".join(f"a{number}: {field}" for number in range(count))


OF_VARIANTS = "variants(first: 100) { nodes { product { ... } } }"
OF_VENDORS = "variants { nodes { offers { nodes { vendor { products(first: 100) { nodes { ... } } } } } } }"
OF_CATEGORIES = "category { products(first: 100) { totalCount facets { key } nodes { ... } } }"
DOCUMENTS: dict[str, Callable[[], str]] = {
    "variants and aliases": lambda: cycle(3, OF_VARIANTS, aliases("title")),
    "and prices": lambda: cycle(3, OF_VARIANTS, aliases("priceRange { min { formatted } max { formatted } }")),
    "and what search engines are told": lambda: cycle(3, OF_VARIANTS, aliases("seo { structuredData }")),
    "vendors and their products": lambda: cycle(1, OF_VENDORS, cycle(1, OF_VARIANTS, "id")),
    "categories and their products": lambda: cycle(3, OF_CATEGORIES, "id"),
    "categories and aliases": lambda: cycle(1, OF_CATEGORIES, aliases("category { products { totalCount } }")),
}


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_lists_within_lists_end_soon(stocked: World, name: str):
    query = (
        f'{{ product(slug: "lamp") {{ category {{ products(first: 60) {{ nodes {{ {DOCUMENTS[name]()} }} }} }} }} }}'
    )
    started = time.perf_counter()

    answer = await stocked["guest"].told(query)

    assert time.perf_counter() - started < MAX_SECONDS
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["COST_LIMIT_EXCEEDED"]
    assert answer.get("data") is None
    assert await stocked["guest"].told("{ __typename }") == {"data": {"__typename": "Query"}}


async def test_a_page_of_everything_is_answered(stocked: World):
    """What a storefront may well ask for is far from the bounds."""
    query = """{ search(input: {}, first: 60) { totalCount facets { key values { value count } } nodes {
        id title slug priceRange { min { formatted } max { formatted } } availability brand
        variants { nodes { id title offers { nodes {
            id price { current { gross { formatted } } } vendor { name }
        } } } }
    } } }"""

    found = await stocked["guest"].ask(query)

    assert len(found["search"]["nodes"]) >= PRODUCTS - 1


async def test_as_many_lists_of_products_as_a_home_page_has_are_answered(world: World):
    lists = [
        f'a{number}: search(input: {{query: "lamp"}}, first: 1) {{ totalCount }}' for number in range(MAX_SEARCHES)
    ]

    within = await world["guest"].told(f"{{ {' '.join(lists)} }}")
    beyond = await world["guest"].told(f"{{ {' '.join(lists)} more: {lists[0].partition(': ')[2]} }}")

    assert "errors" not in within
    assert [error["extensions"]["code"] for error in beyond["errors"]] == ["COST_LIMIT_EXCEEDED"]


REFUSED = {
    "aliases": "{" + " ".join(f"a{number}: __typename" for number in range(600)) + "}",
    "tokens": "{" + " ".join(f"a{number}: __typename" for number in range(2_000)) + "}",
    "fragments that double": "{ ...f0 } "
    + " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(60))
    + " fragment f60 on Query { __typename }",
    "depth": "{ product { " + "category { parent { " * 12 + "id" + " } }" * 12 + " } }",
    "introspection": "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }",
    "directives": "{ __typename " + "@include(if: true) " * 400 + "}",
    "a long name": "query " + "q" * 100_000 + " { nothing }",
}


@pytest.mark.parametrize("name", REFUSED)
async def test_bombs_are_refused_before_anything_runs(world: World, name: str):
    started = time.perf_counter()

    response = await world["guest"].post(REFUSED[name])

    assert time.perf_counter() - started < MAX_SECONDS
    assert response.status_code == 400
    assert len(response.content) < 20_000
    assert "data" not in response.json()


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        pytest.param("query($v: [ID!]!) { nodes(ids: $v) { id } }", ["product_" + "0" * 26] * 101, id="nodes"),
        pytest.param(
            "query($v: [_Any!]!) { _entities(representations: $v) { __typename } }",
            [{"__typename": "Product", "id": "product_" + "0" * 26}] * 1_001,
            id="_entities",
        ),
    ],
)
async def test_lists_of_ids_have_an_end(world: World, query: str, variables: list[object]):
    answer = await world["guest"].told(query, v=variables)

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]
