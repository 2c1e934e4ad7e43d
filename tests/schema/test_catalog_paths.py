"""Categories, collections, vendors, menus and the paths that lead to them."""

from typing import Any

import pytest

from domain.shared.actor import Actor
from domain.shared.ids import CustomerId, VendorId
from persistence.statement import Pool
from tests.factories.catalog import CatalogWriter, catalog_in
from tests.factories.requests import make_client


@pytest.fixture
async def catalog(pool: Pool) -> CatalogWriter:
    return await catalog_in(pool)


PATH = """query($path: String!) { resolvePath(path: $path) {
    redirect product { title } category { name } collection { name } vendor { name }
} }"""


async def target(catalog: CatalogWriter, path: str, **facts: Any) -> Any:
    found = (await make_client(catalog.pool, **facts).ask(PATH, path=path))["resolvePath"]
    return found and {name: value for name, value in found.items() if value is not None}


async def test_every_kind_of_page_is_found_by_its_path(catalog: CatalogWriter):
    await catalog.product("Lamp", slug="lamp")
    await catalog.category("Lighting")
    await catalog.collection("Gifts")
    await catalog.vendor("Bright", slug="bright")

    assert await target(catalog, "/products/lamp") == {"product": {"title": "Lamp"}}
    assert await target(catalog, "/products/lamp/?utm=1#top") == {"product": {"title": "Lamp"}}
    assert await target(catalog, "/categories/lighting") == {"category": {"name": "Lighting"}}
    assert await target(catalog, "/collections/gifts") == {"collection": {"name": "Gifts"}}
    assert await target(catalog, "/vendors/bright") == {"vendor": {"name": "Bright"}}


@pytest.mark.parametrize(
    "path", ["", "/", "/products", "/products/", "/products/a/b", "products/lamp", "/x/lamp", "/categories/lamp"]
)
async def test_other_paths_lead_nowhere(catalog: CatalogWriter, path: str):
    await catalog.product("Lamp", slug="lamp")

    assert await target(catalog, path) is None


async def test_a_slug_of_another_language_finds_the_page_too(catalog: CatalogWriter):
    await catalog.product("Lamp", slug="lamp", translations={"de": {"title": "Lampe", "slug": "lampe"}})

    assert await target(catalog, "/products/lampe", language="de") == {"product": {"title": "Lampe"}}
    assert await target(catalog, "/products/lampe", language="en") == {"product": {"title": "Lamp"}}


async def test_an_old_slug_redirects_to_the_present_one_of_the_language(catalog: CatalogWriter):
    product_id = await catalog.product("Lamp", slug="lamp", translations={"de": {"slug": "lampe"}})
    await catalog.slug("PRODUCT", "old-lamp", product_id, is_current=False)

    assert await target(catalog, "/products/old-lamp", language="en") == {"redirect": "/products/lamp"}
    assert await target(catalog, "/products/old-lamp", language="de") == {"redirect": "/products/lampe"}
    assert await make_client(catalog.pool).ask('{ product(slug: "old-lamp") { id } }') == {"product": None}


async def test_an_old_slug_that_names_something_new_leads_there(catalog: CatalogWriter):
    old = await catalog.product("Old lamp", slug="old-lamp")
    await catalog.slug("PRODUCT", "lamp", old, language="de", is_current=False)
    await catalog.product("New lamp", slug="lamp")

    assert await target(catalog, "/products/lamp", language="de") == {"product": {"title": "New lamp"}}


async def test_categories_know_what_lies_above_and_below(catalog: CatalogWriter):
    home = await catalog.category("Home", translations={"de": {"name": "Wohnen", "slug": "wohnen"}})
    lighting = await catalog.category("Lighting", [home])
    lamps = await catalog.category("Lamps", [home, lighting], position=2)
    await catalog.category("Candles", [home, lighting], position=1)
    product_id = await catalog.product(category_id=lamps)

    found = await make_client(catalog.pool, language="de").ask(
        """query($id: ID!, $root: ID!) {
            product(id: $id) { category { name ancestors { name slug } parent { name children { name } } } }
            category(id: $root) { parent { name } ancestors { name } children { name } }
        }""",
        id=product_id,
        root=home,
    )

    assert found["product"]["category"] == {
        "name": "Lamps",
        "ancestors": [{"name": "Wohnen", "slug": "wohnen"}, {"name": "Lighting", "slug": "lighting"}],
        "parent": {"name": "Lighting", "children": [{"name": "Candles"}, {"name": "Lamps"}]},
    }
    assert found["category"] == {"parent": None, "ancestors": [], "children": [{"name": "Lighting"}]}


async def test_collections_are_listed_on_their_products(catalog: CatalogWriter):
    product_id = await catalog.product()
    await catalog.collection("Second", [product_id], position=2)
    await catalog.collection("First", [product_id], position=1, translations={"de": {"name": "Erste"}})
    client = make_client(catalog.pool, language="de")

    found = await client.ask("query($id: ID!) { product(id: $id) { collections { name } } }", id=product_id)
    one = await client.ask("query($id: ID!) { product(id: $id) { collections(first: 1) { name } } }", id=product_id)

    assert found["product"]["collections"] == [{"name": "Erste"}, {"name": "Second"}]
    assert one["product"]["collections"] == [{"name": "Erste"}]


async def test_a_menu_speaks_the_language_of_the_context(catalog: CatalogWriter):
    below = {"title": "Lamps", "path": "/categories/lamps"}
    await catalog.menu(
        "main", [{"title": "Home", "titles": {"de": "Wohnen"}, "path": "/categories/home", "items": [below]}]
    )

    found = await make_client(catalog.pool, language="de").ask(
        '{ menu(handle: "main") { handle items { title path items { title path items { title } } } } }'
    )

    assert found["menu"] == {
        "handle": "main",
        "items": [{"title": "Wohnen", "path": "/categories/home", "items": [{**below, "items": []}]}],
    }


VENDOR = "query($id: ID) { vendor(id: $id) { name slug country status policies { kind text { text } } } }"


async def test_a_vendor_page_tells_its_policies_and_only_its_members_its_status(catalog: CatalogWriter):
    vendor_id = await catalog.vendor("Bright", slug="bright", policies=[{"kind": "returns", "text": "<p>30 days</p>"}])
    member = Actor(customer_id=CustomerId("customer_1"), vendor_ids=frozenset({VendorId(vendor_id)}))

    found = await make_client(catalog.pool, actor=member).ask(VENDOR, id=vendor_id)
    refusals = await make_client(catalog.pool).refusals(VENDOR, id=vendor_id)

    assert found["vendor"] == {
        "name": "Bright",
        "slug": "bright",
        "country": "DE",
        "status": "ACTIVE",
        "policies": [{"kind": "returns", "text": {"text": "30 days"}}],
    }
    assert refusals == [("Sign in to do this.", "UNAUTHENTICATED")]


async def test_v9_the_page_of_a_suspended_vendor_is_hidden(catalog: CatalogWriter):
    vendor_id = await catalog.vendor("Bright", slug="bright", status="SUSPENDED")

    found = await make_client(catalog.pool).ask(
        'query($id: ID!) { vendor(slug: "bright") { name } node(id: $id) { id } }', id=vendor_id
    )

    assert found == {"vendor": None, "node": None}


async def test_a_page_tells_search_engines_what_it_is(catalog: CatalogWriter):
    brand_id = await catalog.brand("Acme")
    words = {"title": "Lampe", "slug": "lampe"}
    product_id, _, _ = await catalog.sold(
        "Lamp",
        product={"slug": "lamp", "brand_id": brand_id, "translations": {"de": words}, "description": "<p>Shines.</p>"},
        variant={"sku": "L1", "gtin": "4006381333931"},
    )

    found = await make_client(catalog.pool, language="de").ask(
        """query($id: ID!) { product(id: $id) { seo {
            title description canonicalPath alternates { language path } structuredData
        } } }""",
        id=product_id,
    )

    assert found["product"]["seo"] == {
        "title": "Lampe",
        "description": "Shines.",
        "canonicalPath": "/products/lampe",
        "alternates": [{"language": "en", "path": "/products/lamp"}, {"language": "de", "path": "/products/lampe"}],
        "structuredData": {
            "@context": "https://schema.org",
            "@type": "Product",
            "name": "Lampe",
            "url": "/products/lampe",
            "description": "Shines.",
            "brand": {"@type": "Brand", "name": "Acme"},
            "sku": "L1",
            "gtin": "4006381333931",
            "offers": [
                {
                    "@type": "Offer",
                    "sku": "L1",
                    "price": "19.99",
                    "priceCurrency": "EUR",
                    "availability": "https://schema.org/InStock",
                    "itemCondition": "https://schema.org/NewCondition",
                }
            ],
        },
    }


async def test_words_and_slugs_of_a_region_go_before_those_of_the_language(catalog: CatalogWriter):
    await catalog.pool.execute("UPDATE market SET languages = '{de-AT,de}' WHERE handle = 'de'")
    words = {"options": {"Size": {"label": "Größe", "values": {"Large": "Groß"}}}}
    translations = {"de": {"title": "Sahne", "slug": "sahne", **words}, "de-AT": {"title": "Obers", "slug": "obers"}}
    option = {"name": "Size", "values": [{"name": "Large", "swatch": None}]}
    product_id = await catalog.product("Cream", slug="cream", options=[option], translations=translations)
    await catalog.variant(product_id, {"Size": "Large"})
    await catalog.slug("PRODUCT", "old-cream", product_id, is_current=False)
    query = "query($id: ID) { product(id: $id) { title slug variants { nodes { title } } } }"

    austrian = await make_client(catalog.pool, language="de-AT").ask(query, id=product_id)
    german = await make_client(catalog.pool, language="de").ask(query, id=product_id)

    assert austrian["product"] == {"title": "Obers", "slug": "obers", "variants": {"nodes": [{"title": "Large"}]}}
    assert german["product"] == {"title": "Sahne", "slug": "sahne", "variants": {"nodes": [{"title": "Groß"}]}}
    assert await target(catalog, "/products/old-cream", language="de-AT") == {"redirect": "/products/obers"}
    assert await target(catalog, "/products/old-cream", language="de") == {"redirect": "/products/sahne"}
