"""What the units of a line cost before promotions, by the tiers of the price list that serves the buyer (rule P2)."""

from collections.abc import Sequence
from datetime import datetime

from domain.pricing.model import OfferPrice, TierMode, base_price
from domain.pricing.promotions.units import Run, amount_of
from domain.shared.ids import MarketId
from domain.shared.making import dataclass
from domain.shared.money import round_ratio


@dataclass(frozen=True, slots=True)
class Sale:
    """Where, when and to whom something is sold, which decides on the price list."""

    now: datetime
    market_id: MarketId
    currency: str
    customer_group: str | None = None
    company_id: str | None = None

    def price(self, prices: Sequence[OfferPrice], quantity: int) -> OfferPrice | None:
        """The price that serves the buyer of so many units; None if that is not sold here."""
        return base_price(
            prices,
            quantity=quantity,
            now=self.now,
            market_id=self.market_id,
            currency=self.currency,
            customer_group=self.customer_group,
            company_id=self.company_id,
        )


@dataclass(frozen=True, slots=True)
class Bought:
    """`quantity` units of a line, of `together` of its variant in the whole cart, after `before` in earlier lines."""

    quantity: int
    together: int
    before: int = 0

    @classmethod
    def alone(cls, quantity: int) -> "Bought":
        return cls(quantity, quantity)


@dataclass(frozen=True, slots=True)
class UnitPrices:
    """What the units of a line cost, in minor units as the price list says it."""

    runs: tuple[Run, ...]

    @property
    def average(self) -> int:
        """What one of them is told to cost: the price where all cost the same."""
        if len(self.runs) == 1:
            return self.runs[0].amount
        return round_ratio(amount_of(self.runs), sum([run.units for run in self.runs]))

    @property
    def unequal(self) -> tuple[Run, ...]:
        """The runs where units do not all cost the same; none where they do."""
        return self.runs if len(self.runs) > 1 else ()


def unit_prices(prices: Sequence[OfferPrice], sale: Sale, bought: Bought) -> UnitPrices | None:
    """None if the offer is not sold so. The tier that all units of the variant reach together prices each of them.

    A graduated list prices each unit by its own tier, the first units by the first.
    """
    found = sale.price(prices, bought.together)
    if found is None:
        return None
    if found.price_list.tier_mode is TierMode.VOLUME:
        return UnitPrices((Run(found.minor, bought.quantity),))
    own = [price for price in prices if price.price_list.id == found.price_list.id]
    tiers = [
        (least, tier) for least in sorted({price.min_quantity for price in own}) if (tier := sale.price(own, least))
    ]
    return UnitPrices(_graduated([(least, tier.minor) for least, tier in tiers], bought))


def _graduated(tiers: Sequence[tuple[int, int]], bought: Bought) -> tuple[Run, ...]:
    first, last = bought.before + 1, bought.before + bought.quantity
    starts = [1, *(least for least, _ in tiers[1:])]
    ends = [*(least - 1 for least, _ in tiers[1:]), last]
    runs = [
        Run(minor, min(end, last) - max(start, first) + 1)
        for (_, minor), start, end in zip(tiers, starts, ends, strict=True)
    ]
    return tuple([run for run in runs if run.units > 0])
