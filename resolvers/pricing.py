"""Where and for how much: the context, markets, offers and stock."""

from collections.abc import Sequence
from datetime import timedelta
from operator import attrgetter

from domain.catalog.model import Variant
from domain.fulfillment.calendar import leaving
from domain.fulfillment.delivery import DeliveryEstimate
from domain.inventory.model import SoldAhead, StockLevel, Warehouse
from domain.pricing.context import RequestContext
from domain.pricing.delivery import cheapest, ways_of, ways_to
from domain.pricing.model import Market
from domain.pricing.offer import Offer, Price, StockPolicy
from domain.pricing.prior_price import reduction_percent
from domain.pricing.zones import Place
from domain.shared.errors import RequestFault
from domain.shared.money import Money, TaxedMoney
from resolvers.context import Info
from resolvers.relations import relation


async def context(info: Info) -> RequestContext:
    return info.context.request


async def markets(info: Info) -> Sequence[Market]:
    return (await info.context.services.reference.facts()).markets


@relation("variant", attrgetter("variant_id"))
def variant_of_offer(_root: Offer, found: Variant | None) -> Variant:
    assert found is not None, "an offer is deleted with its variant"
    return found


async def delivery_estimate(
    root: Offer, info: Info, country: str | None = None, postal_code: str | None = None
) -> DeliveryEstimate | None:
    """When one unit would arrive by the cheapest way to a country of the market; None if none leads there.

    It leaves by the working days and hours of its vendor's first warehouse, if that has told them.
    """
    request = info.context.request
    if root.price is None:
        return None
    transit = root.transit
    place = Place(country or request.country, postal_code=postal_code)
    if place != Place(request.country):
        if place.country not in request.market.countries:
            raise RequestFault("This market does not serve that country.")
        facts = await info.context.services.reference.facts()
        serving = ways_to(facts.transits, place, request.market.id, request.currency)
        transit = cheapest(ways_of(root.vendor_id, serving), root.price.current.gross.minor, root.weight_grams)
    if transit is None:
        return None
    handling = (await info.context.services.reference.facts()).handlings.get(root.vendor_id)
    day = leaving([handling] if handling else [], info.context.now, request.time_zone)
    return DeliveryEstimate(day + timedelta(days=transit.min_days), day + timedelta(days=transit.max_days))


@relation("stock_levels", attrgetter("id"))
def stock(_root: Offer, found: list[StockLevel]) -> list[StockLevel]:
    return found


@relation("sold_ahead", attrgetter("id"))
def sold_ahead(_root: Offer, found: SoldAhead | None) -> SoldAhead | None:
    return found


def stock_policy(root: SoldAhead) -> StockPolicy:
    return StockPolicy(root.policy)


@relation("warehouse", attrgetter("warehouse_id"))
def warehouse_of_level(_root: StockLevel, found: Warehouse | None) -> Warehouse:
    assert found is not None, "a stock level refers to its warehouse"
    return found


async def lowest_30_days(root: Price, info: Info) -> Money | None:
    """The lowest public price of the 30 days before the reduction (rule P15); None if nothing is reduced."""
    if root.regular is None:
        return None
    prior = await _prior_price(root, info)
    shown = _shown(root.current, info)
    return shown if prior is None else Money(prior, shown.currency)


async def reduction_of(root: Price, info: Info) -> int | None:
    """Whole percent off that price; None if there is nothing to announce."""
    if root.regular is None:
        return None
    return reduction_percent(_shown(root.current, info).minor, await _prior_price(root, info))


@relation("prior_price", attrgetter("offer_id"))
def _prior_price(_root: Price, found: int | None) -> int | None:
    return found


def _shown(price: TaxedMoney, info: Info) -> Money:
    """As the market displays its prices."""
    return price.gross if info.context.request.market.prices_include_tax else price.net
