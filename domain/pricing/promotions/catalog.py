"""What promotions make of a price that is shown before anything is bought: those of the catalog, of one unit alone."""

from collections.abc import Sequence

from domain.pricing.discounts import Stage
from domain.pricing.promotions.candidates import candidates_of
from domain.pricing.promotions.combining import best
from domain.pricing.promotions.selection import Goods
from domain.pricing.promotions.situation import ANYBODY, Buyer, Item, Offered, Situation
from domain.pricing.promotions.units import Run
from domain.shared.ids import MarketId
from domain.shared.money import Rounding


class CatalogPrices:
    """The catalog promotions of one market, currency and buyer; the others are left out."""

    def __init__(
        self,
        offers: Sequence[Offered],
        *,
        market_id: MarketId,
        currency: str,
        buyer: Buyer = ANYBODY,
        rounding: Rounding = Rounding.HALF_UP,
    ) -> None:
        self._offers = [offered for offered in offers if offered.promotion.stage is Stage.CATALOG]
        self._market_id = market_id
        self._currency = currency
        self._buyer = buyer
        self._rounding = rounding

    def of(self, goods: Goods, price: int) -> int:
        """What one unit costs of goods at a displayed price, as a cart of it alone would be charged."""
        touching = [offered for offered in self._offers if _touches(offered, goods)]
        if not touching:
            return price
        item = Item(goods, (Run(price, 1),))
        situation = Situation(self._market_id, self._currency, (item,), buyer=self._buyer, rounding=self._rounding)
        return best(candidates_of(touching, situation), situation).running.amounts[0]


def _touches(offered: Offered, goods: Goods) -> bool:
    promotion = offered.promotion
    return promotion.vendor_id in (None, goods.vendor_id) and promotion.selection.holds(goods)
