"""Products, as storefronts read them."""

from typing import Any

import pytest

from domain.shared.actor import STAFF_SCOPE, Actor
from domain.shared.ids import CustomerId, VendorId
from persistence.statement import Pool
from tests.factories.catalog import CatalogWriter, catalog_in
from tests.factories.requests import make_client

STAFF = Actor(customer_id=CustomerId("customer_staff"), scopes=frozenset({STAFF_SCOPE, "catalog:read"}))


@pytest.fixture
async def catalog(pool: Pool) -> CatalogWriter:
    return await catalog_in(pool)


LAMP_WORDS = {
    "title": "Lampe",
    "description": "<p>Leuchtet.</p>",
    "slug": "lampe",
    "options": {"Color": {"label": "Farbe", "values": {"Red": "Rot", "Blue": "Blau"}}},
    "media": {"/media/lamp.svg": "Eine Lampe"},
}
LAMP: dict[str, Any] = {
    "slug": "lamp",
    "description": "<p>It <b>shines</b>.</p><p>Always.</p>",
    "options": [{"name": "Color", "values": [{"name": "Red", "swatch": "#f00"}, {"name": "Blue", "swatch": None}]}],
    "media": [{"url": "/media/lamp.svg", "alt": "A lamp", "width": 10, "height": 20}],
    "translations": {"de": LAMP_WORDS},
}


async def colored_lamp(catalog: CatalogWriter, *, red_stock: int = 0, blue_stock: int = 50) -> str:
    """A lamp in red and blue, sold by one vendor."""
    product_id = await catalog.product("Lamp", **LAMP)
    vendor_id = await catalog.vendor("Bright", slug="bright")
    red = await catalog.variant(product_id, {"Color": "Red"}, sku="RED", position=0)
    blue = await catalog.variant(product_id, {"Color": "Blue"}, sku="BLUE", position=1)
    await catalog.offer(red, vendor_id, stock=red_stock, prices={"de-eur": 1999, "us-usd": 2499})
    await catalog.offer(blue, vendor_id, stock=blue_stock, prices={"de-eur": 2999, "us-usd": 3499})
    return product_id


async def test_a_product_speaks_the_language_of_the_context(catalog: CatalogWriter):
    await colored_lamp(catalog)
    query = """{ product(slug: "lamp") {
        slug title description { html text } media { url alt width height }
        options { name values { name swatch } } variants { nodes { title options { name value } } }
    } }"""

    german = (await make_client(catalog.pool, language="de").ask(query))["product"]

    assert german == {
        "slug": "lampe",
        "title": "Lampe",
        "description": {"html": "<p>Leuchtet.</p>", "text": "Leuchtet."},
        "media": [{"url": "/media/lamp.svg", "alt": "Eine Lampe", "width": 10, "height": 20}],
        "options": [{"name": "Farbe", "values": [{"name": "Rot", "swatch": "#f00"}, {"name": "Blau", "swatch": None}]}],
        "variants": {
            "nodes": [
                {"title": "Rot", "options": [{"name": "Farbe", "value": "Rot"}]},
                {"title": "Blau", "options": [{"name": "Farbe", "value": "Blau"}]},
            ]
        },
    }


async def test_what_is_not_translated_is_shown_in_the_default_language(catalog: CatalogWriter):
    await colored_lamp(catalog)

    found = await make_client(catalog.pool, market="jp", language="ja").ask(
        '{ product(slug: "lamp") { slug title options { name } variants { nodes { title } } description { text } } }'
    )

    assert found["product"] == {
        "slug": "lamp",
        "title": "Lamp",
        "options": [{"name": "Color"}],
        "variants": {"nodes": [{"title": "Red"}, {"title": "Blue"}]},
        "description": {"text": "It shines.\nAlways."},
    }


async def test_a_rich_text_is_also_a_tree(catalog: CatalogWriter):
    await colored_lamp(catalog)

    found = await make_client(catalog.pool).ask('{ product(slug: "lamp") { description { json } } }')

    assert found["product"]["description"]["json"][0] == {
        "tag": "p",
        "attributes": {},
        "children": ["It ", {"tag": "b", "attributes": {}, "children": ["shines"]}, "."],
    }


async def test_attributes_are_labeled_measured_and_translated(catalog: CatalogWriter):
    await catalog.attribute("weight", "Weight", unit="kg", kind="NUMBER", position=2)
    await catalog.attribute("dimmable", "Dimmable", kind="BOOLEAN", position=1)
    await catalog.attribute(
        "material", "Material", position=0, translations={"de": {"label": "Stoff", "values": {"Wood": "Holz"}}}
    )
    facts = {"weight": 1.5, "dimmable": True, "material": "Wood"}
    product_id = await catalog.product(attributes=facts)

    found = await make_client(catalog.pool, language="de").ask(
        "query($id: ID) { product(id: $id) { attributes { key label value display } } }", id=product_id
    )

    assert found["product"]["attributes"] == [
        {"key": "material", "label": "Stoff", "value": "Wood", "display": "Holz"},
        {"key": "dimmable", "label": "Dimmable", "value": True, "display": "Ja"},
        {"key": "weight", "label": "Weight", "value": 1.5, "display": "1,5 kg"},
    ]


SELECT = (
    'query($options: [SelectedOptionInput!]) { product(slug: "lamp") { selectVariant(options: $options) { sku } } }'
)


@pytest.mark.parametrize(
    ("options", "sku"),
    [
        pytest.param(None, "BLUE", id="the first that can be bought"),
        pytest.param([{"name": "Color", "value": "Red"}], "RED", id="the one selected, though sold out"),
        pytest.param([{"name": "Farbe", "value": "Blau"}], "BLUE", id="by the words of the context"),
        pytest.param([{"name": "Color", "value": "Green"}], None, id="none has it"),
    ],
)
async def test_a_selection_finds_its_variant(catalog: CatalogWriter, options: Any, sku: str | None):
    await colored_lamp(catalog, red_stock=0)

    found = await make_client(catalog.pool, language="de").ask(SELECT, options=options)

    assert found["product"]["selectVariant"] == (sku and {"sku": sku})


async def test_an_option_value_tells_whether_it_can_be_bought(catalog: CatalogWriter):
    await colored_lamp(catalog, red_stock=0)

    found = await make_client(catalog.pool).ask(
        """{ product(slug: "lamp") { options { values {
            name available kept: available(selected: [{name: "Color", value: "Red"}])
        } } } }"""
    )

    assert found["product"]["options"][0]["values"] == [
        {"name": "Red", "available": False, "kept": False},
        {"name": "Blue", "available": True, "kept": True},
    ]


async def test_variants_are_paged_by_cursors_of_their_own_list(catalog: CatalogWriter):
    product_id = await colored_lamp(catalog)
    client = make_client(catalog.pool)
    query = """query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { product(id: $id) {
        variants(first: $first, after: $after, last: $last, before: $before) {
            totalCount nodes { sku } pageInfo { hasNextPage hasPreviousPage endCursor startCursor }
    } } }"""

    first = (await client.ask(query, id=product_id, first=1))["product"]["variants"]
    second = (await client.ask(query, id=product_id, after=first["pageInfo"]["endCursor"]))["product"]["variants"]
    back = (await client.ask(query, id=product_id, last=1, before=second["pageInfo"]["startCursor"]))["product"]

    assert first["totalCount"] == 2
    assert (first["nodes"], first["pageInfo"]["hasNextPage"]) == ([{"sku": "RED"}], True)
    assert (second["nodes"], second["pageInfo"]["hasPreviousPage"]) == ([{"sku": "BLUE"}], True)
    assert back["variants"]["nodes"] == [{"sku": "RED"}]


async def test_a_cursor_of_another_products_variants_is_refused(catalog: CatalogWriter):
    product_id = await colored_lamp(catalog)
    other, _, _ = await catalog.sold("Other")
    client = make_client(catalog.pool)
    page = "query($id: ID!, $after: String) { product(id: $id) { variants(after: $after) { edges { cursor } } } }"
    cursor = (await client.ask(page, id=product_id))["product"]["variants"]["edges"][0]["cursor"]

    refusals = await client.refusals(page, id=other, after=cursor)

    assert refusals == [("This cursor belongs to another list.", "BAD_USER_INPUT")]


@pytest.mark.parametrize("status", ["DRAFT", "PENDING_REVIEW", "ARCHIVED", "REJECTED"])
async def test_only_active_products_are_public(catalog: CatalogWriter, status: str):
    vendor_id = await catalog.vendor()
    product_id, variant_id, offer_id = await catalog.sold(
        vendor_id=vendor_id, product={"slug": "secret", "status": status}
    )
    query = """query($id: ID!, $ids: [ID!]!) {
        product(id: $id) { id } bySlug: product(slug: "secret") { id } nodes(ids: $ids) { id }
        resolvePath(path: "/products/secret") { product { id } }
    }"""
    ids = [product_id, variant_id, offer_id]
    hidden = {"product": None, "bySlug": None, "nodes": [None] * 3, "resolvePath": None}
    member = Actor(customer_id=CustomerId("customer_1"), vendor_ids=frozenset({VendorId(vendor_id)}))
    rival = Actor(customer_id=CustomerId("customer_2"), vendor_ids=frozenset({VendorId("vendor_rival")}))

    async def seen_by(actor: Actor) -> Any:
        return await make_client(catalog.pool, actor=actor).ask(query, id=product_id, ids=ids)

    assert await seen_by(rival) == hidden
    assert await seen_by(Actor(scopes=frozenset({"catalog:read"}))) == hidden
    for actor in (member, STAFF):
        found = await seen_by(actor)
        assert found["product"] == found["bySlug"] == found["resolvePath"]["product"] == {"id": product_id}
        assert [node["id"] for node in found["nodes"]] == ids


async def test_ids_and_slugs_of_other_things_are_clear_errors(catalog: CatalogWriter):
    client = make_client(catalog.pool)

    assert await client.refusals('{ product(id: "cart_01jd3kq0r2e5ta3wbz9x7m4h6n") { id } }') == [
        ("Not the id of a product.", "BAD_USER_INPUT")
    ]
    assert await client.refusals("{ product { id } }") == [("Give either `id` or `slug`.", "BAD_USER_INPUT")]
    assert await client.ask('{ product(slug: "nothing") { id } }') == {"product": None}


async def test_nul_characters_find_nothing(catalog: CatalogWriter):
    found = await make_client(catalog.pool).ask(
        "query($text: String!) { product(slug: $text) { id } menu(handle: $text) { handle } "
        'resolvePath(path: "/products/a%00b") { redirect } }',
        text="a\0b",
    )

    assert found == {"product": None, "menu": None, "resolvePath": None}
