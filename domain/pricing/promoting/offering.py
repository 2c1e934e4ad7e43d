"""Which promotions a purchase may be given, and why a code that was entered is not among them."""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime

from domain.pricing.coupons.model import folded
from domain.pricing.coupons.usage import NOTHING_COUNTED, Counts
from domain.pricing.promoting.book import EMPTY_BOOK, PromotionBook
from domain.pricing.promotions.model import Promotion
from domain.pricing.promotions.situation import Offered
from domain.shared.errors import ErrorCode
from domain.shared.ids import PromotionId
from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class Offering:
    """Promotions that may apply, and the codes that open none of them, with the reason."""

    offers: tuple[Offered, ...] = ()
    refused: Mapping[str, ErrorCode] | None = None

    @property
    def names_buyers(self) -> bool:
        """Whether it matters who buys."""
        return any(offered.promotion.conditions.names_buyers for offered in self.offers)


NO_OFFERING = Offering()


def offering(
    book: PromotionBook = EMPTY_BOOK,
    *,
    now: datetime,
    revision: int | None = None,
    codes: Sequence[str] = (),
    counts: Counts = NOTHING_COUNTED,
    granted: Mapping[PromotionId, int] | None = None,
    without: Container[PromotionId] = (),
) -> Offering:
    """What runs at `now` in a revision of the book and is not used up, with what the codes open.

    `granted` are the units of capped sales that a checkout holds: it has these and no others.
    """
    offers = [
        _offered(promotion, None, counts, granted)
        for promotion in book.running(now, revision)
        if not promotion.needs_code and counts.is_usable(promotion.id) and promotion.id not in without
    ]
    refused: dict[str, ErrorCode] = {}
    opened: set[PromotionId] = set()
    for code in codes:
        promotion, reason = _opened(code, book, now, revision, counts)
        if promotion is not None and promotion.id in opened:
            reason = ErrorCode.COUPON_NOT_COMBINABLE
        if promotion is None or reason is not None:
            refused[code] = reason or ErrorCode.COUPON_UNKNOWN
            continue
        opened.add(promotion.id)
        offers.append(_offered(promotion, code, counts, granted))
    return Offering(tuple(offers), refused)


def to_count(book: PromotionBook, now: datetime, revision: int | None = None) -> list[PromotionId]:
    """The promotions that run without a code and whose counts decide whether they apply."""
    if not book.limited:
        return []
    running = book.running(now, revision)
    return [promotion.id for promotion in running if promotion.id in book.limited and not promotion.needs_code]


def _opened(
    code: str, book: PromotionBook, now: datetime, revision: int | None, counts: Counts
) -> tuple[Promotion | None, ErrorCode | None]:
    """The promotion behind a code, or why there is none. One that has not begun is as unknown as none (rule P11)."""
    coupon = counts.coupons.get(folded(code))
    if coupon is None:
        return None, ErrorCode.COUPON_UNKNOWN
    promotion = book.named(coupon.promotion_id, revision)
    if promotion is None:
        return None, ErrorCode.COUPON_UNKNOWN if book.is_yet_to_come(
            coupon.promotion_id, revision
        ) else ErrorCode.COUPON_EXPIRED
    if now < promotion.starts_at:
        return None, ErrorCode.COUPON_UNKNOWN
    if not promotion.is_running(now):
        return None, ErrorCode.COUPON_EXPIRED
    if coupon.is_exhausted or not counts.is_usable(promotion.id):
        return None, ErrorCode.COUPON_EXHAUSTED
    return promotion, None


def _offered(
    promotion: Promotion, code: str | None, counts: Counts, granted: Mapping[PromotionId, int] | None
) -> Offered:
    known = counts.promotions.get(promotion.id)
    units = known.units_left if known else None
    cap = promotion.unit_cap
    if granted is not None and (cap.total is not None or cap.per_customer is not None):
        units = granted.get(promotion.id, 0)
    return Offered(promotion, code, units, known.budget_left if known else None)
