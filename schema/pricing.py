"""Where and for how much things are sold."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.fulfillment import delivery
from domain.inventory import model as inventory
from domain.pricing import context, measures, model, offer
from resolvers import markets, price_lists, pricing, vendors, warehouses
from resolvers.context import Info
from schema.addresses import Address
from schema.base import Connection, Node, enum, represents, resolve
from schema.listed_prices import PRICING_READ, ListedPrice, PriceListDerivation
from schema.market_settings import MARKETS_READ, MarketSettings
from schema.money import Money, TaxedMoney
from schema.scalars import CountryCode, CurrencyCode, LanguageTag
from schema.vendors import Vendor

if TYPE_CHECKING:
    from schema.catalog import Variant
    from schema.delivery import GeoPoint

enum(offer.AvailabilityState)
enum(offer.StockPolicy)
enum(offer.OfferCondition)

INVENTORY_POLICY = [["vendor"], ["staff", "scope:inventory:read"]]


@strawberry.federation.type(
    keys=["id"], description="Countries sold to under one set of currencies, tax rules and price lists."
)
@represents(model.Market)
class Market(Node):
    loader = "market"

    handle: str = resolve(description="Its name in `@inContext(market:)`.")
    name: str = resolve(description="Its name to people.")
    countries: list[CountryCode] = resolve(description="Where it delivers to, the default first.")
    currencies: list[CurrencyCode] = resolve(description="What it sells in, the default first.")
    languages: list[LanguageTag] = resolve(description="What it speaks, the default first.")
    prices_include_tax: bool = resolve(description="Whether it shows prices with tax.")
    time_zone: str = resolve(description="Where its days begin: a name of the IANA database.")
    settings: MarketSettings = resolve(
        markets.settings, requires_scopes=MARKETS_READ, tags=["admin"], description="What else it goes by."
    )


@strawberry.type(description="What was applied to this request; `@inContext` asks for another one.")
@represents(context.RequestContext)
class RequestContext:
    market: Market = resolve(description="Whose rules hold.")
    country: CountryCode = resolve(description="Where the buyer is taken to be.")
    language: LanguageTag = resolve(description="What texts and formats are in.")
    currency: CurrencyCode = resolve(description="What prices are in.")
    time_zone: str = resolve(description="Where the market's days begin.")


@strawberry.federation.type(keys=["id"], description="Prices in one currency, for some buyers or for all.")
@represents(model.PriceList)
class PriceList(Node):
    loader = "price_list"

    name: str = resolve(description="Its name to staff and business buyers.")
    currency: CurrencyCode = resolve(description="What its prices are in.")
    starts_at: datetime | None = resolve(description="From when on it holds; null for always.")
    ends_at: datetime | None = resolve(description="Until when it holds, exclusive; null for always.")
    priority: int = resolve(description="Of lists equally specific the lower goes first.", tags=["admin"])
    derivation: PriceListDerivation | None = resolve(
        price_lists.derivation,
        requires_scopes=PRICING_READ,
        tags=["admin"],
        description="What its prices are converted from, and how; null if they are set by hand.",
    )
    prices: Connection[ListedPrice] = resolve(
        price_lists.prices,
        requires_scopes=PRICING_READ,
        tags=["admin"],
        description="The prices that stand in it, by offer; of one offer alone if `offerId` names it.",
    )


@strawberry.type(description="What one unit costs from a quantity on.")
@represents(offer.PriceTier)
class PriceTier:
    min_quantity: int = resolve(description="The least quantity that it holds for.")
    unit_price: TaxedMoney = resolve(description="What one of them costs.")


@strawberry.type(description="How much of something.")
@represents(measures.Measure)
class Measure:
    value: Decimal = resolve(description="So many units.")
    unit: str = resolve(description="`kg`, `l`, `m`, `m2`, or what the shop counts in.")


@strawberry.type(description="What a measure costs, to compare packs of different sizes by.")
@represents(measures.UnitPrice)
class UnitPrice:
    price: Money = resolve(description="What the measure costs, as the market displays prices.")
    measure: Measure = resolve(description="Usually one kilogram or liter.")


@strawberry.type(description="What an offer costs the buyer in context.")
@represents(offer.Price)
class Price:
    current: TaxedMoney = resolve(
        description="What one unit costs at the least quantity that can be bought, catalog promotions applied."
    )
    regular: TaxedMoney | None = resolve(description="Before promotions; null when equal to current.")
    lowest_30_days: Money | None = resolve(
        pricing.lowest_30_days,
        name="lowest30Days",
        description="The lowest public price of the 30 days before the reduction began. Non-null exactly when "
        "`regular` is.",
    )
    reduction_percent: int | None = resolve(
        pricing.reduction_of,
        description="Whole percent against `lowest30Days`, rounded toward zero. Null when there is no lawful reduction "
        "to announce.",
    )
    unit_price: UnitPrice | None = resolve(
        description="The price per kg, l, m or m2, after promotions, where the variant declares what a pack holds."
    )
    tiers: list[PriceTier] = resolve(description="What one unit costs in larger quantities, the smallest first.")
    price_list: PriceList | None = resolve(description="Where the price stands.")


@strawberry.type(description="Whether goods can be had.")
@represents(offer.Availability)
class Availability:
    state: offer.AvailabilityState = resolve(description="In a word.")
    quantity: int | None = resolve(description="Exact below the display threshold and null above it.")
    available_from: datetime | None = resolve(
        description="When what is sold ahead is released or expected; null for what is in stock, or not known."
    )


@strawberry.type(description="How many can be bought at once: min, min + step, and so on up to max.")
@represents(offer.QuantityLimits)
class QuantityLimits:
    min: int = resolve(description="The least.")
    max: int | None = resolve(description="The most; null for as many as there are.")
    step: int = resolve(description="What quantities differ by.")
    per_customer: int | None = resolve(description="The most that one customer may ever buy; null for no limit.")


@strawberry.type(description="When goods arrive, in days of the market's calendar.")
@represents(delivery.DeliveryEstimate)
class DeliveryEstimate:
    earliest: date = resolve(description="Not before this day.")
    latest: date = resolve(description="By the end of this day.")


@strawberry.federation.type(keys=["id"], description="A place that goods are sent from or picked up at.")
@represents(inventory.Warehouse)
class Warehouse(Node):
    loader = "warehouse"

    name: str = resolve(description="Its name to people.")
    country: CountryCode = resolve(description="Where it stands.")
    pickup: bool = resolve(description="Whether buyers can pick up goods there.")
    code: str = resolve(policy=INVENTORY_POLICY, tags=["vendor", "admin"], description="Its name in imports.")
    priority: int = resolve(
        policy=INVENTORY_POLICY, tags=["vendor", "admin"], description="Of warehouses that do as well, the lower gives."
    )
    address: Address | None = resolve(
        policy=INVENTORY_POLICY, tags=["vendor", "admin"], description="Where it is, as buyers are told to come."
    )
    position: Annotated["GeoPoint", strawberry.lazy("schema.delivery")] | None = resolve(
        warehouses.position,
        policy=INVENTORY_POLICY,
        tags=["vendor", "admin"],
        description="What the way to buyers is measured from.",
    )
    opening_hours: str | None = resolve(
        policy=INVENTORY_POLICY, tags=["vendor", "admin"], description="When buyers can come, in words."
    )
    time_zone: str | None = resolve(
        policy=INVENTORY_POLICY, tags=["vendor", "admin"], description="What its hours are in; null for UTC."
    )
    cutoff_hour: int | None = resolve(
        policy=INVENTORY_POLICY,
        tags=["vendor", "admin"],
        description="Before which hour orders are begun on the same business day; null if it does not say.",
    )
    handling_days: int = resolve(
        policy=INVENTORY_POLICY, tags=["vendor", "admin"], description="The business days it takes from then on."
    )


@strawberry.type(description="What a warehouse holds of an offer.")
@represents(inventory.StockLevel)
class StockLevel:
    warehouse: Warehouse = resolve(pricing.warehouse_of_level, description="Where.")
    on_hand: int = resolve(description="Counted in the warehouse.")
    reserved: int = resolve(description="Held for checkouts that have not expired.")
    allocated: int = resolve(description="Owed to placed orders.")
    incoming: int = resolve(description="On its way to the warehouse.")
    safety: int = resolve(description="Never promised.")
    available: int = resolve(description="What can be promised: on hand, less reserved, allocated and safety.")


@strawberry.federation.type(
    tags=["vendor", "admin"], description="How an offer is sold beyond its stock, and how many units are."
)
@represents(inventory.SoldAhead)
class SoldAhead:
    policy: offer.StockPolicy = resolve(pricing.stock_policy, description="Whether, and in what way.")
    limit: int = resolve(description="How many units can be sold ahead of their supply at a time.")
    left: int = resolve(description="How many more can be.")
    reserved: int = resolve(description="Held for checkouts that have not expired.")
    waiting: int = resolve(description="Owed to placed orders; they are served first, in order of placement.")
    available_from: datetime | None = resolve(description="When they are released, or expected.")


async def delivery_estimate(
    root: offer.Offer, info: Info, country: CountryCode | None = None, postal_code: str | None = None
) -> delivery.DeliveryEstimate | None:
    return await pricing.delivery_estimate(root, info, country, postal_code)


@strawberry.federation.type(
    keys=["id"],
    description="One vendor's price and stock for one variant: the sellable unit. "
    "The platform's own goods are offers of the house vendor.",
)
@represents(offer.Offer)
class Offer(Node):
    loader = "offer"

    variant: Annotated["Variant", strawberry.lazy("schema.catalog")] = resolve(
        pricing.variant_of_offer, description="What is sold."
    )
    vendor: Vendor = resolve(vendors.vendor_of_offer, description="Who sells it.")
    price: Price | None = resolve(description="What it costs; null when it is not sold in this context.")
    condition: offer.OfferCondition = resolve(description="What state the goods are in.")
    availability: Availability = resolve(description="Whether it can be had.")
    delivery_estimate: DeliveryEstimate | None = resolve(
        delivery_estimate,
        description="When one unit would arrive by the cheapest way, in the context's country or another one, "
        "or where a postal code is.",
    )
    limits: QuantityLimits = resolve(description="How many can be bought at once.")
    stock: list[StockLevel] = resolve(
        pricing.stock, policy=INVENTORY_POLICY, tags=["vendor", "admin"], description="What lies where."
    )
    sold_ahead: SoldAhead | None = resolve(
        pricing.sold_ahead,
        policy=INVENTORY_POLICY,
        tags=["vendor", "admin"],
        description="How it is sold beyond its stock; null if it never was.",
    )


@strawberry.type
class PricingQuery:
    context: RequestContext = resolve(pricing.context, description="The market, language and currency of this request.")
    markets: list[Market] = resolve(pricing.markets, description="Where we sell, the default market first.")
