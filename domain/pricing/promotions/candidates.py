"""Promotions that could apply to a purchase, with all that is decided before any price changes."""

from collections.abc import Iterable, Mapping

from domain.pricing.discounts import Stage
from domain.pricing.promotions.actions import (
    AmountOff,
    BundlePrice,
    FixedPrice,
    FreeGift,
    ShippingAmountOff,
    ShippingPercentageOff,
)
from domain.pricing.promotions.model import Promotion, Stacking
from domain.pricing.promotions.situation import Offered, Situation
from domain.shared.making import dataclass

_ORDER_OF_STAGES = {stage: at for at, stage in enumerate(Stage)}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A promotion whose conditions are met but for `min_value`; `touched` are the places of its goods in the cart."""

    offered: Offered
    stage: Stage
    touched: tuple[int, ...]
    min_value: int

    @property
    def promotion(self) -> Promotion:
        return self.offered.promotion

    @property
    def rank(self) -> tuple[int, int, str]:
        """Sorts candidates in the order of their application (rules P3 and P4)."""
        return (_ORDER_OF_STAGES[self.stage], self.promotion.priority, self.promotion.id)

    @property
    def is_exclusive(self) -> bool:
        return self.promotion.stacking is Stacking.EXCLUSIVE


def candidates_of(offers: Iterable[Offered], situation: Situation) -> list[Candidate]:
    """Those that could apply, in the order of their application."""
    found = [candidate for offered in offers if (candidate := _candidate(offered, situation)) is not None]
    return sorted(found, key=lambda candidate: candidate.rank)


def _candidate(offered: Offered, situation: Situation) -> Candidate | None:
    promotion = offered.promotion
    if not _is_for(promotion, situation) or not _has_amount(promotion, situation.currency):
        return None
    touched = _touched(promotion, situation)
    if not touched or not _meets(offered, touched, situation):
        return None
    min_value = (promotion.conditions.min_value or {}).get(situation.currency, 0)
    return Candidate(offered, promotion.stage, touched, min_value)


def _touched(promotion: Promotion, situation: Situation) -> tuple[int, ...]:
    touched = situation.touched_by(promotion)
    if not isinstance(promotion.action, FreeGift):
        return touched
    gifts = promotion.action.offers
    return tuple([at for at in touched if situation.items[at].goods.offer_id not in gifts])


def _is_for(promotion: Promotion, situation: Situation) -> bool:
    conditions = promotion.conditions
    return (
        (not conditions.markets or situation.market_id in conditions.markets)
        and (not conditions.currencies or situation.currency in conditions.currencies)
        and (not conditions.names_buyers or situation.buyer.meets(conditions))
    )


def _meets(offered: Offered, touched: tuple[int, ...], situation: Situation) -> bool:
    conditions = offered.promotion.conditions
    if offered.units_left == 0 or offered.budget_left == 0:
        return False
    if conditions.min_quantity is not None:
        units = sum([situation.items[at].quantity for at in touched])
        if units < conditions.min_quantity:
            return False
    return situation.holds(conditions.basket)


def _has_amount(promotion: Promotion, currency: str) -> bool:
    """Whether its amounts say something in a currency; a threshold or budget that does not leaves it inert as well."""
    conditions, action = promotion.conditions, promotion.action
    needed: list[Mapping[str, int] | None] = [conditions.min_value, promotion.budget]
    match action:
        case AmountOff(amounts) | ShippingAmountOff(amounts):
            needed.append(amounts)
        case FixedPrice(prices) | BundlePrice(_, prices):
            needed.append(prices)
        case ShippingPercentageOff(_, limits):
            needed.append(limits)
        case FreeGift():
            pass
    return all(not amounts or currency in amounts for amounts in needed)
