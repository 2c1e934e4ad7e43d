"""What changes rarely and is needed by every request: markets, price lists, tax rates, ways of delivery.

Each process reads it once and again when it has grown old. Everything here is dated, so that what begins or ends at an
instant does so by itself; only an edit takes up to `TTL_SECONDS` to be seen everywhere.
"""

import asyncio
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from domain.fulfillment.calendar import Handling
from domain.fulfillment.delivery import DeliveryTerms
from domain.pricing.delivery import Transit
from domain.pricing.model import (
    Market,
    PriceList,
    PricePolicy,
    RateTable,
    TaxLevel,
    TaxRate,
    Territory,
    rates_at,
)
from domain.pricing.promoting.book import PromotionBook
from domain.pricing.tax import RateGroup, rate_group
from domain.pricing.taxation.landed import DutyRate
from domain.shared.ids import CompanyId, MarketId, PriceListId, VendorId
from domain.shared.making import dataclass
from domain.shared.money import Rounding
from persistence.catalog.kept import KeptCatalog
from persistence.fulfillment.delivery import read_delivery
from persistence.pricing.price_lists import LIST_COLUMNS, price_list_of
from persistence.pricing.promotions import read_book
from persistence.pricing.tables import market, tax_rate
from persistence.pricing.tax_tables import duty_rate
from persistence.statement import Database, Record, Statement
from persistence.vendors.tables import vendor

TTL_SECONDS = 10.0

_MARKETS = Statement(
    select(
        market.c.id,
        market.c.handle,
        market.c.name,
        market.c.countries,
        market.c.currencies,
        market.c.languages,
        market.c.prices_include_tax,
        market.c.time_zone,
        market.c.tax_level,
        market.c.rounding,
        market.c.price_policy,
        market.c.payment_days,
        (market.c.capture_at == "PLACEMENT").label("captures_at_placement"),
        market.c.estimates_duties,
        market.c.price_granularity,
        market.c.withdrawal_days,
        market.c.withdrawal_text,
    ).order_by(market.c.position, market.c.handle)
)
_PRICE_LISTS = f"SELECT {LIST_COLUMNS} FROM price_list"  # noqa: S608 - a constant
_TAX_RATES = Statement(
    select(
        tax_rate.c.country,
        tax_rate.c.region,
        tax_rate.c.tax_class,
        tax_rate.c.name,
        tax_rate.c.jurisdiction,
        tax_rate.c.rate,
        tax_rate.c.is_compound,
        tax_rate.c.position,
        tax_rate.c.valid_from,
        tax_rate.c.valid_until,
    )
)
_DUTY_RATES = Statement(
    select(
        duty_rate.c.customs_area,
        duty_rate.c.hs_prefix,
        duty_rate.c.rate,
        duty_rate.c.valid_from,
        duty_rate.c.valid_until,
    )
)
_HAS_TAX_ENTRIES = "SELECT EXISTS (SELECT FROM tax_registration) OR EXISTS (SELECT FROM tax_certificate)"
_HOUSE_VENDOR = Statement(select(vendor.c.id).where(vendor.c.is_house).order_by(vendor.c.id).limit(1))


@dataclass(frozen=True, slots=True)
class ReferenceFacts:
    """The facts of one moment; the first of `markets` is the default one."""

    markets: Sequence[Market]
    price_lists: Mapping[PriceListId, PriceList]
    tax_rates: Sequence[TaxRate]
    delivery: DeliveryTerms
    handlings: Mapping[VendorId, Handling]
    """How the first warehouse of each vendor works, of those that have told it."""
    transits: Sequence[Transit]
    """What product pages show of the rates of goods that are sent."""
    house_vendor_id: VendorId | None
    promotions: PromotionBook
    has_tax_entries: bool
    """Whether a registration or a certificate is on file for anybody."""
    duty_rates: Sequence[DutyRate]
    _contracts: Mapping[str | None, Sequence[PriceList]] = field(repr=False)
    """The price lists of each company, of which there may be many; under None those that are no company's."""
    _moments: Sequence[datetime] = field(repr=False)
    """When price lists and tax rates begin and end, in order."""
    kept: dict[object, Any] = field(default_factory=dict, repr=False, compare=False)
    """What readers have made of these facts alone; it goes with them."""

    def epoch(self, now: datetime) -> int:
        """Tells moments apart between which a price list or a tax rate begins or ends."""
        return bisect_right(self._moments, now)

    def market(self, market_id: MarketId) -> Market | None:
        return next((found for found in self.markets if found.id == market_id), None)

    def rates(self, tax_class: str, territory: Territory, on: datetime) -> tuple[TaxRate, ...]:
        """The taxes on goods of a class at a place and moment, in the order they are taken."""
        return rates_at(self.tax_rates, tax_class, territory, on)

    def rate_group(self, market: Market, tax_class: str, territory: Territory, on: datetime) -> RateGroup:
        return rate_group(self.rates(tax_class, territory, on), market)

    def lists_of(
        self,
        market_id: MarketId,
        currency: str,
        customer_group: str | None = None,
        company_id: CompanyId | None = None,
    ) -> list[PriceListId]:
        """The price lists that may have a say in a market and currency: the public ones, a group's and a company's."""
        contracts = self._contracts.get(company_id, ()) if company_id else ()
        return [
            found.id
            for found in (*self._contracts.get(None, ()), *contracts)
            if found.currency == currency and found.serves(market_id, customer_group, company_id)
        ]


class Reference:
    """The facts of this process, read again once they are older than `ttl_seconds`; one reader at a time."""

    def __init__(
        self, database: Database, *, ttl_seconds: float = TTL_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._ttl_seconds = ttl_seconds
        self._clock = clock
        self.catalog = KeptCatalog()
        """What the process keeps beside them, of products."""
        self._facts: ReferenceFacts | None = None
        self._stale_at = 0.0
        self._times_forgotten = 0
        self._reading = asyncio.Lock()

    @property
    def known(self) -> ReferenceFacts:
        """What was read last. The process reads once before it serves."""
        assert self._facts is not None, "facts() has been awaited at start"
        return self._facts

    @property
    def fresh(self) -> ReferenceFacts | None:
        """What `facts` gives without waiting; None where it has to read."""
        return self._facts if self._clock() < self._stale_at else None

    async def facts(self) -> ReferenceFacts:
        """Facts that are at most `ttl_seconds` old."""
        if (fresh := self.fresh) is not None:
            return fresh
        async with self._reading:
            is_old = self.fresh is None
            while is_old:
                times_forgotten = self._times_forgotten
                found = await read(self._database)
                if found != self._facts:  # what readers made of equal ones stays
                    self._facts = found
                is_old = times_forgotten != self._times_forgotten
                if not is_old:
                    self._stale_at = self._clock() + self._ttl_seconds
        return self.known

    def forget(self) -> None:
        """Have the next caller read anew; what is being read just now may be too old as well."""
        self._times_forgotten += 1
        self._stale_at = 0.0


async def read(database: Database) -> ReferenceFacts:
    """The facts as the database has them now."""
    lists = [price_list_of(row) for row in await database.fetch(_PRICE_LISTS)]
    contracts: dict[str | None, list[PriceList]] = {}
    for found in lists:
        contracts.setdefault(found.company_id, []).append(found)
    delivery = await read_delivery(database)
    tax_rates = [_tax_rate(row) for row in await _TAX_RATES.rows(database)]
    return ReferenceFacts(
        markets=[_market(row) for row in await _MARKETS.rows(database)],
        price_lists={found.id: found for found in lists},
        tax_rates=RateTable(tax_rates),
        delivery=delivery.terms,
        handlings=delivery.handlings,
        transits=delivery.transits,
        house_vendor_id=await _HOUSE_VENDOR.value(database),
        promotions=await read_book(database),
        has_tax_entries=await database.fetchval(_HAS_TAX_ENTRIES),
        duty_rates=[DutyRate(*row) for row in await _DUTY_RATES.rows(database)],
        _contracts=contracts,
        _moments=_moments(
            [(found.starts_at, found.ends_at) for found in lists]
            + [(rate.valid_from, rate.valid_until) for rate in tax_rates]
        ),
    )


def _moments(dates: Iterable[tuple[datetime | None, datetime | None]]) -> tuple[datetime, ...]:
    return tuple(sorted({moment for both in dates for moment in both if moment is not None}))


def _market(row: Record) -> Market:
    key, handle, name, countries, currencies, languages, includes_tax, time_zone, level, rounding, policy, *rest = row
    return Market(
        MarketId(key),
        handle,
        name,
        tuple(countries),
        tuple(currencies),
        tuple(languages),
        includes_tax,
        time_zone,
        TaxLevel(level),
        Rounding(rounding),
        PricePolicy(policy),
        *rest,
    )


def _tax_rate(row: Record) -> TaxRate:
    country, region, *rest = row
    return TaxRate(Territory(country, region), *rest)
