"""What goes back to a buyer, and for what: units of lines, delivery, and adjustments (rules M8 and Y6)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum

from domain.orders.model import OrderLine, VendorOrder
from domain.orders.rounding import GivenBack, refund_rounding
from domain.orders.shares import Share, share_of_amount, share_of_units, summed, wrap_share
from domain.pricing.tax import TaxLine, merged
from domain.pricing.totals import Granularity, Totals
from domain.shared.errors import ErrorCode, Problem, Refused
from domain.shared.ids import OrderId, OrderLineId, PaymentId, RefundId, VendorOrderId
from domain.shared.making import dataclass, replace
from domain.shared.money import Money, TaxedMoney, allocate

MAX_LINES = 500
MAX_REASON_LENGTH = 500


class RefundKind(Enum):
    """RETURN: of what was sold. CANCELLATION: of what will not be sent."""

    RETURN = "RETURN"
    CANCELLATION = "CANCELLATION"


class RefundState(Enum):
    """Where a refund stands. FAILED: some of it did not go back, and is to be tried again."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Units:
    """So many units of an order line."""

    order_line_id: OrderLineId
    quantity: int


@dataclass(frozen=True, slots=True)
class UnitsShare:
    """Units of a line, with the part of its price that they are, and of its gift wrap if that goes back."""

    line: OrderLine
    quantity: int
    share: Share
    wrap: Share | None = None


@dataclass(frozen=True, slots=True)
class ShippingShare:
    """A part of what the delivery of a vendor's part cost."""

    vendor_order_id: VendorOrderId
    share: Share


@dataclass(frozen=True, slots=True)
class RefundPlan:
    """The exact amounts that a refund would give back, before it is known to where."""

    currency: str
    units: tuple[UnitsShare, ...] = ()
    deliveries: tuple[ShippingShare, ...] = ()
    adjustment: Money | None = None
    clawback_minor: int = 0
    rounding_minor: int = 0

    @property
    def rounding(self) -> Money:
        """What it is rounded by, so that it can be paid, and so that all of an order comes to what it cost."""
        return Money(self.rounding_minor, self.currency)

    @property
    def exact(self) -> Money:
        """What of the order goes back, before rounding: an adjustment is no part of it."""
        return self.lines.gross + self.shipping.gross + self.fees.gross - self.clawback

    @property
    def clawback(self) -> Money:
        """What the goods that are kept cost more, as they no longer earn a discount (rules P7 and P8)."""
        return Money(self.clawback_minor, self.currency)

    @property
    def lines(self) -> TaxedMoney:
        return summed([item.share for item in self.units], self.currency).amount

    @property
    def shipping(self) -> TaxedMoney:
        return summed([item.share for item in self.deliveries], self.currency).amount

    @property
    def fees(self) -> TaxedMoney:
        """Of gift wrap."""
        return summed([item.wrap for item in self.units if item.wrap], self.currency).amount

    @property
    def taxes(self) -> tuple[TaxLine, ...]:
        """The taxes that go back, as they were charged: at the rates of the sale (rule T7)."""
        wraps = [item.wrap for item in self.units if item.wrap]
        shares = [*[item.share for item in self.units], *[item.share for item in self.deliveries], *wraps]
        return merged([tax for share in shares for tax in share.taxes])

    @property
    def total(self) -> Money:
        adjusted = self.adjustment or Money.zero(self.currency)
        return self.exact + self.rounding + adjusted


@dataclass(frozen=True, slots=True)
class RefundAllocation:
    """How much of a refund goes back by which payment, or as credit with the shop instead."""

    payment_id: PaymentId
    amount: Money
    to_store_credit: bool = False


@dataclass(frozen=True, slots=True)
class Refund:
    """Money on its way back to a buyer, or there already."""

    id: RefundId
    order_id: OrderId
    kind: RefundKind
    state: RefundState
    amount: Money
    lines: TaxedMoney
    shipping: TaxedMoney
    fees: TaxedMoney
    adjustment: Money
    clawback: Money
    rounding: Money
    credited: Money
    """What does not go back since it pays what the order costs more: goods that were given in exchange."""
    taxes: tuple[TaxLine, ...]
    to_store_credit: bool
    reason: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Returned:
    """Of an order, in minor units: what went back, or is about to, because goods were canceled, and what of refunds was
    credited to the order itself."""

    for_cancellation: int = 0
    credited: int = 0


@dataclass(frozen=True, slots=True)
class RefundPreview:
    """What a refund would come to, and to where it would go."""

    plan: RefundPlan
    allocations: tuple[RefundAllocation, ...]

    @property
    def lines(self) -> TaxedMoney:
        return self.plan.lines

    @property
    def shipping(self) -> TaxedMoney:
        return self.plan.shipping

    @property
    def fees(self) -> TaxedMoney:
        return self.plan.fees

    @property
    def taxes(self) -> tuple[TaxLine, ...]:
        return self.plan.taxes

    @property
    def clawback(self) -> Money:
        return self.plan.clawback

    @property
    def rounding(self) -> Money:
        return self.plan.rounding

    @property
    def total(self) -> Money:
        return self.plan.total


def plan_refund(
    lines: Sequence[OrderLine],
    parts: Sequence[VendorOrder],
    asked: Sequence[Units],
    *,
    shipping: Money | None = None,
    adjustment: Money | None = None,
) -> RefundPlan:
    """What these units, this much of the delivery and an adjustment come to. Refuses, with all that is wrong."""
    currency = parts[0].totals.total.currency
    by_id = {line.id: line for line in lines}
    left = sum_left(parts)
    problems = [
        *unit_problems(asked, by_id, lambda line: line.refundable, "refund"),
        *_amount_problems(shipping, currency, "shipping", left),
        *_amount_problems(adjustment, currency, "adjustment", None),
    ]
    if problems:
        raise Refused(*problems)
    return RefundPlan(
        currency,
        tuple(shares_of(by_id, asked)),
        tuple(shipping_shares(parts, lines, shipping.minor if shipping else 0)),
        adjustment,
    )


def with_rounding(plan: RefundPlan, totals: Totals, given: GivenBack, granularity: Granularity) -> RefundPlan:
    """The plan rounded as what it leaves of the order is (rule M4); `given` went back before it."""
    return replace(plan, rounding_minor=refund_rounding(totals, given, granularity, plan.exact))


def with_clawback(plan: RefundPlan, minor: int) -> RefundPlan:
    """The plan less what the kept goods cost more; the goods that go back are worth nothing at the least."""
    return replace(plan, clawback_minor=min(minor, plan.lines.gross.minor))


def shares_of(by_id: Mapping[OrderLineId, OrderLine], asked: Sequence[Units]) -> list[UnitsShare]:
    """The next units of each line with their gift wrap, priced by what was given back before."""
    return [
        UnitsShare(line, item.quantity, share_of_units(line, item.quantity), wrap_share(line, item.quantity))
        for line, item in [(by_id[item.order_line_id], item) for item in asked]
    ]


def without_wraps(plan: RefundPlan) -> RefundPlan:
    """The plan without the gift wrap of its units, which was done and is kept."""
    return replace(plan, units=tuple([replace(item, wrap=None) for item in plan.units]))


def shipping_shares(parts: Sequence[VendorOrder], lines: Sequence[OrderLine], amount: int) -> list[ShippingShare]:
    """`amount` minor units of delivery, spread over the parts by what is left of theirs (rule M7)."""
    left = [shipping_left(part) for part in parts]
    shares = allocate(amount, left)
    return [
        ShippingShare(part.id, _shipping_share(part, lines, share))
        for part, share in zip(parts, shares, strict=True)
        if share
    ]


def shipping_left(part: VendorOrder) -> int:
    """Of what its delivery cost, in minor units with tax, what was not given back."""
    return part.totals.shipping.gross.minor - part.shipping_given_back


def sum_left(parts: Sequence[VendorOrder]) -> int:
    return sum(map(shipping_left, parts))


def unit_problems(
    asked: Sequence[Units], by_id: Mapping[OrderLineId, OrderLine], limit: Callable[[OrderLine], int], verb: str
) -> list[Problem]:
    """Why these units cannot be: unknown lines, lines named twice, and more than `limit` says of a line."""
    if len(asked) > MAX_LINES:
        return [Problem(ErrorCode.INVALID, f"At most {MAX_LINES} lines at once.", ("lines",))]
    problems = []
    seen: set[OrderLineId] = set()
    for at, item in enumerate(asked):
        line, path = by_id.get(item.order_line_id), ("lines", str(at))
        if line is None:
            problems.append(Problem(ErrorCode.NOT_FOUND, "No such line in this order.", (*path, "order_line_id")))
        elif line.id in seen:
            problems.append(Problem(ErrorCode.INVALID, "This line is named twice.", (*path, "order_line_id")))
        elif item.quantity < 1:
            problems.append(Problem(ErrorCode.INVALID, f"Name at least 1 unit to {verb}.", (*path, "quantity")))
        elif item.quantity > limit(line):
            message = f"This line has {limit(line)} units left to {verb}."
            problems.append(Problem(ErrorCode.QUANTITY_LIMIT, message, (*path, "quantity")))
        seen.add(item.order_line_id)
    return problems


def _amount_problems(amount: Money | None, currency: str, name: str, most: int | None) -> list[Problem]:
    if amount is None:
        return []
    if amount.currency != currency:
        return [Problem(ErrorCode.INVALID, f"The order is in {currency}.", (name, "currency"))]
    if amount.minor <= 0:
        return [Problem(ErrorCode.INVALID, "Give an amount above zero.", (name, "amount_minor"))]
    if most is not None and amount.minor > most:
        message = f"Of the delivery, {Money(most, currency)} is left to give back."
        return [Problem(ErrorCode.AMOUNT_EXCEEDS_REFUNDABLE, message, (name, "amount_minor"))]
    return []


def _shipping_share(part: VendorOrder, lines: Sequence[OrderLine], amount: int) -> Share:
    taxes = shipping_taxes(part, [line for line in lines if line.vendor_order_id == part.id])
    return share_of_amount(part.totals.shipping, taxes, part.shipping_given_back, amount)


def shipping_taxes(part: VendorOrder, lines: Sequence[OrderLine]) -> tuple[TaxLine, ...]:
    """The taxes on a part's delivery: what its lines and their gift wrap leave of its taxes.

    None where fees of the order as a whole have a part in them.
    """
    owed = {(tax.name, tax.jurisdiction, tax.rate): tax for tax in part.totals.taxes}
    for tax in (tax for line in lines for tax in (*line.taxes, *(line.gift_wrap.taxes if line.gift_wrap else ()))):
        key = (tax.name, tax.jurisdiction, tax.rate)
        if key in owed:
            known = owed[key]
            owed[key] = TaxLine(*key, known.base - tax.base, known.amount - tax.amount)
    left = tuple(tax for tax in owed.values() if tax.amount.minor > 0)
    is_shipping = sum(tax.amount.minor for tax in left) == part.totals.shipping.tax.minor
    return left if is_shipping else ()
