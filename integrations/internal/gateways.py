"""Means of payment that need no network.

Cash on delivery, transfers that staff find on the bank's statement, and what staff settle with buyers by themselves.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence

from domain.payments.model import PaymentAction, PaymentKind, PaymentMethod
from domain.payments.ports import (
    Authorization,
    AuthorizationRequest,
    Authorized,
    Capabilities,
    Captured,
    Declined,
    GatewayPayment,
    OperationOutcome,
    Pending,
    Saving,
    SavingRequest,
    Succeeded,
)
from domain.payments.tendering import DUE, OWN_ACCOUNT, PAID_OUTSIDE
from domain.shared.money import Money


class _Internal(ABC):
    """What they have in common: whatever is agreed on is so, and nothing has to be asked outside.

    They keep no book: what an order owes and what was received stand in our own payments.
    """

    name: str
    method: PaymentMethod

    def methods(self, currency: str, country: str) -> Sequence[PaymentMethod]:
        return [self.method] if self.is_offered(currency, country) else []

    @abstractmethod
    def is_offered(self, currency: str, country: str) -> bool:
        """Whether buyers in the country can pay so in the currency."""

    def offers(self, method_id: str) -> bool:
        return method_id == self.method.id

    def expresses(self, amount: Money) -> bool:  # noqa: ARG002 - it counts in our own minor units
        return True

    async def capture(self, reference: str, amount: Money, *, final: bool, key: str) -> OperationOutcome:  # noqa: ARG002
        return Succeeded(key)

    async def void(self, reference: str, *, key: str) -> OperationOutcome:  # noqa: ARG002
        return Succeeded(key)

    async def refund(self, reference: str, amount: Money, *, key: str) -> OperationOutcome:  # noqa: ARG002
        return Succeeded(key)

    async def look_up(self, reference: str) -> GatewayPayment | None:  # noqa: ARG002 - there is no book
        return None

    async def save_method(self, request: SavingRequest, *, key: str) -> Saving:  # noqa: ARG002
        return Declined("not_supported")

    async def forget(self, method_reference: str) -> None:  # noqa: B027 - there is nothing to forget
        """Nothing is kept."""


class CashOnDelivery(_Internal):
    """Implements `domain.payments.ports.PaymentGateway`: the carrier takes the money at the door, in some countries."""

    name = "cash_on_delivery"
    method = PaymentMethod("cash_on_delivery", PaymentKind.CASH_ON_DELIVERY, "Cash on delivery", name, {})

    def __init__(self, countries: Collection[str]) -> None:
        self._countries = frozenset(countries)

    def is_offered(self, currency: str, country: str) -> bool:  # noqa: ARG002 - the carrier takes what is printed
        return country in self._countries

    def capabilities(self, kind: PaymentKind) -> Capabilities:  # noqa: ARG002 - there is one kind
        return Capabilities(multicapture=True)

    async def authorize(self, request: AuthorizationRequest, *, key: str) -> Authorization:  # noqa: ARG002
        return Authorized(key, None)


class BankTransfer(_Internal):
    """Implements `domain.payments.ports.PaymentGateway`: prepayment to one of the shop's own accounts, by currency.

    It stays pending until staff confirm that the money came.
    """

    name = OWN_ACCOUNT
    method = PaymentMethod("bank_transfer", PaymentKind.BANK_TRANSFER, "Bank transfer", name, {})

    def __init__(self, accounts: Mapping[str, str]) -> None:
        self._accounts = accounts

    def is_offered(self, currency: str, country: str) -> bool:  # noqa: ARG002 - money can be sent from anywhere
        return currency in self._accounts

    def capabilities(self, kind: PaymentKind) -> Capabilities:  # noqa: ARG002 - there is one kind
        return Capabilities(holds=False, is_delayed=True)

    async def authorize(self, request: AuthorizationRequest, *, key: str) -> Authorization:
        account = self._accounts[request.amount.currency]
        return Pending(key, PaymentAction("BANK_TRANSFER", None, {"account": account, "reference": key}))


class PaidOutside(_Internal):
    """Implements `domain.payments.ports.PaymentGateway`: staff say that the money has come already, some other way."""

    name = PAID_OUTSIDE
    method = PaymentMethod(PAID_OUTSIDE, PaymentKind.BANK_TRANSFER, "Paid already", name, {})

    def is_offered(self, currency: str, country: str) -> bool:  # noqa: ARG002 - staff alone can use it
        return False

    def capabilities(self, kind: PaymentKind) -> Capabilities:  # noqa: ARG002 - there is one kind
        return Capabilities(holds=False)

    async def authorize(self, request: AuthorizationRequest, *, key: str) -> Authorization:  # noqa: ARG002
        return Captured(key)


class Due(_Internal):
    """Implements `domain.payments.ports.PaymentGateway`: staff send the goods and wait for the money.

    It is captured when staff say that it came.
    """

    name = DUE
    method = PaymentMethod(DUE, PaymentKind.INVOICE, "To be paid", name, {})

    def is_offered(self, currency: str, country: str) -> bool:  # noqa: ARG002 - staff alone can use it
        return False

    def capabilities(self, kind: PaymentKind) -> Capabilities:  # noqa: ARG002 - there is one kind
        return Capabilities(multicapture=True)

    async def authorize(self, request: AuthorizationRequest, *, key: str) -> Authorization:  # noqa: ARG002
        return Authorized(key, None)
