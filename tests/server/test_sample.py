"""The sample store that an empty database is given."""

import re
from collections import Counter
from xml.etree import ElementTree as ET

import orjson
import pytest

import sample
from server.imports.products import import_products
from server.imports.rows import ProductRow
from server.imports.store import CategoryRow, Store, read_store, write_store
from tests.factories.imports import MARKETS, seed_markets

LANGUAGES = {"de", "ja"}
MAX_PICTURE_BYTES = 2_000
JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def rows() -> list[ProductRow]:
    lines = [line for path in sample.product_files() for line in path.read_bytes().splitlines()]
    return [ProductRow.model_validate(orjson.loads(line)) for line in lines]


@pytest.fixture(scope="module")
def store() -> Store:
    return read_store(sample.STORE)


def paths_of(category: CategoryRow, above: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    path = (*above, category.name)
    return {path}.union(*(paths_of(child, path) for child in category.children))


def test_there_are_120_products_over_six_departments(rows):
    departments = Counter(row.category[0] for row in rows)

    assert len(rows) == 120
    assert sorted(departments.values()) == [20] * 6


def test_every_product_is_described_and_translated(rows):
    for row in rows:
        assert len(row.description) > 60, row.slug
        assert row.translations.keys() == LANGUAGES
        for language, words in row.translations.items():
            assert words.title, row.slug
            assert words.description, row.slug
            assert set(words.options) == set(row.options), (row.slug, language)
            assert set(words.attributes) == set(row.attributes), (row.slug, language)
            values = {value for variant in row.variants for value in variant.options.values()}
            assert set(words.values) == values, (row.slug, language)


def test_japanese_is_written_in_japanese(rows):
    for row in rows:
        words = row.translations["ja"]
        assert JAPANESE.search(words.title or ""), row.slug
        assert JAPANESE.search(words.description or ""), row.slug


def test_no_two_products_read_alike(rows):
    for texts in ([row.title for row in rows], [row.description for row in rows]):
        assert len(set(texts)) == len(rows)
    german = [row.translations["de"].slug for row in rows]
    assert len(set(german)) == len(rows)


def test_every_offer_has_a_price_in_every_market(rows):
    for row in rows:
        for variant in row.variants:
            for offer in variant.offers:
                assert {price.market: price.currency for price in offer.prices} == MARKETS, variant.sku


def test_there_is_something_of_each_kind_to_try(rows):
    variants = [variant for row in rows for variant in row.variants]
    stock = [[level.on_hand for offer in variant.offers for level in offer.stock] for variant in variants]

    assert {len(row.variants) for row in rows} >= {1, 2, 3, 4, 6}
    assert sum(len(variant.offers) > 1 for variant in variants) >= 20
    assert sum(sum(counts) == 0 for counts in stock) >= 5
    assert sum(0 < sum(counts) <= 3 for counts in stock) >= 10
    assert sum(len(row.options) == 2 for row in rows) >= 5


def test_all_that_rows_name_is_in_the_store(rows, store):
    categories = set().union(*(paths_of(category) for category in store.categories))
    vendors = {vendor.slug for vendor in store.vendors}
    warehouses = {(warehouse.code, warehouse.vendor) for warehouse in store.warehouses}
    offers = [offer for row in rows for variant in row.variants for offer in variant.offers]

    assert {row.category for row in rows} <= categories
    assert {offer.vendor for offer in offers} == vendors
    assert {(level.warehouse, offer.vendor) for offer in offers for level in offer.stock} == warehouses
    assert {slug for row in rows for slug in row.collections or ()} == {item.slug for item in store.collections}


def test_the_store_is_translated_throughout(store):
    categories = [category for root in store.categories for category in (root, *root.children)]
    for part in (*store.vendors, *categories, *store.collections):
        assert part.translations.keys() == LANGUAGES, part.slug


def test_every_path_of_the_menus_leads_somewhere(store):
    def paths(items):
        return {path for item in items for path in ({item.path} | paths(item.items))}

    slugs = {"/vendors/" + vendor.slug for vendor in store.vendors}
    slugs |= {"/collections/" + collection.slug for collection in store.collections}
    waiting = list(store.categories)
    for category in waiting:
        slugs.add(f"/categories/{category.slug}")
        waiting += category.children

    assert paths([item for items in store.menus.values() for item in items]) <= slugs
    assert any(child.items for item in store.menus["main"] for child in item.items)


def test_every_picture_is_there_and_none_beside(rows):
    named = {image.url.removeprefix(sample.IMAGES_PATH) for row in rows for image in row.images}

    assert named == {path.name for path in sample.IMAGES.iterdir()}


def test_pictures_are_small_plain_svg():
    for path in sample.IMAGES.iterdir():
        content = path.read_bytes()
        tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(content).iter()}
        assert len(content) < MAX_PICTURE_BYTES, path.name
        assert tags <= {"svg", "rect", "circle", "ellipse", "path", "g"}, path.name


async def test_the_sample_goes_in_whole_and_again_without_a_trace(pool, store, tmp_path):
    await seed_markets(pool)
    await write_store(pool, store)
    first = [await import_products(pool, path, errors_path=tmp_path / "errors") for path in sample.product_files()]
    before = await pool.fetch(
        "SELECT xmin::text, id FROM vendor UNION ALL SELECT xmin::text, id FROM category ORDER BY 2"
    )

    await write_store(pool, store)
    second = [await import_products(pool, path, errors_path=tmp_path / "errors") for path in sample.product_files()]

    after = await pool.fetch(
        "SELECT xmin::text, id FROM vendor UNION ALL SELECT xmin::text, id FROM category ORDER BY 2"
    )
    assert sum(report.created for report in first) == 120
    assert sum(report.unchanged for report in second) == 120
    assert [report.rejected for report in (*first, *second)] == [0] * 12
    assert after == before
    assert await pool.fetchval("SELECT count(*) FROM category WHERE name = 'Bedding'") == 1
