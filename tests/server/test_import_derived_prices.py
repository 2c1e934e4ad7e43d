"""What imports have to do with derived price lists: prices of products, and rates of exchange (rule M9)."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from domain.shared.jobs import JobKind
from integrations.exchange_rates.ecb import EcbRates
from persistence.ids import new_id
from persistence.pricing.reference import Reference
from persistence.statement import Pool
from server.imports.exchange_rates import import_exchange_rates
from server.imports.products import import_products
from server.jobs.queue import HANDLERS
from tests.factories.deriving import jobs
from tests.factories.imports import make_offer, make_price, make_row, make_variant_row, seed_store, write_rows
from tests.fakes.news import LocalNews

AT = datetime(2026, 11, 20, 13, 10, tzinfo=UTC)
DERIVE = """
INSERT INTO price_list_derivation (price_list_id, base_id, rate, rate_at, rate_source)
SELECT own.id, base.id, $3, $4, $5 FROM price_list own, price_list base WHERE own.handle = $1 AND base.handle = $2
"""


@pytest.fixture
async def shop(pool: Pool) -> Pool:
    """A database with markets and vendors, where yen follow dollars."""
    await seed_store(pool)
    await derive(pool, "jp", "us", "149.37", "by hand")
    return pool


async def derive(pool: Pool, own: str, base: str, rate: str, source: str) -> None:
    await pool.execute(DERIVE, own, base, Decimal(rate), datetime(2026, 11, 1, tzinfo=UTC), source)


async def load(pool: Pool, folder: Path, *prices: dict[str, Any]) -> None:
    variant = make_variant_row(offers=[make_offer(prices=list(prices))])
    report = await import_products(pool, write_rows(folder / "rows.jsonl", make_row(variants=[variant])))
    assert report.rejected == 0


async def follow(pool: Pool) -> int:
    """Do the jobs that derive prices, as the worker does; how many there were."""
    services = SimpleNamespace(now=lambda: AT, reference=Reference(pool), new_id=new_id, news=LocalNews())
    parts: Any = SimpleNamespace(pool=pool, services=services)
    lists = await jobs(pool)
    for key in lists:
        await HANDLERS[JobKind.DERIVE_PRICES](parts, key)
    return len(lists)


async def yen(pool: Pool) -> list[tuple[int, bool]]:
    rows = await pool.fetch(
        "SELECT amount_minor, derived_from IS NOT NULL FROM price JOIN price_list l ON l.id = price_list_id"
        " WHERE l.handle = 'jp'"
    )
    return [tuple(row) for row in rows]


async def test_m9_imported_prices_are_followed(shop: Pool, tmp_path: Path):
    await load(shop, tmp_path, make_price(amount="19.99"))
    first = (await follow(shop), await yen(shop))

    await load(shop, tmp_path, make_price(amount="10.00"))

    assert first == (1, [(2_986, True)])
    assert (await follow(shop), await yen(shop)) == (1, [(1_494, True)])


async def test_m9_an_imported_price_stays_and_without_it_the_list_follows_again(shop: Pool, tmp_path: Path):
    by_hand = make_price(market="jp", currency="JPY", amount="3000")
    await load(shop, tmp_path, make_price(amount="19.99"))
    await follow(shop)

    await load(shop, tmp_path, make_price(amount="19.99"), by_hand)
    await follow(shop)
    pinned = await yen(shop)
    await load(shop, tmp_path, make_price(amount="19.99"))
    dropped = await yen(shop)
    await follow(shop)

    assert (pinned, dropped, await yen(shop)) == ([(3_000, False)], [], [(2_986, True)])


async def test_an_import_that_changes_no_price_leaves_nothing_to_derive(shop: Pool, tmp_path: Path):
    await load(shop, tmp_path, make_price(amount="19.99"))
    await follow(shop)

    await import_products(
        shop,
        write_rows(
            tmp_path / "rows.jsonl",
            make_row(
                title="Another", variants=[make_variant_row(offers=[make_offer(prices=[make_price(amount="19.99")])])]
            ),
        ),
    )

    assert await follow(shop) == 0


async def test_m9_lists_that_go_by_the_bank_are_given_its_rates_and_others_are_not(shop: Pool, tmp_path: Path):
    await derive(shop, "de", "us", "1", "ECB")
    await derive(shop, "gb", "us", "1", "ECB")
    await load(shop, tmp_path, make_price(amount="19.99"))
    await follow(shop)
    rates = EcbRates(AT, {"USD": Decimal("1.1172"), "JPY": Decimal("175.68")})

    report = await import_exchange_rates(shop, rates)
    again = await import_exchange_rates(shop, rates)
    await follow(shop)

    euros = await shop.fetchval("SELECT id FROM price_list WHERE handle = 'de'")
    assert (report.changed, report.unknown, again.changed) == ([euros], [("USD", "GBP")], [])
    stored = await shop.fetchrow("SELECT amount_minor, rate, rate_at FROM price WHERE price_list_id = $1", euros)
    assert tuple(stored or ()) == (1_789, Decimal("0.8950948800572861"), AT)
    assert await yen(shop) == [(2_986, True)]
