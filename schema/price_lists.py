"""Price lists, as staff writes them."""

from datetime import datetime

import strawberry

from domain.pricing.model import TierMode
from domain.pricing.price_lists import usecases
from domain.shared.ids import MarketId, OfferId, PriceListId, VariantId
from resolvers import price_lists
from resolvers.ids import parse_id
from schema.base import Payload, enum, mutation, resolve
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
