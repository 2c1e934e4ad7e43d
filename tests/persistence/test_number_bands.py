"""Bands of numbers: the database and Python tell the same ones, and what a range lets through is in one of its own."""

import json
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog.search import MAX_VALUE_LENGTH, Filter, SearchInput
from domain.pricing.context import RequestContext, Wish, applied
from domain.shared.page import PageRequest
from persistence.catalog import search_index
from persistence.pricing.reference import Reference
from persistence.search import number_bands
from persistence.search.engine import PostgresSearch
from persistence.statement import Pool
from tests.factories.catalog import CatalogWriter, catalog_in

NUMBERS = (
    *("0", "0.0004", "-0.0004", "0.001", "0.009", "0.01", "0.0999", "0.1", "0.999", "1", "9.999", "9.9999", "10"),
    *("-10", "42", "42.5", "-42", "99", "100", "123456.789", "-999999", "1000000", "999999999.999"),
    *("1000000000", "1e12", "-1e18", "1.5e40", "0.30000000000000000000000000000000004"),
)
numbers = st.decimals(-(10**10), 10**10, places=4) | st.sampled_from([Decimal(number) for number in NUMBERS])


@pytest.fixture
async def catalog(pool: Pool) -> CatalogWriter:
    return await catalog_in(pool)


@pytest.fixture
async def context(catalog: CatalogWriter) -> RequestContext:
    return applied((await Reference(catalog.pool).facts()).markets, asked=Wish(market="de"), preferred=Wish())


def bands_of(key: str, number: Decimal) -> list[int]:
    """Those that a number stands in."""
    thousandths = str(min(abs(int(Fraction(number) * 1000)), 10**12 - 1))
    sign = "-" if number < 0 else ""
    names = [f"{key}/{sign}{len(thousandths)}/{thousandths[:leading]}" for leading in (1, 2)]
    if number < 0:
        names.insert(0, f"{key}/-")
    known = [sha256(name.encode()).digest() for name in dict.fromkeys(names)]
    return [int.from_bytes(each[:8], "big", signed=True) for each in known]


def weight(low: Decimal | None, high: Decimal | None) -> Filter:
    return Filter("attributes.weight", min=low, max=high)


async def weighing(catalog: CatalogWriter, *weights: object) -> list[str]:
    """The products, one for each weight, that the index knows."""
    products = [(await catalog.sold(product={"attributes": {"weight": each}}))[0] for each in weights]
    async with catalog.pool.acquire() as connection, connection.transaction():
        await search_index.refresh(connection, products)
    return products


async def found(catalog: CatalogWriter, context: RequestContext, asked: SearchInput) -> set[str]:
    page = await PostgresSearch(catalog.pool).hits(asked, None, context, PageRequest(first=100))
    return {hit.product_id for hit in page.hits}


@given(three=st.tuples(numbers, numbers, numbers))
def test_a_number_within_a_range_is_in_one_of_its_bands(three: Sequence[Decimal]):
    low, number, high = sorted(three)
    bands = set(bands_of("weight", number))

    for ends in ((low, high), (None, high), (low, None), (number, high), (low, number), (None, None)):
        whole, partly = number_bands.passed(weight(*ends))
        assert not bands.isdisjoint([*whole, *partly])


@given(low=numbers, high=numbers, number=numbers)
def test_a_number_that_is_in_a_band_as_a_whole_is_within_its_range(low: Decimal, high: Decimal, number: Decimal):
    low, high = sorted((low, high))
    bands = set(bands_of("weight", number))

    for least, most in ((low, high), (None, high), (low, None)):
        whole, _ = number_bands.passed(weight(least, most))
        is_within = (least is None or least <= number) and (most is None or number <= most)
        assert is_within or bands.isdisjoint(whole)


@given(low=numbers, high=numbers)
def test_ranges_have_few_bands_and_few_numbers_have_to_be_looked_at(low: Decimal, high: Decimal):
    low, high = sorted((low, high))

    for ends in ((low, high), (None, high), (low, None)):
        whole, partly = number_bands.passed(weight(*ends))
        assert len(whole) <= 250
        assert len(partly) <= 3, "one at each end, and that of what is not known"


def test_all_that_is_from_a_round_number_on_is_known_by_its_bands():
    _, partly = number_bands.passed(weight(Decimal(16), None))

    assert partly == [number_bands.NOT_TOLD]


def test_all_that_is_less_than_a_number_has_not_many_bands():
    """All negative numbers are of one."""
    whole, _ = number_bands.passed(weight(None, Decimal(40)))

    assert len(whole) <= 50


async def test_the_database_tells_the_bands_that_python_tells(pool: Pool):
    attributes = {f"{at:03}": number for at, number in enumerate(NUMBERS)}
    spelled = ",".join(f'"{key}": {number}' for key, number in attributes.items())

    told = await pool.fetchval(f"SELECT {number_bands.places('$1::text::jsonb')}", f"{{{spelled}}}")

    assert told == [band for key, number in attributes.items() for band in bands_of(key, Decimal(number))]


async def test_only_numbers_have_bands_and_no_key_that_nobody_can_ask_for(pool: Pool):
    attributes = {"a": "5", "b": True, "c": None, "d": [5], "e": {"f": 5}, "g" * (MAX_VALUE_LENGTH + 1): 5, "größe": 5}

    told = await pool.fetchval(f"SELECT {number_bands.places('$1::text::jsonb')}", json.dumps(attributes))

    assert told == bands_of("größe", Decimal(5))


async def test_a_range_finds_what_lies_in_it_and_not_all_of_its_bands(catalog: CatalogWriter, context: RequestContext):
    weights = (419.9, 420, 424, 424.5, 429, 430, -424, "424", 4240)
    products = dict(zip(weights, await weighing(catalog, *weights), strict=True))
    ranges: Sequence[tuple[Filter, set[float]]] = (
        (weight(Decimal(420), Decimal(424)), {420, 424}),
        (weight(Decimal("424.2"), Decimal(430)), {424.5, 429, 430}),
        (weight(None, Decimal(0)), {-424}),
        (weight(Decimal(-424), Decimal(-424)), {-424}),
        (weight(Decimal(430), None), {430, 4240}),
        (weight(Decimal(425), Decimal(428)), set()),
    )

    for query in ("", "lamp"):
        for within, expected in ranges:
            assert await found(catalog, context, SearchInput(query, (within,))) == {products[each] for each in expected}


async def test_what_an_earlier_release_has_indexed_is_found_by_its_numbers_as_well(
    catalog: CatalogWriter, context: RequestContext
):
    light, heavy = await weighing(catalog, 420, 4_200)
    for table in ("search_product", "search_document"):
        await catalog.pool.execute(f"UPDATE {table} SET numbers = DEFAULT")

    for query in ("", "lamp"):
        assert await found(catalog, context, SearchInput(query, (weight(Decimal(1_000), None),))) == {heavy}
        assert await found(catalog, context, SearchInput(query, (weight(None, Decimal(1_000)),))) == {light}


async def test_a_number_that_changes_is_found_where_it_lies_now(catalog: CatalogWriter, context: RequestContext):
    (product_id,) = await weighing(catalog, 420)
    await catalog.pool.execute("UPDATE product SET attributes = '{\"weight\": 77}'")
    async with catalog.pool.acquire() as connection, connection.transaction():
        await search_index.refresh_offers(connection, [product_id])

    for query in ("", "lamp"):
        assert await found(catalog, context, SearchInput(query, (weight(Decimal(77), Decimal(77)),))) == {product_id}
        assert await found(catalog, context, SearchInput(query, (weight(Decimal(400), None),))) == set()
