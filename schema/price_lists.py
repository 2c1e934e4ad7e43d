"""Price lists, as staff writes them."""

from datetime import datetime
from decimal import Decimal

import strawberry

from domain.pricing.deriving import usecases as deriving
from domain.pricing.deriving.model import ExchangeRate
from domain.pricing.model import TierMode
from domain.pricing.price_lists import usecases
from domain.shared.ids import CompanyId, MarketId, OfferId, PriceListId, VariantId
from resolvers import price_lists
from resolvers.ids import parse_id
from schema.base import Payload, enum, mutation, resolve
from schema.listed_prices import DerivationPreview
from schema.money import MoneyInput
from schema.pricing import PriceList
from schema.scalars import CurrencyCode, MinorUnits

enum(TierMode)

WRITE = [["pricing:write"]]


@strawberry.input(description="How the prices of a list end: minor 99 at steps of 100 is x.99 in EUR.")
class PriceEndingInput:
    minor: MinorUnits
    step: MinorUnits

    def to_domain(self) -> tuple[int, int]:
        return self.minor, self.step


@strawberry.input(description="A price list, whole; with an `id` it replaces all that one says but its handle.")
class PriceListInput:
    name: str
    currency: CurrencyCode
    id: strawberry.ID | None = None
    handle: str | None = strawberry.field(default=None, description="Its name in imports; only when it is made.")
    market_id: strawberry.ID | None = strawberry.field(default=None, description="Null for every market.")
    customer_group: str | None = strawberry.field(default=None, description="Null for every customer.")
    company_id: strawberry.ID | None = strawberry.field(
        default=None, description="The company whose contract it is; null for every buyer."
    )
    priority: int = strawberry.field(default=0, description="Of lists equally specific the lower goes first.")
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    tier_mode: TierMode = TierMode.VOLUME
    ending: PriceEndingInput | None = None

    def to_domain(self) -> usecases.UpsertPriceList:
        return usecases.UpsertPriceList(
            id=None if self.id is None else parse_id(self.id, "price_list", PriceListId),
            handle=self.handle,
            name=self.name,
            currency=self.currency,
            market_id=None if self.market_id is None else parse_id(self.market_id, "market", MarketId),
            customer_group=self.customer_group,
            company_id=None if self.company_id is None else parse_id(self.company_id, "company", CompanyId),
            priority=self.priority,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            tier_mode=self.tier_mode,
            ending=self.ending.to_domain() if self.ending else None,
        )


@strawberry.input(description="A price. One with the same offer, least quantity and start is replaced.")
class PriceInput:
    offer_id: strawberry.ID | None = None
    variant_id: strawberry.ID | None = strawberry.field(
        default=None, description="In the place of `offerId`: the house vendor's offer of this variant."
    )
    price: MoneyInput | None = strawberry.field(default=None, description="Null takes the price off the list.")
    min_quantity: int = 1
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def to_domain(self) -> usecases.PriceEntry:
        return usecases.PriceEntry(
            price=self.price.to_domain() if self.price else None,
            offer_id=None if self.offer_id is None else parse_id(self.offer_id, "offer", OfferId),
            variant_id=None if self.variant_id is None else parse_id(self.variant_id, "variant", VariantId),
            min_quantity=self.min_quantity,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
        )


@strawberry.input(description="Up to 1,000 prices for one list.")
class PricesInput:
    price_list_id: strawberry.ID
    prices: list[PriceInput]
    idempotency_key: str

    def to_domain(self) -> usecases.SetPrices:
        prices = tuple(price.to_domain() for price in self.prices)
        return usecases.SetPrices(parse_id(self.price_list_id, "price_list", PriceListId), prices, self.idempotency_key)


@strawberry.type(description="The list as it is now.")
class PriceListUpsertPayload(Payload):
    price_list: PriceList | None = resolve(description="The list as it is now.")


@strawberry.type(description="The list that the prices stand in.")
class PriceListPricesSetPayload(Payload):
    price_list: PriceList | None = resolve(description="The list that the prices stand in.")


@strawberry.input(
    description="How the prices of a list follow from those of another one, which is named by its id, or as the list "
    "for everybody in a currency."
)
class PriceListDeriveInput:
    price_list_id: strawberry.ID
    rate: Decimal = strawberry.field(description="What one unit of the base's currency is worth in the list's.")
    rate_at: datetime = strawberry.field(description="Of when the rate is.")
    source: str = strawberry.field(description="Whose rate it is; `ECB` follows `commerce import exchange-rates`.")
    base_id: strawberry.ID | None = None
    base_currency: CurrencyCode | None = strawberry.field(default=None, description="In the place of `baseId`.")
    adjustment_percent: Decimal = strawberry.field(
        default=Decimal(0), description="Added to the converted price before it is rounded; less than 0 takes off."
    )
    granularity: MinorUnits | None = strawberry.field(
        default=None,
        description="Prices are multiples of so many minor units; null for the steps that its market is paid in.",
    )
    dry_run: bool = strawberry.field(default=False, description="Tell what would change, and change nothing.")

    def to_domain(self) -> deriving.DerivePriceList:
        return deriving.DerivePriceList(
            price_list_id=parse_id(self.price_list_id, "price_list", PriceListId),
            base_id=None if self.base_id is None else parse_id(self.base_id, "price_list", PriceListId),
            base_currency=self.base_currency,
            exchange=ExchangeRate(self.rate, self.rate_at, self.source),
            adjustment_percent=self.adjustment_percent,
            granularity=self.granularity,
            dry_run=self.dry_run,
        )


@strawberry.input(description="Which list follows no other one any more.")
class PriceListDetachInput:
    price_list_id: strawberry.ID

    def to_domain(self) -> PriceListId:
        return parse_id(self.price_list_id, "price_list", PriceListId)


@strawberry.input(description="What one unit of the currency `base` is worth in `currency`.")
class ExchangeRateInput:
    base: CurrencyCode
    currency: CurrencyCode
    rate: Decimal
    rate_at: datetime
    source: str = strawberry.field(description="Whose rate it is.")

    def to_domain(self) -> deriving.RateOfPair:
        return deriving.RateOfPair(self.base, self.currency, ExchangeRate(self.rate, self.rate_at, self.source))


@strawberry.input(description="New rates for lists that are derived from one of two currencies into the other.")
class PriceListRatesInput:
    rates: list[ExchangeRateInput]
    source: str | None = strawberry.field(
        default=None, description="Only of lists that go by the rates of this source; null for all of the pair."
    )
    dry_run: bool = strawberry.field(default=False, description="Tell what would change, and change nothing.")

    def to_domain(self) -> deriving.UpdateRates:
        return deriving.UpdateRates(tuple(rate.to_domain() for rate in self.rates), self.source, self.dry_run)


@strawberry.type(description="The list as it is now; its prices follow within moments.")
class PriceListDerivePayload(Payload):
    price_list: PriceList | None = resolve(description="The list as it is now; its prices follow within moments.")
    preview: DerivationPreview | None = resolve(description="Of a dry run: what it would change.")


@strawberry.type(description="The list as it is now, with the prices that it had.")
class PriceListDetachPayload(Payload):
    price_list: PriceList | None = resolve(description="The list as it is now, with the prices that it had.")


@strawberry.type(description="The lists that are given another rate; their prices follow within moments.")
class PriceListRatesUpdatePayload(Payload):
    price_lists: list[PriceList] | None = resolve(description="The lists that are given another rate.")
    preview: DerivationPreview | None = resolve(description="Of a dry run: what it would change in all of them.")


@strawberry.type
class PriceListsMutation:
    price_list_upsert: PriceListUpsertPayload | None = mutation(
        price_lists.upsert,
        input=PriceListInput,
        payload=PriceListUpsertPayload,
        requires_scopes=WRITE,
        tags=["admin"],
        description="Make or change a price list.",
    )
    price_list_prices_set: PriceListPricesSetPayload | None = mutation(
        price_lists.set_prices,
        input=PricesInput,
        payload=PriceListPricesSetPayload,
        requires_scopes=WRITE,
        tags=["admin"],
        description="Write prices with tiers and dates into a list: all of them, or none.",
    )
    price_list_derive: PriceListDerivePayload | None = mutation(
        price_lists.derive,
        input=PriceListDeriveInput,
        payload=PriceListDerivePayload,
        requires_scopes=WRITE,
        tags=["admin"],
        description="Have the prices of a list follow from those of another one by a rate. Prices that somebody has "
        "set in it stay.",
    )
    price_list_detach: PriceListDetachPayload | None = mutation(
        price_lists.detach,
        input=PriceListDetachInput,
        payload=PriceListDetachPayload,
        requires_scopes=WRITE,
        tags=["admin"],
        description="Let a list follow no other one any more; its prices stay as if they had been set.",
    )
    price_list_rates_update: PriceListRatesUpdatePayload | None = mutation(
        price_lists.update_rates,
        input=PriceListRatesInput,
        payload=PriceListRatesUpdatePayload,
        requires_scopes=WRITE,
        tags=["admin"],
        description="Derive lists anew by new rates.",
    )
