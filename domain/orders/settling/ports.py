"""What moving an order's money needs from outside."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from domain.orders.giftcards.ports import GiftCardSales
from domain.orders.invoicing.ports import UnitOfWork as InvoicingUnitOfWork
from domain.orders.model import Order, OrderLine
from domain.orders.refunding.clawback import SoldRules
from domain.orders.refunding.model import Refund, RefundPlan, RefundState, Returned
from domain.orders.rounding import GivenBack
from domain.payments.balances.ports import BalanceRepository
from domain.payments.gateways import Gateways
from domain.payments.model import Payment
from domain.payments.operations import Operation
from domain.pricing.model import Market
from domain.shared.ids import MarketId, OrderId, PaymentId, PaymentOperationId, RefundId
from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The world outside: the gateways and the clock."""

    gateways: Gateways
    now: Callable[[], datetime]


class OperationRepository(Protocol):
    """Captures, voids and refunds, and the counters of the payments that they are of."""

    async def payment(self, payment_id: PaymentId) -> Payment | None:
        """The payment as it is, unlocked."""
        ...

    async def payments_of(self, order_id: OrderId) -> Sequence[Payment]:
        """An order's payments in the order they were made, locked."""
        ...

    async def intend(self, operation: Operation) -> bool:
        """Write an operation and count it; False, and nothing done, if the payment's counters do not allow it."""
        ...

    async def get(self, operation_id: PaymentOperationId) -> Operation | None: ...

    async def lock(self, operation_id: PaymentOperationId) -> Operation | None: ...

    async def of_refund(self, refund_id: RefundId) -> Sequence[Operation]: ...

    async def record(self, operation: Operation) -> None:
        """Write how a locked operation stands now, and count what came of it."""
        ...

    async def mark_voided(self, payment_id: PaymentId) -> None:
        """The payment is VOIDED, unless something is held or was taken."""
        ...

    async def give_up(self, order_id: OrderId, *, reason: str) -> Sequence[PaymentId]:
        """Mark what is not authorized yet to be let go; which payments those are."""
        ...

    async def balance_of(self, payment_id: PaymentId) -> str | None:
        """The balance that made the payment, if one did."""
        ...


class RefundRepository(Protocol):
    async def add(self, refund: Refund, plan: RefundPlan, *, actor: str | None) -> bool:
        """Write a refund with its lines, and count its units and delivery as refunded.

        False, and nothing done, if a unit was given back meanwhile.
        """
        ...

    async def order_of(self, refund_id: RefundId) -> OrderId | None:
        """Whose refund it is; None if there is no such refund."""
        ...

    async def lock(self, refund_id: RefundId) -> Refund | None: ...

    async def set_state(self, refund_id: RefundId, state: RefundState) -> None: ...

    async def clawed_back(self, order_id: OrderId) -> int:
        """In minor units: what returns took back of discounts so far."""
        ...

    async def rules_of(self, order: Order, lines: Sequence[OrderLine]) -> SoldRules | None:
        """What the order was sold under, for its returns; None if no promotion has a say in them."""
        ...

    async def given_back(self, order_id: OrderId) -> GivenBack:
        """What was canceled of the locked order and what was refunded of it so far, each with its rounding."""
        ...

    async def returned(self, order_id: OrderId) -> Returned:
        """What refunds of canceled goods gave back, or are about to, and what refunds credited to the order."""
        ...


class MarketTerms(Protocol):
    @property
    def market(self) -> Market: ...


class MarketReader(Protocol):
    def terms(self, market_id: MarketId) -> MarketTerms: ...


class UnitOfWork(InvoicingUnitOfWork, Protocol):
    """Orders, their payments, what goes back of them, and the markets they are in."""

    @property
    def terms(self) -> MarketReader: ...
    @property
    def gift_card_sales(self) -> GiftCardSales: ...

    @property
    def operations(self) -> OperationRepository: ...
    @property
    def refunds(self) -> RefundRepository: ...
    @property
    def balances(self) -> BalanceRepository: ...
