"""What a new shop begins with: four markets, their price lists, tax rates and delivery rates.

Tax rates are those of public data sets (`integrations/vat_rates`); a merchant has them checked by a tax adviser.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, insert

from domain.pricing.zones import Area, Point
from domain.shared.ids import NewId
from domain.shared.making import dataclass
from integrations.vat_rates import europe, sales_tax
from integrations.vat_rates.europe import EUROPE
from persistence.fulfillment.tables import delivery_rate, delivery_zone
from persistence.pricing.tables import market, price_list
from persistence.statement import Connection, Pool, Statement
from server.imports.tax_rates import Source, write_tax_rates

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
    withdrawal_days: int | None = None


MARKETS = (
    SeededMarket("us", "United States", ("US",), "USD", ("en",), False, "America/New_York"),
    SeededMarket("de", "Germany and Austria", ("DE", "AT"), "EUR", ("de", "en"), True, "Europe/Berlin", "LINE", 14),
    SeededMarket("gb", "United Kingdom", ("GB",), "GBP", ("en",), True, "Europe/London", "LINE", 14),
    SeededMarket("jp", "Japan", ("JP",), "JPY", ("ja", "en"), True, "Asia/Tokyo", "RATE_GROUP"),
)


WITHDRAWAL_TEXT = {
    "en": "You may withdraw from this contract within 14 days after the last of the goods arrived, without a reason."
    " Send the goods back within 14 days after that. We refund what you paid for them and standard delivery.",
    "de": "Sie können diesen Vertrag binnen 14 Tagen nach Erhalt der letzten Ware ohne Angabe von Gründen widerrufen."
    " Senden Sie die Ware binnen 14 Tagen danach zurück. Wir erstatten den Kaufpreis und die Standardlieferung.",
}
"""What the seeded markets tell consumers of their right to withdraw, by language."""

SEEDED_TAXES = frozenset({"US", "JP"} | EUROPE)
"""Countries whose tax rates a new shop begins with; `commerce import tax-rates` brings the rest of the world."""


@dataclass(frozen=True, slots=True)
class SeededDelivery:
    """One rate of a market, in minor units of its currency, for a zone of `ZONES` or all of the market."""

    market: str
    name: str
    price_minor: int
    days: tuple[int, int]
    zone: str | None = None
    free_from: int | None = None
    kind: str = "SHIP"


STANDARD, EXPRESS, STORE = "Standard delivery", "Express delivery", "Pick up in store"
DELIVERY_WORDS = {
    STANDARD: {"de": "Standardversand", "ja": "通常配送"},
    EXPRESS: {"de": "Expressversand", "ja": "お急ぎ便"},
    STORE: {"de": "Abholung im Laden", "ja": "店頭受け取り"},
}
ZONES: Mapping[str, tuple[tuple[Area, ...], Point]] = {
    "Germany": ((Area("DE"),), Point(51.16, 10.45)),
    "Austria": ((Area("AT"),), Point(47.59, 14.14)),
    "United States": ((Area("US"),), Point(39.83, -98.58)),
    "Alaska and Hawaii": ((Area("US", "AK"), Area("US", "HI")), Point(61.2, -149.9)),
}
"""Where they are, and about the middle of each, which the way from a warehouse is measured to."""
DELIVERIES = (
    SeededDelivery("us", STANDARD, 590, (3, 6), "United States", free_from=7500),
    SeededDelivery("us", EXPRESS, 1490, (1, 2), "United States"),
    SeededDelivery("us", STANDARD, 1290, (5, 10), "Alaska and Hawaii"),
    SeededDelivery("de", STANDARD, 490, (2, 4), "Germany", free_from=5000),
    SeededDelivery("de", STANDARD, 690, (3, 5), "Austria", free_from=8000),
    SeededDelivery("de", EXPRESS, 1290, (1, 2)),
    SeededDelivery("gb", STANDARD, 395, (2, 4), free_from=5000),
    SeededDelivery("gb", EXPRESS, 995, (1, 1)),
    SeededDelivery("jp", STANDARD, 600, (2, 3), free_from=5000),
    SeededDelivery("jp", EXPRESS, 1200, (1, 1)),
    *[SeededDelivery(market, STORE, 0, (0, 1), kind="PICKUP_STORE") for market in ("us", "de", "gb", "jp")],
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
        await _tax_rates(connection, new_id)
        zones = {name: new_id("delivery_zone") for name in ZONES}
        await _write(connection, delivery_zone, list(_zones(zones)))
        await _write(connection, delivery_rate, list(_deliveries(ids, zones, new_id)))
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
            "withdrawal_days": found.withdrawal_days,
            "withdrawal_text": WITHDRAWAL_TEXT if found.withdrawal_days else {},
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


async def _tax_rates(connection: Connection, new_id: NewId) -> None:
    """Those of the public data sets: of the world first, which has their history, then Europe's."""
    known = [rate for rate in sales_tax.rates_of(sales_tax.own_copy()) if rate.territory.country in SEEDED_TAXES]
    since = europe.released()
    await write_tax_rates(connection, Source.WORLD, known, effective=since, new_id=new_id)
    await write_tax_rates(connection, Source.EUROPE, europe.rates(), effective=since, new_id=new_id)


def _zones(ids: dict[str, str]) -> Iterator[dict[str, Any]]:
    for name, (areas, position) in ZONES.items():
        yield {
            "id": ids[name],
            "name": name,
            "areas": [{"country": area.country} | ({"region": area.region} if area.region else {}) for area in areas],
            "latitude": position.latitude,
            "longitude": position.longitude,
        }


def _deliveries(ids: dict[str, str], zones: dict[str, str], new_id: NewId) -> Iterator[dict[str, Any]]:
    currencies = {found.handle: found.currency for found in MARKETS}
    for position, found in enumerate(DELIVERIES):
        yield {
            "id": new_id("delivery_option"),
            "market_id": ids[found.market],
            "countries": [],
            "zone_id": zones[found.zone] if found.zone else None,
            "kind": found.kind,
            "name": found.name,
            "translations": DELIVERY_WORDS[found.name],
            "currency": currencies[found.market],
            "price_minor": found.price_minor,
            "free_from_minor": found.free_from,
            "min_days": found.days[0],
            "max_days": found.days[1],
            "position": position,
        }
