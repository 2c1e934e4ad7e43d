"""What a new shop begins with: four markets, their price lists, tax rates and delivery rates.

Rates are the general ones of the law as of 2026, dated where they changed; a merchant has them checked by a tax
adviser and edits them as data.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table, bindparam, insert

from domain.shared.ids import NewId
from persistence.fulfillment.tables import delivery_rate
from persistence.pricing.tables import market, price_list, tax_rate
from persistence.statement import Connection, Pool, Statement

SEEDING_LOCK = 5_310_927_744


@dataclass(frozen=True, slots=True)
class SeededMarket:
    """A market in one currency. Its first country and language are the defaults."""

    handle: str
    name: str
    countries: tuple[str, ...]
    currency: str
    languages: tuple[str, ...]
    prices_include_tax: bool
    time_zone: str
    tax_level: str = "LINE"


MARKETS = (
    SeededMarket("us", "United States", ("US",), "USD", ("en",), False, "America/New_York"),
    SeededMarket("de", "Germany and Austria", ("DE", "AT"), "EUR", ("de", "en"), True, "Europe/Berlin"),
    SeededMarket("gb", "United Kingdom", ("GB",), "GBP", ("en",), True, "Europe/London"),
    SeededMarket("jp", "Japan", ("JP",), "JPY", ("ja", "en"), True, "Asia/Tokyo", "RATE_GROUP"),
)


@dataclass(frozen=True, slots=True)
class DatedRate:
    """A rate of a country's value added tax from one midnight of its own until another."""

    country: str
    tax_class: str
    rate: str
    since: str | None = None
    until: str | None = None


VAT_NAMES = {"DE": "Mehrwertsteuer", "AT": "Umsatzsteuer", "GB": "VAT", "JP": "消費税"}
VAT_ZONES = {"DE": "Europe/Berlin", "AT": "Europe/Vienna", "GB": "Europe/London", "JP": "Asia/Tokyo"}
VAT_RATES = (
    DatedRate("DE", "standard", "0.19", "2007-01-01", "2020-07-01"),
    DatedRate("DE", "standard", "0.16", "2020-07-01", "2021-01-01"),
    DatedRate("DE", "standard", "0.19", "2021-01-01"),
    DatedRate("DE", "reduced", "0.07", "2007-01-01", "2020-07-01"),
    DatedRate("DE", "reduced", "0.05", "2020-07-01", "2021-01-01"),
    DatedRate("DE", "reduced", "0.07", "2021-01-01"),
    DatedRate("AT", "standard", "0.20"),
    DatedRate("AT", "reduced", "0.10"),
    DatedRate("GB", "standard", "0.20", "2011-01-04"),
    DatedRate("GB", "reduced", "0.05"),
    DatedRate("JP", "standard", "0.08", "2014-04-01", "2019-10-01"),
    DatedRate("JP", "standard", "0.10", "2019-10-01"),
    DatedRate("JP", "reduced", "0.08", "2019-10-01"),
)

SALES_TAX_BY_STATE = (
    "AL 0.04 AR 0.065 AZ 0.056 CA 0.0725 CO 0.029 CT 0.0635 DC 0.06 FL 0.06 GA 0.04 HI 0.04 IA 0.06 ID 0.06 IL 0.0625 "
    "IN 0.07 KS 0.065 KY 0.06 LA 0.05 MA 0.0625 MD 0.06 ME 0.055 MI 0.06 MN 0.06875 MO 0.04225 MS 0.07 NC 0.0475 "
    "ND 0.05 NE 0.055 NJ 0.06625 NM 0.04875 NV 0.0685 NY 0.04 OH 0.0575 OK 0.045 PA 0.06 RI 0.07 SC 0.06 SD 0.042 "
    "TN 0.07 TX 0.0625 UT 0.061 VA 0.053 VT 0.06 WA 0.065 WI 0.05 WV 0.06 WY 0.04"
)
"""State level only: the rates of counties and cities are a merchant's to add. States that are not named levy none."""

TAX_CLASSES = ("standard", "reduced")


@dataclass(frozen=True, slots=True)
class SeededDelivery:
    """One row of a market's rate table, in minor units of its currency; `free_from` adds a row that costs nothing."""

    market: str
    name: str
    price_minor: int
    days: tuple[int, int]
    countries: tuple[str, ...] = ()
    free_from: int | None = None


STANDARD, EXPRESS = "Standard delivery", "Express delivery"
DELIVERY_WORDS = {
    STANDARD: {"de": "Standardversand", "ja": "通常配送"},
    EXPRESS: {"de": "Expressversand", "ja": "お急ぎ便"},
}
DELIVERIES = (
    SeededDelivery("us", STANDARD, 590, (3, 6), free_from=7500),
    SeededDelivery("us", EXPRESS, 1490, (1, 2)),
    SeededDelivery("de", STANDARD, 490, (2, 4), ("DE",), free_from=5000),
    SeededDelivery("de", STANDARD, 690, (3, 5), ("AT",), free_from=8000),
    SeededDelivery("de", EXPRESS, 1290, (1, 2)),
    SeededDelivery("gb", STANDARD, 395, (2, 4), free_from=5000),
    SeededDelivery("gb", EXPRESS, 995, (1, 1)),
    SeededDelivery("jp", STANDARD, 600, (2, 3), free_from=5000),
    SeededDelivery("jp", EXPRESS, 1200, (1, 1)),
)


async def seed(pool: Pool, new_id: NewId) -> bool:
    """Write the beginnings of a shop into a database that has no market yet; whether it did.

    All or nothing, and once, however many processes start together.
    """
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", SEEDING_LOCK)
        if await connection.fetchval("SELECT EXISTS (SELECT FROM market)"):
            return False
        ids = {found.handle: new_id("market") for found in MARKETS}
        await _write(connection, market, list(_markets(ids)))
        await _write(connection, price_list, list(_price_lists(ids, new_id)))
        await _write(connection, tax_rate, [*_value_added_taxes(new_id), *_sales_taxes(new_id)])
        await _write(connection, delivery_rate, list(_deliveries(ids, new_id)))
    return True


async def _write(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    names: dict[str, Any] = {name: bindparam(name) for name in rows[0]}
    await Statement(insert(table).values(names)).many(connection, rows)


def _markets(ids: dict[str, str]) -> Iterator[dict[str, Any]]:
    for position, found in enumerate(MARKETS):
        yield {
            "id": ids[found.handle],
            "handle": found.handle,
            "name": found.name,
            "countries": list(found.countries),
            "currencies": [found.currency],
            "languages": list(found.languages),
            "prices_include_tax": found.prices_include_tax,
            "time_zone": found.time_zone,
            "tax_level": found.tax_level,
            "rounding": "HALF_UP",
            "price_policy": "FIXED_GROSS" if found.prices_include_tax else "FIXED_NET",
            "position": position,
        }


def _price_lists(ids: dict[str, str], new_id: NewId) -> Iterator[dict[str, Any]]:
    for found in MARKETS:
        yield {
            "id": new_id("price_list"),
            "handle": f"{found.handle}-{found.currency.lower()}",
            "name": f"{found.name}, {found.currency}",
            "currency": found.currency,
            "market_id": ids[found.handle],
        }


def _value_added_taxes(new_id: NewId) -> Iterator[dict[str, Any]]:
    for found in VAT_RATES:
        zone = VAT_ZONES[found.country]
        yield {
            "id": new_id("tax_rate"),
            "country": found.country,
            "region": None,
            "tax_class": found.tax_class,
            "name": VAT_NAMES[found.country],
            "jurisdiction": found.country,
            "rate": Decimal(found.rate),
            "valid_from": _midnight(found.since, zone),
            "valid_until": _midnight(found.until, zone),
        }


def _sales_taxes(new_id: NewId) -> Iterator[dict[str, Any]]:
    words = SALES_TAX_BY_STATE.split()
    for state, rate in zip(words[::2], words[1::2], strict=True):
        for tax_class in TAX_CLASSES:
            yield {
                "id": new_id("tax_rate"),
                "country": "US",
                "region": state,
                "tax_class": tax_class,
                "name": "Sales tax",
                "jurisdiction": f"US-{state}",
                "rate": Decimal(rate),
                "valid_from": None,
                "valid_until": None,
            }


def _deliveries(ids: dict[str, str], new_id: NewId) -> Iterator[dict[str, Any]]:
    currencies = {found.handle: found.currency for found in MARKETS}
    for position, found in enumerate(DELIVERIES):
        for price_minor, least in ((found.price_minor, None), (0, found.free_from)):
            if price_minor == 0 and least is None:
                continue
            yield {
                "id": new_id("delivery_option"),
                "market_id": ids[found.market],
                "countries": list(found.countries),
                "kind": "SHIP",
                "name": found.name,
                "translations": DELIVERY_WORDS[found.name],
                "currency": currencies[found.market],
                "price_minor": price_minor,
                "min_subtotal_minor": least,
                "min_days": found.days[0],
                "max_days": found.days[1],
                "position": position,
            }


def _midnight(day: str | None, zone: str) -> datetime | None:
    """The moment a day begins where the law holds, in UTC."""
    if day is None:
        return None
    return datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
