"""How many statements a page costs, whatever the number of things on it."""

from typing import Any

import pytest

from execution import Executor
from persistence.statement import Pool
from schema.root import schema
from tests.database import StatementLog
from tests.factories.catalog import CatalogWriter, catalog_in
from tests.factories.requests import make_client

CARD = """... on Product {
    title slug brand media(first: 1) { url alt } availability
    priceRange { min { formatted } max { formatted } }
    variants(first: 2) { nodes { id sku title options { name value } buyBox {
        id price { current { gross { amount formatted } } } availability { state quantity }
    } } }
}"""
LIST_PAGE = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ id {CARD} }} }}"
PRODUCT_PAGE = """query($slug: String!) {
    context { market { handle } currency }
    product(slug: $slug) {
        title slug description { html } brand media { url } options { name values { name swatch available } }
        attributes { label display } category { name ancestors { name } } collections { name }
        variants { nodes {
            sku image { url } buyBox { vendor { name } price { current { gross { formatted } } } }
            offers { nodes { vendor { name } availability { state } limits { min } deliveryEstimate { latest } } }
        } }
        selectVariant { sku } priceRange { min { formatted } } availability
        seo { canonicalPath alternates { path } structuredData }
    }
}"""


@pytest.fixture
async def catalog(pool: Pool) -> CatalogWriter:
    return await catalog_in(pool)


async def stocked(catalog: CatalogWriter, count: int, *, of_each: int = 2) -> list[str]:
    """Products in a category each, with variants that two vendors sell."""
    vendors = [await catalog.vendor(), await catalog.vendor()]
    ids = []
    for number in range(count):
        root = await catalog.category(f"Root {number}")
        category_id = await catalog.category(f"Leaf {number}", [root])
        facts = {"weight": number}
        product_id = await catalog.product(slug=f"product-{number}", category_id=category_id, attributes=facts)
        await catalog.collection(f"Collection {number}", [product_id])
        for position in range(of_each):
            variant_id = await catalog.variant(product_id, {"Size": str(position)}, position=position)
            for vendor_id in vendors:
                await catalog.offer(variant_id, vendor_id, prices={"de-eur": 1000 + number, "us-usd": 1100})
        ids.append(product_id)
    return ids


async def statements_of(log: StatementLog, query: str, **variables: Any) -> list[str]:
    """What a request runs when the reference facts are known already, on graphql-core and by its plan alike."""
    executor = Executor(schema)
    context = await make_client(log.pool).context()
    async with log.count() as found:
        answer = await executor.execute(query, variables, context=context)
    again = await make_client(log.pool).context()  # which has kept nothing
    async with log.count() as planned:
        planned_answer = await executor.execute(query, variables, context=again)
    assert not answer.errors
    assert answer.data == planned_answer.data
    assert answer.data is not None
    assert None not in answer.data.values()
    assert sorted(planned) == sorted(found)
    return found


async def test_a_product_page_costs_at_most_seven_statements_the_first_time(
    catalog: CatalogWriter, statement_log: StatementLog
):
    await catalog.attribute("weight", "Weight")
    await stocked(catalog, 1, of_each=10)

    statements = await statements_of(statement_log, PRODUCT_PAGE, slug="product-0")

    assert len(statements) <= 7, "\n---\n".join(statements)


@pytest.mark.parametrize("count", [1, 20, 50])
async def test_a_list_costs_the_same_for_any_number_of_products(
    catalog: CatalogWriter, statement_log: StatementLog, count: int
):
    ids = await stocked(catalog, count)

    statements = await statements_of(statement_log, LIST_PAGE, ids=ids)

    assert len(statements) == 3, statements


async def test_vendors_categories_and_collections_of_a_list_cost_one_statement_each(
    catalog: CatalogWriter, statement_log: StatementLog
):
    ids = await stocked(catalog, 20)
    query = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on Product {
        category { name parent { name } ancestors { name children { name } } } collections { name }
        variants { nodes { buyBox { vendor { name } } } }
    } } }"""

    statements = await statements_of(statement_log, query, ids=ids)

    expected = {
        "products",
        "lineages",
        "lineages of parents",
        "children",
        "collections",
        "variants",
        "offers",
        "vendors",
    }
    assert len(statements) == len(expected), statements


async def test_context_and_markets_cost_nothing_once_they_are_known(
    catalog: CatalogWriter, statement_log: StatementLog
):
    statements = await statements_of(
        statement_log, "{ context { market { handle } } markets { handle currencies languages } }"
    )

    assert statements == []
