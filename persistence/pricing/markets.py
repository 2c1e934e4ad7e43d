"""Markets as staff reads and writes them."""

from collections.abc import Sequence
from datetime import datetime

from domain.pricing.markets.model import MarketSettings
from domain.pricing.model import Market, PricePolicy, TaxLevel
from domain.pricing.prior_price import PriorPriceRule
from domain.shared.ids import MarketId, PriceListId
from domain.shared.money import Rounding
from persistence.statement import Connection, Database, Record

_COLUMNS = """id, handle, name, countries, currencies, languages, prices_include_tax, time_zone, tax_level, rounding,
    price_policy, payment_days, capture_at, estimates_duties, price_granularity, withdrawal_days, withdrawal_text,
    return_days, abandoned_after_minutes, prior_price, position"""
_SELECT = f"SELECT {_COLUMNS} FROM market"  # noqa: S608 - made of constants
_BY_IDS = f"{_SELECT} WHERE id = ANY($1::text[])"
_LOCK = f"{_SELECT} WHERE id = $1 FOR NO KEY UPDATE"
_ADD = f"""
INSERT INTO market ({_COLUMNS})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
ON CONFLICT (handle) DO NOTHING
"""  # noqa: S608 - made of constants
_SAVE = """
UPDATE market SET handle = $2, name = $3, countries = $4, currencies = $5, languages = $6, prices_include_tax = $7,
    time_zone = $8, tax_level = $9, rounding = $10, price_policy = $11, payment_days = $12, capture_at = $13,
    estimates_duties = $14, price_granularity = $15, withdrawal_days = $16, withdrawal_text = $17, return_days = $18,
    abandoned_after_minutes = $19, prior_price = $20, position = $21
WHERE id = $1
"""
_KEEP_TERMS = """
INSERT INTO market_term (market_id, capture_at, return_days, withdrawal_days, valid_until)
VALUES ($1, $2, $3, $4, $5)
"""
_HAS_SOLD = 'SELECT EXISTS (SELECT FROM "order" WHERE market_id = $1)'
_LAST_POSITION = "SELECT coalesce(max(position), -1) FROM market"
_ADD_PRICE_LIST = """
INSERT INTO price_list (id, handle, name, currency, market_id)
SELECT $1, CASE WHEN EXISTS (SELECT FROM price_list WHERE handle = $2) THEN $1 ELSE $2 END, $3, $4, $5
WHERE NOT EXISTS (
    SELECT FROM price_list WHERE market_id = $5 AND currency = $4 AND customer_group IS NULL AND company_id IS NULL)
"""


class Markets:
    """Implements `domain.pricing.markets.ports.MarketRepository`, in the transaction of its connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self, market_id: MarketId) -> MarketSettings | None:
        row = await self._connection.fetchrow(_LOCK, market_id)
        return None if row is None else _settings(row)

    async def add(self, settings: MarketSettings) -> bool:
        return await self._connection.execute(_ADD, *_values(settings)) == "INSERT 0 1"

    async def save(self, settings: MarketSettings) -> None:
        await self._connection.execute(_SAVE, *_values(settings))

    async def keep_terms(self, settings: MarketSettings, until: datetime) -> None:
        market = settings.market
        terms = (_capture_at(market), settings.return_days, market.withdrawal_days)
        await self._connection.execute(_KEEP_TERMS, market.id, *terms, until)

    async def has_sold(self, market_id: MarketId) -> bool:
        return bool(await self._connection.fetchval(_HAS_SOLD, market_id))

    async def last_position(self) -> int:
        last: int = await self._connection.fetchval(_LAST_POSITION)
        return last

    async def add_price_list(self, price_list_id: PriceListId, settings: MarketSettings, currency: str) -> None:
        market = settings.market
        handle, name = f"{market.handle}-{currency.lower()}", f"{market.name}, {currency}"
        await self._connection.execute(_ADD_PRICE_LIST, price_list_id, handle, name, currency, market.id)


async def market_settings(database: Database, ids: Sequence[MarketId]) -> list[MarketSettings]:
    """Of those markets that exist, in no particular order."""
    return [_settings(row) for row in await database.fetch(_BY_IDS, list(ids))]


def _settings(row: Record) -> MarketSettings:
    market = Market(
        MarketId(row["id"]),
        row["handle"],
        row["name"],
        tuple(row["countries"]),
        tuple(row["currencies"]),
        tuple(row["languages"]),
        row["prices_include_tax"],
        row["time_zone"],
        TaxLevel(row["tax_level"]),
        Rounding(row["rounding"]),
        PricePolicy(row["price_policy"]),
        row["payment_days"],
        row["capture_at"] == "PLACEMENT",
        row["estimates_duties"],
        row["price_granularity"],
        row["withdrawal_days"],
        row["withdrawal_text"],
    )
    rule = PriorPriceRule(row["prior_price"])
    return MarketSettings(market, row["return_days"], row["abandoned_after_minutes"], rule, row["position"])


def _values(settings: MarketSettings) -> tuple[object, ...]:
    market = settings.market
    return (
        market.id,
        market.handle,
        market.name,
        list(market.countries),
        list(market.currencies),
        list(market.languages),
        market.prices_include_tax,
        market.time_zone,
        market.tax_level.value,
        market.rounding.value,
        market.price_policy.value,
        market.payment_days,
        _capture_at(market),
        market.estimates_duties,
        dict(market.price_granularity),
        market.withdrawal_days,
        dict(market.withdrawal_text),
        settings.return_days,
        settings.abandoned_after_minutes,
        settings.prior_price.value,
        settings.position,
    )


def _capture_at(market: Market) -> str:
    return "PLACEMENT" if market.captures_at_placement else "SHIPMENT"
