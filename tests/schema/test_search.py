"""Finding products as clients do, in a catalog small enough to know every answer."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from persistence.statement import Pool
from tests.database import StatementLog
from tests.factories.requests import make_client
from tests.factories.searching import ENGINES, SearchedCatalog, searched_by

SEARCH = """query($input: SearchInput!, $first: Int = 24, $after: String, $last: Int, $before: String) {
    search(input: $input, first: $first, after: $after, last: $last, before: $before) {
        nodes { title } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } correctedQuery
        edges { cursor matchedVariant { sku } }
    }
}"""


@pytest.fixture(params=ENGINES)
async def catalog(pool: Pool, request: pytest.FixtureRequest) -> AsyncIterator[SearchedCatalog]:
    async with searched_by(request.param, pool) as searched:
        yield searched


async def search(catalog: SearchedCatalog, query: str = "", *, client: Any = None, **more: Any) -> Any:
    variables = {"input": {"query": query} | more.pop("input", {})} | more
    return (await (client or catalog.client()).ask(SEARCH, **variables))["search"]


async def titles(catalog: SearchedCatalog, query: str = "", **more: Any) -> list[str]:
    return [node["title"] for node in (await search(catalog, query, **more))["nodes"]]


async def sell(catalog: SearchedCatalog, *names: str, **terms: Any) -> list[str]:
    return [(await catalog.sold(name, **terms))[0] for name in names]


async def test_words_are_found_in_titles_in_any_form(catalog: SearchedCatalog):
    await sell(catalog, "Wireless headphones", "Desk lamp")
    await catalog.index()

    assert await titles(catalog, "headphone WIRELESS") == ["Wireless headphones"]


async def test_words_are_found_in_brands_categories_descriptions_and_attributes(catalog: SearchedCatalog):
    brand_id, category_id = await catalog.brand("Acme"), await catalog.category("Lighting")
    await catalog.attribute("material", "Material")
    await catalog.attribute("dimmable", "Dimmable", kind="BOOLEAN")
    facts = {"material": "Walnut", "dimmable": True}
    about = {"description": "<p>For the <b>reading</b> corner</p>", "attributes": facts}
    await sell(catalog, "Model 7", product={"brand_id": brand_id, "category_id": category_id} | about)
    await catalog.index()

    for query in ("acme", "lighting", "reading", "walnut", "dimmable"):
        assert await titles(catalog, query) == ["Model 7"], query


async def test_a_title_counts_more_than_a_description(catalog: SearchedCatalog):
    await sell(catalog, "Table", product={"description": "Goes well with a lamp"})
    await sell(catalog, "Lamp")
    await catalog.index()

    assert await titles(catalog, "lamp") == ["Lamp", "Table"]


async def test_a_brands_own_products_come_before_those_made_for_them(catalog: SearchedCatalog):
    await sell(catalog, "Acme toner equivalent to Acme, for Acme printers")
    await sell(catalog, "Acme toner 80", product={"brand_id": await catalog.brand("Acme")})
    await catalog.index()

    assert (await titles(catalog, "acme toner"))[0] == "Acme toner 80"


async def test_products_with_all_words_come_before_those_with_most(catalog: SearchedCatalog):
    await sell(catalog, "Red lamp", "Red desk lamp", "Green chair")
    await catalog.index()

    assert await titles(catalog, "red desk lamp") == ["Red desk lamp", "Red lamp"]


async def test_with_ten_that_have_all_words_nothing_that_lacks_one_is_shown(catalog: SearchedCatalog):
    await sell(catalog, "Desk chair", *[f"Desk lamp {number}" for number in range(10)])
    await catalog.index()

    assert sorted(await titles(catalog, "desk lamp")) == [f"Desk lamp {number}" for number in range(10)]


@pytest.mark.parametrize(
    "query", ["WIDGET-77/B", "widget 77 b", "0012345678905", "12345678905", "A-1000", "a1000 kettle"]
)
async def test_a_code_is_found_first_however_it_is_written(catalog: SearchedCatalog, query: str):
    codes = {"sku": "WIDGET-77/B", "gtin": "0012345678905", "mpn": "A 1000"}
    await sell(catalog, "A1000 kettle and widget 77 b set")
    await sell(catalog, "Plain thing", variant=codes)
    await catalog.index()

    found = await search(catalog, query)

    assert found["nodes"][0] == {"title": "Plain thing"}
    assert found["edges"][0]["matchedVariant"] == {"sku": "WIDGET-77/B"}


async def test_words_written_together_or_apart_find_each_other(catalog: SearchedCatalog):
    await sell(catalog, "Smartwatch", "Wi-Fi speaker")
    await catalog.index()

    assert await titles(catalog, "smart watch") == ["Smartwatch"]
    assert await titles(catalog, "wifi") == ["Wi-Fi speaker"]
    assert await titles(catalog, "wi-fi") == ["Wi-Fi speaker"]


async def test_a_mistyped_word_is_corrected_and_the_correction_told(catalog: SearchedCatalog):
    await sell(catalog, "Keyboard", "Mouse")
    await catalog.index()

    found = await search(catalog, "Keybaord")

    assert found["nodes"] == [{"title": "Keyboard"}]
    assert found["correctedQuery"] == "keyboard"


async def test_a_word_that_some_product_has_is_never_corrected(catalog: SearchedCatalog):
    await sell(catalog, "Keyboard", product={"description": "Our keybaord is fine"})
    await sell(catalog, "Another keyboard")
    await catalog.index()

    found = await search(catalog, "keybaord")

    assert [node["title"] for node in found["nodes"]] == ["Keyboard"]
    assert found["correctedQuery"] is None


async def test_a_buyer_searches_in_the_words_of_the_language_read(catalog: SearchedCatalog):
    words = {"de": {"title": "Kopfhörer mit Kabel"}, "ja": {"title": "ワイヤレスヘッドホン"}}
    await sell(catalog, "Headphones", product={"translations": words})
    await sell(catalog, "Untranslated headphones")
    await catalog.index()
    german, english = catalog.client(language="de"), catalog.client()
    japanese = catalog.client(market="jp", language="ja")

    assert await titles(catalog, "kopfhorer", client=german) == ["Kopfhörer mit Kabel"]
    assert await titles(catalog, "kopfhörer", client=english) == []
    assert await titles(catalog, "headphones", client=german) == ["Untranslated headphones", "Kopfhörer mit Kabel"]
    assert await titles(catalog, "ヘッドホン", client=japanese) == ["ワイヤレスヘッドホン"]


async def test_words_are_looked_for_in_the_forms_that_the_language_of_a_text_knows(catalog: SearchedCatalog):
    """ "Meeren" is a form of "Meer" in German, but not in a text that is English."""
    await sell(catalog, "By the sea", product={"translations": {"de": {"title": "Am Meer"}}})
    await sell(catalog, "Meer cat")
    await catalog.index()
    german = catalog.client(language="de")

    assert await titles(catalog, "meer", client=german, input={"sort": "NEWEST"}) == ["Meer cat", "Am Meer"]
    assert await titles(catalog, "meeren", client=german) == ["Am Meer"]


async def test_a_word_that_says_nothing_in_one_language_counts_in_texts_of_another(catalog: SearchedCatalog):
    """ "The" is an article in English, and as good a word as any in a text that is German."""
    lamps = [f"Lamp {number}" for number in range(10)]
    await sell(catalog, *lamps)
    await sell(catalog, "Band lamp", product={"translations": {"de": {"title": "The Lamp"}}})
    await sell(catalog, "Desk lamp", product={"translations": {"de": {"title": "Lamp"}}})
    await catalog.index()
    german = catalog.client(language="de")

    assert sorted(await titles(catalog, "the lamp", client=german)) == [*lamps, "The Lamp"]


async def test_all_of_many_words_count(catalog: SearchedCatalog):
    steel = [f"Small black round steel kitchen timer {number}" for number in range(10)]
    await sell(catalog, *steel, "Small black round steel kitchen clock", "Small black round oak kitchen timer")
    await catalog.index()

    for query in ("small black round steel timer", "the small black round steel kitchen timer"):
        assert sorted(await titles(catalog, query)) == steel, query


async def test_only_what_is_sold_in_context_is_found(catalog: SearchedCatalog):
    await sell(catalog, "Lamp for America", prices={"us-usd": 100})
    await sell(catalog, "Lamp for Germany", prices={"de-eur": 100})
    await sell(catalog, "Lamp in a drawer", product={"status": "DRAFT"})
    await sell(catalog, "Lamp of nobody", vendor_id=await catalog.vendor(status="SUSPENDED"))
    await catalog.index()

    assert await titles(catalog, "lamp") == ["Lamp for Germany"]


async def test_results_are_sorted_by_the_price_that_is_displayed(catalog: SearchedCatalog):
    for name, minor in (("Lamp B", 200), ("Lamp A", 100), ("Lamp C", 300)):
        await sell(catalog, name, prices={"de-eur": minor, "us-usd": 1000 - minor})
    await catalog.index()

    ascending, descending = {"sort": "PRICE_ASC"}, {"sort": "PRICE_DESC"}
    assert await titles(catalog, "lamp", input=ascending) == ["Lamp A", "Lamp B", "Lamp C"]
    assert await titles(catalog, input=descending) == ["Lamp C", "Lamp B", "Lamp A"]
    american = catalog.client(market="us")
    assert await titles(catalog, "lamp", client=american, input=ascending) == ["Lamp C", "Lamp B", "Lamp A"]


@pytest.mark.parametrize("sort", ["RELEVANCE", "PRICE_ASC", "PRICE_DESC", "NEWEST"])
@pytest.mark.parametrize("query", ["lamp", ""])
async def test_pages_forth_and_back_are_the_list_without_gaps_or_repeats(
    catalog: SearchedCatalog, sort: str, query: str
):
    for number in range(7):
        await sell(catalog, f"Lamp {number}", prices={"de-eur": 100 * (number // 2)})
    await catalog.index()
    whole = await titles(catalog, query, input={"sort": sort})

    forth = await search(catalog, query, input={"sort": sort}, first=3)
    further = await search(catalog, query, input={"sort": sort}, first=3, after=forth["pageInfo"]["endCursor"])
    back = await search(catalog, query, input={"sort": sort}, last=3, before=further["pageInfo"]["startCursor"])

    assert len(whole) == 7
    assert [node["title"] for node in forth["nodes"] + further["nodes"]] == whole[:6]
    assert back["nodes"] == forth["nodes"]
    assert [page["pageInfo"]["hasNextPage"] for page in (forth, further, back)] == [True, True, True]
    assert [page["pageInfo"]["hasPreviousPage"] for page in (forth, further, back)] == [False, True, False]


@pytest.mark.parametrize(
    "other", [{"query": "chair"}, {"sort": "NEWEST"}, {"filters": [{"key": "brand", "values": ["X"]}]}]
)
async def test_a_cursor_of_another_search_is_a_request_fault(catalog: SearchedCatalog, other: dict[str, Any]):
    await sell(catalog, "Lamp")
    await catalog.index()
    cursor = (await search(catalog, "lamp"))["pageInfo"]["endCursor"]

    refusals = await catalog.client().refusals(SEARCH, input={"query": "lamp"} | other, after=cursor)

    assert refusals == [("This cursor belongs to another list.", "BAD_USER_INPUT")]


@pytest.mark.parametrize(
    "query",
    [
        "' OR 1=1 --",
        "a & | ! ( ) <-> :* \\",
        '"unbalanced',
        "%_%",
        "😀😀",
        "שלום עולם",
        "\x01\x7f",
        "the of and",
        "-",
        "'" * 400,
    ],
)
async def test_no_text_breaks_a_search(catalog: SearchedCatalog, query: str):
    await sell(catalog, "Lamp")
    await catalog.index()

    assert await titles(catalog, query) == []


@pytest.mark.parametrize("query", ["x" * 1_000_000, "lamp\0"], ids=["1 MB", "NUL"])
async def test_a_query_that_nobody_types_is_a_request_fault(catalog: SearchedCatalog, query: str):
    client = catalog.client()

    for document in (
        SEARCH,
        'query($input: SearchInput!) { suggest(prefix: "x") { queries } search(input: $input) { totalCount } }',
    ):
        refusals = await client.refusals(document, input={"query": query})
        assert [code for _, code in refusals] == ["BAD_USER_INPUT"]


async def test_categories_collections_and_vendors_list_their_products(catalog: SearchedCatalog):
    root = await catalog.category("Home")
    leaf = await catalog.category("Lighting", [root])
    vendor_id = await catalog.vendor("Bright", slug="bright")
    (lamp,) = await sell(catalog, "Lamp", vendor_id=vendor_id, product={"category_id": leaf})
    (chair,) = await sell(catalog, "Chair", product={"category_id": root})
    await catalog.collection("Gifts", [lamp, chair])
    await sell(catalog, "Elsewhere")
    await catalog.index()

    found = await catalog.client().ask("""{
        home: category(slug: "home") { products { nodes { title } totalCount } }
        lighting: category(slug: "lighting") { products(input: {query: "lamp"}) { nodes { title } } }
        collection(slug: "gifts") { products { nodes { title } } }
        vendor(slug: "bright") { products { nodes { title } } }
    }""")

    assert found["home"]["products"] == {"nodes": [{"title": "Chair"}, {"title": "Lamp"}], "totalCount": 2}
    assert found["lighting"]["products"]["nodes"] == [{"title": "Lamp"}]
    assert found["collection"]["products"]["nodes"] == [{"title": "Lamp"}, {"title": "Chair"}]
    assert found["vendor"]["products"]["nodes"] == [{"title": "Lamp"}]


async def test_suggestions_continue_what_was_begun(catalog: SearchedCatalog):
    lighting = await catalog.category("Lampshades")
    await catalog.vendor("Lamp House", slug="lamp-house")
    await sell(catalog, "Lamp in red", "Lamppost", "Chair", product={"category_id": lighting})
    await catalog.index()

    document = """query($prefix: String!) { suggest(prefix: $prefix) {
        queries products { title } categories { name } vendors { name }
    } }"""
    found = (await catalog.client().ask(document, prefix="LAMP"))["suggest"]
    continued = (await catalog.client().ask(document, prefix="red la"))["suggest"]

    assert sorted(found["queries"]) == ["lamp", "lamppost", "lampshades"]
    assert sorted(node["title"] for node in found["products"]) == ["Lamp in red", "Lamppost"]
    assert found["categories"] == [{"name": "Lampshades"}]
    assert found["vendors"] == [{"name": "Lamp House"}]
    assert sorted(continued["queries"]) == ["red lamp", "red lampshades"]


@pytest.mark.parametrize("prefix", ["", "'", "%", "a' | 'b:*", "😀", "ヘ"])
async def test_no_text_breaks_suggestions(catalog: SearchedCatalog, prefix: str):
    await catalog.index()

    found = await catalog.client().ask(
        "query($prefix: String!) { suggest(prefix: $prefix) { queries products { id } } }", prefix=prefix
    )

    assert found["suggest"] == {"queries": [], "products": []}


@pytest.mark.parametrize("count", [1, 20, 50])
async def test_a_page_of_results_costs_at_most_five_statements(pool: Pool, statement_log: StatementLog, count: int):
    async with searched_by("postgresql", pool) as catalog:
        await sell(catalog, *[f"Lampshade {number}" for number in range(count)])
        await catalog.index()
    client = make_client(statement_log.pool)
    await client.context()
    page = """query($input: SearchInput!) { search(input: $input, first: 50) {
        nodes { id title brand media(first: 1) { url } availability priceRange { min { formatted } } }
        totalCount facets { key label values { label count } range { min { amount } } } correctedQuery
        pageInfo { hasNextPage endCursor }
    } }"""

    async with statement_log.count() as statements:
        found = await client.ask(page, input={"query": "lampshdae"})

    assert found["search"]["totalCount"] == count
    assert found["search"]["correctedQuery"] == "lampshade"
    assert len(statements) <= 5, "\n---\n".join(statements)
