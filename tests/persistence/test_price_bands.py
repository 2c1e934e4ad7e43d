"""Bands of prices: the database and Python tell the same ones, and what a filter lets through is in one of its own."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog.search import Filter
from domain.pricing.context import Wish, applied
from persistence.catalog import search_index
from persistence.pricing.reference import Reference
from persistence.search import price_bands
from persistence.statement import Pool
from tests.factories.catalog import catalog_in

EDGES = [0, 1, 2, 3, 4, 7, 8, 1_023, 1_024, 1_025, 2**40 - 1, 2**40, 2**53 - 1]


@given(low=st.integers(0, 10**9), width=st.integers(0, 10**9), share=st.floats(0, 1))
def test_a_price_within_a_range_is_in_a_band_within_those_of_the_range(low: int, width: int, share: float):
    price = low + int(width * share)

    assert low.bit_length() <= price.bit_length() <= (low + width).bit_length()


@pytest.mark.parametrize("amount", EDGES)
async def test_the_database_finds_the_band_of_a_price_and_the_prices_of_a_band(pool: Pool, amount: int):
    number = await pool.fetchval(f"SELECT {price_bands.band('$1::bigint')}", amount)
    low, high = price_bands.lowest("$1::int"), price_bands.highest("$1::int")
    (ends,) = await pool.fetch(f"SELECT {low} AS low, {high} AS high", number)

    assert number == amount.bit_length()
    assert ends["low"] <= amount <= ends["high"]


async def test_a_filter_passes_the_places_that_the_index_gives_to_prices_in_its_range(pool: Pool):
    catalog = await catalog_in(pool)
    product_id, _, _ = await catalog.sold("Lamp")
    async with pool.acquire() as connection, connection.transaction():
        await search_index.refresh(connection, [product_id])
    germany = applied((await Reference(pool).facts()).markets, asked=Wish(market="de"), preferred=Wish())
    told = await pool.fetchval("SELECT places FROM search_product")

    ranges = {(19, 20): True, (5, 80): True, (0, None): True, (100, 200): False, (1, 2): False}
    passed = {
        (low, high): not set(told).isdisjoint(
            price_bands.passed(Filter("price", min=Decimal(low), max=None if high is None else Decimal(high)), germany)
        )
        for low, high in ranges
    }

    assert passed == ranges
