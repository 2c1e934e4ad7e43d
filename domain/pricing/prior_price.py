"""What a price was before it was reduced: the prior price that EU law has a reduction announced against (P15, P16).

Nothing is recorded for it but what is recorded anyway: prices that were replaced, and promotions in their versions. The
public price of any past instant follows from them as the present one follows from what holds now.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from enum import Enum

from domain.pricing.model import OfferPrice, is_open
from domain.pricing.promoting.book import PromotionVersion
from domain.pricing.promotions.model import Promotion
from domain.shared.making import dataclass

PERIOD = timedelta(days=30)


class PriorPriceRule(Enum):
    """Which reduction the period ends before, when one followed another without a break (rule P16)."""

    BEFORE_FIRST_STEP = "BEFORE_FIRST_STEP"
    BEFORE_EACH_STEP = "BEFORE_EACH_STEP"


@dataclass(frozen=True, slots=True)
class PastPrice:
    """A price of a list while it stood there; None for until now. Within that its own window still holds."""

    price: OfferPrice
    valid_from: datetime
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PriceSegment:
    """The public price from an instant until before another: before promotions, and with them. None: not sold."""

    starts_at: datetime
    ends_at: datetime
    regular: int | None
    effective: int | None

    @property
    def is_reduced(self) -> bool:
        return self.regular is not None and self.effective is not None and self.effective < self.regular


def segments(
    prices: Sequence[PastPrice],
    promotions: Sequence[PromotionVersion],
    *,
    base: Callable[[Sequence[OfferPrice], datetime], int | None],
    reduced: Callable[[int, Sequence[Promotion]], int],
    now: datetime,
) -> tuple[PriceSegment, ...]:
    """The public price of an offer from its first listing until `now`, which lies in the last segment.

    `base` chooses the price of an instant among those that stood then, `reduced` takes promotions off it.
    """
    instants = sorted({instant for instant in _instants(prices, promotions) if instant <= now})
    found: list[PriceSegment] = []
    for at, starts_at in enumerate(instants):
        regular = base(
            [past.price for past in prices if is_open(past.valid_from, past.valid_until, starts_at)], starts_at
        )
        running = [
            version.promotion
            for version in promotions
            if version.stood_at(starts_at) and version.promotion.is_running(starts_at)
        ]
        effective = None if regular is None else reduced(regular, running)
        ends_at = instants[at + 1] if at + 1 < len(instants) else now
        if found and (found[-1].regular, found[-1].effective) == (regular, effective):
            found[-1] = PriceSegment(found[-1].starts_at, ends_at, regular, effective)
        else:
            found.append(PriceSegment(starts_at, ends_at, regular, effective))
    return tuple(found)


def prior_price(history: Sequence[PriceSegment], rule: PriorPriceRule) -> int | None:
    """The lowest price of the 30 days before the present reduction began; None if nothing is reduced now.

    Goods listed for less than that go by their own history; goods that were never sold at another price, by their
    present one.
    """
    if not history or not history[-1].is_reduced:
        return None
    first = _beginning(history, rule)
    since = history[first].starts_at - PERIOD
    earlier = [segment.effective for segment in history[:first] if segment.ends_at > since]
    return min((price for price in earlier if price is not None), default=history[-1].effective)


def reduction_percent(current: int, prior: int | None) -> int | None:
    """Whole percent off the prior price, rounded toward zero; None if there is nothing to announce."""
    if not prior or current >= prior:
        return None
    return (prior - current) * 100 // prior or None


def _beginning(history: Sequence[PriceSegment], rule: PriorPriceRule) -> int:
    """The segment that the present reduction, or its present step, began with."""
    at = len(history) - 1
    while at > 0 and _goes_on(history[at - 1], history[at], rule):
        at -= 1
    return at


def _goes_on(before: PriceSegment, after: PriceSegment, rule: PriorPriceRule) -> bool:
    """Whether both belong to one announcement: a reduction that only deepens, or a price that stays."""
    if not before.is_reduced or before.effective is None or after.effective is None:
        return False
    if rule is PriorPriceRule.BEFORE_EACH_STEP:
        return before.effective == after.effective
    return before.effective >= after.effective


def _instants(prices: Iterable[PastPrice], promotions: Iterable[PromotionVersion]) -> Iterable[datetime]:
    """Whenever the public price may have changed."""
    for past in prices:
        price, its_list = past.price, past.price.price_list
        yield past.valid_from
        bounds = (past.valid_until, price.starts_at, price.ends_at, its_list.starts_at, its_list.ends_at)
        yield from (bound for bound in bounds if bound is not None and bound > past.valid_from)
    for version in promotions:
        promotion = version.promotion
        ends = (version.valid_until, promotion.starts_at, promotion.ends_at)
        yield from (version.valid_from, *(end for end in ends if end is not None))
