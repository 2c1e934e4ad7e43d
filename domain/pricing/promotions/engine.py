"""What promotions make of a purchase: one pure function, which explains every cent (rule P18)."""

from collections.abc import Iterable, Sequence
from enum import Enum

from domain.pricing.discounts import DiscountAllocation, PromotionRef
from domain.pricing.promotions.actions import FreeGift
from domain.pricing.promotions.candidates import Candidate, candidates_of
from domain.pricing.promotions.combining import Combination, best
from domain.pricing.promotions.running import Step
from domain.pricing.promotions.situation import Offered, Situation
from domain.shared.ids import OfferId, PromotionId
from domain.shared.making import dataclass
from domain.shared.money import Money


class Refusal(Enum):
    """Why a promotion takes nothing off."""

    NOT_MET = "NOT_MET"
    """It asks for something that this purchase or buyer does not have."""
    NOT_COMBINED = "NOT_COMBINED"
    """Another promotion, or others together, save more and stand in its way."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A promotion that takes something off: how much in all, and of how many units."""

    promotion_id: PromotionId
    code: str | None
    amount: Money
    units: int


@dataclass(frozen=True, slots=True)
class Declined:
    """A promotion that takes nothing off, and why."""

    promotion_id: PromotionId
    code: str | None
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Gift:
    """Units that cost nothing once they are in the cart: of an offer, or of any of `offers`."""

    promotion: PromotionRef
    offer_id: OfferId
    quantity: int
    offers: tuple[OfferId, ...] = ()


@dataclass(frozen=True, slots=True)
class Promoted:
    """What each item and each delivery costs after promotions, and what led there.

    `allocations` stand by item and `delivery_allocations` by delivery, in the order they were given.
    """

    amounts: tuple[int, ...]
    charges: tuple[int, ...]
    allocations: tuple[tuple[DiscountAllocation, ...], ...]
    delivery_allocations: tuple[tuple[DiscountAllocation, ...], ...]
    applied: tuple[Applied, ...]
    declined: tuple[Declined, ...]
    gifts: tuple[Gift, ...] = ()


def promote(offers: Sequence[Offered], situation: Situation, *, language: str) -> Promoted:
    """The promotions that save the buyer most, applied. Names are in `language`.

    The same offers and situation give the same result, in whatever order the offers come.
    """
    candidates = candidates_of(offers, situation)
    found = best(candidates, situation)
    running, count, currency = found.running, len(situation.items), situation.currency
    explained = _Explained(language, currency, count, len(situation.deliveries))
    for step in running.steps:
        explained.add(step)
    applied = _applied(found, currency)
    return Promoted(
        amounts=tuple(running.amounts),
        charges=tuple(running.charges),
        allocations=tuple(map(tuple, explained.of_items)),
        delivery_allocations=tuple(map(tuple, explained.of_deliveries)),
        applied=applied,
        declined=_declined(offers, found, candidates, applied),
        gifts=tuple([explained.gift(candidate, missing) for candidate, missing in running.gifts]),
    )


class _Explained:
    """Discounts as they are told of, one for each step."""

    def __init__(self, language: str, currency: str, items: int, deliveries: int) -> None:
        self.of_items: list[list[DiscountAllocation]] = [[] for _ in range(items)]
        self.of_deliveries: list[list[DiscountAllocation]] = [[] for _ in range(deliveries)]
        self._language = language
        self._currency = currency
        self._refs: dict[PromotionId, PromotionRef] = {}

    def add(self, step: Step) -> None:
        candidate = step.candidate
        allocation = DiscountAllocation(
            promotion=self._ref(candidate),
            code=candidate.offered.code,
            base=Money(step.base, self._currency),
            amount=Money(step.amount, self._currency),
            funded_by=candidate.promotion.funding,
            stage=candidate.stage,
        )
        (self.of_deliveries if step.is_delivery else self.of_items)[step.place].append(allocation)

    def gift(self, candidate: Candidate, quantity: int) -> Gift:
        action = candidate.promotion.action
        assert isinstance(action, FreeGift), "only gifts are missing"
        return Gift(self._ref(candidate), action.offer_id, quantity, action.offers)

    def _ref(self, candidate: Candidate) -> PromotionRef:
        promotion = candidate.promotion
        found = self._refs.get(promotion.id)
        if found is None:
            found = self._refs[promotion.id] = PromotionRef(promotion.id, promotion.name_in(self._language))
        return found


def _applied(found: Combination, currency: str) -> tuple[Applied, ...]:
    amounts: dict[PromotionId, int] = {}
    units: dict[PromotionId, int] = {}
    for step in found.running.steps:
        key = step.candidate.promotion.id
        amounts[key] = amounts.get(key, 0) + step.amount
        units[key] = units.get(key, 0) + step.units
    return tuple(
        Applied(
            each.promotion.id, each.offered.code, Money(amounts[each.promotion.id], currency), units[each.promotion.id]
        )
        for each in found.chosen
        if each.promotion.id in amounts
    )


def _declined(
    offers: Iterable[Offered], found: Combination, candidates: Sequence[Candidate], applied: Sequence[Applied]
) -> tuple[Declined, ...]:
    taken = {each.promotion_id for each in applied}
    chosen = {each.promotion.id for each in found.chosen}
    losing = {each.promotion.id for each in candidates} - chosen
    return tuple(
        Declined(
            offered.promotion.id,
            offered.code,
            Refusal.NOT_COMBINED if offered.promotion.id in losing else Refusal.NOT_MET,
        )
        for offered in offers
        if offered.promotion.id not in taken
    )
