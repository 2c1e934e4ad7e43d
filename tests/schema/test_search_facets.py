"""Narrowing a result: what filters let through, and what facets promise of them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from persistence.statement import Pool
from tests.factories.searching import ENGINES, SearchedCatalog, searched_by

SEARCH = """query($input: SearchInput!) { search(input: $input) {
    nodes { title } totalCount
    facets { key label kind values { value label count selected } range { min { amount } max { amount } } }
} }"""


@pytest.fixture(params=ENGINES)
async def catalog(pool: Pool, request: pytest.FixtureRequest) -> AsyncIterator[SearchedCatalog]:
    async with searched_by(request.param, pool) as searched:
        await furnish(searched)
        await searched.index()
        yield searched


async def furnish(catalog: SearchedCatalog) -> None:
    """Five lamps by two makers in two colors, sold by two vendors."""
    await catalog.attribute(
        "color", "Color", translations={"de": {"label": "Farbe", "values": {"Red": "Rot", "Blue": "Blau"}}}
    )
    await catalog.attribute("dimmable", "Dimmable", kind="BOOLEAN")
    await catalog.attribute("watts", "Watts", kind="NUMBER")
    await catalog.attribute("batch", "Batch", is_filterable=False)
    makers = {name: await catalog.brand(name) for name in ("Acme", "Bright")}
    home = await catalog.category("Home", translations={"de": {"name": "Zuhause"}})
    places = {"Desk": await catalog.category("Desk", [home]), "Floor": await catalog.category("Floor", [home])}
    vendors = [await catalog.vendor("North"), await catalog.vendor("South")]
    lamps = [
        ("Lamp 1", "Acme", "Desk", "Red", True, 5, 1000, 3),
        ("Lamp 2", "Acme", "Desk", "Blue", False, 10, 2000, 0),
        ("Lamp 3", "Acme", "Floor", "Red", True, 15, 3000, 3),
        ("Lamp 4", "Bright", "Floor", "Red", False, 20, 4000, 3),
        ("Lamp 5", "Bright", "Floor", "Blue", True, 25, 5000, 0),
    ]
    for number, (title, maker, place, color, dimmable, watts, price, stock) in enumerate(lamps):
        facts = {"color": color, "dimmable": dimmable, "watts": watts, "batch": f"B{number // 2}"}
        described = {"brand_id": makers[maker], "category_id": places[place], "attributes": facts}
        await catalog.sold(
            title, vendor_id=vendors[number % 2], product=described, prices={"de-eur": price}, stock=stock
        )


async def search(catalog: SearchedCatalog, *filters: dict[str, Any], query: str = "lamp", **client: Any) -> Any:
    asked = {"query": query, "filters": list(filters)}
    return (await catalog.client(**client).ask(SEARCH, input=asked))["search"]


def numbers(found: Any) -> set[int]:
    return {int(node["title"][-1]) for node in found["nodes"]}


def counts(found: Any, key: str) -> dict[str, int]:
    return {
        value["label"]: value["count"] for facet in found["facets"] if facet["key"] == key for value in facet["values"]
    }


async def ids(catalog: SearchedCatalog, table: str, *names: str) -> list[str]:
    rows = await catalog.pool.fetch(f"SELECT id FROM {table} WHERE name = ANY($1)", names)
    return [row["id"] for row in rows]


@pytest.mark.parametrize("query", ["lamp", ""])
@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"key": "brand", "values": ["Acme"]}, {1, 2, 3}),
        ({"key": "brand", "values": ["Acme", "Bright"]}, {1, 2, 3, 4, 5}),
        ({"key": "attributes.color", "values": ["Red"]}, {1, 3, 4}),
        ({"key": "attributes.dimmable", "values": ["true"]}, {1, 3, 5}),
        ({"key": "attributes.watts", "min": "10", "max": "20"}, {2, 3, 4}),
        ({"key": "attributes.watts", "min": "20.5"}, {5}),
        ({"key": "attributes.color", "min": "1"}, set()),
        ({"key": "price", "max": "20.00"}, {1, 2}),
        ({"key": "price", "min": "20.01", "max": "49.99"}, {3, 4}),
        ({"key": "availability", "values": ["IN_STOCK"]}, {1, 3, 4}),
        ({"key": "availability", "values": ["OUT_OF_STOCK"]}, {2, 5}),
        ({"key": "attributes.nothing", "values": ["x' OR true"]}, set()),
    ],
)
async def test_a_filter_lets_through_what_fits(
    catalog: SearchedCatalog, query: str, entry: dict[str, Any], expected: set[int]
):
    found = await search(catalog, entry, query=query)

    assert numbers(found) == expected
    assert found["totalCount"] == len(expected)


async def test_a_category_filters_with_all_below_it(catalog: SearchedCatalog):
    home, desk = await ids(catalog, "category", "Home"), await ids(catalog, "category", "Desk")

    assert numbers(await search(catalog, {"key": "category", "values": home})) == {1, 2, 3, 4, 5}
    assert numbers(await search(catalog, {"key": "category", "values": desk})) == {1, 2}


async def test_filters_narrow_one_another_and_values_of_one_widen_it(catalog: SearchedCatalog):
    vendor = {"key": "vendor", "values": await ids(catalog, "vendor", "North")}
    color = {"key": "attributes.color", "values": ["Red", "Blue"]}
    brand = {"key": "brand", "values": ["Acme"]}

    assert numbers(await search(catalog, vendor)) == {1, 3, 5}
    assert numbers(await search(catalog, vendor, color, brand)) == {1, 3}


async def test_facets_count_every_value_of_the_result(catalog: SearchedCatalog):
    found = await search(catalog)

    assert counts(found, "brand") == {"Acme": 3, "Bright": 2}
    assert counts(found, "category") == {"Home": 5, "Floor": 3, "Desk": 2}
    assert counts(found, "vendor") == {"North": 3, "South": 2}
    assert counts(found, "availability") == {"In stock": 3, "Sold out": 2}
    assert counts(found, "attributes.color") == {"Red": 3, "Blue": 2}
    assert counts(found, "attributes.dimmable") == {"Yes": 3, "No": 2}
    assert [facet["key"] for facet in found["facets"]] == [
        "category", "brand", "vendor", "price", "availability", "attributes.color", "attributes.dimmable"
    ]  # fmt: skip
    assert found["facets"][3] == {
        "key": "price", "label": "Price", "kind": "RANGE", "values": [],
        "range": {"min": {"amount": "10.00"}, "max": {"amount": "50.00"}},
    }  # fmt: skip


async def test_the_counts_of_a_facet_ignore_its_own_selection_only(catalog: SearchedCatalog):
    found = await search(catalog, {"key": "attributes.color", "values": ["Red"]}, {"key": "brand", "values": ["Acme"]})

    assert numbers(found) == {1, 3}
    assert counts(found, "attributes.color") == {"Red": 2, "Blue": 1}
    assert counts(found, "brand") == {"Acme": 2, "Bright": 1}
    assert counts(found, "category") == {"Home": 2, "Desk": 1, "Floor": 1}
    selected = [value["label"] for facet in found["facets"] for value in facet["values"] if value["selected"]]
    assert selected == ["Acme", "Red"]


async def test_the_price_facet_ignores_the_price_filter_only(catalog: SearchedCatalog):
    found = await search(catalog, {"key": "price", "max": "15"}, {"key": "brand", "values": ["Acme"]})

    (price,) = [facet for facet in found["facets"] if facet["key"] == "price"]
    assert numbers(found) == {1}
    assert price["range"] == {"min": {"amount": "10.00"}, "max": {"amount": "30.00"}}


async def test_a_count_is_what_choosing_the_value_would_leave(catalog: SearchedCatalog):
    chosen = {"key": "attributes.color", "values": ["Red"]}
    facets = (await search(catalog, chosen))["facets"]

    for facet in facets:
        for value in facet["values"]:
            others = [] if facet["key"] == chosen["key"] else [chosen]
            narrowed = await search(catalog, *others, {"key": facet["key"], "values": [value["value"]]})
            assert narrowed["totalCount"] == value["count"], (facet["key"], value)


async def test_labels_speak_the_language_of_the_context(catalog: SearchedCatalog):
    found = await search(catalog, language="de")

    labels = {facet["key"]: facet["label"] for facet in found["facets"]}
    assert labels["attributes.color"] == "Farbe"
    assert labels["brand"] == "Marke"
    assert counts(found, "attributes.color") == {"Rot": 3, "Blau": 2}
    assert counts(found, "category") == {"Zuhause": 5, "Floor": 3, "Desk": 2}
    assert counts(found, "availability") == {"Auf Lager": 3, "Ausverkauft": 2}


async def test_a_category_page_has_no_facet_of_itself(catalog: SearchedCatalog):
    found = await catalog.client().ask(
        '{ category(slug: "home") { products { totalCount facets { key values { label count } } } } }'
    )

    assert found["category"]["products"]["totalCount"] == 5
    assert counts(found["category"]["products"], "category") == {"Floor": 3, "Desk": 2}


@pytest.mark.parametrize(
    "entry",
    [
        {"key": "color", "values": ["Red"]},
        {"key": "brand", "values": ["a\0"]},
        {"key": "category", "values": ["home"]},
        {"key": "price", "min": "2", "max": "1"},
    ],
    ids=str,
)
async def test_a_filter_that_does_not_exist_is_a_request_fault(catalog: SearchedCatalog, entry: dict[str, Any]):
    refusals = await catalog.client().refusals(SEARCH, input={"filters": [entry]})

    assert [code for _, code in refusals] == ["BAD_USER_INPUT"]
