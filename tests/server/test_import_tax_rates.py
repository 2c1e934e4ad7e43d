"""`commerce import tax-rates`: dated, safe to repeat, and careful with what others wrote (rule T7)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from domain.pricing.model import TaxRate, Territory
from integrations.vat_rates import europe, sales_tax
from persistence.ids import new_id
from persistence.statement import Pool
from server.cli import import_
from server.imports.tax_rates import RatesReport, Source, write_tax_rates
from server.seed import seed
from tests.factories.pricing import make_rate

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LATER = datetime(2027, 1, 1, tzinfo=UTC)


async def write(
    pool: Pool, rates: Sequence[TaxRate], source: Source = Source.WORLD, effective: datetime = NOW
) -> RatesReport:
    async with pool.acquire() as connection:
        return await write_tax_rates(connection, source, rates, effective=effective, new_id=new_id)


async def stored(pool: Pool, country: str = "DE") -> list[tuple[str, str, datetime | None, datetime | None]]:
    rows = await pool.fetch(
        "SELECT name, rate::float::text, valid_from, valid_until FROM tax_rate WHERE country = $1 "
        "ORDER BY valid_from NULLS FIRST, position",
        country,
    )
    return [tuple(row) for row in rows]


async def test_t7_the_second_run_of_an_import_writes_nothing(pool: Pool) -> None:
    rates = sales_tax.rates_of(sales_tax.own_copy())
    first = await write(pool, rates)
    before = await pool.fetch("SELECT * FROM tax_rate ORDER BY id")

    again = await write(pool, rates, effective=LATER)

    assert (first.created, first.unchanged) == (len(rates), 0)
    assert (again.created, again.ended) == (0, 0)
    assert await pool.fetch("SELECT * FROM tax_rate ORDER BY id") == before


async def test_t7_a_rate_that_changes_ends_and_another_one_begins(pool: Pool) -> None:
    await write(pool, [make_rate("0.19")])

    report = await write(pool, [make_rate("0.21")], effective=LATER)

    assert (report.created, report.ended) == (1, 1)
    assert await stored(pool) == [("VAT", "0.19", None, LATER), ("VAT", "0.21", LATER, None)]


async def test_t7_a_change_with_a_date_of_its_own_holds_from_that_date(pool: Pool) -> None:
    await write(pool, [make_rate("0.19")])

    await write(pool, [make_rate("0.19", valid_until=NOW), make_rate("0.21", valid_from=NOW)], effective=LATER)

    assert await stored(pool) == [("VAT", "0.19", None, NOW), ("VAT", "0.21", NOW, None)]


async def test_t4_taxes_that_are_merged_into_one_end_together(pool: Pool) -> None:
    place = Territory("CA", "NS")
    await write(pool, [make_rate("0.05", "GST", "CA", territory=place), make_rate("0.1", "PST", "NS", territory=place)])

    report = await write(pool, [make_rate("0.15", "HST", "NS", territory=place)], effective=LATER)

    assert (report.created, report.ended) == (1, 2)
    assert [name for name, _, _, until in await stored(pool, "CA") if until is None] == ["HST"]


async def test_what_a_merchant_has_entered_is_left_alone(pool: Pool) -> None:
    await pool.execute(
        "INSERT INTO tax_rate (id, country, tax_class, name, jurisdiction, rate) "
        "VALUES ('tax_rate_1', 'DE', 'standard', 'Own', 'DE', 0.18)"
    )

    for source in Source:
        assert await write(pool, [make_rate("0.19")], source) == RatesReport(kept=1)
    assert [name for name, *_ in await stored(pool)] == ["Own"]


async def test_the_data_of_europe_go_before_those_of_the_world(pool: Pool) -> None:
    await write(pool, [make_rate("0.077")])
    await write(pool, [make_rate("0.081")], Source.EUROPE)

    report = await write(pool, [make_rate("0.077")], effective=LATER)

    assert report == RatesReport(kept=1)
    assert [rate for _, rate, _, until in await stored(pool) if until is None] == ["0.081"]


async def test_a_new_shop_begins_with_the_rates_of_the_data_sets(pool: Pool) -> None:
    await seed(pool, new_id)

    by_country = await pool.fetch(
        "SELECT country, region, tax_class, rate FROM tax_rate WHERE valid_until IS NULL "
        "AND (country, coalesce(region, ''), tax_class) IN (('US', 'CA', 'standard'), ('GB', '', 'reduced'), "
        "('AT', '', 'standard'), ('DE', '', 'reduced'), ('JP', '', 'reduced')) ORDER BY country"
    )

    assert [tuple(row) for row in by_country] == [
        ("AT", None, "standard", Decimal("0.20")),
        ("DE", None, "reduced", Decimal("0.07")),
        ("GB", None, "reduced", Decimal("0.05")),
        ("JP", None, "reduced", Decimal("0.08")),
        ("US", "CA", "standard", Decimal("0.0825")),
    ]
    assert (await write(pool, europe.rates(), Source.EUROPE, LATER)).created == 0


@pytest.mark.parametrize(
    ("what", "files", "eu"), [("tax-rates", [], False), ("products", [], False), ("coupons", [Path("x")], False)]
)
def test_the_command_says_what_it_lacks(what: str, files: list[Path], eu: bool) -> None:
    with pytest.raises(Exception, match=r"name|only"):
        import_(what, files, mapping=None, errors=None, eu=eu)
