"""Tenders, which a buyer offers, and payments, which are what a gateway did with them."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from domain.payments.balances.model import Balance
from domain.shared.ids import CheckoutId, OrderId, PaymentId, StoredMethodId, TenderId
from domain.shared.making import dataclass, replace
from domain.shared.money import Money

if TYPE_CHECKING:
    from domain.payments.stored import StoredMethod


class PaymentKind(Enum):
    """By what means somebody pays."""

    CARD = "CARD"
    WALLET = "WALLET"
    BNPL = "BNPL"
    BANK_TRANSFER = "BANK_TRANSFER"
    INVOICE = "INVOICE"
    GIFT_CARD = "GIFT_CARD"
    STORE_CREDIT = "STORE_CREDIT"
    CRYPTO = "CRYPTO"
    CASH_ON_DELIVERY = "CASH_ON_DELIVERY"


class TenderState(Enum):
    """Where an offered means of payment stands."""

    PENDING = "PENDING"
    HELD = "HELD"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    AUTHORIZED = "AUTHORIZED"
    FAILED = "FAILED"
    RELEASED = "RELEASED"


@dataclass(frozen=True, slots=True)
class PaymentAction:
    """What the buyer has to do before the payment can go on: `REDIRECT` to `url`, say."""

    kind: str
    url: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tender:
    """A means of payment offered in a checkout. `amount` None stands for whatever is due when it completes.

    A gift card, store credit or terms have their `balance`, as it was when the tender was read, and what of it is
    `held` while a payment is under way; everything else is a gateway's. A stored method has the gateway's references of
    it and of its customer; with `saves_method` the gateway is asked to keep a new one.
    """

    id: TenderId
    checkout_id: CheckoutId
    kind: PaymentKind
    method_id: str
    token: str | None
    amount: Money | None
    state: TenderState
    attempt: int = 0
    action: PaymentAction | None = None
    balance: Balance | None = None
    held: Money | None = None
    stored_method_id: StoredMethodId | None = None
    stored_reference: str | None = None
    gateway_customer: str | None = None
    saves_method: bool = False


class PaymentState(Enum):
    """Where a payment stands between us and its gateway; an INTENDED one may or may not have reached it.

    PENDING: the gateway has taken it on, and tells days later whether the money came.
    """

    INTENDED = "INTENDED"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    PENDING = "PENDING"
    AUTHORIZED = "AUTHORIZED"
    FAILED = "FAILED"
    VOID_INTENDED = "VOID_INTENDED"
    VOIDED = "VOIDED"


@dataclass(frozen=True, slots=True)
class Payment:
    """One attempt to authorize `amount`. Always: 0 <= refunded <= captured <= authorized (rule Y1).

    `claimed_minor`: of what is authorized, what captures and voids under way lay hold on. What a pending refund gives
    back counts as refunded (rule Y2).
    `gateway_key` is made from the tender and the attempt, so that asking again after a crash asks for the same.
    """

    id: PaymentId
    checkout_id: CheckoutId
    tender_id: TenderId
    order_id: OrderId | None
    attempt: int
    kind: PaymentKind
    gateway: str
    gateway_key: str
    gateway_reference: str | None
    state: PaymentState
    amount: Money
    authorized: Money
    captured: Money
    refunded: Money
    failure: str | None = None
    authorization_expires_at: datetime | None = None
    claimed_minor: int = 0

    @property
    def capturable(self) -> Money:
        return self.authorized - self.captured - Money(self.claimed_minor, self.amount.currency)

    @property
    def refundable(self) -> Money:
        return self.captured - self.refunded

    @property
    def reference(self) -> str | None:
        return self.gateway_reference


@dataclass(frozen=True, slots=True)
class Attempt:
    """A payment, with the tender that it charges."""

    payment: Payment
    tender: Tender

    def ended(self, payment: PaymentState, tender: TenderState, *, failure: str | None = None) -> "Attempt":
        """The attempt in new states, with why it came to nothing if it did."""
        return Attempt(replace(self.payment, state=payment, failure=failure), replace(self.tender, state=tender))


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A way to pay that a market offers. `client_config` is what a client needs to collect the token."""

    id: str
    kind: PaymentKind
    name: str
    gateway: str
    client_config: Mapping[str, Any]
    stored: "StoredMethod | None" = None
    """What the gateway keeps for the customer who asks, to be paid with again."""
