"""Catalogs of any size, made of real products."""

from operator import itemgetter
from typing import Any

import pytest

from bench.generate import DEFAULT_FOLDER, generate, originals
from bench.variation import Variation, article_number
from persistence.catalog import search_index
from persistence.statement import Pool
from server.doctor.examination import findings
from server.imports.rows import ProductRow
from server.imports.text import has_check_digit

PRODUCTS = 50
FILLED = ("product", "variant", "offer", "price", "stock_level", "stock_movement", "slug")
INDEX = ("search_product", "search_document", "search_price", "search_code", "search_word", "search_lexeme")

real = pytest.mark.skipif(not DEFAULT_FOLDER.is_dir(), reason="the products of Open Icecat are not there")


async def rows_of(pool: Pool, tables: tuple[str, ...]) -> dict[str, set[Any]]:
    """Every row of the tables with the transaction that wrote it."""
    return {
        table: {tuple(row) for row in await pool.fetch(f"SELECT xmin::text, {table}::text FROM {table}")}
        for table in tables
    }


async def definitions(pool: Pool) -> set[str]:
    """All indexes and constraints."""
    rows = await pool.fetch(
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' "
        "UNION SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"
    )
    return {row[0] for row in rows}


@real
async def test_a_generated_catalog_is_as_if_it_had_been_imported(pool: Pool, worker_database_url: str):
    defined = await definitions(pool)

    await generate(worker_database_url, PRODUCTS, processes=1)

    async with pool.acquire() as connection:
        assert await findings(connection) == []
    assert await definitions(pool) == defined
    assert await pool.fetchval("SELECT count(*) FROM product") == PRODUCTS
    sold_by = await pool.fetch("SELECT count(DISTINCT vendor_id) FROM offer GROUP BY variant_id")
    assert [row[0] for row in sold_by] == [2] * PRODUCTS
    assert all((await rows_of(pool, FILLED)).values())


@real
async def test_the_index_of_a_generated_catalog_is_what_the_indexer_makes(pool: Pool, worker_database_url: str):
    await generate(worker_database_url, PRODUCTS, processes=1)
    before = await rows_of(pool, INDEX)

    await search_index.rebuild(pool)

    assert await rows_of(pool, INDEX) == before
    assert all(before.values())


@real
def test_the_same_numbers_make_the_same_rows_in_any_order():
    products = originals(DEFAULT_FOLDER, PRODUCTS)

    at_once = list(Variation(products).rows(0, PRODUCTS))
    other = Variation(products)
    in_parts = [*other.rows(PRODUCTS // 2, PRODUCTS - PRODUCTS // 2), *other.rows(0, PRODUCTS // 2)]

    name = itemgetter("external_id")
    assert sorted(at_once, key=name) == sorted(in_parts, key=name)


@real
def test_variations_are_rows_that_an_import_takes_and_differ_in_their_codes():
    rows = Variation(originals(DEFAULT_FOLDER, 1_000)).rows(0, 1_000)

    checked = [ProductRow.model_validate(row) for row in rows]

    codes = [code for row in checked[500:] for code in (row.slug, row.external_id, row.variants[0].gtins[0])]
    assert len({*codes}) == len(codes)
    assert len({row.title for row in checked}) > 700


def test_numbers_become_article_numbers_with_a_check_digit():
    assert all(has_check_digit(article_number(number)) for number in (0, 1, 19_406, 999_999))
