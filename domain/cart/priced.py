"""A cart with everything it costs, as buyers see it."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.cart.model import Capped, Cart
from domain.pricing.context import RequestContext
from domain.pricing.coupons.model import PromoCodeState
from domain.pricing.discounts import DiscountAllocation
from domain.pricing.promotions.engine import Gift
from domain.pricing.quote import Totals
from domain.pricing.wrapping.model import GiftWrap, WrapOffer
from domain.shared.errors import ErrorCode
from domain.shared.ids import CartId, CartLineId, CustomerId, OfferId, VendorId
from domain.shared.making import dataclass, replace
from domain.shared.money import TaxedMoney


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line at the present price; without prices if it cannot be bought now, which `problems` tell."""

    id: CartLineId
    offer_id: OfferId
    vendor_id: VendorId | None
    quantity: int
    unit_price: TaxedMoney | None
    total: TaxedMoney | None
    discounts: tuple[DiscountAllocation, ...]
    gift_message: str | None
    custom_fields: Mapping[str, Any] | None
    problems: tuple["CartProblem", ...]
    gift_wrap: GiftWrap | None = None
    gift_wrap_offer: WrapOffer | None = None
    is_gift: bool = False


@dataclass(frozen=True, slots=True)
class CartProblem:
    """What stands between the cart and a purchase."""

    code: ErrorCode
    message: str
    line_id: CartLineId | None = None


@dataclass(frozen=True, slots=True)
class CartGroup:
    """Lines that one vendor sends; `subtotal` is of goods alone."""

    vendor_id: VendorId
    lines: tuple[PricedLine, ...]
    subtotal: TaxedMoney


@dataclass(frozen=True, slots=True)
class PricedCart:
    """Totals leave out the lines that cannot be bought. Shipping is not known before a checkout."""

    id: CartId
    version: int
    cart: Cart
    context: RequestContext
    priced_lines: tuple[PricedLine, ...]
    groups: tuple[CartGroup, ...]
    totals: Totals
    problems: tuple[CartProblem, ...]
    promo_codes: tuple[PromoCodeState, ...] = ()
    gifts: tuple[Gift, ...] = ()

    @property
    def customer_id(self) -> CustomerId | None:
        return self.cart.customer_id

    @property
    def is_draft(self) -> bool:
        return self.cart.draft is not None

    @property
    def note(self) -> str | None:
        return self.cart.note


def told_of(cart: PricedCart, capped: Sequence[Capped]) -> PricedCart:
    """The cart with a problem for each line that was capped when it took another in (rule O9)."""
    problems = [
        CartProblem(ErrorCode.QUANTITY_LIMIT, f"{line.kept} of {line.wanted} units are kept.", line.line_id)
        for line in capped
    ]
    return replace(cart, problems=(*cart.problems, *problems))
