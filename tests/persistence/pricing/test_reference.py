"""The facts that each process keeps, and what a new shop begins with."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from domain.pricing.model import Territory
from persistence.ids import new_id
from persistence.pricing.reference import Reference
from persistence.statement import Pool
from server.seed import seed
from tests.database import StatementLog

TODAY = datetime(2026, 11, 21, tzinfo=UTC)


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_facts_are_read_once_until_they_are_old(pool: Pool, statement_log: StatementLog):
    clock = Clock()
    reference = Reference(statement_log.pool, ttl_seconds=10, clock=clock)
    await seed(pool, new_id)

    first = await reference.facts()
    await pool.execute("UPDATE market SET name = 'Renamed' WHERE handle = 'us'")
    clock.seconds = 9.9
    async with statement_log.count() as statements:
        again = await reference.facts()
    clock.seconds = 10
    later = await reference.facts()

    assert statements == []
    assert again is first
    assert [facts.markets[0].name for facts in (first, later)] == ["United States", "Renamed"]


async def test_many_requests_at_once_read_the_facts_once(pool: Pool, statement_log: StatementLog):
    reference = Reference(statement_log.pool)
    await seed(pool, new_id)

    async with statement_log.count() as statements:
        found = await asyncio.gather(*[reference.facts() for _ in range(20)])

    assert len(statements) == len(set(statements)) > 1
    assert all(facts is found[0] for facts in found)


async def test_what_is_forgotten_is_read_anew(pool: Pool):
    reference = Reference(pool)
    await seed(pool, new_id)
    await reference.facts()
    await pool.execute("UPDATE market SET name = 'Renamed' WHERE handle = 'us'")

    reference.forget()

    assert (await reference.facts()).markets[0].name == "Renamed"
    assert reference.known.markets[0].name == "Renamed"


async def test_a_shop_is_seeded_once_however_many_begin_together(pool: Pool):
    seeded = await asyncio.gather(*[seed(pool, new_id) for _ in range(5)])

    assert sorted(seeded) == [False] * 4 + [True]
    assert await pool.fetchval("SELECT count(*) FROM market") == 4


async def test_the_seeded_markets_sell_in_their_currencies_and_languages(pool: Pool):
    await seed(pool, new_id)

    facts = await Reference(pool).facts()

    assert [(market.handle, market.default_currency, market.prices_include_tax) for market in facts.markets] == [
        ("us", "USD", False),
        ("de", "EUR", True),
        ("gb", "GBP", True),
        ("jp", "JPY", True),
    ]
    for market in facts.markets:
        assert len(facts.lists_of(market.id, market.default_currency)) == 1
        assert facts.lists_of(market.id, "CHF") == []
        for country in market.countries:
            ways = [way for way in facts.transits if way.serves(market.id, country, market.default_currency)]
            assert ways


@pytest.mark.parametrize(
    ("territory", "tax_class", "on", "rate"),
    [
        (Territory("DE"), "standard", TODAY, "0.19"),
        (Territory("DE"), "reduced", TODAY, "0.07"),
        (Territory("DE"), "standard", datetime(2020, 6, 30, 22, tzinfo=UTC), "0.16"),
        (Territory("DE"), "standard", datetime(2020, 6, 30, 22, tzinfo=UTC) - timedelta(seconds=1), "0.19"),
        (Territory("AT"), "standard", TODAY, "0.20"),
        (Territory("GB"), "standard", TODAY, "0.20"),
        (Territory("JP"), "reduced", TODAY, "0.08"),
        (Territory("US", "TX"), "standard", TODAY, "0.0625"),
        (Territory("US", "OR"), "standard", TODAY, None),
        (Territory("US"), "standard", TODAY, None),
    ],
)
async def test_t7_seeded_rates_hold_from_midnight_where_they_are_law(
    pool: Pool, territory: Territory, tax_class: str, on: datetime, rate: str | None
):
    await seed(pool, new_id)

    found = (await Reference(pool).facts()).rates(tax_class, territory, on)

    assert [item.rate for item in found] == ([Decimal(rate)] if rate else [])


async def test_seeded_deliveries_are_named_in_every_language(pool: Pool):
    await seed(pool, new_id)

    rows = await pool.fetch("SELECT DISTINCT name, translations FROM delivery_rate ORDER BY name")

    assert [row["name"] for row in rows] == ["Express delivery", "Pick up in store", "Standard delivery"]
    assert all(set(row["translations"]) == {"de", "ja"} for row in rows)
