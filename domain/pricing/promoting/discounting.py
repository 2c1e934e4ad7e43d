"""Promotions laid upon the lines and deliveries of a cart or checkout, and what came of each code that was entered."""

from collections.abc import Mapping, Sequence
from dataclasses import field

from domain.pricing.coupons.model import PromoCodeState
from domain.pricing.discounts import Discount, DiscountAllocation, Stage
from domain.pricing.model import Market
from domain.pricing.promoting.offering import Offering
from domain.pricing.promotions.engine import Applied, Gift, Promoted, Refusal, promote
from domain.pricing.promotions.selection import Goods
from domain.pricing.promotions.situation import ANYBODY, Buyer, Delivery, Item, Situation
from domain.pricing.promotions.units import Run
from domain.shared.errors import ErrorCode
from domain.shared.ids import PromotionId
from domain.shared.making import dataclass

_REASONS = {
    Refusal.NOT_MET: ErrorCode.COUPON_NOT_APPLICABLE,
    Refusal.NOT_COMBINED: ErrorCode.COUPON_NOT_COMBINABLE,
}


@dataclass(frozen=True, slots=True)
class PricedGoods:
    """A line as promotions see it: `unit_price` minor units as the market displays.

    `gift_of` names the promotions that may give it.
    """

    key: str
    goods: Goods
    unit_price: int
    quantity: int
    runs: tuple[Run, ...] = ()
    gift_of: frozenset[PromotionId] = frozenset()

    @property
    def units(self) -> tuple[Run, ...]:
        """What each unit costs: those of `runs` do not all cost the same."""
        return self.runs or (Run(self.unit_price, self.quantity),)


@dataclass(frozen=True, slots=True)
class PricedDelivery:
    """What it costs to send these lines before promotions."""

    key: str
    price: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Discounted:
    """What promotions took off each line and delivery, by key, in the order of their application."""

    lines: Mapping[str, tuple[DiscountAllocation, ...]] = field(default_factory=dict)
    deliveries: Mapping[str, tuple[DiscountAllocation, ...]] = field(default_factory=dict)
    applied: tuple[Applied, ...] = ()
    codes: tuple[PromoCodeState, ...] = ()
    gifts: tuple[Gift, ...] = ()
    given: Mapping[str, int] = field(default_factory=dict)
    """Of the lines that promotions may give, how many units they do."""

    def of_line(self, key: str) -> tuple[Discount, ...]:
        """As a quote takes them."""
        return tuple([_discount(taken) for taken in self.lines.get(key, ())])

    def off_line_before_order(self, key: str) -> int:
        """Minor units that the catalog's and the line's own promotions take off: what thresholds see is left (P6)."""
        own = (Stage.CATALOG, Stage.LINE)
        return sum([taken.amount.minor for taken in self.lines.get(key, ()) if taken.stage in own])

    def of_delivery(self, key: str) -> tuple[DiscountAllocation, ...]:
        return self.deliveries.get(key, ())

    def off_delivery(self, key: str) -> int:
        """Minor units off a delivery."""
        return sum([taken.amount.minor for taken in self.of_delivery(key)])

    def units(self) -> dict[PromotionId, int]:
        """How many units each promotion reduced."""
        return {applied.promotion_id: applied.units for applied in self.applied}


NOTHING_OFF = Discounted()


def discounted(
    offering: Offering,
    lines: Sequence[PricedGoods],
    deliveries: Sequence[PricedDelivery] = (),
    *,
    market: Market,
    currency: str,
    language: str,
    buyer: Buyer = ANYBODY,
    codes: Sequence[str] = (),
) -> Discounted:
    """What the promotions of `offering` take off; the same for the lines in any order (rule P5)."""
    if not offering.offers or not lines:
        return Discounted(codes=_states(codes, offering, None))
    ordered = sorted(lines, key=lambda line: (line.goods.offer_id, line.key))
    places = {line.key: at for at, line in enumerate(ordered)}
    situation = Situation(
        market_id=market.id,
        currency=currency,
        items=tuple([Item(line.goods, line.units, line.gift_of) for line in ordered]),
        deliveries=tuple([Delivery(each.price, _bought(each, ordered, places)) for each in deliveries]),
        buyer=buyer,
        rounding=market.rounding,
    )
    found = promote(offering.offers, situation, language=language)
    return Discounted(
        lines={line.key: taken for line, taken in zip(ordered, found.allocations, strict=True) if taken},
        deliveries={
            each.key: taken for each, taken in zip(deliveries, found.delivery_allocations, strict=True) if taken
        },
        applied=found.applied,
        codes=_states(codes, offering, found),
        gifts=found.gifts,
        given={
            line.key: sum([each.amount.minor for each in taken]) // line.unit_price
            for line, taken in zip(ordered, found.allocations, strict=True)
            if line.gift_of and taken
        },
    )


def _bought(delivery: PricedDelivery, lines: Sequence[PricedGoods], places: Mapping[str, int]) -> tuple[int, ...]:
    """Where the goods are that a delivery is paid for: gifts go with them."""
    carried = [places[key] for key in delivery.lines]
    return tuple([at for at in carried if not lines[at].gift_of]) or tuple(carried)


def _states(codes: Sequence[str], offering: Offering, found: Promoted | None) -> tuple[PromoCodeState, ...]:
    if not codes:
        return ()
    applied = {each.code for each in found.applied} if found else set()
    reasons = {each.code: _REASONS[each.refusal] for each in found.declined} if found else {}
    refused = offering.refused or {}
    return tuple(
        PromoCodeState(code)
        if code in applied
        else PromoCodeState(code, refused.get(code) or reasons.get(code, ErrorCode.COUPON_NOT_APPLICABLE))
        for code in codes
    )


def _discount(taken: DiscountAllocation) -> Discount:
    return Discount(taken.promotion, taken.amount.minor, taken.code, taken.funded_by, taken.stage)
