"""What an order's payments still have to do: what is left to take, to let go and to give back (rules O3 and S6)."""

from collections.abc import Sequence

from domain.orders.model import Order, OrderLine, OrderStatus, VendorOrder, VendorOrderStatus
from domain.orders.shares import share_between
from domain.payments.model import Payment
from domain.pricing.totals import WHOLE, Granularity
from domain.pricing.wrapping.model import GiftWrapPer
from domain.shared.making import dataclass
from domain.shared.money import Money, TaxedMoney, sum_money

STARTED = frozenset({VendorOrderStatus.PARTIALLY_SHIPPED, VendorOrderStatus.SHIPPED, VendorOrderStatus.DELIVERED})
"""Parts whose delivery is under way: it is due with their first parcel."""


@dataclass(frozen=True, slots=True)
class Books:
    """An order's payments in the order they were made, and what went back because of cancellations."""

    order: Order
    payments: Sequence[Payment]
    returned_for_cancellation: Money
    credited: Money
    """What goods that came back are worth, as far as it pays what was given in exchange for them."""

    @property
    def captured(self) -> Money:
        return sum_money([payment.captured for payment in self.payments], self.order.currency)

    @property
    def claimed(self) -> Money:
        """What captures under way will take; voids under way lay hold on the rest."""
        return Money(sum(payment.claimed_minor for payment in self.payments), self.order.currency)

    @property
    def wanted(self) -> Money:
        """What the order costs; nothing once it has ended for good: a payment that comes then goes back (rule S6)."""
        return Money.zero(self.order.currency) if self.order.is_final else self.order.net_total

    @property
    def kept(self) -> Money:
        """What was taken and not given back because of cancellations, and what was credited beside."""
        return self.captured - self.returned_for_cancellation + self.credited

    @property
    def overpaid(self) -> Money:
        """What was taken beyond what the order costs, as far as it can still be given back."""
        refundable = sum_money([payment.refundable for payment in self.payments], self.order.currency)
        nothing = Money.zero(self.order.currency)
        return max(nothing, min(self.kept - self.wanted, refundable))

    @property
    def collectible(self) -> Money:
        """What may still be taken: what the order costs beyond what was taken already, or is being taken."""
        return max(Money.zero(self.order.currency), self.wanted - self.kept - self.claimed)

    @property
    def is_collected(self) -> bool:
        """Whether all that the order costs was taken, so that what is still held can be let go."""
        return self.kept >= self.wanted

    @property
    def covered(self) -> Money:
        """What was taken for the order or is held for it."""
        held = sum_money([payment.authorized - payment.captured for payment in self.payments], self.order.currency)
        return self.kept + held

    @property
    def uncovered(self) -> Money:
        """What the order costs beyond that."""
        return max(Money.zero(self.order.currency), self.wanted - self.covered)


def due_at_shipment(
    order: Order, parts: Sequence[VendorOrder], lines: Sequence[OrderLine], granularity: Granularity = WHOLE
) -> Money:
    """What was sent so far is worth: its units by rule M8 and their wrapping, the delivery of the parts it belongs to,
    and the fees of the order as a whole.

    It is rounded to what can be paid (rule M4). Once nothing is left to be sent it is the whole of what the order
    costs, to the last minor unit.
    """
    if all(line.fulfilled + line.canceled >= line.quantity for line in lines):
        return order.net_total
    goods = [_worth(line) + _worth_of_wrap(line) for line in lines]
    started = [part for part in parts if part.status in STARTED]
    shipping = [part.totals.shipping.gross.minor - part.shipping_given_back for part in started]
    fees = fees_of_order(order, lines) if started else 0
    worth = granularity.nearest(sum(goods) + sum(shipping) + fees)
    return min(order.net_total, Money(worth, order.currency))


def _worth(line: OrderLine) -> int:
    """The price of the units sent: those that come after the ones canceled before them."""
    return _sent(line, line.total)


def _worth_of_wrap(line: OrderLine) -> int:
    """What wrapping the units sent costs; that of a line as a whole is done with the first of them."""
    wrap = line.gift_wrap
    if wrap is None or not line.fulfilled:
        return 0
    return _sent(line, wrap.price) if wrap.per is GiftWrapPer.UNIT else wrap.price.gross.minor


def _sent(line: OrderLine, price: TaxedMoney) -> int:
    start = min(line.canceled, line.quantity - line.fulfilled)
    return share_between(price, (), start, start + line.fulfilled, line.quantity).amount.gross.minor


def fees_of_order(order: Order, lines: Sequence[OrderLine]) -> int:
    """What is charged for the order as a whole, in minor units with tax: what gift wrap of lines leaves of its fees."""
    return order.totals.fees.gross.minor - sum(line.gift_wrap.price.gross.minor for line in lines if line.gift_wrap)


def is_payable(order: Order) -> bool:
    """Whether money may be taken for it now."""
    return order.status in {OrderStatus.CONFIRMED, OrderStatus.COMPLETED}
