"""What staff sees of a price list: the prices that stand in it, and what they are converted from."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.pricing.deriving import model
from resolvers import price_lists
from schema.base import represents, resolve
from schema.money import Money
from schema.scalars import MinorUnits

if TYPE_CHECKING:
    from schema.pricing import Offer, PriceList

PRICING_READ = [["pricing:read"]]


@strawberry.federation.type(
    requires_scopes=PRICING_READ,
    tags=["admin"],
    description="How the prices of a list follow from those of another one. Each is rounded once; then it is given the "
    "list's ending, if it has one, when it is read.",
)
@represents(model.Derivation)
class PriceListDerivation:
    base: Annotated["PriceList", strawberry.lazy("schema.pricing")] = resolve(
        price_lists.base_of_derivation, description="The list whose prices are converted."
    )
    rate: Decimal = resolve(
        price_lists.rate_of_derivation, description="What one unit of the base's currency is worth in the list's."
    )
    rate_at: datetime = resolve(price_lists.rate_at_of_derivation, description="Of when the rate is.")
    source: str = resolve(price_lists.source_of_derivation, description="Whose rate it is, such as ECB.")
    adjustment_percent: Decimal = resolve(description="What is added to the converted price before it is rounded.")
    granularity: MinorUnits = resolve(description="Prices are multiples of so many minor units.")


@strawberry.federation.type(requires_scopes=PRICING_READ, tags=["admin"], description="A price as it stands in a list.")
@represents(price_lists.PriceInList)
class ListedPrice:
    offer: Annotated["Offer", strawberry.lazy("schema.pricing")] = resolve(
        price_lists.offer_of_price, description="What costs so much."
    )
    price: Money = resolve(
        description="What one unit costs, as the market displays prices, before the list's ending is given to it."
    )
    min_quantity: int = resolve(description="From which quantity on it holds.")
    starts_at: datetime | None = resolve(description="From when on it holds; null for always.")
    ends_at: datetime | None = resolve(description="Until when it holds, exclusive; null for always.")
    derived_from: Annotated["PriceList", strawberry.lazy("schema.pricing")] | None = resolve(
        price_lists.base_of_price, description="The list that it was converted from; null for one that was set by hand."
    )
    rate: Decimal | None = resolve(description="The rate that it was converted at.")
    rate_at: datetime | None = resolve(description="Of when that rate is.")


@strawberry.federation.type(
    requires_scopes=PRICING_READ, tags=["admin"], description="How many prices a derivation would write."
)
@represents(model.DerivationCounts)
class DerivationPreview:
    created: int = resolve(description="Prices that are not there yet.")
    changed: int = resolve(description="Prices that would become others.")
    unchanged: int = resolve(description="Prices that would stay what they are.")
    removed: int = resolve(description="Derived prices that nothing stands behind any more.")
    overridden: int = resolve(description="Prices that somebody has set, which stay.")
    out_of_range: int = resolve(description="Prices beyond what an amount can hold, which would not be written.")
